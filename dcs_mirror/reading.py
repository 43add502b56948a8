"""One institution as it was read, and what was known of it before: plain data, no I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dcs_mirror.records import ContentItem, Course, Rejected


class Content(StrEnum):
    """What became of the question for one course's content."""

    WHOLE = "whole"
    """Read completely: an item that is absent from it is gone (C1)."""
    UNCHANGED = "unchanged"
    """The same bytes as those last applied."""
    PARTIAL = "partial"
    """Read, but entries without an identity were set aside: nothing is gone (W4)."""
    UNREAD = "unread"
    """Not answered, or deleted since the list was read (W3): nothing is known."""
    UNASKED = "unasked"
    """Not asked for, because its code leads to another course (W8)."""


@dataclass(slots=True)
class CourseReading:
    """One listed course and its content as read; ``digest`` is that of the content answer's bytes.

    ``rejected`` holds entries of the answer that identify no item.
    """

    course: Course
    content: Content = Content.UNASKED
    items: list[ContentItem] = field(default_factory=list)
    digest: bytes | None = None
    fetched_at: datetime | None = None
    reading_order: int | None = None
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(slots=True)
class LookedUp:
    """The answer for one request id (W9): today's item and its course, or None where it is gone.

    ``answered`` is False where upstream gave no answer, so that nothing is known; nor is it where the
    answer holds ``rejected`` entries, which identify no item.
    """

    request_id: int
    item: ContentItem | None
    course_id: int | None = None
    answered: bool = True
    fetched_at: datetime | None = None
    reading_order: int | None = None
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(slots=True)
class InstitutionReading:
    """Everything that one reading of an institution saw.

    ``is_reread`` says that an earlier reading just now met a rollover under way; ``name_unchanged`` that the
    stored institution is subscribed and has the same name;
    ``is_full`` is False where only some courses or requests were asked for; ``list_complete`` says
    whether a course that is absent is gone (C1); ``rejected`` holds entries of the list that identify no
    course. ``quarantined`` counts the rejected entries of all answers, ``not_found`` the listed courses
    that the DCS did not find. ``problems`` are told to the operator.
    """

    hei_id: int
    started_at: datetime
    reading_order: int
    name: str | None = None
    is_full: bool = True
    is_reread: bool = False
    name_unchanged: bool = False
    list_complete: bool = True
    list_unchanged: bool = False
    list_digest: bytes | None = None
    courses: list[CourseReading] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    looked_up: list[LookedUp] = field(default_factory=list)
    quarantined: int = 0
    not_found: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def unchanged(self) -> bool:
        """Whether the reading shows nothing that is not stored already."""
        silent = (Content.UNCHANGED, Content.UNASKED)
        return (
            self.name_unchanged
            and self.list_unchanged
            and not self.looked_up
            and all(course.content in silent for course in self.courses)
        )


@dataclass(slots=True)
class StoredCourse:
    """A stored course that upstream listed last time."""

    course_id: int
    course_code: str
    status: str | None
    digest: bytes | None


@dataclass(slots=True)
class StoredInstitution:
    """What the mirror holds of an institution before it is read."""

    name: str | None = None
    subscribed: bool = False
    courses_digest: bytes | None = None
    courses: list[StoredCourse] = field(default_factory=list)


def entries(count: int) -> str:
    """So many entries of an answer, in words."""
    return "an entry" if count == 1 else f"{count} entries"
