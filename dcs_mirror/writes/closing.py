"""What goes with a course that is archived or deleted: its items, their links, and registered rows (A3)."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.store.held import HeldRows, held_rows

_CLOSED_ITEMS = sql.load(Path(__file__).parent / "sql" / "closed_items.sql")


@dataclass(frozen=True, slots=True)
class Closing:
    """What an amendment of a course's status closes, as it is mirrored.

    Attributes:
        status: the new status: ``Archived`` hides the items, ``Deleted`` deletes them for ever.
        mirrored_at: when the mirror last read the course; None if it does not hold the course.
        request_ids: the ids of its items.
        open_request_ids: the ids of those whose links students can open now.
        registered: the rows of registered columns that hold an id of this year or an earlier one.
    """

    status: Literal["Archived", "Deleted"]
    mirrored_at: datetime | None = None
    request_ids: list[int] = field(default_factory=list)
    open_request_ids: list[int] = field(default_factory=list)
    registered: list[HeldRows] = field(default_factory=list)


async def closing(
    connection: Connection, hei_id: int, course_id: int, status: Literal["Archived", "Deleted"]
) -> Closing:
    """Return what goes with a course; nothing is read from the DCS, and nothing is changed.

    Args:
        connection: not in a transaction.
        hei_id: the institution.
        course_id: the course's id in the DCS.
        status: its new status.
    """
    row = await connection.fetchrow(*_CLOSED_ITEMS.bind({"hei_id": hei_id, "course_id": course_id}))
    if row is None:
        return Closing(status)
    registered = await held_rows(connection, hei_id, row["all_request_ids"])
    return Closing(
        status, row["mirrored_at"], list(row["request_ids"]), list(row["open_request_ids"]), registered
    )
