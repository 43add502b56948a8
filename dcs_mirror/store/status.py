"""The status of the mirror: every institution and the last run, from the views that downstream reads."""

from datetime import datetime
from typing import TypedDict, cast

from dcs_mirror.database.connections import Connection

_INSTITUTIONS = """
SELECT i.hei_id, i.name, i.subscribed, i.academic_year, i.last_synced_at, i.last_sync_outcome,
       (SELECT count(*) FROM dcs.course AS c
        WHERE c.hei_id = i.hei_id AND c.removed_at IS NULL) AS courses,
       (SELECT count(*) FROM dcs.content_item AS t
        WHERE t.hei_id = i.hei_id AND t.removed_at IS NULL) AS content_items,
       (SELECT count(*) FROM dcs.recheck_flag AS f
        WHERE f.hei_id = i.hei_id AND f.resolved_at IS NULL) AS open_flags
FROM dcs.institution AS i
ORDER BY i.hei_id
"""
_LAST_RUN = """
SELECT r.run_id, r.kind, r.started_at, r.finished_at, r.outcome, r.requests, r.error,
       (SELECT count(*) FROM dcs.sync_outcome AS o WHERE o.run_id = r.run_id) AS institutions_ended
FROM dcs.sync_run AS r
ORDER BY r.run_id DESC
LIMIT 1
"""


class InstitutionStatus(TypedDict):
    """One institution; ``age_seconds`` counts from the last reading of the whole of it."""

    hei_id: int
    name: str | None
    subscribed: bool
    academic_year: str | None
    last_synced_at: datetime | None
    age_seconds: float | None
    last_sync_outcome: str | None
    courses: int
    content_items: int
    open_flags: int


class Status(TypedDict):
    """The whole mirror; ``last_run`` is a row of ``dcs.sync_run``, None before the first.

    Its ``institutions_ended`` says of how many institutions an outcome is known, also while it goes on.
    """

    institutions: list[InstitutionStatus]
    last_run: dict[str, object] | None


async def read(connection: Connection, *, now: datetime) -> Status:
    """Read the status; ages are counted to ``now``."""
    institutions = []
    for row in await connection.fetch(_INSTITUTIONS):
        synced = row["last_synced_at"]
        age = None if synced is None else round((now - synced).total_seconds(), 1)
        institutions.append(cast("InstitutionStatus", {**row, "age_seconds": age}))
    last = await connection.fetchrow(_LAST_RUN)
    return Status(institutions=institutions, last_run=None if last is None else dict(last))
