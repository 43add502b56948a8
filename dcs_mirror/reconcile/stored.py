"""The reconciliation on its own, over what is stored: registered columns and flags."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.reconcile import registered_columns
from dcs_mirror.reconcile.staging import make_tables
from dcs_mirror.reconcile.steps import run_step

_FOLDER = Path(__file__).parent
_REHEARSAL_IDS = sql.load(_FOLDER / "rehearsal_ids.sql")
_REHEARSAL_ROLLOVER = sql.load(_FOLDER / "rehearsal_rollover.sql")

REHEARSAL_LOCK_SECONDS = 10
"""How long a rehearsal waits for a row that somebody else holds, before it reports that."""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What one institution's reconciliation did."""

    columns: list[registered_columns.ColumnRewrite]
    flagged: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rollover of one institution would do: items renumbered, and every column's rows."""

    hei_id: int
    content_items: int
    seconds: float
    columns: list[registered_columns.ColumnRewrite]


async def reconcile_stored(
    connection: Connection, hei_id: int, *, recheck_days: int, now: datetime
) -> StoredResult:
    """Brings registered columns and flags in line with what is stored; a second time does nothing."""
    values: dict[str, object] = {"hei_id": hei_id, "recheck_days": recheck_days, "after_status_change": 0}
    async with connection.transaction():
        await make_tables(connection)
        await run_step(connection, "010_lock", values)
        columns = await registered_columns.rewrite(connection, hei_id, now=now, every=True)
        flagged = await run_step(connection, "620_raise_flags", values)
        resolved = await run_step(connection, "630_resolve_flags", values)
    return StoredResult(columns, flagged, resolved)


async def rehearse(connection: Connection, hei_id: int, *, now: datetime) -> Rehearsal:
    """Rolls one institution over with invented ids and takes it all back: nothing is ever committed."""
    values: dict[str, object] = {"hei_id": hei_id}
    transaction = connection.transaction()
    await transaction.start()
    try:
        await make_tables(connection)
        await registered_columns.wait_for_locks(connection, REHEARSAL_LOCK_SECONDS)
        await run_step(connection, "010_lock", values)
        await connection.execute(*_REHEARSAL_IDS.bind(values))
        started = time.monotonic()
        status = await connection.execute(*_REHEARSAL_ROLLOVER.bind(values))
        seconds = time.monotonic() - started
        columns = await registered_columns.rewrite(connection, hei_id, now=now)
        return Rehearsal(hei_id, sql.row_count(status), seconds, columns)
    finally:
        await transaction.rollback()
