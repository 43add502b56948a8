"""Scripted faults over real HTTP: the bytes that a client sees, and how its connection ends."""

import asyncio
import gzip
import json
import logging
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
import pytest

from dcs_mirror.sandbox import (
    RunningSandbox,
    Sizes,
    World,
    build_world,
    running_sandbox,
    server,
)
from dcs_mirror.sandbox.faults import delivery

Json = dict[str, Any]  # a decoded answer: asserted upon, not typed
TOKEN = b64encode(b"sandbox:open-sesame").decode()


@dataclass(frozen=True)
class Heard:
    """What came over one connection until its other end ended it."""

    head: bytes
    body: bytes
    ended: Literal["closed", "reset"]

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])

    @property
    def headers(self) -> dict[str, str]:
        pairs = (line.split(": ", 1) for line in self.head.decode().split("\r\n")[1:])
        return {name.lower(): value for name, value in pairs}

    @property
    def unchunked(self) -> bytes:
        """The body of an answer that comes in chunks, which must be whole."""
        parts: list[bytes] = []
        rest = self.body
        while True:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            if length == 0:
                assert rest == b"\r\n"
                return b"".join(parts)
            parts.append(rest[:length])
            rest = rest[length + 2 :]


class Wire:
    """A client that understands nothing: it asks, and takes down what it hears."""

    def __init__(self, sandbox: RunningSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self._query = f"GetCourses?hei={next(iter(sandbox.world.institutions))}"

    async def script(self, *faults: Json, verb: str = "POST") -> Json:
        url = f"{self.sandbox.control_url}/faults"
        body = json.dumps(faults) if verb == "POST" else None
        async with self.session.request(verb, url, data=body) as response:
            assert response.status == 200
            told: Json = await response.json()
            return told

    async def outcomes(self) -> Json:
        async with self.session.get(f"{self.sandbox.control_url}/stats") as response:
            told: Json = (await response.json())["outcomes"]
            return told

    async def connect(self, version: str = "1.1") -> socket.socket:
        """A connection over which a call was made; it is to be closed."""
        asked = urlsplit(self.sandbox.base_url)
        connection = socket.socket()
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(connection, (asked.hostname, asked.port))
        lines = (
            f"GET {asked.path}/{self._query} HTTP/{version}",
            f"Host: {asked.netloc}",
            f"Authorization: Basic {TOKEN}",
            "Connection: close",
        )
        await loop.sock_sendall(connection, ("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection

    async def ask(self, version: str = "1.1") -> Heard:
        """A call on a connection of its own, listened to until the end."""
        heard, ended = b"", "closed"
        with await self.connect(version) as connection:
            try:
                while piece := await asyncio.get_running_loop().sock_recv(connection, 65_536):
                    heard += piece
            except ConnectionResetError:
                ended = "reset"
        head, _, body = heard.partition(b"\r\n\r\n")
        return Heard(head, body, "reset" if ended == "reset" else "closed")

    async def hit(self, **fault: object) -> Heard:
        """What a call hears that is hit by the fault."""
        await self.script(fault)
        heard = await self.ask()
        told = await self.script(verb="GET")
        assert [entry["fired"] for entry in told["faults"]] == [1]
        return heard


@pytest.fixture
def world() -> World:
    return build_world(Sizes(institutions=1, courses=6, items=2))


@pytest.fixture
async def wire(world: World, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Wire]:
    async with running_sandbox(world) as sandbox, aiohttp.ClientSession() as session:
        yield Wire(sandbox, session)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


@pytest.fixture
async def true(wire: Wire) -> bytes:
    """The body of the answer when nothing is wrong."""
    heard = await wire.ask()
    assert heard.headers["content-length"] == str(len(heard.body))
    return heard.body


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504, 599])
@pytest.mark.parametrize(
    ("body", "kind", "beginning"),
    [
        ("html", "text/html; charset=utf-8", b"<html>"),
        ("json", "application/json; charset=utf-8", b'{"statusCode":'),
    ],
)
async def test_w2_http_errors_have_a_page_or_a_gateways_json(
    status: int, body: str, kind: str, beginning: bytes, wire: Wire
) -> None:
    heard = await wire.hit(kind="status", status=status, body=body)
    assert (heard.status, heard.headers["content-type"]) == (status, kind)
    assert heard.body.startswith(beginning)
    assert str(status).encode() in heard.body
    assert heard.headers["content-length"] == str(len(heard.body))


async def test_an_http_error_may_have_no_body(wire: Wire) -> None:
    heard = await wire.hit(kind="status", status=502, body="none")
    assert (heard.status, heard.body) == (502, b"")


async def test_w2_retry_after_comes_in_seconds_as_a_date_and_as_it_was_given(wire: Wire) -> None:
    seconds = await wire.hit(kind="status", status=429, retry_after=3)
    assert (seconds.status, seconds.headers["retry-after"]) == (429, "3")
    date = await wire.hit(kind="status", status=503, retry_after=3600, retry_after_form="date")
    then, sent = (parsedate_to_datetime(date.headers[name]) for name in ("retry-after", "date"))
    assert 3590 <= (then - sent).total_seconds() <= 3610
    words = await wire.hit(kind="status", status=503, retry_after="soon")
    assert words.headers["retry-after"] == "soon"


@pytest.mark.parametrize("code", range(1, 8))
async def test_w3_refusals_come_in_the_envelope(code: int, wire: Wire) -> None:
    heard = await wire.hit(kind="error", code=code, message="No")
    assert heard.status == 200
    assert json.loads(heard.body) == {"status": "error", "status-code": code, "status-message": "No"}


async def test_a_redirect_leads_elsewhere(wire: Wire) -> None:
    heard = await wire.hit(kind="redirect")
    assert (heard.status, heard.headers["location"]) == (302, "https://elsewhere.sandbox.invalid/")
    heard = await wire.hit(kind="redirect", status=308, location="/there")
    assert (heard.status, heard.headers["location"], heard.body) == (308, "/there", b"")


async def test_slow_answers_are_the_true_ones_at_their_pace(
    wire: Wire, true: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(delivery, "asyncio", SimpleNamespace(sleep=wait))
    heard = await wire.hit(kind="slow-start", seconds=2.5)
    assert (heard.status, heard.body, waits[0]) == (200, true, 2.5)
    waits.clear()
    heard = await wire.hit(kind="drip", bytes=100, every=0.25)
    assert (heard.status, heard.body) == (200, true)
    assert waits == [0, *[0.25] * -(-len(true) // 100)]


@pytest.mark.parametrize("at", ["start", "headers", "body"])
async def test_a_reset_comes_where_it_is_asked_for(at: str, wire: Wire, true: bytes) -> None:
    heard = await wire.hit(kind="reset", at=at)
    assert heard.ended == "reset"
    assert heard.body == (true[: len(true) // 2] if at == "body" else b"")
    assert (heard.head == b"") == (at == "start")
    if at != "start":
        assert heard.headers["content-length"] == str(len(true))


@pytest.mark.parametrize("at", ["start", "headers", "body"])
async def test_a_hang_says_nothing_more_until_the_sandbox_ends(
    at: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_SHUTDOWN_SECONDS", 3600.0)  # it does not wait for this
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        async with running_sandbox(world) as sandbox:
            wire = Wire(sandbox, session)
            true = (await wire.ask()).body
            await wire.script({"kind": "hang", "at": at})
            connection = await wire.connect()
            while not sandbox.stats.in_flight:
                await wire.outcomes()
            expected = {"start": b"", "headers": b"\r\n\r\n", "body": true[: len(true) // 2]}[at]
            heard = b""
            while not heard.endswith(expected):
                heard += await loop.sock_recv(connection, 65_536)
        with connection:
            assert await loop.sock_recv(connection, 1) == b""
    assert (heard == b"") == (at == "start")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang"},
        {"kind": "hang", "at": "body"},
        {"kind": "slow-start", "seconds": 3600},
        {"kind": "drip", "every": 3600},
        {"kind": "huge", "bytes": 2**40},
        {"kind": "huge", "bytes": 2**40, "announced": False},
        {"kind": "gzip-bomb", "bytes": 2**40},
    ],
)
async def test_a_client_that_hangs_up_ends_its_call_and_nothing_else(fault: Json, wire: Wire) -> None:
    await wire.script({**fault, "times": 1})
    async with asyncio.timeout(60):
        connection = await wire.connect()
        while not wire.sandbox.stats.in_flight:
            await wire.outcomes()
        connection.close()
        while wire.sandbox.stats.in_flight:
            await wire.outcomes()
        assert (await wire.ask()).status == 200
    assert await wire.outcomes() == {f"fault {fault['kind']}": 1, "100": 1}


async def test_an_answer_is_cut_short_of_its_content_length(wire: Wire, true: bytes) -> None:
    heard = await wire.hit(kind="cut", keep=0.25)
    assert heard.headers["content-length"] == str(len(true))
    assert (heard.body, heard.ended) == (true[: len(true) // 4], "closed")


async def test_a_huge_answer_comes_with_its_size_or_without(wire: Wire, true: bytes) -> None:
    size = 3_000_001
    announced = await wire.hit(kind="huge", bytes=size)
    assert announced.headers["content-length"] == str(size)
    assert announced.body == true.ljust(size)
    unannounced = await wire.hit(kind="huge", bytes=size, announced=False)
    assert "content-length" not in unannounced.headers
    assert unannounced.unchunked == true.ljust(size)
    small = await wire.hit(kind="huge", bytes=1)
    assert (small.body, small.headers["content-length"]) == (true, str(len(true)))


async def test_an_old_client_gets_no_chunks(wire: Wire, true: bytes) -> None:
    await wire.script({"kind": "huge", "bytes": 100_000, "announced": False})
    heard = await wire.ask("1.0")
    assert heard.body == true.ljust(100_000)


async def test_gzip_lies_is_cut_and_is_a_bomb(wire: Wire, true: bytes) -> None:
    plain = await wire.hit(kind="gzip-plain")
    assert (plain.headers["content-encoding"], plain.body) == ("gzip", true)
    cut = await wire.hit(kind="gzip-cut")
    assert (cut.headers["content-encoding"], cut.headers["content-length"]) == ("gzip", str(len(cut.body)))
    with pytest.raises(EOFError):
        gzip.decompress(cut.body)
    bomb = await wire.hit(kind="gzip-bomb", bytes=5_000_000)
    assert (bomb.headers["content-encoding"], "content-length" in bomb.headers) == ("gzip", False)
    assert len(bomb.unchunked) < 50_000
    assert gzip.decompress(bomb.unchunked) == true.ljust(5_000_000)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "half-json"},
        {"kind": "wrong-total"},
        {"kind": "empty"},
        {"kind": "duplicate"},
        {"kind": "no-ids"},
        {"kind": "wrong-numbers", "form": "words"},
        {"kind": "wrong-lists", "form": "null"},
        {"kind": "nul"},
        {"kind": "invalid-utf8"},
    ],
)
async def test_spoilt_contents_come_in_good_http(fault: Json, wire: Wire, true: bytes) -> None:
    heard = await wire.hit(**fault)
    assert (heard.status, heard.ended) == (200, "closed")
    assert heard.headers["content-length"] == str(len(heard.body))
    assert heard.headers["content-type"] == "application/json; charset=utf-8"
    assert heard.body != true
    assert heard.body[:10] == true[:10] or fault["kind"] != "half-json"


async def test_a_script_is_replaced_told_and_cleared(wire: Wire, true: bytes) -> None:
    assert await wire.script(verb="GET") == {"faults": []}
    fault = {"kind": "status", "status": 503, "after": 1, "times": 1}
    told = await wire.script(fault)
    assert told == {"faults": [{"fault": fault, "met": 0, "fired": 0}]}
    assert [(await wire.ask()).status for _ in range(3)] == [200, 503, 200]
    assert await wire.script(verb="GET") == {"faults": [{"fault": fault, "met": 2, "fired": 1}]}
    assert await wire.outcomes() == {"100": 3, "fault status": 1}
    for cleared in ({"verb": "DELETE"}, {"verb": "POST"}):
        await wire.script({"kind": "hang"})
        assert await wire.script(**cleared) == {"faults": []}
        assert (await wire.ask()).body == true


async def test_a_wrong_script_is_refused_and_changes_nothing(wire: Wire) -> None:
    before = await wire.script({"kind": "hang", "times": 3})
    url = f"{wire.sandbox.control_url}/faults"
    async with wire.session.post(url, json=[{"kind": "reset"}, {"kind": "fire"}]) as response:
        assert response.status == 400
        assert (await response.json())["error"].startswith("fault 2: unknown kind 'fire'; known are ")
    assert await wire.script(verb="GET") == before


async def test_the_control_endpoints_are_never_hit(wire: Wire) -> None:
    await wire.script({"kind": "reset"})
    assert await wire.outcomes() == {}


async def test_one_call_is_hit_among_many_in_flight(wire: Wire, true: bytes) -> None:
    await wire.script({"kind": "reset", "after": 5, "times": 1})
    heard = await asyncio.gather(*(wire.ask() for _ in range(20)))
    assert sorted(h.ended for h in heard) == ["closed"] * 19 + ["reset"]
    assert [h.body for h in heard if h.ended == "closed"] == [true] * 19
