"""What the mirror knows of an institution's courses before their student numbers are sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.records import Course
from dcs_mirror.store.known import require_institution
from dcs_mirror.writes import journal

_SQL = {statement.name: statement for statement in sql.load_folder(Path(__file__).parent / "sql")}


@dataclass(frozen=True, slots=True)
class KnownCourse:
    """A course by its code.

    ``students`` is the number last sent and answered; ``open_call`` a later call that nobody knows the end
    of. ``status`` is None where only such a call knows the code, ``course_id`` where the mirror does not.
    """

    course_code: str
    status: str | None
    weeks: int | None = None
    students: int | None = None
    open_call: int | None = None
    course_id: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether the DCS has the course, archived ones among them."""
        return self.status not in {None, "Deleted"}

    @property
    def takes_numbers(self) -> bool:
        """Whether the course is to roll over, so that its number of students counts."""
        return self.is_live and self.status != "Archived"


async def known_courses(connection: Connection, hei_id: int) -> dict[str, KnownCourse]:
    """The courses of an institution that the mirror knows, or that were submitted from here since, by code.

    Raises:
        MirrorError: where the mirror does not know the institution.
    """
    await require_institution(connection, hei_id)
    await journal.record_submitted_numbers(connection, hei_id)
    rows = await connection.fetch(*_SQL["known_courses"].bind({"hei_id": hei_id}))
    return {row["course_code"]: KnownCourse(**dict(row)) for row in rows}


def as_listed(known: Mapping[str, KnownCourse], listed: Mapping[str, Course]) -> dict[str, KnownCourse]:
    """What is known, by what the DCS lists this moment (A1): weeks and status are the list's.

    A number counts only for the course that it was sent to: codes are used again. What the mirror has and
    the list has not is gone; what was submitted since is still to be listed.

    Args:
        listed: the courses by code, deleted ones too: no other is created in their place (A5).
    """
    found = {
        code: course
        for code, course in known.items()
        if code not in listed and (course.course_id is None or not course.is_live)
    }
    for code, course in listed.items():
        before = known.get(code, KnownCourse(code, None))
        is_same = before.course_id in {None, course.course_id}
        found[code] = replace(
            before,
            status=course.status or "",
            weeks=course.duration,
            students=before.students if is_same else None,
            course_id=course.course_id,
        )
    return found
