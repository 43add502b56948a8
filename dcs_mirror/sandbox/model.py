"""The state of the emulated DCS: institutions, courses and content items, and how they are found."""

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
    """A change or a look-up that the emulated DCS refuses; the message says why."""


@dataclass(slots=True)
class Bibliography:
    """The content of `bibliographic-details`; every text may be empty or None."""

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
    """A content item. `number` and `guid` never change; the request id changes every year.

    `request_ids` holds every id it ever had, oldest first. `blank` is how this item represents an empty text,
    `blank_previous` how it represents a missing id of the previous year.
    """

    number: int
    guid: str
    institution: "Institution" = field(repr=False)
    course: "Course | None" = field(repr=False)
    request_ids: list[int]
    previous_year_id: int | None
    status: ContentStatus
    published: bool  # has ever been Active, so its link and GUID are shown
    created: datetime
    modified: datetime
    rejection: Rejection | None
    notes: str | None
    licence: str | None
    source: str | None
    details: Bibliography
    blank: Literal[""] | None
    blank_previous: Literal["null", "absent", "zero"]
    # The parameters of its SubmitRequest by lower-case name; None if a librarian created it.
    submission: "dict[str, str] | None" = None

    @property
    def request_id(self) -> int:
        return self.request_ids[-1]


@dataclass(slots=True, eq=False)
class Course:
    """A course of the current academic year.

    `deletion` is 0 while the course is live; deleted courses have rising numbers in the order of deletion.
    """

    id: int
    code: str
    name: str
    status: CourseStatus
    duration: int  # weeks
    lecturer: str | None
    students: int
    quirk: int  # decides the spelling of its keys in a world of mixed spellings
    institution: "Institution" = field(repr=False)
    deletion: int = 0
    # Set by the methods that write; no method returns them.
    lecturer_email: str | None = None
    department: str | None = None
    subject: str | None = None
    items: list[Item] = field(default_factory=list, repr=False)
    answer: bytes | None = field(default=None, repr=False)  # of GetCourseContent, until a change


@dataclass(slots=True, eq=False)
class Institution:
    """An institution (hei). `year` is the calendar year in which its current academic year starts."""

    id: int
    name: str
    year: int
    quirk: int
    slashed_year: bool  # spells the year 2025/2026 instead of 2025-2026
    subscribed: bool = True
    courses: dict[int, Course] = field(default_factory=dict, repr=False)
    unattached: list[Item] = field(default_factory=list, repr=False)
    answer: bytes | None = field(default=None, repr=False)  # of GetCourses, until a change
    _courses_made: int = 0
    _by_code: dict[str, Course] | None = field(default=None, repr=False)

    @property
    def academic_year(self) -> str:
        return f"{self.year}-{self.year + 1}"

    def course_of(self, code: str) -> Course | None:
        """The live course with that code, else the most recently deleted one; None if there is none (W8)."""
        if self._by_code is None:
            # Deleted courses first, in the order of deletion: later entries of a dict replace earlier ones.
            ranked = sorted(self.courses.values(), key=lambda c: (c.deletion == 0, c.deletion))
            self._by_code = {course.code: course for course in ranked}
        return self._by_code.get(code)

    def has_live(self, code: str) -> bool:
        course = self.course_of(code)
        return course is not None and course.deletion == 0

    def course_number(self) -> int:
        self._courses_made += 1
        return self._courses_made

    def items(self) -> list[Item]:
        """All items, first those in courses."""
        return [i for course in self.courses.values() for i in course.items] + self.unattached

    def changed(self) -> None:
        """Drop what is cached of the list of courses."""
        self.answer = None
        self._by_code = None


@dataclass(slots=True, eq=False, repr=False)  # its text would be thousands of lines
class World:
    """Every institution, and every request id ever issued with the item that it stands for today."""

    spelling: Spelling
    now: datetime  # the sandbox clock, which stands still until it is set
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
        """The item with that request id, of this year or an earlier one.

        Raises:
            Refused: if there is none in that institution.
        """
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
        """Put an item that is in no list into a course, or into the list of items without one."""
        item.course = course
        if course is None:
            item.institution.unattached.append(item)
        else:
            course.items.append(item)
            course.answer = None

    def lift(self, item: Item) -> None:
        """Take an item out of its list; its request ids still find it."""
        if item.course is None:
            item.institution.unattached.remove(item)
        else:
            item.course.items.remove(item)
            item.course.answer = None

    def forget(self, item: Item) -> None:
        """Remove an item that is in no list: its request ids find nothing from now on."""
        for request_id in item.request_ids:
            del self.items[request_id]
