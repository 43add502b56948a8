"""What the DCS would refuse, found before the call (A2): pure, every fault with its field's name."""

import re
from collections.abc import Iterator
from datetime import datetime

from dcs_mirror.errors import MirrorError
from dcs_mirror.writes.commands import AmendCourse, CourseFields, SubmitCourse, SubmitRequest, Write

MOST_WEEKS = 52
MOST_STUDENTS = 9_999
LONGEST_CODE = 500
"""Characters of a course code that the mirror can hold."""

_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"]+@[^@\s.,;:<>()\[\]\"]+(\.[^@\s.,;:<>()\[\]\"]+)+")


class CannotBeSent(MirrorError):
    """A write that the DCS would refuse, or that is not meant; nothing was sent."""

    exit_code = 2


def check(write: Write) -> None:
    """Whether a write can be sent (A2, specification, the parameter tables).

    Raises:
        CannotBeSent: with everything that is wrong, by the names of the fields.
    """
    faults = [*_texts(write), *_rules(write)]
    if faults:
        raise CannotBeSent("; ".join(faults) + "; nothing was sent")


def code_fault(course_code: str) -> str | None:
    """Why a course cannot be given this code, None where it can; one that is there already may be odd."""
    if course_code == course_code.strip() and course_code.isprintable():
        return None
    return f"begins or ends with a blank, or holds a character that does not show: {course_code!r}"


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
    """A3: a deletion is for good, and needs the course's code a second time.

    Raises:
        CannotBeSent: where it is not the same code.
    """
    if write.status != "Deleted":
        if typed_again is not None:
            raise CannotBeSent("confirm deletion: only goes with the status Deleted; nothing was sent")
        return
    if typed_again != write.course_code:
        said = "was not given" if typed_again is None else f"says {typed_again!r}"
        raise CannotBeSent(
            f"status: Deleted is for good and deletes all content of {write.course_code!r}; the confirmation "
            f"{said}; nothing was sent. To go ahead, give the course code a second time"
        )


def _rules(write: Write) -> Iterator[str]:
    if isinstance(write, SubmitRequest):
        yield from _request(write)
    elif isinstance(write, CourseFields):
        yield from _course(write)


def _texts(write: Write) -> Iterator[str]:
    for name in write.__struct_fields__:
        value = getattr(write, name)
        told = name.replace("_", " ")
        if isinstance(value, str):
            if not value.strip():
                yield f"{told}: is empty"
            elif "\x00" in value or not _encodable(value):
                yield f"{told}: holds a character that cannot be sent"
        elif isinstance(value, datetime) and value.utcoffset() is None:
            yield f"{told}: has no time zone"


def _request(write: SubmitRequest) -> Iterator[str]:
    yield from _email("email", write.email)
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
            yield f"{name.replace('_', ' ')}: belongs to a {'journal' if write.is_book else 'book'}"


def _course(write: CourseFields) -> Iterator[str]:
    for name, code in (("course code", write.course_code), ("new code", getattr(write, "new_code", None))):
        if code is not None and len(code) > LONGEST_CODE:
            yield f"{name}: is longer than {LONGEST_CODE} characters"
    name, given = (
        ("new code", write.new_code) if isinstance(write, AmendCourse) else ("course code", write.course_code)
    )
    if given is not None and (fault := code_fault(given)):
        yield f"{name}: {fault}"
    if isinstance(write, SubmitCourse) and write.name is None:
        yield "name: a new course needs one"
    if write.weeks is not None and not 1 <= write.weeks <= MOST_WEEKS:
        yield f"weeks: {write.weeks} is not from 1 to {MOST_WEEKS}"
    if write.students is not None and not 0 <= write.students <= MOST_STUDENTS:
        yield f"students: {write.students} is not from 0 to {MOST_STUDENTS}"
    if write.lead_lecturer is None and write.lead_lecturer_email is not None:
        yield "lead lecturer: is needed with a lead lecturer email"
    if write.lead_lecturer is not None and write.lead_lecturer_email is None:
        yield "lead lecturer email: is needed with a lead lecturer"
    if write.lead_lecturer_email is not None:
        yield from _email("lead lecturer email", write.lead_lecturer_email)


def _email(name: str, value: str) -> Iterator[str]:
    if value.strip() and not _EMAIL.fullmatch(value):
        yield f"{name}: is no email address"


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
