"""The upstream of every measure: a process of its own that answers faster than a client can ask.

``python -m bench.upstream COURSES [LATENCY]`` serves a world on a free port, prints the port, and ends when
its standard input ends. It implements only as much HTTP/1.1 as needed: GET, keep-alive, one request at a time
on a connection.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import uvloop

from bench.world import Answers, World

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_UNKNOWN = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Upstream:
    """A world that is served on ``port`` by the process ``pid``."""

    world: World
    port: int
    pid: int

    def url(self, year: int) -> str:
        """The base URL under which the world is in the academic year that starts in ``year``."""
        return f"http://127.0.0.1:{self.port}/{year}"


@contextmanager
def serving(world: World, *, latency: float = 0.0) -> Iterator[Upstream]:
    """Serve a world from another process during the block; delay each answer by ``latency`` seconds."""
    command = [sys.executable, "-m", "bench.upstream", str(world.courses), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Upstream(world, int(process.stdout.readline()), process.pid)
        process.stdin.close()


class _Connection(asyncio.Protocol):
    def __init__(self, answers: Answers, latency: float) -> None:
        self._answers = answers
        self._latency = latency
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not subclass it

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        target = self._received[4 : self._received.index(b" HTTP/1.1\r\n")]
        self._received = b""
        body = self._answers.to(target)
        answer = _UNKNOWN if body is None else _HEAD % len(body) + body
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def _serve(world: World, latency: float) -> None:
    answers, loop, ended = Answers(world), asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: _Connection(answers, latency), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


if __name__ == "__main__":
    uvloop.run(_serve(World(int(sys.argv[1])), float(sys.argv[2])))
