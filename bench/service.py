"""The service under load, beside a bare handler that returns the same bytes."""

import asyncio
import base64
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import msgspec

from bench.bare_service import Response
from bench.figures import Figure, Say, at_least, at_most
from bench.postgres import Server
from bench.process import BenchFailed, mirror, running
from bench.syncs import sync
from bench.upstream import serving
from bench.world import BEFORE_JUNE, World

PATH = "/v3/GetCourseContent?hei=101&code=HIST0"
STEADY = 500.0
"""Requests a second at which the slowest answers are measured."""
_READY_SECONDS = 30
_OF_AIOHTTP = {"content-length", "date", "server"}
"""Headers that the bare handler gets by itself."""


class _Loaded(msgspec.Struct):
    rate: float
    p99: float


class _Account(msgspec.Struct):
    secret: str


async def service(server: Server, courses: int, seconds: float, repetitions: int, say: Say) -> list[Figure]:
    """Measure GetCourseContent and its 304 as shares of the bare handler's rate, and the slowest answers."""
    values: dict[str, list[float]] = defaultdict(list)
    with serving(World(courses)) as upstream:
        async with server.mirror() as database:
            await sync(upstream, BEFORE_JUNE, database)
            api_url = upstream.url(BEFORE_JUNE)
            added = await mirror("accounts", "add", "bench", "--json", api_url=api_url, database=database)
            secret = msgspec.json.decode(added.out, type=_Account).secret
            authorization = "Basic " + base64.b64encode(f"bench:{secret}".encode()).decode()
            port = _free_port()
            settings = {"DCS_DATABASE_URL": database, "DCS_BIND": f"127.0.0.1:{port}", "DCS_CLIENT_RATE": "0"}
            with running("-m", "dcs_mirror", "serve", settings=settings):
                headers = {"Authorization": authorization, "Accept-Encoding": "identity"}
                whole = await _answer(port, headers)
                headers_again = headers | {"If-None-Match": whole.headers["etag"]}
                again = await _answer(port, headers_again)
                for repetition in range(repetitions):
                    say(f"the service under load, {repetition + 1} of {repetitions}")
                    for name, asked, response in (("200", headers, whole), ("304", headers_again, again)):
                        with _bare(response) as bare:
                            lower = await _load(bare, asked, seconds)
                        loaded = await _load(port, asked, seconds)
                        values[name].append(loaded.rate / lower.rate)
                        values[f"{name} a second"].append(loaded.rate)
                    values["p99"].append(1000 * (await _load(port, headers, seconds, STEADY)).p99)
    size = f"{courses:,} courses"
    return [
        Figure("the service: GetCourseContent", size, "calls/s", values["200 a second"]),
        Figure("the service: GetCourseContent ÷ bare handler", size, "", values["200"], at_least(0.5)),
        Figure("the service: 304 ÷ bare handler", size, "", values["304"], at_least(0.7)),
        Figure(
            f"the service: 99 of 100 within, at {STEADY:.0f} calls/s", size, "ms", values["p99"], at_most(20)
        ),
    ]


async def _answer(port: int, headers: dict[str, str]) -> Response:
    """Wait until the service answers; return its answer."""
    async with aiohttp.ClientSession(auto_decompress=False) as session, asyncio.timeout(_READY_SECONDS):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}{PATH}", headers=headers) as found:
                    sent = {name.lower(): value for name, value in found.headers.items()}
                    kept = {name: value for name, value in sent.items() if name not in _OF_AIOHTTP}
                    if "etag" not in kept:
                        raise BenchFailed(f"the service answers {found.status}, without an ETag")
                    return Response(found.status, kept, await found.read())
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


@contextmanager
def _bare(response: Response) -> Iterator[int]:
    """Serve a response by a bare handler during the block, which gets the port."""
    port = _free_port()
    told = msgspec.json.encode(response) + b"\n"
    with running("-m", "bench.bare_service", str(port), settings={}, told=told):
        yield port


async def _load(port: int, headers: dict[str, str], seconds: float, rate: float = 0) -> _Loaded:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **headers}.items())
    async with asyncio.timeout(_READY_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
    arguments = ["-m", "bench.service_load", str(port), str(seconds), str(rate)]
    request = f"GET {PATH} HTTP/1.1\r\n{lines}\r\n".encode()
    finished = await asyncio.to_thread(
        subprocess.run, [sys.executable, *arguments], input=request, capture_output=True, check=False
    )
    if finished.returncode:
        raise BenchFailed(finished.stderr.decode())
    return msgspec.json.decode(finished.stdout, type=_Loaded)


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
