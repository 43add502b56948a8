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

Json = dict[str, Any]  # a decoded answer
TOKEN = b64encode(b"sandbox:open-sesame").decode()


@dataclass(frozen=True)
class Received:
    """What was received on one connection until the server ended it."""

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
        """The body of a complete chunked answer."""
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
    """A client without an HTTP parser: sends a call and records the bytes that it receives."""

    def __init__(self, sandbox: RunningSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self._query = f"GetCourses?hei={next(iter(sandbox.world.institutions))}"

    async def script(self, *faults: Json, verb: str = "POST") -> Json:
        url = f"{self.sandbox.control_url}/faults"
        body = json.dumps(faults) if verb == "POST" else None
        async with self.session.request(verb, url, data=body) as response:
            assert response.status == 200
            report: Json = await response.json()
            return report

    async def outcomes(self) -> Json:
        async with self.session.get(f"{self.sandbox.control_url}/stats") as response:
            report: Json = (await response.json())["outcomes"]
            return report

    async def connect(self, version: str = "1.1") -> socket.socket:
        """Send a call on a new connection; the caller must close it."""
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

    async def ask(self, version: str = "1.1") -> Received:
        """Send a call on a new connection and receive until the server ends it."""
        received, ended = b"", "closed"
        with await self.connect(version) as connection:
            try:
                while piece := await asyncio.get_running_loop().sock_recv(connection, 65_536):
                    received += piece
            except ConnectionResetError:
                ended = "reset"
        head, _, body = received.partition(b"\r\n\r\n")
        return Received(head, body, "reset" if ended == "reset" else "closed")

    async def hit(self, **fault: object) -> Received:
        """Send a call that the fault hits; what it receives."""
        await self.script(fault)
        received = await self.ask()
        report = await self.script(verb="GET")
        assert [entry["fired"] for entry in report["faults"]] == [1]
        return received


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
    """The body of the answer without a fault."""
    received = await wire.ask()
    assert received.headers["content-length"] == str(len(received.body))
    return received.body


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
    received = await wire.hit(kind="status", status=502, body="none")
    assert (received.status, received.body) == (502, b"")


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


async def test_a_redirect_names_another_host(wire: Wire) -> None:
    received = await wire.hit(kind="redirect")
    assert (received.status, received.headers["location"]) == (302, "https://elsewhere.sandbox.invalid/")
    received = await wire.hit(kind="redirect", status=308, location="/there")
    assert (received.status, received.headers["location"], received.body) == (308, "/there", b"")


async def test_slow_answers_are_the_true_ones_sent_slowly(
    wire: Wire, true: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(delivery, "asyncio", SimpleNamespace(sleep=wait))
    received = await wire.hit(kind="slow-start", seconds=2.5)
    assert (received.status, received.body, waits[0]) == (200, true, 2.5)
    waits.clear()
    received = await wire.hit(kind="drip", bytes=100, every=0.25)
    assert (received.status, received.body) == (200, true)
    assert waits == [0, *[0.25] * -(-len(true) // 100)]


@pytest.mark.parametrize("at", ["start", "headers", "body"])
async def test_a_reset_happens_at_the_requested_point(at: str, wire: Wire, true: bytes) -> None:
    received = await wire.hit(kind="reset", at=at)
    assert received.ended == "reset"
    assert received.body == (true[: len(true) // 2] if at == "body" else b"")
    assert (received.head == b"") == (at == "start")
    if at != "start":
        assert received.headers["content-length"] == str(len(true))


@pytest.mark.parametrize("at", ["start", "headers", "body"])
async def test_a_hang_sends_nothing_more_until_the_sandbox_ends(
    at: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_SHUTDOWN_SECONDS", 3600.0)  # must not be waited for
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
            received = b""
            while not received.endswith(expected):
                received += await loop.sock_recv(connection, 65_536)
        with connection:
            assert await loop.sock_recv(connection, 1) == b""
    assert (received == b"") == (at == "start")


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
async def test_a_client_that_disconnects_ends_its_own_call_only(fault: Json, wire: Wire) -> None:
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
    received = await wire.hit(kind="cut", keep=0.25)
    assert received.headers["content-length"] == str(len(true))
    assert (received.body, received.ended) == (true[: len(true) // 4], "closed")


async def test_a_huge_answer_is_sent_with_or_without_its_size(wire: Wire, true: bytes) -> None:
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
    received = await wire.ask("1.0")
    assert received.body == true.ljust(100_000)


async def test_gzip_is_mislabelled_cut_and_a_bomb(wire: Wire, true: bytes) -> None:
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
async def test_corrupt_contents_are_sent_in_valid_http(fault: Json, wire: Wire, true: bytes) -> None:
    received = await wire.hit(**fault)
    assert (received.status, received.ended) == (200, "closed")
    assert received.headers["content-length"] == str(len(received.body))
    assert received.headers["content-type"] == "application/json; charset=utf-8"
    assert received.body != true
    assert received.body[:10] == true[:10] or fault["kind"] != "half-json"


async def test_a_script_is_replaced_reported_and_cleared(wire: Wire, true: bytes) -> None:
    assert await wire.script(verb="GET") == {"faults": []}
    fault = {"kind": "status", "status": 503, "after": 1, "times": 1}
    report = await wire.script(fault)
    assert report == {"faults": [{"fault": fault, "met": 0, "fired": 0}]}
    assert [(await wire.ask()).status for _ in range(3)] == [200, 503, 200]
    assert await wire.script(verb="GET") == {"faults": [{"fault": fault, "met": 2, "fired": 1}]}
    assert await wire.outcomes() == {"100": 3, "fault status": 1}
    for cleared in ({"verb": "DELETE"}, {"verb": "POST"}):
        await wire.script({"kind": "hang"})
        assert await wire.script(**cleared) == {"faults": []}
        assert (await wire.ask()).body == true


async def test_an_invalid_script_is_refused_and_changes_nothing(wire: Wire) -> None:
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
    received = await asyncio.gather(*(wire.ask() for _ in range(20)))
    assert sorted(h.ended for h in received) == ["closed"] * 19 + ["reset"]
    assert [h.body for h in received if h.ended == "closed"] == [true] * 19
