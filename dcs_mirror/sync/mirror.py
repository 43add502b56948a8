"""The use cases: sync every institution, refresh one, reconcile what is stored, rehearse a rollover."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import anyio.to_thread
import asyncpg
import structlog

from dcs_mirror.database import connections
from dcs_mirror.embedded.locate import database_url
from dcs_mirror.errors import NOTHING_DONE, MirrorError, UnknownInstitution
from dcs_mirror.reconcile.registered_columns import ColumnMemory, ColumnRewrite
from dcs_mirror.reconcile.stored import Rehearsal, reconcile_stored, rehearse
from dcs_mirror.runtime import Runtime, open_runtime
from dcs_mirror.settings import Settings
from dcs_mirror.store.known import StoredState, require_institution
from dcs_mirror.sync.lifecycle import open_run
from dcs_mirror.sync.report import Progress, Report
from dcs_mirror.sync.run import Fence

IfRunning: TypeAlias = Literal["overlap", "end", "wait"]
"""What a sync of all institutions does beside another one."""

POLL_SECONDS = 1.0
"""How often a sync that waits for another one looks whether that has ended."""

log = structlog.get_logger()


class SyncUnderWay(MirrorError):
    """Another program syncs all institutions, so this one read nothing."""

    exit_code = NOTHING_DONE


class Mirror:
    """An open mirror. Its runs may overlap: they share one limit of requests in flight, and one pool."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def sync(
        self,
        progress: Progress | None = None,
        *,
        hei_ids: Iterable[int] = (),
        accept_removals: bool = False,
        accept_year: bool = False,
        resume: bool = False,
        if_running: IfRunning = "overlap",
    ) -> Report:
        """Mirror every subscribed institution, or those of ``hei_ids``.

        Args:
            progress: watches the run.
            accept_removals: whether to apply what C3 and C4 would refuse.
            accept_year: whether to apply what R7 would refuse.
            resume: whether to skip the institutions that the interrupted sync of the last hours had applied
                completely. If there is none, everything is read.
            if_running: what to do if another sync of all institutions is under way and this is one, too.
                Those that overlap take no notice of each other.

        Returns:
            What was done, and in ``error`` what ended the run early.

        Raises:
            SyncUnderWay: if another one is, and this one is to end.
            MirrorError: if the run could not begin.
        """
        wanted = list(dict.fromkeys(hei_ids))
        async with AsyncExitStack() as stack:
            if if_running != "overlap" and not wanted:
                await stack.enter_async_context(_alone(self._runtime, if_running))
            run = await stack.enter_async_context(
                open_run(
                    self._runtime, "sync", progress, accept_removals=accept_removals, accept_year=accept_year
                )
            )
            await run.sync(wanted, resume=resume)
        return run.report

    async def refresh(
        self,
        hei_id: int,
        progress: Progress | None = None,
        *,
        course: str | None = None,
        request_id: int | None = None,
    ) -> Report:
        """Mirror one institution, one of its courses by code, or one request by its id of any year.

        GetInstitutions is not called.

        Returns:
            What was done, and in ``error`` what ended the run early.

        Raises:
            MirrorError: if the run could not begin.
        """
        async with open_run(self._runtime, "refresh", progress) as run:
            await run.refresh(hei_id, course=course, request_id=request_id)
        return run.report


@asynccontextmanager
async def _alone(runtime: Runtime, if_running: IfRunning) -> AsyncIterator[None]:
    """Keep other syncs of all institutions from beginning during the block, or wait until they ended.

    A program that was killed holds up no other.

    Raises:
        SyncUnderWay: if another one is under way, and this one is not to wait.
    """
    run_locks, told = runtime.run_locks, False
    while True:
        with connections.translate_errors(runtime.url):
            other = await run_locks.try_alone()
        if other is None:
            break
        if if_running == "end":
            raise SyncUnderWay(
                f"another sync of all institutions is under way, by {other}: nothing was read. To begin when "
                "it has ended, give --if-running wait; to read one institution now, dcs-mirror refresh ID"
            )
        if not told:
            log.warning("waiting for another sync of all institutions", held_by=other)
            told = True
        await anyio.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True), suppress(*connections.UNREACHABLE, asyncpg.PostgresError):
            await run_locks.release_alone()


@asynccontextmanager
async def open_mirror(settings: Settings, url: str | None = None) -> AsyncIterator[Mirror]:
    """Open a mirror, an async context manager. Its schema is created if the database is empty.

    Args:
        settings: from :func:`dcs_mirror.load_settings`.
        url: the database, ``postgresql://…``; if None, that of the settings, else the embedded server, which
            is started.

    Raises:
        MirrorError: if credentials are missing, the database cannot be reached, or its schema does not fit.
    """
    if url is None:
        url = await anyio.to_thread.run_sync(database_url, settings)
    async with open_runtime(settings, url, create_schema=True) as runtime:
        yield Mirror(runtime)


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """What a reconciliation did to one institution.

    ``look_ups`` counts items that were looked up by an id of an earlier year, ``look_ups_owed`` those that
    still must be.
    """

    hei_id: int
    look_ups: int
    look_ups_owed: int
    columns: list[ColumnRewrite]
    flagged: int
    resolved: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return not self.look_ups_owed and all(column.error is None for column in self.columns)


async def reconcile(
    runtime: Runtime, hei_ids: Iterable[int] = (), *, fence: Fence | None = None
) -> list[ReconcileResult]:
    """Rerun the reconciliation on stored data: look-ups owed (R4), registered columns (R9), flags (S2-S6).

    The DCS is called only if look-ups are owed and credentials are set. Idempotent.

    Args:
        fence: is called in each transaction that changes something, if others may take this over.

    Raises:
        MirrorError: if the mirror does not know an institution, or the DCS or the database cannot be reached.
    """
    await runtime.current_epoch()
    state, settings = StoredState(runtime.database), runtime.settings
    known = await state.institutions()
    wanted = list(dict.fromkeys(hei_ids)) or known
    if unknown := sorted(set(wanted) - set(known)):
        raise UnknownInstitution(unknown[0])
    owed = {hei_id: await state.owed_requests(hei_id) for hei_id in wanted}
    if any(owed.values()) and settings.api_username:
        async with open_run(runtime, "reconcile", None, fence=fence) as run:
            for hei_id, request_ids in owed.items():
                await run.look_up(hei_id, request_ids)
        if run.report.error is not None:
            raise run.report.error
    results = []
    memory = ColumnMemory(runtime.patience)
    for hei_id in wanted:
        stored = await runtime.database(
            partial(
                reconcile_stored,
                hei_id=hei_id,
                recheck_days=settings.recheck_days,
                now=runtime.clock.now(),
                memory=memory,
                fence=fence,
            )
        )
        left = len(await state.owed_requests(hei_id))
        results.append(
            ReconcileResult(
                hei_id, len(owed[hei_id]) - left, left, stored.columns, stored.flagged, stored.resolved
            )
        )
    return results


async def rehearse_rollover(runtime: Runtime, hei_id: int) -> Rehearsal:
    """Return what the June rollover of one institution would do to the mirror and to registered columns.

    Raises:
        MirrorError: if the mirror does not know the institution, or another session locks its rows.
    """
    async with runtime.pool.acquire() as connection:
        await require_institution(connection, hei_id)
        try:
            return await rehearse(connection, hei_id, now=runtime.clock.now())
        except asyncpg.LockNotAvailableError as error:
            raise MirrorError(f"the institution is being written by another session: {error}") from error
