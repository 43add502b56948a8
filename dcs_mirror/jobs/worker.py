"""A worker: takes jobs until told to stop, begins the nightly sync, keeps to its share of the limits."""

import asyncio
import time
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import anyio
import asyncpg
import structlog

from dcs_mirror.clock import SharedClock
from dcs_mirror.database import connections
from dcs_mirror.errors import CredentialsRefused, MirrorError, in_words
from dcs_mirror.jobs.begun import is_outage
from dcs_mirror.jobs.dispatch import clear_up, dispatch
from dcs_mirror.jobs.engine import KINDS, PutBack
from dcs_mirror.jobs.fleet import LEAVE_SECONDS, Allowed, InUse, Membership
from dcs_mirror.jobs.holding import tell_refused
from dcs_mirror.jobs.listening import RESTART_SECONDS, STOP_SECONDS, Listening
from dcs_mirror.jobs.telling import Telling
from dcs_mirror.jobs.work import Again, Work
from dcs_mirror.metrics.calls import CallMetrics
from dcs_mirror.metrics.service import Health, serving
from dcs_mirror.runtime import Runtime
from dcs_mirror.upstream.client import DcsClient

DISPATCH_SECONDS = 1.0
CLEAR_UP_SECONDS = 3600.0
PROBE_PAUSE = 3.0
"""How long the others wait at a time while one worker finds out whether the DCS is down."""
SENT_SECONDS = 10.0
"""How long a worker that ends waits for calls that others send through its client: a write that was cut off
would have an unknown outcome."""
SENT_POLL_SECONDS = 0.05
DISPATCH_PAUSE = 0.2
"""Seconds between two dispatches at least, however many say that something was asked for."""

_DATABASE_TIME = "SELECT clock_timestamp()"
_NOTHING = Allowed(0.0, 0, 0, 0.0, is_refused=False, refusal=None)

log = structlog.get_logger()


def accepted(doing: Collection[str], places: int) -> Collection[str]:
    """Return the kinds of jobs that a worker takes that does these, with so many places.

    The institutions of a nightly sync leave one place, so that a refresh need not wait for the night's end.
    """
    if len(doing) >= places:
        return ()
    if Counter(doing)["institution"] >= max(1, places - 1):
        return tuple(kind for kind in KINDS if kind != "institution")
    return KINDS


class Worker:
    """One worker; :meth:`run` is its life.

    Args:
        runtime: what the jobs share. Unless its clock is a rehearsal's, that of the database takes its place.
        only_refreshes: whether it does refreshes only, and begins no nightly sync: of a program that serves
            clients, which must not be busy with a night.
    """

    def __init__(self, runtime: Runtime, *, only_refreshes: bool = False) -> None:
        if runtime.settings.now is None:
            runtime = replace(runtime, clock=SharedClock(order=runtime.order))
        self._runtime = runtime
        self._only_refreshes = only_refreshes
        self._worker_id = uuid4()
        self._telling = Telling(runtime)
        self._work = Work(self._worker_id, self.usable, self._telling.night_ended)
        self._places = runtime.settings.worker_jobs
        self._client: DcsClient | None = None
        self._former: list[DcsClient] = []
        self._one_client = anyio.Lock()
        self._asked = asyncio.Event()
        self._doing: dict[int, _Doing] = {}
        self._turns = _Turns(self._places)
        self._allowed = _NOTHING
        self._is_stopping = self._is_leaving = False
        self._deadline: asyncio.TimerHandle | None = None
        self._began_at: datetime | None = None
        self._until_empty = False
        self._listening = Listening(runtime, self._do, self._accepts, self._asked.set)
        self._calls = CallMetrics(lambda: self._client.load if self._client else None)
        self._health = Health(runtime.pool, runtime.clock, self._calls)

    async def run(self, *, until_empty: bool = False) -> None:
        """Take jobs until the task is cancelled, or until nothing waits.

        When it is cancelled, jobs that cannot end within seconds are handed back, and others do them.

        Raises:
            CredentialsRefused: if it was to work until nothing waits, and the DCS refuses the credentials.
            MirrorError: if the database cannot be reached at the beginning.
        """
        runtime, self._until_empty, self._is_leaving = self._runtime, until_empty, False
        async with runtime.pool.acquire() as connection:
            self._began_at = await connection.fetchval(_DATABASE_TIME)
        assert self._began_at is not None  # noqa: S101 - it always returns a time
        monitored_at = None if self._only_refreshes else runtime.settings.metrics_bind
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close_clients)
            await stack.enter_async_context(serving(monitored_at, self._health))
            await self.usable()
            membership = Membership(
                runtime.url,
                runtime.settings.concurrency,
                self._began_at,
                self._in_use,
                self._take,
                self._worker_id,
            )
            membership.begin()
            try:
                await self._dispatch_once()
                background = [asyncio.create_task(self._dispatch()), asyncio.create_task(self._clear_up())]
                if not self._only_refreshes:
                    background.append(asyncio.create_task(self._telling.run()))
                try:
                    await self._listening.run(until_empty=until_empty, stopping=self._stopping)
                    await self._telling.tell()
                finally:
                    for task in background:
                        task.cancel()
                    with anyio.move_on_after(LEAVE_SECONDS, shield=True):
                        await asyncio.wait(background)
            finally:
                with anyio.CancelScope(shield=True):
                    await self._let_sent_calls_end()
                    await membership.end()
                if self._deadline is not None:
                    self._deadline.cancel()
            if until_empty and (refusal := await self._work.refusal(self._began_at)):
                raise CredentialsRefused(refusal)

    def _stopping(self) -> None:
        """Begin nothing any more; what is being done is handed back."""
        self._is_stopping = self._health.is_draining = True
        self._deadline = asyncio.get_running_loop().call_later(STOP_SECONDS, self._cut_database)
        for doing in list(self._doing.values()):
            doing.scope.cancel()

    def _cut_database(self) -> None:
        """Wait for no answer of the database any more: one deadline for whatever is still asked."""
        self._listening.cut()
        self._runtime.pool.terminate()
        self._runtime.run_locks.terminate()

    async def _do(self, job_id: int) -> None:
        """Do one job for the engine.

        Raises:
            PutBack: if it cannot be done here and now.
        """
        assert self._began_at is not None  # noqa: S101 - set before anything is listened to
        while earlier := self._doing.get(job_id):
            # It was taken twice, because the database was away for longer than a job may be silent.
            await earlier.ended.wait()
        if self._is_stopping:
            raise PutBack(timedelta())
        try:
            attempts = await self._work.look(job_id, began_at=self._began_at)
        except Again as later:
            self._end_if_once()
            raise PutBack(later.delay) from None
        if attempts is None:
            return
        again, failed = timedelta(), None
        with anyio.CancelScope() as scope:
            self._doing[job_id] = doing = _Doing(scope)
            try:
                # A job whose worker was gone is done alone: if it ends this one too, no other job suffers.
                async with self._turns.take(alone=attempts > 0):
                    await self._work.do(job_id)
                    return
            except Again as later:
                again = later.delay
            except (*connections.UNREACHABLE, asyncpg.PostgresError, MirrorError) as error:
                log.warning("a job is put back", job_id=job_id, because=in_words(error))
                again = timedelta(seconds=RESTART_SECONDS)
                failed = None if is_outage(error) else error
            except Exception as error:  # noqa: BLE001 - a defect, or no memory is left
                # It stays begun, so that this counts as a worker that was gone.
                found = {"because": repr(error), "traceback": traceback.format_exc()}
                log.warning("a job met an unexpected error and is begun again", job_id=job_id, **found)
                raise PutBack(timedelta(seconds=RESTART_SECONDS)) from None
            finally:
                del self._doing[job_id]
                doing.ended.set()
        with (
            anyio.move_on_after(STOP_SECONDS, shield=True),
            suppress(*connections.UNREACHABLE, asyncpg.PostgresError),
        ):
            again = max(again, await self._work.hand_back(job_id, failed))
        raise PutBack(again)

    def _end_if_once(self) -> None:
        """If the worker is to end when nothing waits, end it now: what waits cannot be done."""
        if self._until_empty:
            self._listening.stop()

    def _accepts(self, doing: Collection[str]) -> Collection[str]:
        if self._is_stopping or not self._allowed.share or self._allowed.is_refused:
            return ()
        kinds = accepted(doing, self._places)
        return [kind for kind in kinds if kind == "refresh"] if self._only_refreshes else kinds

    @property
    def refusal(self) -> str | None:
        """How the DCS refused the credentials, since this worker was started and not long ago; else None."""
        allowed = self._allowed
        return (allowed.refusal or "the DCS refuses the credentials") if allowed.is_refused else None

    async def tell_refused(self, error: CredentialsRefused) -> None:
        """Have all workers send nothing for a while: to go on could lock the account (W3)."""
        self._allowed = replace(self._allowed, is_refused=True, refusal=str(error))
        try:
            await self._runtime.database(partial(tell_refused, error=error))
        except (*connections.UNREACHABLE, asyncpg.PostgresError, MirrorError) as failed:
            log.warning("other workers do not know that credentials are refused", because=in_words(failed))

    async def usable(self) -> Runtime:
        """Return the runtime with a client that no error has ended."""
        async with self._one_client:
            if self._client is None or self._client.ended is not None:
                runtime = self._runtime
                client = DcsClient(runtime.settings, runtime.clock, runtime.order, self._calls)
                client.share(0, 0, until=0)
                await client.__aenter__()
                if self._client is not None:
                    self._former.append(self._client)
                self._client = client
                self._apply(self._allowed)
            for former in [former for former in self._former if not former.load.in_flight]:
                self._former.remove(former)
                await former.__aexit__(None, None, None)
            return replace(self._runtime, client=self._client)

    async def _let_sent_calls_end(self) -> None:
        """Wait until no call is in flight, while the worker still has its share; admit none meanwhile."""
        self._is_leaving = True
        clients = [client for client in (*self._former, self._client) if client is not None]
        for client in clients:
            client.share(0, 0, until=0)
        with anyio.move_on_after(SENT_SECONDS):
            while True:
                if not any(client.load.in_flight for client in clients):
                    return
                await anyio.sleep(SENT_POLL_SECONDS)

    async def _close_clients(self) -> None:
        for client in (*self._former, self._client):
            if client is not None:
                await client.__aexit__(None, None, None)
        # The worker may be run again; until then others have its share.
        self._former, self._client, self._allowed = [], None, _NOTHING

    @property
    def calls(self) -> CallMetrics:
        """What it sends to the DCS."""
        return self._calls

    def _in_use(self) -> InUse:
        client, listener_ids, job_ids = self._client, self._listening.listener_ids, list(self._doing)
        if client is None:
            return InUse(0, 0.0, 0, listener_ids, job_ids)
        load = client.load
        pause = PROBE_PAUSE if load.is_probing else load.own_pause_left
        # Not the limit of the moment: it may rise to the share until the answer is heard.
        requests = max(self._allowed.share, load.in_flight + self._in_flight_of_former())
        return InUse(requests, pause, self._work.calls_left, listener_ids, job_ids)

    def _in_flight_of_former(self) -> int:
        return sum(client.load.in_flight for client in list(self._former))

    def _take(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._apply(allowed)

    def _apply(self, allowed: Allowed) -> None:
        client = self._client
        if client is None or not allowed.workers or self._is_leaving:
            return
        rate = self._runtime.settings.rate / allowed.workers
        client.share(max(0, allowed.share - self._in_flight_of_former()), rate, until=allowed.until)
        pause = allowed.paused_until - asyncio.get_running_loop().time()
        if pause > 0 and not client.load.is_probing:
            client.pause(pause)
        if (refusal := self.refusal) and client.ended is None:
            client.end(CredentialsRefused(refusal))

    async def _dispatch(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(DISPATCH_SECONDS):
                    await self._asked.wait()
            self._asked.clear()
            try:
                await self._dispatch_once()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may do it
                log.warning("what is due could not be begun", because=in_words(error))
            await asyncio.sleep(DISPATCH_PAUSE)

    async def _dispatch_once(self) -> None:
        settings = self._runtime.settings
        work = partial(
            dispatch,
            cron=None if self._only_refreshes else settings.sync_cron,
            now=self._runtime.clock.now(),
            rehearsed=settings.now is not None,
        )
        await self._runtime.database(work)
        self._health.dispatched_at = time.monotonic()

    async def _clear_up(self) -> None:
        while True:
            try:
                await self._runtime.database(partial(clear_up, now=self._runtime.clock.now()))
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may do it
                log.warning("what is over for long could not be forgotten", because=in_words(error))
            await asyncio.sleep(CLEAR_UP_SECONDS)


@dataclass(frozen=True, slots=True, eq=False)
class _Doing:
    """A job that is being done, or waits for its turn."""

    scope: anyio.CancelScope
    ended: anyio.Event = field(default_factory=anyio.Event)


class _Turns:
    """Places for jobs: one each, or all of them for a job that is done alone."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._free = anyio.Semaphore(places)
        self._one_alone = anyio.Lock()

    @asynccontextmanager
    async def take(self, *, alone: bool) -> AsyncIterator[None]:
        """Wait for a place, or for all of them."""
        taken = 0
        try:
            if alone:
                async with self._one_alone:
                    while taken < self._places:
                        await self._free.acquire()
                        taken += 1
            else:
                await self._free.acquire()
                taken = 1
            yield
        finally:
            for _ in range(taken):
                self._free.release()
