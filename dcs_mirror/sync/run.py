"""A run under way: read institutions, apply what was read, and keep the report."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import starmap
from typing import TypeAlias, TypeVar
from uuid import UUID

import anyio
import asyncpg
import structlog

from dcs_mirror.concurrency import for_each
from dcs_mirror.database import connections
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import (
    DatabaseFailed,
    InstitutionNotFound,
    MirrorError,
    NotSubscribed,
    RunEnded,
    UpstreamError,
    UpstreamUnavailable,
)
from dcs_mirror.reading import InstitutionReading, entries
from dcs_mirror.reconcile import institution_list
from dcs_mirror.reconcile.apply import apply, unsubscribe
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.proof import Unproven, prove
from dcs_mirror.reconcile.registered_columns import ColumnMemory, describe
from dcs_mirror.reconcile.required import LookupsOvertaken, LookupsRequired, RereadRequired
from dcs_mirror.records import Institution
from dcs_mirror.runtime import Runtime
from dcs_mirror.store import restored
from dcs_mirror.store.resume import plan_resumption, unfinished_syncs
from dcs_mirror.sync.crawl import Crawler
from dcs_mirror.sync.report import Progress, Report
from dcs_mirror.upstream.client import DcsClient

OVERTAKEN = (
    "C5: the DCS said that institution {} withdrew, but it was read since. It stays subscribed; the next "
    "sync asks again"
)

T = TypeVar("T")

Fence: TypeAlias = Callable[[Connection], Awaitable[None]]
"""Raises, in the transaction of a piece of work, if it is not this program's any more. Until that transaction
ends, no other program can take the work over."""

log = structlog.get_logger()


class DatabaseRestored(RunEnded):
    """The database was restored, or failed over, while a run was under way."""

    def __init__(self) -> None:
        super().__init__(
            "the database was restored or failed over while the run was under way. What was applied before "
            "may be lost. Run it again"
        )


class Run:
    """A run under way: reads with a crawler, applies to a database, keeps the report.

    Attributes:
        report: what was done so far.
    """

    def __init__(
        self,
        run_id: int,
        runtime: Runtime,
        client: DcsClient,
        crawler: Crawler,
        progress: Progress,
        options: ApplyOptions,
        epoch: UUID,
        fence: Fence | None,
    ) -> None:
        self.report = Report(run_id)
        self._runtime = runtime
        self._epoch = epoch
        self._fence = fence
        self._run_locks = runtime.run_locks
        self._apply_limit = runtime.apply_limit
        self._clock = runtime.clock
        self._order = runtime.order
        self._client = client
        self._crawler = crawler
        self._progress = progress
        self._options = options
        self._unproven: Unproven = {}
        self._memory = ColumnMemory(runtime.patience)

    async def sync(self, wanted: list[int], *, resume: bool) -> None:
        """Read the institution list and every institution on it, or only the ``wanted`` ones.

        Args:
            resume: whether to skip the institutions that an unfinished sync had applied.
        """
        listed = await self.list_institutions(wanted, resume=resume)
        self._progress.began(len(listed))
        await self._crawl(listed, prove_only=wanted or None)
        self._tell_unproven()

    async def list_institutions(self, wanted: list[int], *, resume: bool) -> list[Institution]:
        """Read the institution list, and return the institutions that a sync of all, or of ``wanted``, reads.

        Args:
            resume: whether to leave out the institutions that an unfinished sync had applied.
        """
        list_order = self._order()
        answered, rejected, kept = await self._client.institutions()
        listed = list({institution.hei_id: institution for institution in answered}.values())
        await self._database(
            partial(
                institution_list.quarantine, rejected=kept, reading_order=list_order, now=self._clock.now()
            )
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
            await self._land_withdrawn({institution.hei_id for institution in listed}, list_order)
        if resume:
            unfinished = await self._database(unfinished_syncs)
            before = plan_resumption(unfinished, now=self._clock.now())
            self.report.resumed = before.message
            log.info(before.message)
            listed = [institution for institution in listed if institution.hei_id not in before.landed]
        return listed

    async def refresh_list(self) -> None:
        """Read the list of institutions alone: store whom it has, and mark those that withdrew (C4)."""
        order, run_id = self._order(), self.report.run_id
        listed = await self.list_institutions([], resume=False)
        for each in await self._database(partial(institution_list.differing, listed=listed)):
            now = self._clock.now()
            store = partial(
                institution_list.store, institution=each, list_order=order, run_id=run_id, now=now
            )
            await self._database(store)

    async def prove(self, hei_ids: list[int] | None) -> Unproven:
        """Look for rows of registered columns that are out of date, and rewrite them (R9).

        Args:
            hei_ids: only these institutions; None means all.

        Returns:
            What is left, or could not be looked at.
        """
        self._unproven = await prove(self._database, hei_ids, now=self._clock.now(), memory=self._memory)
        self._tell_unproven()
        return self._unproven

    async def read_one(self, institution: Institution, unproven: Mapping[str, str]) -> None:
        """Read one institution of a run that proved the registered columns before, and apply it.

        Args:
            unproven: what is wrong with registered columns, by column.
        """
        self._unproven = {institution.hei_id: unproven}
        await self._crawler.crawl([institution], self._land)

    async def give_up(self, hei_id: int, error: MirrorError) -> None:
        """Record that an institution is not read in this run."""
        self.report.institutions.append(await self._fail(hei_id, error, is_full=True))

    async def refresh(self, hei_id: int, *, course: str | None, request_id: int | None) -> None:
        """Read one institution, or one course or request of it, and apply it."""
        institution = Institution(hei_id, None)
        self._progress.began(1)
        if course is None and request_id is None:
            await self._crawl([institution], prove_only=[hei_id])
            return
        try:
            if course is not None:
                await self._land_part(institution, await self._crawler.read_course(hei_id, course))
            if request_id is not None:
                await self._land_part(institution, await self._crawler.read_request(hei_id, request_id))
        except RunEnded:
            raise
        except UpstreamError as error:
            await self._land_part(institution, error)

    async def look_up(self, hei_id: int, request_ids: list[int]) -> None:
        """Look items up by their ids of an earlier year, and apply the answers (R4)."""
        if request_ids:
            institution = Institution(hei_id, None)
            try:
                reading = await self._crawler.read_requests(hei_id, request_ids)
            except RunEnded:
                raise
            except UpstreamError as error:
                await self._land_part(institution, error)
            else:
                await self._land_part(institution, reading)

    async def _database(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do ``work`` on a connection, unless the database was restored since the run began.

        Raises:
            DatabaseRestored: if it was. What the crawl compared its answers with may be lost.
        """

        async def in_this_epoch(connection: Connection) -> T:
            if await restored.current_epoch(connection, now=self._clock.now()) != self._epoch:
                raise DatabaseRestored
            if self._fence is None:
                return await work(connection)
            async with connection.transaction():
                await self._fence(connection)
                return await work(connection)

        return await self._runtime.database(in_this_epoch)

    async def _land(self, institution: Institution, read: InstitutionReading | UpstreamError) -> None:
        """Apply a reading of the whole institution, or record why there is none."""
        await self._land_reading(institution, read, is_full=True)

    async def _land_part(self, institution: Institution, read: InstitutionReading | UpstreamError) -> None:
        """Apply a reading of single courses or requests: its outcome is not the institution's."""
        await self._land_reading(institution, read, is_full=False)

    async def _land_reading(
        self, institution: Institution, read: InstitutionReading | UpstreamError, *, is_full: bool
    ) -> None:
        try:
            if isinstance(read, UpstreamError):
                raise read
            outcome = await self._apply_until_stable(institution, read)
        except RunEnded:
            raise
        except MirrorError as error:
            outcome = await self._fail(institution.hei_id, error, is_full=is_full)
        self.report.institutions.append(outcome)
        self._progress.landed(outcome)

    async def _apply_until_stable(
        self, institution: Institution, reading: InstitutionReading
    ) -> InstitutionOutcome:
        """Apply a reading; look up or reread whatever it lacks until it can be applied.

        Raises:
            MirrorError: if that cannot be read, or PostgreSQL refuses the rows.
        """
        while True:
            try:
                async with self._apply_limit:
                    return await self._database(partial(self._apply, reading, self._clock.now()))
            except LookupsRequired as owed:
                await self._crawler.look_up(reading, owed.request_ids)
            except LookupsOvertaken as overtaken:
                await self._crawler.look_up_again(reading, overtaken.request_ids)
            except RereadRequired as required:
                log.info("reading all of it", because=str(required), hei_id=reading.hei_id)
                before = reading
                asked = set() if reading.is_full else {found.request_id for found in reading.looked_up}
                reading = await self._crawler.read_institution(institution)
                asked -= {found.request_id for found in reading.looked_up}
                # An id that was asked for may be in no course.
                await self._crawler.look_up(reading, sorted(asked))
                required.mark(reading, instead_of=before)
            except connections.UNREACHABLE:
                raise
            except asyncpg.PostgresError as error:
                raise DatabaseFailed(
                    f"PostgreSQL refused the institution's rows: {connections.describe(error)}"
                ) from error

    async def _apply(
        self, reading: InstitutionReading, now: datetime, connection: Connection
    ) -> InstitutionOutcome:
        if self._fence is None:
            await self._run_locks.reacquire_if_lost()
        return await apply(
            connection,
            reading,
            run_id=self.report.run_id,
            options=self._options,
            now=now,
            unproven=self._unproven.get(reading.hei_id),
            memory=self._memory,
        )

    async def _crawl(self, institutions: list[Institution], *, prove_only: list[int] | None) -> None:
        """Read and land institutions; meanwhile, before the first lands, prove the registered columns (R9).

        Args:
            prove_only: the institutions whose ids are looked for; None means all.
        """
        proved = anyio.Event()

        async def prove_columns() -> None:
            self._unproven = await prove(
                self._database, prove_only, now=self._clock.now(), memory=self._memory
            )
            proved.set()

        async def land(institution: Institution, read: InstitutionReading | UpstreamError) -> None:
            await proved.wait()
            await self._land(institution, read)

        crawl = partial(self._crawler.crawl, institutions, land)
        work: tuple[Callable[[], Awaitable[None]], ...] = (prove_columns, crawl)
        await for_each(work, lambda each: each(), width=len(work))

    def _tell_unproven(self) -> None:
        """Tell of columns that are out of date for institutions whose outcome does not say so (R9)."""
        told = {outcome.hei_id for outcome in self.report.institutions if outcome.error}
        for hei_id, columns in self._unproven.items():
            if columns and hei_id not in told:
                error = f"institution {hei_id}: {'; '.join(starmap(describe, columns.items()))}"
                self.report.failures.append(MirrorError(error))
                log.warning(error)

    async def _fail(self, hei_id: int, error: MirrorError, *, is_full: bool) -> InstitutionOutcome:
        """Record why nothing of an institution was applied."""
        kind, message = "failed", str(error)
        if isinstance(error, InstitutionNotFound):
            message = f"institution {hei_id} is not known to the DCS ({message})"
        elif isinstance(error, NotSubscribed):
            kind = "unsubscribed"
            message = (
                f"institution {hei_id} has not subscribed these credentials ({message}). An administrator of "
                "the institution can subscribe the API user in the DCS"
            )
        self.report.failures.append(error)
        outcome = InstitutionOutcome(hei_id, kind, error=message)
        try:
            return await self._record(
                outcome, is_full=is_full or kind == "unsubscribed", order=_order_of(error)
            )
        except connections.UNREACHABLE:
            raise
        except asyncpg.PostgresError as refused:  # such as a full disk
            log.warning(
                "an outcome could not be recorded", hei_id=hei_id, error=connections.describe(refused)
            )
            return outcome

    async def _record(
        self, outcome: InstitutionOutcome, *, is_full: bool = True, order: int | None = None
    ) -> InstitutionOutcome:
        """Record the outcome of an institution of which nothing was applied; mark one that withdrew.

        Args:
            order: when the question was asked whose answer says that it withdrew (C5).
        """
        now, run_id = self._clock.now(), self.report.run_id

        async def write(connection: Connection) -> InstitutionOutcome:
            told, last_order = outcome, None
            if told.outcome == "unsubscribed":
                last_order = order
                if not await unsubscribe(connection, told.hei_id, run_id=run_id, now=now, order=order):
                    told = replace(told, outcome="failed", error=OVERTAKEN.format(told.hei_id))
            return await record(
                connection, told, run_id=run_id, recorded_at=now, last_order=last_order, is_full=is_full
            )

        return await self._database(write)

    async def _land_withdrawn(self, listed: set[int], list_order: int) -> None:
        """C4: mark institutions that are no longer listed; refuse a list that is suddenly empty."""
        asked = (institution_list.SUBSCRIBED_BEFORE, list_order, self._order())
        stored = await self._database(lambda connection: connection.fetch(*asked))
        withdrawn = sorted({row["hei_id"] for row in stored} - listed)
        if withdrawn and not listed and not self._options.accept_removals:
            raise UpstreamUnavailable(
                f"C4: the DCS lists no institution at all, but the mirror knows {len(withdrawn)}; "
                "nothing was changed. If all of them withdrew: dcs-mirror sync --accept-removals"
            )
        for hei_id in withdrawn:
            outcome = await self._record(InstitutionOutcome(hei_id, "unsubscribed"), order=list_order)
            self.report.institutions.append(outcome)
            self._progress.landed(outcome)


def _order_of(error: MirrorError) -> int | None:
    """Return when the question was asked that the DCS answered with an error; None if it is no such error."""
    return error.reading_order if isinstance(error, UpstreamError) else None
