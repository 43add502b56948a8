"""What the mirror knows of an institution's courses before their student numbers are sent."""

from dataclasses import dataclass
from pathlib import Path

from dcs_mirror import sql
from dcs_mirror.errors import MirrorError
from dcs_mirror.store.database import Connection

_SQL = {statement.name: statement for statement in sql.folder(Path(__file__).parent / "sql")}


@dataclass(frozen=True, slots=True)
class KnownCourse:
    """A course by its code.

    ``students`` is the number last sent and answered; ``open_call`` a later call that nobody knows the end
    of. ``status`` is None where only such a call knows the code.
    """

    course_code: str
    status: str | None
    weeks: int | None = None
    students: int | None = None
    open_call: int | None = None

    @property
    def is_living(self) -> bool:
        """Whether the DCS has the course, archived ones among them."""
        return self.status not in {None, "Deleted"}

    @property
    def takes_numbers(self) -> bool:
        """Whether the course is to roll over, so that its number of students counts."""
        return self.is_living and self.status != "Archived"


async def known_courses(connection: Connection, hei_id: int) -> dict[str, KnownCourse]:
    """The courses of an institution that the mirror knows, or that were submitted from here since, by code.

    Raises:
        MirrorError: where the mirror does not know the institution.
    """
    known = "SELECT EXISTS (SELECT FROM dcs_mirror.institution WHERE hei_id = $1)"
    if not await connection.fetchval(known, hei_id):
        raise MirrorError(f"the mirror does not know institution {hei_id}; see `dcs-mirror status`")
    await connection.execute(*_SQL["keep_submitted"].bound({"hei_id": hei_id}))
    rows = await connection.fetch(*_SQL["known_courses"].bound({"hei_id": hei_id}))
    return {row["course_code"]: KnownCourse(**dict(row)) for row in rows}
