"""Clients of the service, in a process of their own: as many requests as they can, or so many a second.

``python -m bench.service_load PORT SECONDS RATE`` reads requests from standard input, sends them in turn on
``CONNECTIONS`` connections for so many seconds, and prints ``{"answers", "rate", "p99"}``: how many answers
came, how many a second, and the seconds within which 99 of 100 came. With a rate, times count from when a
request was due. 0 is as many as they can.
"""

import asyncio
import itertools
import sys
import time

import msgspec
import uvloop

CONNECTIONS = 32
END = b"\r\n\r\n"


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(END)
    if not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 304 ")):
        raise SystemExit(head.decode())
    _, found, rest = head.lower().partition(b"content-length: ")
    if found and not head.startswith(b"HTTP/1.1 304 "):
        await reader.readexactly(int(rest.partition(b"\r\n")[0]))


async def _main(port: int, seconds: float, rate: float, requests: list[bytes]) -> None:
    took: list[float] = []
    numbers = itertools.count()
    began = time.perf_counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            number = next(numbers)
            due = began + number / rate if rate else time.perf_counter()
            if due > began + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await _ask(reader, writer, requests[number % len(requests)])
            took.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    spent = time.perf_counter() - began
    took.sort()
    found = {"answers": len(took), "rate": len(took) / spent, "p99": took[len(took) * 99 // 100]}
    sys.stdout.write(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    given = sys.stdin.buffer.read().split(END)[:-1]
    requests = [request + END for request in given]
    uvloop.run(_main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), requests))
