"""The quarantine of the institution list: entries without an institution's id (W4)."""

from datetime import datetime

from dcs_mirror.database.connections import Connection
from dcs_mirror.reconcile.staging import make_tables, stage_rejected
from dcs_mirror.reconcile.steps import run_step, run_steps
from dcs_mirror.records import Rejected

EVERY_INSTITUTION = 0
"""Stands for the list of institutions where quarantine names an institution."""

_IS_DUE = "SELECT EXISTS (SELECT FROM dcs_mirror.quarantine WHERE hei_id = $1 AND cleared_at IS NULL)"


async def quarantine(connection: Connection, *, rejected: list[Rejected], order: int, now: datetime) -> None:
    """Brings the quarantine in line with an institution list, in one transaction.

    Args:
        rejected: the entries of the list that have no id; none where upstream mended it.
        order: when the list was asked for, as a reading order.
        now: the instant at which the list counts as seen.
    """
    if not rejected and not await connection.fetchval(_IS_DUE, EVERY_INSTITUTION):
        return
    values: dict[str, object] = {
        "hei_id": EVERY_INSTITUTION,
        "whole": True,
        "list_is_stale": False,
        "list_order": order,
        "started_at": now,
        "observed_at": now,
    }
    async with connection.transaction():
        await make_tables(connection)
        await run_step(connection, "010_lock", values)
        await stage_rejected(connection, ((None, None, *entry) for entry in rejected))
        await run_steps(connection, ("7",), values)
