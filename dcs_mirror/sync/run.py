"""A run: reads institutions, applies what was read, and keeps the report, from its first row to its last."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

import anyio
import asyncpg
import structlog

from dcs_mirror.clock import Clock, reading_order
from dcs_mirror.database import connections
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.errors import (
    InstitutionNotFound,
    MirrorError,
    NotSubscribed,
    RunEnded,
    UpstreamError,
    UpstreamUnavailable,
)
from dcs_mirror.reading import InstitutionReading, entries
from dcs_mirror.reconcile import institution_list
from dcs_mirror.reconcile.apply import ApplyOptions, LookupsRequired, RolloverDetected, apply, unsubscribe
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.records import Institution
from dcs_mirror.schema import migrate
from dcs_mirror.settings import Settings
from dcs_mirror.store import runs
from dcs_mirror.store.known import StoredState
from dcs_mirror.store.resume import plan_resumption, unfinished_syncs
from dcs_mirror.sync import crawl
from dcs_mirror.sync.crawl import Crawler
from dcs_mirror.upstream.client import DcsClient

_SUBSCRIBED = "SELECT hei_id FROM dcs_mirror.institution WHERE subscribed"

log = structlog.get_logger()


class Progress(crawl.CrawlProgress, Protocol):
    """Is told how a run goes on."""

    def began(self, institutions: int) -> None:
        """So many institutions will be read."""

    def landed(self, outcome: InstitutionOutcome) -> None:
        """An institution was applied, held, or failed."""


@dataclass(slots=True)
class Report:
    """What a run did. ``error`` is what ended it early; ``seconds`` its length; ``resumed`` tells what it
    left out, where it was to resume another."""

    run_id: int
    requests: int = 0
    seconds: float = 0.0
    institutions: list[InstitutionOutcome] = field(default_factory=list)
    error: MirrorError | None = None
    failures: list[MirrorError] = field(default_factory=list)
    resumed: str | None = None

    @property
    def outcome(self) -> str:
        """``complete``, ``partial`` or ``failed``."""
        if self.error is None and not self.failures and all(map(_is_success, self.institutions)):
            return "complete"
        landed = any(o.outcome in {"complete", "partial"} for o in self.institutions)
        return "partial" if landed else "failed"

    @property
    def exit_code(self) -> int:
        """0 where everything landed, 1 where some did not, else the code of what prevented all of it."""
        if self.error is not None:
            return self.error.exit_code
        if self.outcome == "failed":
            return max((failure.exit_code for failure in self.failures), default=1)
        return 0 if self.outcome == "complete" else 1


class Run:
    """A run under way: reads with a crawler, applies to a database, keeps the report."""

    def __init__(
        self,
        run_id: int,
        shared: "Runtime",
        client: DcsClient,
        crawler: Crawler,
        progress: Progress,
        options: ApplyOptions,
    ) -> None:
        self.report = Report(run_id)
        self._database = shared.database
        self._run_locks = shared.run_locks
        self._applying = shared.applying
        self._clock = shared.clock
        self._client = client
        self._crawler = crawler
        self._progress = progress
        self._options = options

    async def sync(self, wanted: list[int], *, resume: bool) -> None:
        """Reads the institution list and every institution on it, or the ``wanted`` ones; where it is to
        ``resume``, not those that an unfinished sync had landed."""
        order = reading_order()
        answered, rejected, kept = await self._client.institutions()
        listed = list({institution.hei_id: institution for institution in answered}.values())
        await self._database(
            partial(institution_list.quarantine, rejected=kept, reading_order=order, now=self._clock.now())
        )
        if rejected:
            error = (
                f"the institution list holds {entries(rejected)} without an id: see `dcs-mirror quarantine`"
            )
            if not listed and not wanted:
                raise UpstreamUnavailable(error)
            self.report.failures.append(UpstreamError(error))
            log.warning(error)
        if wanted:
            names = {institution.hei_id: institution.name for institution in listed}
            listed = [Institution(hei_id, names.get(hei_id)) for hei_id in wanted]
        elif not rejected:
            await self._land_withdrawn({institution.hei_id for institution in listed})
        if resume:
            unfinished = await self._database(unfinished_syncs)
            before = plan_resumption(unfinished, now=self._clock.now())
            self.report.resumed = before.message
            log.info(before.message)
            listed = [institution for institution in listed if institution.hei_id not in before.landed]
        self._progress.began(len(listed))
        await self._crawler.crawl(listed, self._land)

    async def refresh(self, hei_id: int, *, course: str | None, request_id: int | None) -> None:
        """Reads one institution, or one course or request of it."""
        institution = Institution(hei_id, None)
        self._progress.began(1)
        if course is None and request_id is None:
            await self._crawler.crawl([institution], self._land)
            return
        try:
            if course is not None:
                await self._land(institution, await self._crawler.read_course(hei_id, course))
            if request_id is not None:
                await self._land(institution, await self._crawler.read_request(hei_id, request_id))
        except RunEnded:
            raise
        except UpstreamError as error:
            await self._land(institution, error)

    async def look_up(self, hei_id: int, request_ids: list[int]) -> None:
        """Asks for items by their ids of an earlier year, and applies the answers."""
        if request_ids:
            institution = Institution(hei_id, None)
            try:
                reading = await self._crawler.read_requests(hei_id, request_ids)
            except RunEnded:
                raise
            except UpstreamError as error:
                await self._land(institution, error)
            else:
                await self._land(institution, reading)

    async def _land(self, institution: Institution, read: InstitutionReading | UpstreamError) -> None:
        """Applies a reading, or records why there is none."""
        try:
            if isinstance(read, UpstreamError):
                raise read
            outcome = await self._apply_until_stable(institution, read)
        except RunEnded:
            raise
        except MirrorError as error:
            outcome = await self._fail(institution.hei_id, error)
        self.report.institutions.append(outcome)
        self._progress.landed(outcome)

    async def _apply_until_stable(
        self, institution: Institution, reading: InstitutionReading
    ) -> InstitutionOutcome:
        """Applies a reading, asking for what it lacks to be applied.

        Raises:
            MirrorError: where that cannot be had, or PostgreSQL refuses the rows.
        """
        while True:
            try:
                async with self._applying:
                    return await self._database(partial(self._apply, reading, self._clock.now()))
            except LookupsRequired as owed:
                await self._crawler.look_up(reading, owed.request_ids)
            except RolloverDetected:
                log.info("it may have been rolled over meanwhile: reading all of it", hei_id=reading.hei_id)
                asked = set() if reading.is_full else {found.request_id for found in reading.looked_up}
                reading = await self._crawler.read_institution(institution)
                asked -= {found.request_id for found in reading.looked_up}
                await self._crawler.look_up(reading, sorted(asked))  # no course need list what was asked for
                reading.is_reread = True
            except connections.UNREACHABLE:
                raise
            except asyncpg.PostgresError as error:
                raise MirrorError(
                    f"PostgreSQL refused the institution's rows: {connections.describe(error)}"
                ) from error

    async def _apply(
        self, reading: InstitutionReading, now: datetime, connection: Connection
    ) -> InstitutionOutcome:
        await self._run_locks.reacquire_if_lost()
        return await apply(connection, reading, run_id=self.report.run_id, options=self._options, now=now)

    async def _fail(self, hei_id: int, error: MirrorError) -> InstitutionOutcome:
        """Records why nothing of an institution was applied."""
        kind, told = "failed", str(error)
        if isinstance(error, InstitutionNotFound):
            told = f"institution {hei_id} is not known to the DCS ({told})"
        elif isinstance(error, NotSubscribed):
            kind = "unsubscribed"
            told = (
                f"institution {hei_id} has not subscribed these credentials ({told}): an administrator of "
                "the institution can subscribe the API user in the DCS"
            )
        self.report.failures.append(error)
        outcome = InstitutionOutcome(hei_id, kind, error=told)
        try:
            return await self._record(outcome)
        except connections.UNREACHABLE:
            raise
        except asyncpg.PostgresError as refused:  # a full disk has no room for this either
            log.warning(
                "an outcome could not be recorded", hei_id=hei_id, error=connections.describe(refused)
            )
            return outcome

    async def _record(self, outcome: InstitutionOutcome) -> InstitutionOutcome:
        """Records an institution of which nothing was applied; marks one that withdrew."""
        now, run_id = self._clock.now(), self.report.run_id

        async def write(connection: Connection) -> InstitutionOutcome:
            if outcome.outcome == "unsubscribed":
                await unsubscribe(connection, outcome.hei_id, run_id=run_id, now=now)
            return await record(connection, outcome, run_id=run_id, recorded_at=now)

        return await self._database(write)

    async def _land_withdrawn(self, listed: set[int]) -> None:
        """C4: marks what is not listed any more; refuses a list that is empty all of a sudden."""
        stored = await self._database(lambda connection: connection.fetch(_SUBSCRIBED))
        withdrawn = sorted({row["hei_id"] for row in stored} - listed)
        if withdrawn and not listed and not self._options.accept_removals:
            raise UpstreamUnavailable(
                f"C4: the DCS lists no institution at all, but the mirror knows {len(withdrawn)}; "
                "nothing was changed. If all of them withdrew: dcs-mirror sync --accept-removals"
            )
        for hei_id in withdrawn:
            outcome = await self._record(InstitutionOutcome(hei_id, "unsubscribed"))
            self.report.institutions.append(outcome)
            self._progress.landed(outcome)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the runs of one program share: its connections, and the client with its requests in flight.

    Once a run was ended by the DCS (:class:`RunEnded`), so are the others, and no new one goes on.
    """

    settings: Settings
    clock: Clock
    url: str
    database: RetryingPool
    run_locks: runs.RunLocks
    client: DcsClient
    applying: anyio.CapacityLimiter


@asynccontextmanager
async def open_runtime(settings: Settings, url: str) -> AsyncIterator[Runtime]:
    """Connects to the database at ``url``, whose schema is migrated if it is empty.

    Raises:
        MirrorError: where credentials are missing, the database is out of reach, or its schema is another.
    """
    settings.credentials()
    clock = settings.clock()
    async with connections.create_pool(url) as pool:
        await _ready_schema(pool, url)
        async with DcsClient(settings, clock) as client, runs.hold_run_locks(url) as run_locks:
            applying = anyio.CapacityLimiter(connections.MAX_APPLIES)
            yield Runtime(settings, clock, url, RetryingPool(pool), run_locks, client, applying)


@asynccontextmanager
async def open_run(
    shared: Runtime,
    kind: str,
    progress: Progress | None,
    *,
    accept_removals: bool = False,
    accept_year: bool = False,
) -> AsyncIterator[Run]:
    """A run from its first row to its last: however it ends, its end is recorded."""
    started, settings, clock = time.monotonic(), shared.settings, shared.clock
    progress = progress or _NoProgress()
    client = shared.client.with_own_counter()
    options = ApplyOptions(settings.removal_guard, accept_removals, accept_year, settings.recheck_days)
    async with Crawler(client, StoredState(shared.database), clock, progress=progress) as crawler:
        run_id = await shared.run_locks.begin(kind, now=clock.now())
        run = Run(run_id, shared, client, crawler, progress, options)
        outcome = "interrupted"
        try:
            with connections.translate_errors(shared.url):
                yield run
            outcome = run.report.outcome
        except MirrorError as error:
            run.report.error = error
            outcome = run.report.outcome
        except Exception as error:
            run.report.error = MirrorError(f"the program failed: {type(error).__name__}")
            outcome = "failed"
            raise
        finally:
            run.report.requests = client.requests
            run.report.seconds = time.monotonic() - started
            await _close(shared, run.report, outcome)


class _NoProgress:
    """Progress that nobody looks at."""

    def began(self, institutions: int) -> None:
        """Not shown."""

    def opened(self, hei_id: int, courses: int) -> None:
        """Not shown."""

    def answered(self) -> None:
        """Not shown."""

    def landed(self, outcome: InstitutionOutcome) -> None:
        """Not shown."""


async def _close(shared: Runtime, report: Report, outcome: str) -> None:
    """Records the end of a run, also while it is being cancelled; a lost database has its error already."""
    finish = partial(
        runs.finish,
        run_id=report.run_id,
        outcome=outcome,
        requests=report.requests,
        error=str(report.error) if report.error else None,
        now=shared.clock.now(),
    )
    told: object = "time ran out"
    with anyio.move_on_after(connections.CLOSE_SECONDS, shield=True):
        try:
            await shared.database(finish)
            await shared.run_locks.release(report.run_id)
        except (*connections.UNREACHABLE, asyncpg.PostgresError) as error:
            told = error
        else:
            return
    log.warning("the end of the run could not be recorded", run_id=report.run_id, error=str(told))


async def _ready_schema(pool: connections.Pool, url: str) -> None:
    async with pool.acquire() as connection:
        found = await migrate.schema_state(connection)
        if found is not migrate.SchemaState.EMPTY:
            await migrate.require_current(connection)
    if found is migrate.SchemaState.EMPTY:
        await migrate.migrate(url)


def _is_success(outcome: InstitutionOutcome) -> bool:
    """Complete, or withdrawn by its institution: news, not a failure."""
    return outcome.outcome == "complete" or (outcome.outcome == "unsubscribed" and outcome.error is None)
