"""Completion of an amendment: it always sends weeks and students, or the DCS would reset them (A1)."""

from dataclasses import dataclass
from datetime import datetime
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
    """What is known of a course's numbers before it is amended.

    ``weeks`` is what the DCS lists; ``students`` is the number last sent by this mirror. ``open_call`` is the
    latest amendment of the course without an answer. ``mirrored`` says whether the mirror holds the course.
    ``restored_at`` is when the database was restored: numbers that were sent before are not known.
    """

    weeks: int | None
    students: int | None
    open_call: int | None = None
    mirrored: bool = True
    restored_at: datetime | None = None


async def known_numbers(
    connection: Connection, hei_id: int, course: Course, *, instead_of: int | None = None
) -> KnownNumbers:
    """Return the known numbers of a course that the DCS lists.

    The course is identified by its id, because the DCS reuses course codes.

    Args:
        connection: a connection to the mirror.
        hei_id: the institution.
        course: the course as the DCS lists it.
        instead_of: an amendment without an answer to ignore, because it is being sent again.
    """
    values = {
        "hei_id": hei_id,
        "course_id": course.course_id,
        "course_code": course.course_code,
        "instead_of": instead_of,
    }
    row = await connection.fetchrow(*_KNOWN.bind(values))
    assert row is not None  # noqa: S101 - the statement has no FROM, so it always returns a row
    return KnownNumbers(course.duration, **dict(row))


def complete(write: AmendCourse, known: KnownNumbers) -> AmendCourse:
    """Return the amendment with weeks and students filled in: the given numbers, else the known ones (A1).

    A deletion may lack them.

    Raises:
        CannotBeSent: if a number is neither given nor known, or if the amendment changes nothing.
    """
    fields = write.__struct_fields__
    if all(getattr(write, name) is None for name in fields if name not in _IDENTITY):
        raise CannotBeSent("no change was given; nothing was sent")
    weeks = write.weeks if write.weeks is not None else _known_weeks(known)
    students = write.students if write.students is not None else _known_students(known)
    if write.status != "Deleted":
        missing = [name for name, number in (("weeks", weeks), ("students", students)) if number is None]
        if missing:
            reasons = (_missing_number(name, known) for name in missing)
            raise CannotBeSent(". ".join([*reasons, "Nothing was sent"]))
    return replace(write, weeks=weeks, students=students)


def _known_weeks(known: KnownNumbers) -> int | None:
    return known.weeks if known.weeks is not None and 1 <= known.weeks <= MOST_WEEKS else None


def _known_students(known: KnownNumbers) -> int | None:
    return known.students if known.open_call is None else None


def _missing_number(name: str, known: KnownNumbers) -> str:
    """Explain why a number must be given."""
    default = MOST_WEEKS if name == "weeks" else 0
    reason = f"{name}: must be given, because the DCS sets a missing number to {default}, and "
    if name == "weeks":
        return reason + "it lists none that it would take back"
    if known.open_call is not None:
        return reason + f"it is not known whether call {known.open_call} changed it"
    if not known.mirrored:
        return reason + (
            "never returns it. The mirror does not hold this course yet; if a number was sent from here "
            "before, dcs-mirror sync finds it"
        )
    if known.restored_at is not None:
        return reason + (
            f"never returns it. The database was restored (or failed over) on {known.restored_at:%Y-%m-%d}, "
            "and what was sent before may not have been the last. Give --students once, or send all numbers "
            "again with dcs-mirror students push"
        )
    return reason + "never returns it, and this mirror has never sent one"
