"""Sends faulty replies."""

import asyncio
import os
import socket
import struct

from aiohttp import web

from dcs_mirror.sandbox.faults.fault import Reply

# SO_LINGER of 0 seconds: closing then resets the connection.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Sender:
    """Sends faulty replies until it is stopped."""

    def __init__(self) -> None:
        self._sending: set[asyncio.Task[None]] = set()

    async def send(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        """Send `reply`; return the response that aiohttp expects. A client may disconnect meanwhile."""
        self._sending.add(request.task)
        try:
            return await _send(request, reply)
        finally:
            self._sending.discard(request.task)

    def stop(self) -> None:
        """Cancel all replies being sent, so that none keeps the server from stopping."""
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
        # Even without a pause: a stream of gigabytes must yield to other tasks.
        await asyncio.sleep(reply.pause)


async def _reset(request: web.BaseRequest) -> None:
    """Reset the connection once all that was written is sent: a reset discards the rest."""
    transport = request.transport
    if transport is None:
        return
    while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110 - the transport has no event for it
        await asyncio.sleep(0.001)
    if transport.is_closing():
        return
    # A second handle of the same connection, because uvloop's own accepts no options.
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as handle:
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
