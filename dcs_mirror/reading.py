"""One institution as it was read, and what was stored of it before: plain data, no I/O."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dcs_mirror.records import ContentItem, Course, Rejected

MOST_IDS_OF_AN_ITEM = 2
"""Ids that are looked up and may turn out to be one item (D124); of more, a cache confuses them (D132)."""


class Content(StrEnum):
    """How one course's content was answered."""

    WHOLE = "whole"
    """Read completely: an item that is absent from the answer is gone (C1)."""
    UNCHANGED = "unchanged"
    """The same bytes as those last applied."""
    PARTIAL = "partial"
    """Read, but entries without an id were rejected: absence means nothing (W4)."""
    UNREAD = "unread"
    """No answer: nothing is known."""
    NOT_FOUND = "not-found"
    """Answered that there is no such course: deleted since the list was read, or never found (W3)."""
    UNASKED = "unasked"
    """Not requested, because its code belongs to another course now (W8)."""


@dataclass(slots=True)
class CourseReading:
    """One listed course and its content as read; ``digest`` is that of the content answer's bytes.

    If the content is unchanged, that is the digest that the mirror held when the course was asked for.
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
    """The answer for one request id (W9): today's item and its course id, or None if the item is gone.

    ``reading_order`` is that of the answer; of the moment before the question if there is no item.
    ``answered`` is False if there was no answer, or if the answer holds ``rejected`` entries, which have no
    id: then nothing is known.
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

    Attributes:
        started_at: when it began.
        reading_order: when the course list was asked for, or the first question if it was not (C5).
        name: the institution's name, None if it was not read.
        is_full: whether the whole institution was read, not single courses or requests.
        is_reread: whether it repeats a reading that met a rollover.
        is_reread_overtaken: whether it repeats a reading that another one overtook.
        is_asked_again: whether look-ups that another reading overtook were asked again.
        is_unknown_told: whether an id that the DCS does not know is a problem, because a person asked for it.
        name_unchanged: whether the stored institution is subscribed and has the same name.
        list_complete: whether a course that is absent from the list is gone (C1).
        list_unchanged: whether the list has the digest of the one applied last.
        list_digest: the digest to remember for the list; if it is unchanged, the one that the mirror held.
        rejected: entries of the list that have no course id or code (W4).
        looked_up: the answers for single request ids.
        quarantined: how many entries of all answers were rejected.
        not_found: how many listed courses the DCS did not find.
        problems: messages for the operator.
    """

    hei_id: int
    started_at: datetime
    reading_order: int
    name: str | None = None
    is_full: bool = True
    is_reread: bool = False
    is_reread_overtaken: bool = False
    is_asked_again: bool = False
    is_unknown_told: bool = False
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
    def last_order(self) -> int:
        """When the last question was asked (C5)."""
        answers = [course.reading_order for course in self.courses]
        answers += [found.reading_order for found in self.looked_up]
        return max([self.reading_order, *(order for order in answers if order is not None)])

    @property
    def is_whole(self) -> bool:
        """Whether the list and the content of every course were read completely (R1)."""
        known = (Content.WHOLE, Content.UNCHANGED, Content.UNASKED)
        return self.is_full and self.list_complete and all(c.content in known for c in self.courses)

    def doubt_repeated_contents(self, stored: Mapping[int, bytes | None]) -> None:
        """Count the very same content of several courses as not read (W8): a cache on the way confuses them.

        An answer that names its course is not the same as another course's. One that did not change stays. If
        none of the courses was read before, nothing can be lost, and the DCS may mean what it says.

        Args:
            stored: the digests of the contents that were read before, by course id.
        """
        by_digest: defaultdict[bytes | None, list[CourseReading]] = defaultdict(list)
        for course in self.courses:
            by_digest[course.digest].append(course)
        for digest, same in by_digest.items():
            if digest is None or len(same) < 2:  # as nearly always
                continue
            changed = [course for course in same if course.content is Content.WHOLE]
            read_before = any(stored.get(course.course.course_id) for course in changed)
            if not any(course.items for course in same) or not read_before:
                continue
            code = same[0].course.course_code
            self.problems.append(
                f"the DCS answered with the same content for {len(same)} courses, such as {code!r}"
            )
            for course in changed:
                course.content, course.items, course.digest = Content.UNREAD, [], None
                course.fetched_at, course.reading_order = None, None

    def doubt_repeated_look_ups(self) -> None:
        """Count look-ups of many ids that are answered with one item as not answered (W9, D132)."""
        by_item: defaultdict[int, list[LookedUp]] = defaultdict(list)
        for found in self.looked_up:
            if found.item is not None:
                by_item[found.item.request_id].append(found)
        for request_id, same in by_item.items():
            if len({found.request_id for found in same}) <= MOST_IDS_OF_AN_ITEM:
                continue
            self.problems.append(
                f"the DCS answered with the same item for {len(same)} requests: request id {request_id}"
            )
            for found in same:
                found.item, found.course_id, found.answered = None, None, False
                found.fetched_at, found.reading_order = None, None

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
