"""The quarantine of the institution list: entries without an institution's id (W4)."""

from datetime import datetime

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.reconcile import pipeline
from dcs_mirror.reconcile.parameters import QuarantineParameters
from dcs_mirror.reconcile.staging import make_tables, stage_rejected
from dcs_mirror.reconcile.steps import run_phases
from dcs_mirror.records import Rejected

EVERY_INSTITUTION = 0
"""Used in the quarantine instead of an institution's id, for the list of institutions."""

_HAS_OPEN = "SELECT EXISTS (SELECT FROM dcs_mirror.quarantine WHERE hei_id = $1 AND cleared_at IS NULL)"


async def quarantine(
    connection: Connection, *, rejected: list[Rejected], reading_order: int, now: datetime
) -> None:
    """Bring the quarantine in line with an institution list, in one transaction.

    Args:
        rejected: the entries of the list that have no id; none if upstream mended it.
        reading_order: when the list was asked for, in nanoseconds (C5).
        now: the instant at which the list counts as seen.
    """
    if not rejected and not await connection.fetchval(_HAS_OPEN, EVERY_INSTITUTION):
        return
    parameters = QuarantineParameters(
        hei_id=EVERY_INSTITUTION, list_reading_order=reading_order, started_at=now, observed_at=now
    )
    async with connection.transaction():
        await make_tables(connection)
        await locks.lock_row(connection, locks.INSTITUTION, EVERY_INSTITUTION)
        await stage_rejected(connection, ((None, None, *entry) for entry in rejected))
        await run_phases(connection, (pipeline.QUARANTINE,), parameters)
