"""The quarantine, for the operator: with the text of the records, which no view shows."""

from dataclasses import dataclass
from datetime import datetime

from dcs_mirror.database.connections import Connection

_QUARANTINE = """
SELECT v.quarantine_id, v.hei_id, v.method, v.course_code, v.request_id, v.position, v.reason,
       q.raw_text, v.first_seen_at, v.cleared_at
FROM dcs.quarantine AS v
JOIN dcs_mirror.quarantine AS q USING (quarantine_id)
WHERE ($1::integer IS NULL OR v.hei_id = $1)
  AND ($2 OR v.cleared_at IS NULL)
ORDER BY v.hei_id NULLS FIRST, v.course_code NULLS FIRST, v.request_id NULLS FIRST, v.quarantine_id
"""


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """One record without an identity (W4).

    ``hei_id`` is None in the list of institutions. ``raw_text`` is JSON in printable characters.
    """

    quarantine_id: int
    hei_id: int | None
    method: str
    course_code: str | None
    request_id: int | None
    position: int
    reason: str
    raw_text: str
    first_seen_at: datetime
    cleared_at: datetime | None


async def listed(
    connection: Connection, *, hei_id: int | None = None, cleared: bool = False
) -> list[QuarantinedRecord]:
    """Return the open records, of one institution if given; with ``cleared`` the cleared ones too."""
    return [QuarantinedRecord(*row) for row in await connection.fetch(_QUARANTINE, hei_id, cleared)]
