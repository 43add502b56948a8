"""Generates worlds: the same seed and sizes give the same institutions, courses and items, to the byte."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dcs_mirror.sandbox import text
from dcs_mirror.sandbox.books import Book
from dcs_mirror.sandbox.dice import Dice, RequestIds
from dcs_mirror.sandbox.model import (
    COVERED,
    EXCLUDED,
    Bibliography,
    ContentStatus,
    Course,
    CourseStatus,
    Institution,
    Item,
    Rejection,
    Spelling,
    World,
)

FIRST_YEAR = 2025
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIRST_REQUEST_ID = 2_400_000

_STATUSES: tuple[ContentStatus, ...] = (
    *("Active",) * 14,
    *("Pending", "Archived") * 2,
    *("New Request", "Rejected", "Deleted"),
)
_PUBLISHED = {"Active": 1.0, "Archived": 1.0, "Deleted": 0.7, "Pending": 0.5}
_REJECTIONS: tuple[Rejection, ...] = (
    "ExtentExceed",
    "ExcludedFromCLA",
    "ExtractLimitReached",
    "NoPermission",
    "NoSourceContent",
    "NotOwned",
    "Other",
)
_LICENCES = (*(COVERED,) * 12, EXCLUDED, "Publisher Permission", "Open Access", None)
_SOURCES = ("Institution", "Institution", "Internal", "ehess", None)
_COURSE_STATUSES: tuple[CourseStatus, ...] = (*("Active",) * 17, "Archived", "Archived", "Deleted")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The exact size of a world: institutions, courses per institution, items per course.

    `unattached` is the number of items without a course per institution.
    """

    institutions: int = 5
    courses: int = 50
    items: int = 8
    unattached: int = 2


def build_world(
    sizes: Sizes | None = None,
    *,
    seed: int = 1,
    spelling: Spelling = "mixed",
    library: tuple[Book, ...] = (),
) -> World:
    """Generate a world whose clock is at `START`. With a `library`, every item is a book from it."""
    sizes = sizes or Sizes()
    dice = Dice(seed)
    total = sizes.institutions * (sizes.courses * sizes.items + sizes.unattached)
    # Leaves room for the ids of earlier years below those of this year, however many items there are.
    first = max(FIRST_REQUEST_ID, total + 3 * RequestIds.SPREAD)
    earlier = RequestIds(first - total - 2 * RequestIds.SPREAD, dice)
    world = World(
        spelling=spelling,
        now=START,
        quirk=dice.below(32),
        dice=dice,
        request_ids=RequestIds(first, dice),
        next_course_id=280_000,
        library=library,
    )
    hei = 100
    for index in range(sizes.institutions):
        hei += dice.between(1, 9)
        institution = Institution(
            id=hei,
            name=text.institution_name(index),
            year=FIRST_YEAR,
            quirk=dice.below(32),
            slashed_year=index % 7 == 3,
        )
        world.institutions[hei] = institution
        _fill(world, institution, sizes, earlier)
    return world


def _fill(world: World, institution: Institution, sizes: Sizes, earlier: RequestIds) -> None:
    dice = world.dice
    deleted: list[str] = []
    for _ in range(sizes.courses):
        # W8: the code of a deleted course may be in use again, and that course deleted, too.
        code = deleted.pop() if deleted and dice.chance(0.3) else None
        course = new_course(world, institution, dice, code=code)
        for _ in range(sizes.items):
            new_item(world, institution, dice, course=course, earlier=earlier)
        if (status := dice.pick(_COURSE_STATUSES)) == "Deleted":
            end_course(world, course)
            deleted.append(course.code)
        else:
            course.status = status
    for _ in range(sizes.unattached):
        new_item(world, institution, dice, course=None, earlier=earlier)


def new_course(world: World, institution: Institution, dice: Dice, *, code: str | None = None) -> Course:
    """Add an empty Active course; without `code`, it gets an unused one."""
    number = institution.course_number()
    course = Course(
        id=world.course_id(),
        code=code or text.course_code(dice, number),
        name=text.title(dice, number),
        status="Active",
        duration=dice.pick((52, 52, 26, 12)),
        lecturer=dice.pick((*text.PEOPLE, "", None)),
        students=dice.between(1, 400),
        quirk=dice.below(32),
        institution=institution,
    )
    institution.courses[course.id] = course
    institution.changed()
    return course


def end_course(world: World, course: Course) -> None:
    """Delete a course and its items; all stay in the lists with status Deleted (C6)."""
    course.status = "Deleted"
    course.deletion = world.deletion()
    for item in course.items:
        item.status = "Deleted"
        item.rejection = None
        item.modified = world.now
    course.answer = None
    course.institution.changed()


def new_item(
    world: World,
    institution: Institution,
    dice: Dice,
    *,
    course: Course | None,
    earlier: RequestIds | None = None,
) -> Item:
    """Add an item with a new request id.

    Args:
        world: the world that it is added to.
        institution: the institution that it is added to.
        dice: decides all its values.
        course: the course that it is in, or None.
        earlier: source of ids of past years. If given, the item is some months old, and with most items it is
            some years old and has an id of an earlier year, too. If not, it is created now.
    """
    number = world.item_number()
    status = dice.pick(_STATUSES)
    request_ids = [world.request_ids.mint()]
    created = modified = world.now
    if earlier is not None:
        created -= timedelta(minutes=dice.between(60, 120_000))
        if dice.chance(0.6):
            request_ids.insert(0, earlier.mint())
            created -= timedelta(days=dice.between(300, 3000))
        modified -= timedelta(minutes=dice.below(int((world.now - created).total_seconds()) // 60))
    item = Item(
        number=number,
        guid=f"{dice.guid()[:-6]}{number:06x}",  # two edits with the same seed must not make the same content
        institution=institution,
        course=course,
        request_ids=request_ids,
        previous_year_id=request_ids[0] if len(request_ids) > 1 else None,
        status=status,
        published=dice.chance(_PUBLISHED.get(status, 0.0)),
        created=created,
        modified=modified,
        rejection=dice.pick(_REJECTIONS) if status == "Rejected" else None,
        notes=text.notes(dice, number),
        licence=dice.pick(_LICENCES),
        source=dice.pick(_SOURCES),
        details=_details(world, dice, number),
        blank=None if number % 2 else "",
        blank_previous=("null", "absent", "zero")[number % 3],
    )
    for request_id in request_ids:
        world.items[request_id] = item
    world.place(item, course)
    if world.library:
        item.notes = f"Language: {_give_book(item, dice.pick(world.library)).language}"
    return item


def _details(world: World, dice: Dice, number: int) -> Bibliography:
    book = bool(world.library) or dice.chance(0.7)
    return Bibliography(
        type="Book" if book else "Journal",
        identifier=text.isbn13(dice) if book else text.issn(dice),
        doi=None if book else f"10.5555/sandbox.{number}",
        title=text.title(dice, number) if book else dice.pick(text.JOURNALS),
        extract_title=text.title(dice, number + 1),
        publication_form=dice.pick(("Print", "Digital")),
        year=str(dice.between(1900, 2025)),
        volume=None if book else str(dice.between(1, 90)),
        issue=None if book else dice.pick(("1", "2", "3-4", "")),
        page_range=text.pages(dice),
        author=dice.pick(text.PEOPLE),
        colour_scale=dice.pick(("BlackAndWhite", "Greyscale", "Colour")),
        publisher=dice.pick(text.PUBLISHERS),
        extract_author=dice.pick((*text.PEOPLE, None)),
        chapter_number=dice.pick(("1", "3", "XII", "", None)) if book else None,
        edition=dice.pick(("2nd", "Rev. ed.", "", None)) if book else None,
        book_pages=dice.between(80, 900) if book else None,
        publication_place=dice.pick(text.TOWNS),
        ocr=dice.chance(0.5),
        file_size=dice.between(2_000, 900_000) / 100,
        subtitle=dice.pick((None, None, "", "a reader")) if book else None,
    )


def _give_book(item: Item, book: Book) -> Book:
    item.details.identifier = book.isbn10
    item.details.author = book.authors
    item.details.year = book.year
    item.details.title = book.title
    item.details.subtitle = book.original_title if book.original_title != book.title else None
    return book
