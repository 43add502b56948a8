"""What an amendment sends: both numbers, always, because the DCS resets what is left out (A1)."""

from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.records import Course
from dcs_mirror.writes.commands import AmendCourse
from dcs_mirror.writes.validation import MOST_WEEKS, CannotBeSent

_KNOWN = sql.load(Path(__file__).parent / "sql" / "known_numbers.sql")
_IDENTITY = ("hei_id", "course_code")


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """A course's numbers: the weeks that the DCS lists, the students that were last sent from here.

    ``open_call`` is an amendment without an answer; ``mirrored`` says whether the mirror has the course.
    """

    weeks: int | None
    students: int | None
    open_call: int | None = None
    mirrored: bool = True


async def known_numbers(
    connection: Connection, hei_id: int, course: Course, *, instead_of: int | None = None
) -> KnownNumbers:
    """What is known of a course that the DCS lists. It goes by the course's id: codes are used again.

    Args:
        instead_of: an amendment without an answer that leaves nothing open, because it is sent again.
    """
    values = {
        "hei_id": hei_id,
        "course_id": course.course_id,
        "course_code": course.course_code,
        "instead_of": instead_of,
    }
    row = await connection.fetchrow(*_KNOWN.bind(values))
    assert row is not None  # noqa: S101 - it has no FROM: it always returns a row
    return KnownNumbers(course.duration, **dict(row))


def complete(write: AmendCourse, known: KnownNumbers) -> AmendCourse:
    """The amendment with both numbers: those given, else those known (A1).

    A deletion needs none.

    Raises:
        CannotBeSent: where a number is neither given nor known, or nothing is to be amended.
    """
    fields = write.__struct_fields__
    if all(getattr(write, name) is None for name in fields if name not in _IDENTITY):
        raise CannotBeSent("nothing to amend was given; nothing was sent")
    weeks = write.weeks if write.weeks is not None else _known_weeks(known)
    students = write.students if write.students is not None else _known_students(known)
    if write.status != "Deleted":
        missing = [name for name, number in (("weeks", weeks), ("students", students)) if number is None]
        if missing:
            raise CannotBeSent("; ".join(_why(name, known) for name in missing) + "; nothing was sent")
    return replace(write, weeks=weeks, students=students)


def _known_weeks(known: KnownNumbers) -> int | None:
    return known.weeks if known.weeks is not None and 1 <= known.weeks <= MOST_WEEKS else None


def _known_students(known: KnownNumbers) -> int | None:
    return known.students if known.open_call is None else None


def _why(name: str, known: KnownNumbers) -> str:
    resets_to = MOST_WEEKS if name == "weeks" else 0
    begin = f"{name}: must be given, because the DCS sets a number that is left out to {resets_to}, and "
    if name == "weeks":
        return begin + "it tells none that can be sent back"
    if known.open_call is not None:
        return begin + f"nobody knows whether call {known.open_call} changed it"
    if not known.mirrored:
        return begin + (
            "never tells it; the mirror does not have this course yet: where a number was sent from here "
            "before, dcs-mirror sync finds it"
        )
    return begin + "never tells it, and none was sent from here before"
