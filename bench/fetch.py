"""The lower bound of a reading: its calls, with the answers received and discarded.

``python -m bench.fetch URL COURSES aiohttp|raw|lone`` prints seconds. ``aiohttp`` is the bare fetch that the
mirror is compared with: the same HTTP client and no other work. ``raw`` uses the sockets directly and shows
how fast the upstream can answer. ``lone`` makes some of the calls one after the other and prints the median
duration of one call.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

import aiohttp
import uvloop
from yarl import URL

from bench.world import IN_FLIGHT, World

_LONE_CALLS = 40


async def _aiohttp(origin: str, targets: Iterator[str]) -> None:
    async def worker(session: aiohttp.ClientSession) -> None:
        for target in targets:
            async with session.get(URL(origin + target, encoded=True)) as response:
                await response.read()

    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, raise_for_status=True) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(IN_FLIGHT):
            group.create_task(worker(session))


class _Raw(asyncio.Protocol):
    """Requests the next target as soon as an answer is complete."""

    def __init__(self, targets: Iterator[str], done: asyncio.Future[None]) -> None:
        self._targets = targets
        self._done = done
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not subclass it
        self._ask()

    def _ask(self) -> None:
        target = next(self._targets, None)
        if target is None:
            self._transport.close()
            self._done.set_result(None)
        else:
            self._transport.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        if not self._left:
            # The upstream writes head and body at once, so the head is complete.
            head, _, data = data.partition(b"\r\n\r\n")
            self._left = int(head.rpartition(b": ")[2])
        self._left -= len(data)
        if not self._left:
            self._ask()


async def _raw(origin: str, targets: Iterator[str]) -> None:
    loop, address = asyncio.get_running_loop(), urlsplit(origin)
    all_done: list[asyncio.Future[None]] = [loop.create_future() for _ in range(IN_FLIGHT)]
    for done in all_done:
        await loop.create_connection(partial(_Raw, targets, done), str(address.hostname), address.port or 80)
    await asyncio.gather(*all_done)


async def _lone(origin: str, targets: Iterator[str]) -> float:
    seconds = []
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for target in islice(targets, _LONE_CALLS):
            began = time.perf_counter()
            async with session.get(URL(origin + target, encoded=True)) as response:
                await response.read()
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


async def _main(url: str, courses: int, client: str) -> None:
    origin, _, year = url.rpartition("/")
    targets = World(courses).targets(int(year))
    if client == "lone":
        seconds = await _lone(origin, targets)
    else:
        began = time.perf_counter()
        await (_aiohttp if client == "aiohttp" else _raw)(origin, targets)
        seconds = time.perf_counter() - began
    sys.stdout.write(f"{seconds}\n")


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
