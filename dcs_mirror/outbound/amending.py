"""What an amendment sends: both numbers, always, because the DCS resets what is left out (A1)."""

from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from dcs_mirror import sql
from dcs_mirror.outbound.checks import MOST_WEEKS, CannotBeSent
from dcs_mirror.outbound.writes import AmendCourse
from dcs_mirror.store.database import Connection

_KNOWN = sql.load(Path(__file__).parent / "sql" / "known_numbers.sql")
_IDENTITY = ("hei_id", "course_code")


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """What the mirror knows of a course's numbers; ``open_call`` is an amendment without an answer."""

    weeks: int | None
    students: int | None
    open_call: int | None = None


async def known_numbers(connection: Connection, hei_id: int, course_code: str) -> KnownNumbers | None:
    """What is known of the live course that has a code; None where the mirror does not know it."""
    row = await connection.fetchrow(*_KNOWN.bound({"hei_id": hei_id, "course_code": course_code}))
    return None if row is None else KnownNumbers(**dict(row))


def completed(write: AmendCourse, known: KnownNumbers | None) -> AmendCourse:
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
            raise CannotBeSent("; ".join(_why(name, write, known) for name in missing) + "; nothing was sent")
    return replace(write, weeks=weeks, students=students)


def _known_weeks(known: KnownNumbers | None) -> int | None:
    usable = known is not None and known.weeks is not None and 1 <= known.weeks <= MOST_WEEKS
    return known.weeks if known is not None and usable else None


def _known_students(known: KnownNumbers | None) -> int | None:
    return known.students if known is not None and known.open_call is None else None


def _why(name: str, write: AmendCourse, known: KnownNumbers | None) -> str:
    resets_to = MOST_WEEKS if name == "weeks" else 0
    begin = f"{name}: must be given, because the DCS sets a number that is left out to {resets_to}, and "
    if known is None:
        return begin + f"the mirror knows no live course {write.course_code!r} of institution {write.hei_id}"
    if name == "weeks":
        return begin + "the DCS tells none that can be sent back"
    if known.open_call is not None:
        return begin + f"nobody knows whether call {known.open_call} changed it"
    return begin + "the DCS never tells it and nothing was sent from here before"
