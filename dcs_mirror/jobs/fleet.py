"""The fleet: which workers live, and what each of them may ask the DCS for.

The requests in flight of all workers together stay within ``DCS_CONCURRENCY``, and their rate within
``DCS_RATE``. Each worker says every second that it lives, more often while it has work, and learns its share,
which goes by the calls that the jobs of each have left. What it was allowed holds for ``LEASE_SECONDS``.
Afterwards it sends nothing until it was heard again: others may have its share by then.

A thread says so on a connection of its own, because the event loop may be busy for seconds with a large
institution.

Why the sum is never too high, also while shares change. Each worker has a row with the places that are
reserved for it, and ``dcs_mirror.beat`` changes one row at a time:

1. It never reserves more than the limit less what is reserved for all others. So all that is reserved
   together is never more than the limit, in whatever order the workers are heard.
2. It reserves at least what the worker says that it uses, and what it allows the worker is never more than
   what is reserved.
3. What a worker says that it uses is the most that it can have in flight until it hears the answer: what it
   may have by the last answer that its event loop took, what it has, and what it was allowed by answers that
   its event loop has not taken yet. So its row never falls below that, whether the answer comes, comes late,
   or never.

So a worker that is to have fewer keeps its places reserved until it says, in a later beat, that it uses
fewer. Only then can another one get them. One that is not heard of loses its row only after its lease has
ended, and it sends nothing any more then. Only requests that it sent before, and that the DCS answers after
its row is gone, are not counted.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dcs_mirror.database import connections
from dcs_mirror.errors import in_words
from dcs_mirror.jobs.statements import STATEMENTS

BEAT_SECONDS = 1.0
BUSY_BEAT_SECONDS = 0.25
"""How often a worker is heard that has work, or has to give places up: until then nobody can use them."""
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
        calls: that its jobs have left, as far as it knows.
        listener_ids: what the queue knows it by.
        job_ids: jobs that it does.
    """

    requests: int
    pause: float
    calls: int = 0
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
        worker_id: what the others know it by.
    """

    url: str
    in_all: int
    started_at: datetime
    in_use: Callable[[], InUse]
    take: Callable[[Allowed], None]
    worker_id: UUID
    _stop: threading.Event = field(default_factory=threading.Event)
    _moved_at: float = 0.0
    _untaken: list[int] = field(default_factory=list)
    """Shares of answers that the event loop has not taken yet, the oldest first."""
    _kept_at: float = 0.0
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
                self._stop.wait(await self._beat(connection, loop))  # nothing else runs in this thread
            leave = STATEMENTS["leave"].bind({"worker_id": self.worker_id})
            await connection.execute(*leave, timeout=LEAVE_SECONDS)
        finally:
            await connections.close_gracefully(connection)

    async def _beat(self, connection: connections.Connection, loop: asyncio.AbstractEventLoop) -> float:
        """Say that the worker lives; return in how many seconds to say it again."""
        if loop.time() - self._moved_at > STUCK_SECONDS:
            return BEAT_SECONDS
        # First what was not taken: if it is taken meanwhile, it is in use.
        untaken = max(self._untaken.copy(), default=0)
        use, asked_at = self.in_use(), loop.time()
        in_use = max(untaken, use.requests)
        values = {
            "worker_id": self.worker_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started_at": self.started_at,
            "in_use": in_use,
            "in_all": self.in_all,
            "pause": timedelta(seconds=use.pause),
            "calls": use.calls,
        }
        row = await connection.fetchrow(*STATEMENTS["beat"].bind(values), timeout=LEASE_SECONDS)
        assert row is not None  # noqa: S101 - a function with OUT parameters
        pause = row["pause_left"].total_seconds() if row["pause_left"] else 0.0
        until = asked_at + LEASE_SECONDS
        allowed = Allowed(
            until, row["share"], row["workers"], asked_at + pause, row["is_refused"], row["refusal"]
        )
        self._untaken.append(allowed.share)
        loop.call_soon_threadsafe(self._moved, loop, allowed)
        if use.job_ids and asked_at >= self._kept_at + BEAT_SECONDS:
            self._kept_at = asked_at
            keys = [str(job_id) for job_id in use.job_ids]
            kept = {"listener_ids": list(use.listener_ids), "job_keys": keys}
            await connection.execute(*STATEMENTS["keep_picked"].bind(kept), timeout=LEASE_SECONDS)
        return BUSY_BEAT_SECONDS if use.calls or in_use > allowed.share else BEAT_SECONDS

    def _moved(self, loop: asyncio.AbstractEventLoop, allowed: Allowed) -> None:
        self._moved_at = loop.time()
        self.take(allowed)
        self._untaken.pop(0)
