"""The parameters of the DCS's methods that write: from a query to a write, and their faults. No I/O."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from dcs_mirror.clock import UK
from dcs_mirror.web.dcs_words import Failure, integer
from dcs_mirror.writes.commands import (
    AmendCourse,
    CourseStatus,
    SubmitCourse,
    SubmitRequest,
    Write,
)
from dcs_mirror.writes.validation import MOST_WEEKS, CannotBeSent

_KINDS: dict[str, type[Write]] = {kind.method: kind for kind in (SubmitRequest, SubmitCourse, AmendCourse)}
_MANDATORY = {
    "SubmitRequest": ("AcademicName", "EmailAddress", "IsBook"),
    "SubmitCourse": ("CourseCode", "CourseName"),
    "AmendCourse": ("CourseCode",),
}
_INTEGERS = {"NumberOfWeeks", "NumberOfStudents", "TotalNumberofPages"}
_DATES = {"CourseStartDate", "DeliveryDate"}
_STATUSES = {status.lower(): status for status in get_args(CourseStatus)}
_BOOLEANS = {"true": True, "false": False}

# The specification's words, by how the writing side begins its own.
_WORDS = {
    "title: a request needs": "ISBN or Title is mandatory",
    "page range: a request for a book needs": "Page range or extract title is mandatory.",
    "weeks: ": f"Number of weeks must be between 0 and {MOST_WEEKS}.",
    "students: ": "Number of students must be between 0 and 9999.",
    "lead lecturer: is required": "Lead Lecturer Name is mandatory if Lead Lecturer Email is filled in.",
    "lead lecturer email: is required": (
        "Lead Lecturer Email is mandatory if Lead Lecturer Name is filled in."
    ),
    "lead lecturer email: ": "Lead Lecturer Email is not a valid email.",
    "email: ": "Email address is not a valid email.",
}


def read(method: str, hei_id: int, parameters: Mapping[str, str]) -> Write:
    """Return the write that a call asks for.

    A parameter without a value counts as not given, as the DCS has it, and 0 weeks are 52. Unknown ones are
    ignored.

    Args:
        method: the DCS's method.
        hei_id: the institution.
        parameters: those of the query, by their names in small letters.

    Raises:
        Failure: with code 6 or 7, as the DCS says what is wrong.
    """
    kind = _KINDS[method]
    given = {name: value for name, value in parameters.items() if value.strip()}
    if missing := [name for name in _MANDATORY[method] if name.lower() not in given]:
        raise Failure(7, "\n\n".join(f"{name} is mandatory." for name in missing))
    values: dict[str, Any] = {}
    for field, name in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        value = given.get(name.lower())
        if field != "hei_id" and value is not None:
            values[field] = _value(name, value)
    return kind(hei_id=hei_id, **values)


def boolean(name: str, value: str) -> bool:
    """Read a boolean parameter.

    Raises:
        Failure: with code 6, if it is not one.
    """
    found = _BOOLEANS.get(value.strip().lower())
    if found is None:
        raise Failure(6, f"Invalid Parameter: {name}")
    return found


def in_dcs_words(error: CannotBeSent) -> str:
    """Return why a write is invalid: in the specification's words where it has some, a paragraph each."""
    return "\n\n".join(map(_word, error.faults)) or str(error)


def _word(fault: str) -> str:
    for begins, words in _WORDS.items():
        if fault.startswith(begins):
            return words
    return fault


def _value(name: str, value: str) -> Any:
    if name == "IsBook":
        return boolean(name, value)
    if name in _INTEGERS:
        number = integer(name, value)
        return number or MOST_WEEKS if name == "NumberOfWeeks" else number
    if name in _DATES:
        return _instant(name, value)
    if name == "Status":
        status = _STATUSES.get(value.lower())
        if status is None:
            raise Failure(6, f"Invalid Parameter: {name}")
        return status
    return value


def _instant(name: str, value: str) -> datetime:
    """Read a time as RFC 3339 has it; UK time if it has no time zone.

    Raises:
        Failure: with code 6, if it is none.
    """
    try:
        given = datetime.fromisoformat(value)
    except ValueError:
        raise Failure(6, f"Invalid Parameter: {name}") from None
    return given if given.tzinfo else given.replace(tzinfo=UK)
