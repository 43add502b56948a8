"""Puts wrong answers on the wire."""

import asyncio
import os
import socket
import struct

from aiohttp import web

from dcs_mirror.sandbox.faults.fault import Reply

# Linger for no time at all: closing then resets the connection.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Sender:
    """Sends replies until it is stopped."""

    def __init__(self) -> None:
        self._sending: set[asyncio.Task[None]] = set()

    async def send(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        """Sends `reply` and returns what the server then needs; a client that hangs up is no error."""
        self._sending.add(request.task)
        try:
            return await _send(request, reply)
        finally:
            self._sending.discard(request.task)

    def stop(self) -> None:
        """Breaks off everything that is being sent, so that nobody waits for a hang."""
        for task in self._sending:
            task.cancel()


async def _send(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = reply.length
    if reply.ending != "whole":
        response.force_close()
    try:
        await asyncio.sleep(reply.delay)
        if not reply.headless:
            await response.prepare(request)
            await _write(response, reply)
        if reply.ending == "hang":
            await asyncio.Event().wait()
        elif reply.ending == "reset":
            await _reset(request)
    except ConnectionError:
        response.force_close()
    return response


async def _write(response: web.StreamResponse, reply: Reply) -> None:
    for chunk in reply.chunks:
        if chunk:
            await response.write(chunk)
        # Also where there is nothing to wait for: a stream of gigabytes must let others have their turn.
        await asyncio.sleep(reply.pause)


async def _reset(request: web.BaseRequest) -> None:
    """Resets the connection once what was written has left: a reset throws away the rest."""
    transport = request.transport
    if transport is None:
        return
    while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.001)
    if transport.is_closing():
        return
    # A second handle of the same connection, because uvloop's own takes no options.
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as handle:
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
