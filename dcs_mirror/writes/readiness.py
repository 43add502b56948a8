"""The courses that would block an institution's June rollover, as far as the mirror knows (A4)."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.store.known import require_institution
from dcs_mirror.writes import journal

_READINESS = sql.load(Path(__file__).parent / "sql" / "readiness.sql")


@dataclass(frozen=True, slots=True)
class RolloverObstacle:
    """A course, neither archived nor deleted, that has 0 students or a number that the mirror does not know.

    ``verdict`` is ``blocks`` if the number last sent, at ``sent_at``, was 0; ``may block`` if that depends on
    ``open_call``, a call without an answer; ``unknown`` if this mirror never sent a number.
    ``content_items`` counts the items that are not deleted.
    """

    hei_id: int
    course_code: str
    name: str | None
    status: str | None
    verdict: Literal["blocks", "may block", "unknown"]
    students: int | None
    sent_at: datetime | None
    content_items: int
    open_call: int | None


async def rollover_obstacles(connection: Connection, hei_id: int | None = None) -> list[RolloverObstacle]:
    """Return what would, or may, block the rollover of one institution or of all. Includes empty courses.

    Raises:
        MirrorError: if the mirror does not know the institution.
    """
    if hei_id is not None:
        await require_institution(connection, hei_id)
    await journal.record_submitted_numbers(connection, hei_id)
    rows = await connection.fetch(*_READINESS.bind({"hei_id": hei_id}))
    return [RolloverObstacle(**dict(row)) for row in rows]
