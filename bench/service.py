"""The service under load, beside a bare handler that returns the same bytes."""

import asyncio
import base64
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

import aiohttp
import msgspec

from bench.bare_service import Response
from bench.figures import Figure, Say, at_least, at_most
from bench.postgres import Server
from bench.process import BenchFailed, mirror, running
from bench.processor import family_seconds, memory, postmaster, processor_seconds
from bench.syncs import sync
from bench.upstream import Upstream, serving
from bench.world import BEFORE_JUNE, World

PATH = "/v3/GetCourseContent?hei=101&code=HIST0"
STEADY = 500.0
"""Requests a second at which the slowest answers are measured."""
WARM_SECONDS = 0.3
_READY_SECONDS = 30
_OF_AIOHTTP = {"content-length", "date", "server"}
"""Headers that the bare handler gets by itself."""


class _Asked(NamedTuple):
    """Whom clients ask what: a port, its process, the headers and paths of their requests."""

    port: int
    pid: int
    headers: dict[str, str]
    paths: list[str]


class _Answered(msgspec.Struct):
    answers: int
    rate: float
    p99: float


class _Loaded(NamedTuple):
    """Answers a second, and the seconds of 99 of 100; processor time of one, in microseconds."""

    rate: float
    p99: float
    microseconds: float
    of_postgres: float


class _Account(msgspec.Struct):
    secret: str


async def service(server: Server, courses: int, seconds: float, repetitions: int, say: Say) -> list[Figure]:
    """Measure GetCourseContent and its 304 beside the bare handler, the slowest answers, and memory.

    The slowest answers are those to questions for courses that all differ, while syncs are under way.
    """
    values: dict[str, list[float]] = defaultdict(list)
    world = World(courses)
    with serving(world) as upstream:
        async with server.mirror() as database:
            await sync(upstream, BEFORE_JUNE, database)
            postgres = await postmaster(database)
            port = free_port()
            settings = {"DCS_DATABASE_URL": database, "DCS_BIND": f"127.0.0.1:{port}", "DCS_CLIENT_RATE": "0"}
            with running("-m", "dcs_mirror", "serve", settings=settings) as pid:
                headers = await _account(upstream, database)
                whole = await _answer(port, headers)
                headers_again = headers | {"If-None-Match": whole.headers["etag"]}
                again = await _answer(port, headers_again)
                kinds = {"200": (headers, whole), "304": (headers_again, again)}
                await _load(_Asked(port, pid, headers, [PATH]), WARM_SECONDS, postgres)
                for repetition in range(repetitions):
                    say(f"the service under load, {repetition + 1} of {repetitions}")
                    for name, (asked, response) in kinds.items():
                        with _bare(response) as (bare_port, bare_pid):
                            await _load(_Asked(bare_port, bare_pid, asked, [PATH]), WARM_SECONDS, None)
                            bare = await _load(_Asked(bare_port, bare_pid, asked, [PATH]), seconds, None)
                        loaded = await _load(_Asked(port, pid, asked, [PATH]), seconds, postgres)
                        values[f"{name} a second"].append(loaded.rate)
                        values[f"{name} rate"].append(loaded.rate / bare.rate)
                        values[f"{name} µs"].append(loaded.microseconds)
                        values[f"{name} bare µs"].append(bare.microseconds)
                        values[f"{name} share"].append(bare.microseconds / loaded.microseconds)
                    cold, other = (_paths(world, int(STEADY * seconds), 2 * repetition + n) for n in (0, 1))
                    loaded = await _load(_Asked(port, pid, headers, cold), seconds, postgres, STEADY)
                    values["cold"].append(loaded.microseconds)
                    values["cold postgres"].append(loaded.of_postgres)
                    async with _syncs(upstream, database):
                        loaded = await _load(_Asked(port, pid, headers, other), seconds, None, STEADY)
                    values["p99"].append(1000 * loaded.p99)
                    values["memory"].append(memory(pid))
    size = f"{world.items:,} items"
    figures = [Figure("the service: GetCourseContent", size, "calls/s", values["200 a second"])]
    for name, what, least in (("200", "GetCourseContent", 0.5), ("304", "304", 0.7)):
        figures += [
            Figure(f"the service: {what} ÷ bare handler", size, "", values[f"{name} rate"], at_least(least)),
            Figure(
                f"processor time: bare handler ÷ {what}", size, "", values[f"{name} share"], at_least(least)
            ),
            Figure(f"processor time of {what}", size, "µs", values[f"{name} µs"]),
            Figure(f"processor time of {what}, bare handler", size, "µs", values[f"{name} bare µs"]),
        ]
    during = f"at {STEADY:.0f} calls/s during syncs"
    return [
        *figures,
        Figure(f"the service: 99 of 100 within, {during}", size, "ms", values["p99"], at_most(20)),
        Figure("processor time of courses that differ", size, "µs", values["cold"]),
        Figure("processor time of courses that differ, PostgreSQL", size, "µs", values["cold postgres"]),
        Figure("the service: memory", size, "MB", values["memory"], at_most(250)),
    ]


async def _account(upstream: Upstream, database: str) -> dict[str, str]:
    """Add an account; return the headers of its requests."""
    api_url = upstream.url(BEFORE_JUNE)
    added = await mirror("accounts", "add", "bench", "--json", api_url=api_url, database=database)
    secret = msgspec.json.decode(added.out, type=_Account).secret
    authorization = "Basic " + base64.b64encode(f"bench:{secret}".encode()).decode()
    return {"Authorization": authorization, "Accept-Encoding": "identity"}


def _paths(world: World, most: int, part: int) -> list[str]:
    """Paths of up to ``most`` courses, spread over all institutions; those of another part are others."""
    every = max(1, world.courses // most)
    targets = (
        target.partition("/Get")[2] for target in world.targets(BEFORE_JUNE) if "/GetCourseContent" in target
    )
    return [f"/v3/Get{target}" for n, target in enumerate(targets) if n % every == part % every][:most]


@asynccontextmanager
async def _syncs(upstream: Upstream, database: str) -> AsyncIterator[None]:
    """Have unchanged nights follow each other during the block.

    Raises:
        BenchFailed: if one did not mirror the world correctly.
    """
    stop = asyncio.Event()

    async def night_after_night() -> None:
        while not stop.is_set():
            await sync(upstream, BEFORE_JUNE, database)

    nights = asyncio.create_task(night_after_night())
    try:
        yield
    finally:
        stop.set()
        await nights


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
def _bare(response: Response) -> Iterator[tuple[int, int]]:
    """Serve a response by a bare handler during the block, which gets the port and the process."""
    port = free_port()
    told = msgspec.json.encode(response) + b"\n"
    with running("-m", "bench.bare_service", str(port), settings={}, told=told) as pid:
        yield port, pid


async def _load(asked: _Asked, seconds: float, postgres: int | None, rate: float = 0) -> _Loaded:
    """Have clients ask; with the processor time of the process, and of the server whose process is given."""
    await listening(asked.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "localhost", **asked.headers}.items())
    requests = "".join(f"GET {path} HTTP/1.1\r\n{lines}\r\n" for path in asked.paths)
    arguments = ["-m", "bench.service_load", str(asked.port), str(seconds), str(rate)]
    own, of_postgres = processor_seconds(asked.pid), 0.0 if postgres is None else family_seconds(postgres)
    finished = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, *arguments],
        input=requests.encode(),
        capture_output=True,
        check=False,
    )
    own = processor_seconds(asked.pid) - own
    if postgres is not None:
        of_postgres = family_seconds(postgres) - of_postgres
    if finished.returncode:
        raise BenchFailed(finished.stderr.decode())
    found = msgspec.json.decode(finished.stdout, type=_Answered)
    each = 1_000_000 / found.answers
    return _Loaded(found.rate, found.p99, own * each, of_postgres * each)


async def listening(port: int) -> None:
    """Wait until a program takes connections."""
    async with asyncio.timeout(_READY_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
