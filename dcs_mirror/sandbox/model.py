"""The emulated DCS as plain data: institutions, courses, content items, and how they are found."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dcs_mirror.sandbox.books import Book
from dcs_mirror.sandbox.dice import Dice, RequestIds

ContentStatus = Literal["New Request", "Rejected", "Pending", "Active", "Archived", "Deleted"]
CourseStatus = Literal["Active", "Archived", "Deleted"]
Rejection = Literal[
    "ExtentExceed",
    "ExcludedFromCLA",
    "ExtractLimitReached",
    "NoPermission",
    "NoSourceContent",
    "NotOwned",
    "Other",
]
ContentType = Literal["Book", "Journal"]
Spelling = Literal["mixed", "spec", "sample"]

COVERED = "Covered by CLA Licence"
EXCLUDED = "Excluded from CLA Licence"


class Refused(ValueError):
    """A change or a look-up the emulated DCS cannot do; the message names what is wrong."""


@dataclass(slots=True)
class Bibliography:
    """What `bibliographic-details` tells; every text may be empty or None."""

    type: ContentType
    identifier: str | None
    doi: str | None
    title: str | None
    extract_title: str | None
    publication_form: str | None
    year: str | None
    volume: str | None
    issue: str | None
    page_range: str | None
    author: str | None
    colour_scale: str | None
    publisher: str | None
    extract_author: str | None
    chapter_number: str | None
    edition: str | None
    book_pages: int | None
    publication_place: str | None
    ocr: bool
    file_size: float
    subtitle: str | None


@dataclass(slots=True, eq=False)
class Item:
    """A content item. `number` and `guid` are its own for good; its request ids change by the year.

    `request_ids` holds every id it ever had, oldest first. `blank` is how this item writes an empty
    text, `blank_previous` how it writes that there is no id of the previous year.
    """

    number: int
    guid: str
    institution: "Institution" = field(repr=False)
    course: "Course | None" = field(repr=False)
    request_ids: list[int]
    previous_year_id: int | None
    status: ContentStatus
    published: bool  # it has been Active at some time, so its link and GUID are shown
    created: datetime
    modified: datetime
    rejection: Rejection | None
    notes: str | None
    licence: str | None
    source: str | None
    details: Bibliography
    blank: Literal[""] | None
    blank_previous: Literal["null", "absent", "zero"]
    # What SubmitRequest was given, by lower-case parameter name; None for what librarians made.
    submission: "dict[str, str] | None" = None

    @property
    def request_id(self) -> int:
        return self.request_ids[-1]


@dataclass(slots=True, eq=False)
class Course:
    """A course of the current academic year. `deletion` is 0 while it lives, else a rising number."""

    id: int
    code: str
    name: str
    status: CourseStatus
    duration: int  # weeks
    lecturer: str | None
    students: int
    quirk: int  # decides the spelling of its keys where spellings are mixed
    institution: "Institution" = field(repr=False)
    deletion: int = 0
    # The writing methods set these; no method tells them.
    lecturer_email: str | None = None
    department: str | None = None
    subject: str | None = None
    items: list[Item] = field(default_factory=list, repr=False)
    answer: bytes | None = field(default=None, repr=False)  # GetCourseContent, until it changes


@dataclass(slots=True, eq=False)
class Institution:
    """An institution (hei) in one academic year, named by the calendar year in which it starts."""

    id: int
    name: str
    year: int
    quirk: int
    slashed_year: bool  # it writes 2025/2026 where others write 2025-2026
    subscribed: bool = True
    courses: dict[int, Course] = field(default_factory=dict, repr=False)
    unattached: list[Item] = field(default_factory=list, repr=False)
    answer: bytes | None = field(default=None, repr=False)  # GetCourses, until it changes
    _courses_made: int = 0
    _by_code: dict[str, Course] | None = field(default=None, repr=False)

    @property
    def academic_year(self) -> str:
        return f"{self.year}-{self.year + 1}"

    def course_of(self, code: str) -> Course | None:
        """The live course of that code, else the most recently deleted one (W8)."""
        if self._by_code is None:
            # Deleted ones first and in the order of their deletion: the last to claim a code has it.
            ranked = sorted(self.courses.values(), key=lambda c: (c.deletion == 0, c.deletion))
            self._by_code = {course.code: course for course in ranked}
        return self._by_code.get(code)

    def has_live(self, code: str) -> bool:
        holder = self.course_of(code)
        return holder is not None and holder.deletion == 0

    def course_number(self) -> int:
        self._courses_made += 1
        return self._courses_made

    def items(self) -> list[Item]:
        """All items, those of courses first."""
        return [i for course in self.courses.values() for i in course.items] + self.unattached

    def changed(self) -> None:
        """Drops what was derived from the list of courses."""
        self.answer = None
        self._by_code = None


@dataclass(slots=True, eq=False)
class World:
    """Every institution, and every request id ever handed out with the item it means today."""

    spelling: Spelling
    now: datetime  # the sandbox clock: it stands still until it is set
    quirk: int
    dice: Dice
    request_ids: RequestIds
    next_course_id: int
    library: tuple[Book, ...] = ()
    institutions: dict[int, Institution] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    _items_made: int = 0
    _deletions: int = 0

    def institution(self, hei: int) -> Institution:
        try:
            return self.institutions[hei]
        except KeyError:
            raise Refused(f"hei: there is no institution {hei}") from None

    def course(self, hei: int, course_id: int) -> Course:
        try:
            return self.institution(hei).courses[course_id]
        except KeyError:
            raise Refused(f"course_id: institution {hei} has no course {course_id}") from None

    def item(self, hei: int, request_id: int) -> Item:
        """The item of that request id, of this year or an earlier one."""
        institution = self.institution(hei)
        item = self.items.get(request_id)
        if item is None or item.institution is not institution:
            raise Refused(f"request_id: institution {hei} has no item {request_id}")
        return item

    def item_number(self) -> int:
        self._items_made += 1
        return self._items_made

    def course_id(self) -> int:
        self.next_course_id += self.dice.between(1, 5)
        return self.next_course_id

    def deletion(self) -> int:
        self._deletions += 1
        return self._deletions

    def place(self, item: Item, course: Course | None) -> None:
        """Puts an item that is in no list into a course, or among the items without one."""
        item.course = course
        if course is None:
            item.institution.unattached.append(item)
        else:
            course.items.append(item)
            course.answer = None

    def lift(self, item: Item) -> None:
        """Takes an item out of the list it is in; its request ids still find it."""
        if item.course is None:
            item.institution.unattached.remove(item)
        else:
            item.course.items.remove(item)
            item.course.answer = None

    def forget(self, item: Item) -> None:
        """Ends the life of an item that is in no list: its request ids find nothing any more."""
        for request_id in item.request_ids:
            del self.items[request_id]
