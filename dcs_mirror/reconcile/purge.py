"""Purge an institution that withdraws: delete everything of it, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import UnknownInstitution
from dcs_mirror.reconcile import pipeline
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.parameters import InstitutionScope
from dcs_mirror.reconcile.steps import fetch_row, run_step
from dcs_mirror.schema import rights
from dcs_mirror.store import restored, runs

_KNOWN = """
SELECT i.hei_id, i.name, i.subscribed,
       (SELECT count(*) FROM dcs_mirror.course AS c WHERE c.hei_id = i.hei_id) AS courses,
       (SELECT count(*) FROM dcs_mirror.content_item AS t WHERE t.hei_id = i.hei_id) AS content_items
FROM dcs_mirror.institution AS i
WHERE i.hei_id = $1
"""


@dataclass(frozen=True, slots=True)
class PurgePreview:
    """What the mirror holds of an institution, removed rows included."""

    hei_id: int
    name: str | None
    subscribed: bool
    courses: int
    content_items: int


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """What was deleted: rows by table, and the run that records it."""

    run_id: int
    hei_id: int
    deleted: dict[str, int]


async def preview(connection: Connection, hei_id: int) -> PurgePreview:
    """Return what a purge would delete.

    Raises:
        UnknownInstitution: if the mirror does not know it.
    """
    found = await connection.fetchrow(_KNOWN, hei_id)
    if found is None:
        raise UnknownInstitution(hei_id)
    return PurgePreview(*found)


async def purge(connection: Connection, hei_id: int, *, now: datetime) -> PurgeResult:
    """Delete an institution from every table of the mirror, and record that in a run of kind ``purge``.

    Downstream tables are not touched. Keys are never reused, even if the institution comes back.

    Args:
        connection: not in a transaction; its role must own the tables.
        now: the instant at which the run counts as begun and ended.

    Raises:
        UnknownInstitution: if the mirror does not know it.
    """
    scope = InstitutionScope(hei_id)
    await rights.require_owner(connection, "purge")
    await restored.current_epoch(connection, now=now)
    async with connection.transaction():
        await locks.lock_row(connection, locks.INSTITUTION, hei_id)
        await preview(connection, hei_id)
        deleted = dict(await fetch_row(connection, pipeline.PURGE["delete_institution"], scope))
        run_id = await runs.start(connection, "purge", now=now)
        summary = ", ".join(f"{rows} {table}" for table, rows in deleted.items() if rows)
        outcome = InstitutionOutcome(
            hei_id,
            "purged",
            courses=0,
            content_items=0,
            removed=deleted["content_item"],
            error=f"deleted: {summary}",
        )
        await record(connection, outcome, run_id=run_id, recorded_at=now, is_full=False)
        await runs.finish(connection, run_id, outcome="complete", requests=0, error=None, now=now)
        await run_step(connection, pipeline.NOTIFY["notify"], scope)
    return PurgeResult(run_id, hei_id, deleted)
