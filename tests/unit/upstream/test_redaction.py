"""Messages never repeat the credentials, however upstream's answer spells or escapes them."""

import asyncio
import base64
import html
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest

from dcs_mirror import settings
from dcs_mirror.axcelerate import settings as axcelerate_settings
from dcs_mirror.axcelerate.client import AxcelerateClient
from dcs_mirror.clock import Clock
from dcs_mirror.errors import CallRefused, CredentialsRefused, UpstreamError
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.upstream.redaction import Redactor
from dcs_mirror.upstream.write_methods import write
from tests.support.writing import Unwatched

SECRET = 'Zébra/"7&'
SECRETS = Redactor([SECRET, ""], advice="check it")


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        quote(SECRET, safe=""),
        html.escape(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        base64.b64encode(SECRET.encode()).decode(),
        "".join(f"&#{ord(letter)};" for letter in SECRET),
        "".join(f"&#x{ord(letter):X};" for letter in SECRET),
        "".join(f"\\u{ord(letter):04X}" for letter in SECRET),
        json.dumps(SECRET).replace("/", "\\/"),
        re.sub("%..", lambda found: found[0].lower(), quote(SECRET, safe="")),
        json.dumps(html.escape(SECRET)),
        html.escape(json.dumps(SECRET)),
    ],
)
def test_a_secret_is_found_however_it_is_written(said: str) -> None:
    assert SECRETS.occur_in(f"user {said} is unknown")
    assert SECRETS.occur_in(f"user {said} is unknown".encode())


@pytest.mark.parametrize(
    "said",
    [
        *(SECRET, quote(SECRET, safe=""), html.escape(SECRET), base64.b64encode(SECRET.encode()).decode()),
        *("".join(f"&#{ord(letter)};" for letter in SECRET), f"name {SECRET} name"),
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_value_that_repeats_a_secret_becomes_null(said: str, ascii_only: bool) -> None:
    answer = {"courses": [{"name": said, "code": "A \\ 1", "id": 7, said: 1}], "status": "ok"}
    body = json.dumps(answer, ensure_ascii=ascii_only).encode()
    for spelled in (body, body.replace(b"/", b"\\/"), body.replace(b"&", b"\\u0026")):
        cleaned = json.loads(SECRETS.removed_from(spelled))
        assert cleaned == {"courses": [{"name": None, "code": "A \\ 1", "id": 7}], "status": "ok"}


def test_a_body_without_a_secret_is_not_touched() -> None:
    short = Redactor(["Emma"], advice="check it")
    for body in (b'{"title": "Emma", "a": "\\u0026 &#38;"}', b"<html>", b"", b"\xff"):
        assert short.removed_from(body) is body
        assert SECRETS.removed_from(body) is body
    page = f"<html>{SECRET}".encode()
    assert SECRETS.removed_from(page) is page, "it is no answer, and nothing of it is stored"


def test_other_words_stay() -> None:
    error = CallRefused("HTTP 404")
    SECRETS.redact(error, b"<html>not here</html>")
    assert str(error) == "HTTP 404"


def test_words_that_may_be_cut_off_within_a_secret_are_left_out() -> None:
    error, refused = CallRefused("key Z"), CredentialsRefused("key Z")
    for each in (error, refused):
        SECRETS.redact(each, f"key {SECRET}".encode())
    assert str(error) == "the answer repeats the credentials, so its words are left out"
    assert str(refused) == f"{error}; check it"


@asynccontextmanager
async def answering(raw: bytes) -> AsyncIterator[str]:
    """Start a server that answers every request with the same bytes; its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _read(address: str) -> None:
    given = settings.load(api_url=address, api_username="u", api_password="Zebra7")
    async with DcsClient(given, Clock()) as client:
        await client.courses(1)


async def _written(address: str) -> None:
    given = settings.load(api_url=address, api_username="u", api_password="Zebra7")
    async with DcsClient(given, Clock()) as client:
        await write(client, "SubmitRequest", {"hei": "1"}, Unwatched())


async def _of_axcelerate(address: str) -> None:
    given = axcelerate_settings.load(url=address, api_token="Zebra7", ws_token="w-okapi", rate=0)
    async with AxcelerateClient(given, Clock()) as client:
        await client.class_enrolments(1, 2, attempts=1)


@pytest.mark.parametrize(
    "raw",
    [
        b"Authorization: Zebra7\r\n\r\n",
        b"HTTP/1.1 404 No user Zebra7\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 No user Zebra7\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 403 No user Zebra7\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbroken Zebra7\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZebra7\r\n",
    ],
)
@pytest.mark.parametrize("call", [_read, _written, _of_axcelerate])
async def test_neither_broken_http_nor_a_status_line_brings_a_secret_back(
    raw: bytes, call: Callable[[str], Awaitable[None]]
) -> None:
    async with answering(raw) as address:
        with pytest.raises(UpstreamError) as raised:
            await call(address)
    assert "Zebra7" not in str(raised.value)
    assert "Zebra7" not in repr(raised.value)
