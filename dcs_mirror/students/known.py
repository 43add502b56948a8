"""What the mirror knows about an institution's courses before their student numbers are sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.records import Course
from dcs_mirror.store.known import require_institution
from dcs_mirror.writes import journal

_SQL = sql.by_name(Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class KnownCourse:
    """What is known of the course with a code.

    ``students`` is the number last sent and accepted. ``open_call`` is a later call whose outcome is unknown.
    ``status`` is None if the code is known only from such a call. ``course_id`` is None if the mirror does
    not hold the course.
    """

    course_code: str
    status: str | None
    weeks: int | None = None
    students: int | None = None
    open_call: int | None = None
    course_id: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether the DCS has the course and it is not deleted; it may be archived."""
        return self.status not in {None, "Deleted"}

    @property
    def takes_numbers(self) -> bool:
        """Whether the course will roll over, so that its number of students matters."""
        return self.is_live and self.status != "Archived"


async def known_courses(connection: Connection, hei_id: int) -> dict[str, KnownCourse]:
    """Return, by code, the courses that the mirror holds of an institution or has submitted since.

    Raises:
        MirrorError: if the mirror does not know the institution.
    """
    await require_institution(connection, hei_id)
    await journal.record_submitted_numbers(connection, hei_id)
    rows = await connection.fetch(*_SQL["known_courses"].bind({"hei_id": hei_id}))
    return {row["course_code"]: KnownCourse(**dict(row)) for row in rows}


def as_listed(known: Mapping[str, KnownCourse], listed: Mapping[str, Course]) -> dict[str, KnownCourse]:
    """Bring the known courses up to date with the DCS's current list (A1).

    Weeks and status are taken from the list. A known number is kept only if the list's course has the same
    id, because codes are reused. A mirrored course that the list lacks is dropped; one that was submitted
    since is kept even if it is not listed yet.

    Args:
        known: the courses that the mirror knows, by code.
        listed: the DCS's courses by code, with the deleted ones, whose codes must not be created again (A5).
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
