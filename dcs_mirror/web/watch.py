"""Closes connections that are too slow, so that they do not hold up others.

aiohttp waits for ever for a client to read its answer.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol

SLOW_SECONDS = 10.0
"""How long a client may take for the next part of an answer."""
LOOK_SECONDS = 1.0


class Connected(Protocol):
    """A connection of the server, as far as it is watched."""

    transport: asyncio.Transport | None


class SlowClients:
    """Watches which connections have bytes that their client does not take, and since when."""

    def __init__(self) -> None:
        self._begun: dict[int, tuple[float, int]] = {}

    def close_slow(self, connections: Iterable[Connected], now: float) -> int:
        """Close the connections whose answer no client reads; return how many.

        Args:
            connections: all that are open.
            now: in seconds, of a clock that does not jump.
        """
        closed, seen = 0, set()
        for connection in connections:
            transport = connection.transport
            if transport is None:
                continue
            left = transport.get_write_buffer_size()
            if not left:
                continue
            key = id(connection)
            seen.add(key)
            since, former = self._begun.get(key, (now, left))
            if left < former:
                since = now
            if now - since >= SLOW_SECONDS:
                transport.abort()
                closed += 1
            self._begun[key] = (since, left)
        self._begun = {key: begun for key, begun in self._begun.items() if key in seen}
        return closed
