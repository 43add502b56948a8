"""The fleet: which workers live, and what each of them may ask the DCS for.

The requests in flight of all workers together stay within ``DCS_CONCURRENCY``, and their rate within
``DCS_RATE``. Each worker says every second that it lives, and learns its share. What it was allowed holds for
``LEASE_SECONDS``. Afterwards it sends nothing until it was heard again: others may have its share by then.

A thread says so on a connection of its own, because the event loop may be busy for seconds with a large
institution.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog

from dcs_mirror.database import connections
from dcs_mirror.errors import in_words
from dcs_mirror.jobs.statements import STATEMENTS

BEAT_SECONDS = 1.0
LEASE_SECONDS = 6.0
"""Less than the ten seconds after which a worker counts as dead (``dcs_mirror.beat``)."""
LEAVE_SECONDS = 1.5
"""How long a worker that ends tries to give its share up."""
STUCK_SECONDS = 300.0
"""A worker whose event loop has not moved for so long does not say any more that it lives."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a worker may do until a certain time.

    Attributes:
        until: by the clock of the event loop: ``LEASE_SECONDS`` after the worker asked. So it ends before the
            worker counts as dead, however late the answer came.
        share: requests in flight.
        workers: how many workers live.
        paused_until: by the clock of the event loop: until then no worker sends anything. It counts from when
            the worker asked, so that it gets no longer by being told.
        is_refused: whether the DCS refused the credentials since this worker began, not long ago.
        refusal: its words.
    """

    until: float
    share: int
    workers: int
    paused_until: float
    is_refused: bool
    refusal: str | None


@dataclass(frozen=True, slots=True)
class InUse:
    """What a worker does.

    Attributes:
        requests: that it may have in flight or has.
        pause: seconds that the DCS asked this worker itself to wait.
        listener_ids: what the queue knows it by.
        job_ids: jobs that it does.
    """

    requests: int
    pause: float
    listener_ids: Sequence[UUID] = ()
    job_ids: Sequence[int] = ()


@dataclass(slots=True)
class Membership:
    """One worker's place in the fleet; the thread that says that it lives.

    Args:
        url: the database.
        in_all: requests in flight of all workers.
        started_at: by the clock of the database: those who came first have the first places.
        in_use: says what the worker does; called in the thread.
        take: receives what the worker may do; called in the event loop.
    """

    url: str
    in_all: int
    started_at: datetime
    in_use: Callable[[], InUse]
    take: Callable[[Allowed], None]
    worker_id: UUID = field(default_factory=uuid4)
    _stop: threading.Event = field(default_factory=threading.Event)
    _moved_at: float = 0.0
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start saying that the worker lives."""
        loop = asyncio.get_running_loop()
        self._moved_at = loop.time()
        self._thread = threading.Thread(target=self._run, args=(loop,), name="fleet", daemon=True)
        self._thread.start()

    async def end(self) -> None:
        """Stop it, and give the share up."""
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, LEAVE_SECONDS)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.run(self._beat_until_stopped(loop))

    async def _beat_until_stopped(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._stop.is_set():
            try:
                await self._beat_on_one_session(loop)
            except Exception as error:  # noqa: BLE001 - whatever it is, the worker must be heard again
                log.warning("this worker could not say that it lives", because=in_words(error))
                self._stop.wait(BEAT_SECONDS)

    async def _beat_on_one_session(self, loop: asyncio.AbstractEventLoop) -> None:
        connection = await connections.open_connection(self.url)
        try:
            while not self._stop.is_set():
                await self._beat(connection, loop)
                self._stop.wait(BEAT_SECONDS)  # nothing else runs in this thread
            leave = STATEMENTS["leave"].bind({"worker_id": self.worker_id})
            await connection.execute(*leave, timeout=LEAVE_SECONDS)
        finally:
            await connections.close_gracefully(connection)

    async def _beat(self, connection: connections.Connection, loop: asyncio.AbstractEventLoop) -> None:
        if loop.time() - self._moved_at > STUCK_SECONDS:
            return
        use, asked_at = self.in_use(), loop.time()
        values = {
            "worker_id": self.worker_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started_at": self.started_at,
            "in_use": use.requests,
            "in_all": self.in_all,
            "pause": timedelta(seconds=use.pause),
        }
        row = await connection.fetchrow(*STATEMENTS["beat"].bind(values), timeout=LEASE_SECONDS)
        assert row is not None  # noqa: S101 - a function with OUT parameters
        pause = row["pause_left"].total_seconds() if row["pause_left"] else 0.0
        until = asked_at + LEASE_SECONDS
        allowed = Allowed(
            until, row["share"], row["workers"], asked_at + pause, row["is_refused"], row["refusal"]
        )
        loop.call_soon_threadsafe(self._moved, loop, allowed)
        if use.job_ids:
            keys = [str(job_id) for job_id in use.job_ids]
            kept = {"listener_ids": list(use.listener_ids), "job_keys": keys}
            await connection.execute(*STATEMENTS["keep_picked"].bind(kept), timeout=LEASE_SECONDS)

    def _moved(self, loop: asyncio.AbstractEventLoop, allowed: Allowed) -> None:
        self._moved_at = loop.time()
        self.take(allowed)
