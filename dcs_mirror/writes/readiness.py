"""What would block an institution's June rollover, as far as it is known here (A4)."""

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
    """A course that is neither archived nor deleted, and has no students or none that are known.

    ``verdict`` is ``blocks`` where 0 was the number last sent, at ``sent_at``; ``may block`` where that
    depends on ``open_call``, which got no answer; ``unknown`` where none was ever sent from here.
    ``content_items`` counts those that are not deleted.
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
    """What would, or might, block the rollover of an institution, or of all; empty courses too.

    Raises:
        MirrorError: where the mirror does not know the institution.
    """
    if hei_id is not None:
        await require_institution(connection, hei_id)
    await journal.record_submitted_numbers(connection, hei_id)
    rows = await connection.fetch(*_READINESS.bind({"hei_id": hei_id}))
    return [RolloverObstacle(**dict(row)) for row in rows]
