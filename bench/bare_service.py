"""The lower bound of the service: a bare handler of aiohttp that returns the same bytes.

``python -m bench.bare_service PORT`` reads a response from standard input, as one JSON document in a line,
and answers everything with it.
"""

import asyncio
import sys

import msgspec
import uvloop
from aiohttp import web


class Response(msgspec.Struct):
    """A response: its status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes


async def _main(port: int, response: Response) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=response.status, headers=response.headers, body=response.body or None)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1]), msgspec.json.decode(sys.stdin.buffer.readline(), type=Response)))
