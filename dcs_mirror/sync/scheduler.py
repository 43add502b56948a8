"""Workers that make the calls of a crawl, in the order in which institutions were opened."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

import anyio

from dcs_mirror.errors import RunEnded, UpstreamError

Call: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Batch:
    """Calls that belong together.

    ``waiting`` are those not begun, ``remaining`` counts those not finished, ``error`` is the first error.
    """

    waiting: Iterator[Call]
    remaining: int
    finished: anyio.Event
    error: UpstreamError | None = None


class CallScheduler:
    """Makes calls with ``width`` workers; an async context manager.

    Batches are served in the order in which they came. Work is admitted only while the calls that wait no
    longer fill the connections: little is held in memory, the connections stay busy, and institutions are
    finished one after the other.

    Attributes:
        ended: the error that ended the run, after which no call is made; None while it goes on.
    """

    def __init__(self, width: int) -> None:
        self.ended: RunEnded | None = None
        self.width = width
        self._outstanding = 0
        # asyncio's events, because every call passes them, and anyio looks its backend up each time.
        self._has_room = asyncio.Event()
        self._has_calls = asyncio.Event()
        self._batches: deque[_Batch] = deque()
        self._workers = anyio.create_task_group()

    async def __aenter__(self) -> Self:
        await self._workers.__aenter__()
        # More workers than requests in flight would only wait for each other.
        for _ in range(self.width):
            self._workers.start_soon(self._work)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._workers.cancel_scope.cancel()
        await self._workers.__aexit__(None, None, None)  # the caller's error is raised by itself, ungrouped

    async def wait_for_room(self) -> None:
        """Wait until the calls that wait no longer fill the connections."""
        while self._outstanding >= 2 * self.width:
            self._has_room.clear()
            await self._has_room.wait()

    def reserve(self, calls: int) -> None:
        """Count ``calls`` as waiting before they are known; give them back with :meth:`release`."""
        self._outstanding += calls

    def release(self, calls: int) -> None:
        """Count ``calls`` as waiting no longer."""
        self._outstanding -= calls
        if self._outstanding < 2 * self.width:
            self._has_room.set()

    async def run_all(self, calls: list[Call]) -> None:
        """Make every call, behind those that wait already.

        Raises:
            UpstreamError: the first error of a call; the calls not begun by then are left out.
        """
        if not calls:
            return
        batch = _Batch(iter(calls), len(calls), anyio.Event())
        self.reserve(len(calls))
        self._batches.append(batch)
        self._has_calls.set()
        await batch.finished.wait()
        if batch.error is not None:
            raise batch.error

    async def _work(self) -> None:
        while True:
            while not self._batches:
                self._has_calls.clear()
                await self._has_calls.wait()
            batch = self._batches[0]
            call = next(batch.waiting, None)
            if call is None:
                self._batches.popleft()
                continue
            batch.error = batch.error or self.ended
            try:
                if batch.error is None:
                    await call()
            except UpstreamError as error:
                batch.error = error
                if isinstance(error, RunEnded):
                    self.ended = error
            batch.remaining -= 1
            if not batch.remaining:
                batch.finished.set()
            self.release(1)
