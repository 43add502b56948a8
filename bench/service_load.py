"""Clients of the service, in a process of their own: as many requests as they can, or so many a second.

``python -m bench.service_load PORT SECONDS RATE`` reads one request from standard input, sends it on
``CONNECTIONS`` connections for so many seconds, and prints ``{"rate", "p99"}``: answers a second, and the
seconds within which 99 of 100 came. With a rate, times count from when a request was due. 0 is as many as
they can.
"""

import asyncio
import itertools
import sys
import time

import msgspec
import uvloop

CONNECTIONS = 32


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 304 ")):
        raise SystemExit(head.decode())
    _, found, rest = head.lower().partition(b"content-length: ")
    if found and not head.startswith(b"HTTP/1.1 304 "):
        await reader.readexactly(int(rest.partition(b"\r\n")[0]))


async def _main(port: int, seconds: float, rate: float, request: bytes) -> None:
    took: list[float] = []
    numbers = itertools.count()
    began = time.perf_counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            due = began + next(numbers) / rate if rate else time.perf_counter()
            if due > began + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await _ask(reader, writer, request)
            took.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    spent = time.perf_counter() - began
    took.sort()
    found = {"rate": len(took) / spent, "p99": took[len(took) * 99 // 100]}
    sys.stdout.write(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer.read()))
