"""The end of an institution that withdraws: everything of it deleted, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.steps import run_step
from dcs_mirror.store import runs

_PURGE = sql.load(Path(__file__).parent / "purge.sql")
_KNOWN = """
SELECT i.hei_id, i.name, i.subscribed,
       (SELECT count(*) FROM dcs_mirror.course AS c WHERE c.hei_id = i.hei_id) AS courses,
       (SELECT count(*) FROM dcs_mirror.content_item AS t WHERE t.hei_id = i.hei_id) AS content_items
FROM dcs_mirror.institution AS i
WHERE i.hei_id = $1
"""


@dataclass(frozen=True, slots=True)
class PurgePreview:
    """What there is of an institution, removed rows too."""

    hei_id: int
    name: str | None
    subscribed: bool
    courses: int
    content_items: int


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """What was deleted: rows by table, and the run that tells of it."""

    run_id: int
    hei_id: int
    deleted: dict[str, int]


async def preview(connection: Connection, hei_id: int) -> PurgePreview:
    """What a purge would delete.

    Raises:
        MirrorError: where the mirror does not know the institution.
    """
    found = await connection.fetchrow(_KNOWN, hei_id)
    if found is None:
        raise MirrorError(f"the mirror does not know institution {hei_id}; see `dcs-mirror status`")
    return PurgePreview(*found)


async def purge(connection: Connection, hei_id: int, *, now: datetime) -> PurgeResult:
    """Deletes an institution from every table of the mirror, and records that in a run of kind ``purge``.

    Tables of downstream's are not touched. Keys are not given away again, should the institution come back.

    Args:
        connection: not in a transaction; its role must own the tables.
        now: the instant at which the run counts as begun and ended.

    Raises:
        MirrorError: where the mirror does not know the institution.
    """
    values = {"hei_id": hei_id}
    async with connection.transaction():
        await run_step(connection, "010_lock", values)
        await preview(connection, hei_id)
        found = await connection.fetchrow(*_PURGE.bind(values))
        assert found is not None  # noqa: S101 - it aggregates
        deleted = dict(found)
        run_id = await runs.start(connection, "purge", now=now)
        told = ", ".join(f"{rows} {table}" for table, rows in deleted.items() if rows)
        outcome = InstitutionOutcome(
            hei_id,
            "purged",
            courses=0,
            content_items=0,
            removed=deleted["content_item"],
            error=f"deleted: {told}",
        )
        await record(connection, outcome, run_id=run_id, recorded_at=now)
        await runs.finish(connection, run_id, outcome="complete", requests=0, error=None, now=now)
        await run_step(connection, "940_notify", values)
    return PurgeResult(run_id, hei_id, deleted)
