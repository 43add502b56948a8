"""The reconciliation of what is stored, without a reading: registered columns, flags and requests."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.session import confine
from dcs_mirror.reconcile import pipeline, registered_columns
from dcs_mirror.reconcile.parameters import FlagParameters, InstitutionScope
from dcs_mirror.reconcile.registered_columns import ColumnRewrite
from dcs_mirror.reconcile.staging import make_tables
from dcs_mirror.reconcile.steps import run_phases, run_step

REHEARSAL_LOCK_SECONDS = 10
"""How long a rehearsal waits for a row that another session locks, before it reports that."""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What the reconciliation of one institution did: columns rewritten, flags raised and resolved."""

    columns: list[ColumnRewrite]
    flagged: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rollover of one institution would do: items renumbered, and every column's rows."""

    hei_id: int
    content_items: int
    seconds: float
    columns: list[ColumnRewrite]


async def reconcile_stored(
    connection: Connection,
    hei_id: int,
    *,
    recheck_days: int,
    now: datetime,
    memory: registered_columns.ColumnMemory | None = None,
    fence: Callable[[Connection], Awaitable[None]] | None = None,
) -> StoredResult:
    """Bring registered columns (R9), flags (S2-S6) and requests (A7) in line with what is stored; idempotent.

    Args:
        connection: not in a transaction.
        recheck_days: the length of the August window.
        memory: what the run remembers of registered columns.
        fence: is called in the transaction before anything else; what it raises undoes it.
    """
    parameters = FlagParameters(hei_id=hei_id, recheck_days=recheck_days)
    async with connection.transaction():
        if fence is not None:
            await fence(connection)
        await make_tables(connection)
        await locks.lock_row(connection, locks.INSTITUTION, hei_id)
        columns = await registered_columns.rewrite(connection, hei_id, now=now, every=True, memory=memory)
        written = await run_phases(connection, (pipeline.FLAGS, pipeline.REQUESTS), parameters)
    flagged = written["raise_flags"] + written["reopen_flags"]
    return StoredResult(columns, flagged, written["resolve_flags"])


async def rehearse(connection: Connection, hei_id: int, *, now: datetime) -> Rehearsal:
    """Roll one institution over with invented ids and roll the transaction back: nothing is committed."""
    scope = InstitutionScope(hei_id)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await make_tables(connection)
        await confine(connection, lock_seconds=REHEARSAL_LOCK_SECONDS)
        await locks.lock_row(connection, locks.INSTITUTION, hei_id)
        await run_step(connection, pipeline.REHEARSAL["invent_ids"], scope)
        started = time.monotonic()
        items = await run_step(connection, pipeline.REHEARSAL["roll_items_over"], scope)
        seconds = time.monotonic() - started
        columns = await registered_columns.rewrite(connection, hei_id, now=now)
        return Rehearsal(hei_id, items, seconds, columns)
    finally:
        await transaction.rollback()
