"""Validation of writes before they are sent (A2). Every error names its field. No I/O."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from dcs_mirror.errors import MirrorError
from dcs_mirror.writes.commands import AmendCourse, CourseFields, SubmitCourse, SubmitRequest, Write

MOST_WEEKS = 52
MOST_STUDENTS = 9_999
LONGEST_CODE = 500
"""The most characters of a course code that the mirror can store."""

_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"]+@[^@\s.,;:<>()\[\]\"]+(\.[^@\s.,;:<>()\[\]\"]+)+")


class CannotBeSent(MirrorError):
    """A write that is invalid or not confirmed; nothing was sent.

    Args:
        message: what is wrong.
        faults: each fault by itself, beginning with the name of its field, if there are several kinds.
    """

    exit_code = 2

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


def check(write: Write) -> None:
    """Check that the DCS would accept a write (A2; the specification's parameter tables).

    Raises:
        CannotBeSent: lists every error with the name of its field.
    """
    errors = [*_value_errors(write), *_rule_errors(write)]
    if errors:
        raise CannotBeSent("; ".join(errors) + "; nothing was sent", errors)


def code_fault(course_code: str) -> str | None:
    """Return why a course cannot be given this code, or None if it can.

    Only for new codes: a code that the DCS already lists may break these rules.
    """
    if course_code == course_code.strip() and course_code.isprintable():
        return None
    return f"begins or ends with a space, or contains an invisible character: {course_code!r}"


def check_write(write: Write, *, typed_again: str | None = None) -> None:
    """Check a write before anything else is done: A2, and the confirmation of a deletion (A3).

    Args:
        typed_again: the course code, typed again to confirm a deletion.

    Raises:
        CannotBeSent: names the field.
    """
    check(write)
    if isinstance(write, AmendCourse):
        check_deletion(write, typed_again=typed_again)


def check_deletion(write: AmendCourse, *, typed_again: str | None) -> None:
    """Check that a deletion, which is permanent, is confirmed by the course code typed again (A3).

    Raises:
        CannotBeSent: if the confirmation is missing or differs, or is given without a deletion.
    """
    if write.status != "Deleted":
        if typed_again is not None:
            raise CannotBeSent("confirm deletion: needs the status Deleted; nothing was sent")
        return
    if typed_again != write.course_code:
        confirmation = "was not given" if typed_again is None else f"is {typed_again!r}"
        raise CannotBeSent(
            f"status: Deleted is permanent and deletes all content of {write.course_code!r}; the "
            f"confirmation {confirmation}; nothing was sent. To delete it, give the course code a second time"
        )


def _rule_errors(write: Write) -> Iterator[str]:
    """Yield what breaks the specification's rules for the method."""
    if isinstance(write, SubmitRequest):
        yield from _request_errors(write)
    elif isinstance(write, CourseFields):
        yield from _course_errors(write)


def _value_errors(write: Write) -> Iterator[str]:
    """Yield the values that no method can send."""
    for name in write.__struct_fields__:
        value = getattr(write, name)
        label = name.replace("_", " ")
        if isinstance(value, str):
            if not value.strip():
                yield f"{label}: is empty"
            elif "\x00" in value or not _encodable(value):
                yield f"{label}: contains a character that cannot be sent"
        elif isinstance(value, datetime) and value.utcoffset() is None:
            yield f"{label}: has no time zone"


def _request_errors(write: SubmitRequest) -> Iterator[str]:
    yield from _email_errors("email", write.email)
    if write.isn is None and write.title is None:
        yield "title: a request needs a title or an isn"
    if write.is_book and write.page_range is None and write.extract_title is None:
        yield "page range: a request for a book needs a page range or an extract title"
    if write.book_pages is not None and write.book_pages < 1:
        yield f"book pages: {write.book_pages} is less than 1"
    only_books = ("subtitle", "edition", "chapter_number", "book_pages", "contributor")
    only_journals = ("issue", "volume", "doi")
    for name in only_journals if write.is_book else only_books:
        if getattr(write, name) is not None:
            yield f"{name.replace('_', ' ')}: is only for a {'journal' if write.is_book else 'book'}"


def _course_errors(write: CourseFields) -> Iterator[str]:
    for name, code in (("course code", write.course_code), ("new code", getattr(write, "new_code", None))):
        if code is not None and len(code) > LONGEST_CODE:
            yield f"{name}: is longer than {LONGEST_CODE} characters"
    name, new_code = (
        ("new code", write.new_code) if isinstance(write, AmendCourse) else ("course code", write.course_code)
    )
    if new_code is not None and (fault := code_fault(new_code)):
        yield f"{name}: {fault}"
    if isinstance(write, SubmitCourse) and write.name is None:
        yield "name: is required for a new course"
    if write.weeks is not None and not 1 <= write.weeks <= MOST_WEEKS:
        yield f"weeks: {write.weeks} is not from 1 to {MOST_WEEKS}"
    if write.students is not None and not 0 <= write.students <= MOST_STUDENTS:
        yield f"students: {write.students} is not from 0 to {MOST_STUDENTS}"
    if write.lead_lecturer is None and write.lead_lecturer_email is not None:
        yield "lead lecturer: is required with a lead lecturer email"
    if write.lead_lecturer is not None and write.lead_lecturer_email is None:
        yield "lead lecturer email: is required with a lead lecturer"
    if write.lead_lecturer_email is not None:
        yield from _email_errors("lead lecturer email", write.lead_lecturer_email)


def _email_errors(name: str, value: str) -> Iterator[str]:
    if value.strip() and not _EMAIL.fullmatch(value):
        yield f"{name}: is not an email address"


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
