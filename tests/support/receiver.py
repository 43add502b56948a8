"""Receivers of notifications: an HTTP server and a mail server that take, refuse or break off as told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Receiver:
    """What came, and what is answered next: a status, ``close``, or ``hang``; 200 if nothing is left.

    Attributes:
        url: the address, for ``to``.
        posts: every POST: its headers and its body.
        taken: the documents that were answered with 200.
    """

    url: str = ""
    answers: list[int | str] = field(default_factory=list)
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    redirect_to: str = ""


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """An HTTP server on this machine."""
    made = Receiver()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        made.posts.append((dict(request.headers), body))
        answer = made.answers.pop(0) if made.answers else 200
        made.came.set()
        if answer == "hang":
            await asyncio.Event().wait()
        if answer == "close":
            assert request.transport is not None
            request.transport.close()
        status = answer if isinstance(answer, int) else 200
        if answer == 200:
            made.taken.append(json.loads(body))
        return web.Response(status=status, headers={"Location": made.redirect_to} if status == 307 else None)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"webhook+http://127.0.0.1:{runner.addresses[0][1]}/dcs"
    try:
        yield made
    finally:
        await runner.cleanup()


_SAID = {b"EHLO": b"250-here\r\n250 AUTH PLAIN\r\n", b"AUTH": b"235 in\r\n", b"QUIT": b"221 bye\r\n"}


@dataclass
class Mailbox:
    """A mail server's port, and the mails that it took."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mail server on this machine that takes every mail."""
    made = Mailbox()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            command = line.split()[0].upper() if line.split() else b""
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                made.mails.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(_SAID.get(command, b"250 yes\r\n"))
            await writer.drain()
            if command == b"QUIT":
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made
