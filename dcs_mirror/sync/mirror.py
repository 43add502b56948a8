"""The use cases: sync every institution, refresh one, reconcile what is stored, rehearse a rollover."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import asyncpg

from dcs_mirror.database import connections
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.errors import MirrorError
from dcs_mirror.reconcile.registered_columns import ColumnRewrite
from dcs_mirror.reconcile.stored import Rehearsal, reconcile_stored, rehearse
from dcs_mirror.schema import migrate
from dcs_mirror.settings import Settings
from dcs_mirror.store.known import StoredState, require_institution
from dcs_mirror.sync.run import Progress, Report, Runtime, open_run, open_runtime


class Mirror:
    """A mirror at work. Its runs may overlap: they share one limit of requests in flight, and one pool."""

    def __init__(self, shared: Runtime) -> None:
        self._shared = shared

    async def sync(
        self,
        progress: Progress,
        *,
        hei_ids: Iterable[int] = (),
        accept_removals: bool = False,
        accept_year: bool = False,
        resume: bool = False,
    ) -> Report:
        """Mirrors every subscribed institution, or those of ``hei_ids``.

        ``accept_removals`` applies what C3 and C4 would refuse, ``accept_year`` what R7 would. ``resume``
        leaves out what a sync that did not come to its end, a few hours ago, had applied whole; where there
        is none, everything is read. What ends a run early stands in its report.
        """
        async with open_run(
            self._shared, "sync", progress, accept_removals=accept_removals, accept_year=accept_year
        ) as run:
            await run.sync(list(dict.fromkeys(hei_ids)), resume=resume)
        return run.report

    async def refresh(
        self,
        progress: Progress | None,
        hei_id: int,
        *,
        course: str | None = None,
        request_id: int | None = None,
    ) -> Report:
        """Mirrors one institution, one of its courses by code, or one request by its id of any year.

        GetInstitutions is not called. What ends a run early stands in its report.
        """
        async with open_run(self._shared, "refresh", progress) as run:
            await run.refresh(hei_id, course=course, request_id=request_id)
        return run.report


@asynccontextmanager
async def open_mirror(settings: Settings, url: str) -> AsyncIterator[Mirror]:
    """The mirror in the database at ``url``, whose schema is migrated if it is empty.

    Raises:
        MirrorError: where nothing can be begun.
    """
    async with open_runtime(settings, url) as shared:
        yield Mirror(shared)


async def refresh(
    settings: Settings,
    url: str,
    hei_id: int,
    *,
    course: str | None = None,
    request_id: int | None = None,
) -> Report:
    """A refresh by itself, as :meth:`Mirror.refresh` does it, which nobody watches.

    Raises:
        MirrorError: where nothing can be begun.
    """
    async with open_mirror(settings, url) as at_work:
        return await at_work.refresh(None, hei_id, course=course, request_id=request_id)


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """What a reconciliation did to one institution.

    ``look_ups`` counts items that were asked for by an id of an earlier year, ``look_ups_owed`` those
    that still are to be.
    """

    hei_id: int
    look_ups: int
    look_ups_owed: int
    columns: list[ColumnRewrite]
    flagged: int
    resolved: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do."""
        return not self.look_ups_owed and all(column.error is None for column in self.columns)


async def reconcile(settings: Settings, url: str, hei_ids: Iterable[int] = ()) -> list[ReconcileResult]:
    """The reconciliation on its own: look-ups still owed (R4), registered columns (R9), flags (S2-S6).

    The DCS is asked only where look-ups are owed and credentials are set. A second time does nothing.

    Raises:
        MirrorError: where an institution is not known, or the DCS or the database cannot be reached.
    """
    clock = settings.clock()
    async with connections.create_pool(url) as pool:
        async with pool.acquire() as connection:
            await migrate.require_current(connection)
        patient = RetryingPool(pool)
        state = StoredState(patient)
        known = await state.institutions()
        wanted = list(dict.fromkeys(hei_ids)) or known
        if unknown := sorted(set(wanted) - set(known)):
            raise MirrorError(f"the mirror does not know institution {unknown[0]}; see `dcs-mirror status`")
        owed = {hei_id: await state.owed_requests(hei_id) for hei_id in wanted}
        if any(owed.values()) and settings.api_username:
            async with open_runtime(settings, url) as shared, open_run(shared, "reconcile", None) as run:
                for hei_id, request_ids in owed.items():
                    await run.look_up(hei_id, request_ids)
            if run.report.error is not None:
                raise run.report.error
        done = []
        for hei_id in wanted:
            settled = await patient(
                partial(reconcile_stored, hei_id=hei_id, recheck_days=settings.recheck_days, now=clock.now())
            )
            left = len(await state.owed_requests(hei_id))
            done.append(
                ReconcileResult(
                    hei_id, len(owed[hei_id]) - left, left, settled.columns, settled.flagged, settled.resolved
                )
            )
        return done


async def rehearse_rollover(settings: Settings, url: str, hei_id: int) -> Rehearsal:
    """What the June rollover of one institution would do to the mirror and to registered columns.

    Raises:
        MirrorError: where the institution is not known, or somebody holds its rows.
    """
    async with migrate.connect_to_mirror(url) as connection:
        await require_institution(connection, hei_id)
        try:
            return await rehearse(connection, hei_id, now=settings.clock().now())
        except asyncpg.LockNotAvailableError as error:
            raise MirrorError(f"the institution is being written by somebody else: {error}") from error
