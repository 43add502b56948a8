"""Edits that librarians make between two rollovers: add, change, move, delete, remove.

Every function checks before it changes anything, so that a refusal leaves the world as it was.
"""

from collections.abc import Iterable
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from dcs_mirror.sandbox import text
from dcs_mirror.sandbox.dice import Dice
from dcs_mirror.sandbox.generate import end_course, new_course, new_item
from dcs_mirror.sandbox.model import (
    ContentStatus,
    ContentType,
    Course,
    CourseStatus,
    Institution,
    Item,
    Refused,
    Rejection,
    World,
)

Text: TypeAlias = str | UnsetType | None
# Many JSON parsers cannot represent larger integers exactly.
RequestId = Annotated[int, Meta(ge=1, le=2**53)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class DetailChanges(Struct, kw_only=True, forbid_unknown_fields=True):
    """New values for an item's bibliography; omitted ones stay."""

    type: ContentType | UnsetType = UNSET
    identifier: Text = UNSET
    doi: Text = UNSET
    title: Text = UNSET
    extract_title: Text = UNSET
    publication_form: Text = UNSET
    year: Text = UNSET
    volume: Text = UNSET
    issue: Text = UNSET
    page_range: Text = UNSET
    author: Text = UNSET
    colour_scale: Text = UNSET
    publisher: Text = UNSET
    extract_author: Text = UNSET
    chapter_number: Text = UNSET
    edition: Text = UNSET
    book_pages: Count | UnsetType | None = UNSET
    publication_place: Text = UNSET
    ocr: bool | UnsetType = UNSET
    file_size: float | UnsetType = UNSET
    subtitle: Text = UNSET


class ItemChanges(DetailChanges, kw_only=True, forbid_unknown_fields=True):
    """New values for an item; omitted ones stay. `course_id` moves the item, None out of any course."""

    course_id: int | UnsetType | None = UNSET
    content_status: ContentStatus | UnsetType = UNSET
    rejection_message: Rejection | UnsetType = UNSET
    notes: Text = UNSET
    licence: Text = UNSET
    source: Text = UNSET
    previous_year_id: RequestId | UnsetType | None = UNSET


class CourseChanges(Struct, kw_only=True, forbid_unknown_fields=True):
    """New values for a course; omitted ones stay."""

    code: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    status: CourseStatus | UnsetType = UNSET
    duration: Count | UnsetType = UNSET
    lecturer: Text = UNSET
    students: Count | UnsetType = UNSET
    lecturer_email: Text = UNSET
    department: Text = UNSET
    subject: Text = UNSET


NOTHING = ItemChanges()


def edit_item(world: World, item: Item, changes: ItemChanges) -> None:
    """Apply `changes` to an item.

    Raises:
        Refused: if they contradict the state of the item or of its course.
    """
    course = _destination(world, item, changes)
    status = changes.content_status or item.status
    if course is not None and course.deletion and status != "Deleted":
        raise Refused(f"content-status: course {course.id} is deleted, and its items with it")
    _check_rejection(changes, status)

    if course is not item.course:
        world.lift(item)
        world.place(item, course)
    set_status(item, status)
    item.rejection = changes.rejection_message or item.rejection
    _assign(item, changes, ("notes", "licence", "source", "previous_year_id"))
    _assign(item.details, changes, DetailChanges.__struct_fields__)
    touch(world, item)


def set_status(item: Item, status: ContentStatus) -> None:
    """Set the status and what depends on it.

    An item that has been Active shows its link from then on; only a Rejected one has a rejection message.
    """
    item.status = status
    item.published = item.published or status == "Active"
    item.rejection = (item.rejection or "Other") if status == "Rejected" else None


def touch(world: World, item: Item) -> None:
    """Record that an item is modified now."""
    item.modified = world.now
    if item.course is not None:
        item.course.answer = None


def edit_course(world: World, course: Course, changes: CourseChanges) -> None:
    """Apply `changes` to a course.

    Raises:
        Refused: if the code is in use, or the change would restore a deleted course.
    """
    institution = course.institution
    status = changes.status or course.status
    if course.deletion and status != "Deleted":
        raise Refused(f"status: course {course.id} is deleted for good")
    if changes.code and changes.code != course.code and not course.deletion:
        _must_be_free(institution, changes.code)

    names = (name for name in CourseChanges.__struct_fields__ if name != "status")
    _assign(course, changes, names)
    if status == "Deleted" and not course.deletion:
        end_course(world, course)
    course.status = status
    institution.changed()


def add_course(
    world: World,
    institution: Institution,
    dice: Dice,
    *,
    code: str | None = None,
    items: int = 0,
) -> Course:
    """Add an Active course with so many items; without `code`, it gets an unused one.

    Raises:
        Refused: if the code is in use.
    """
    if code is None:
        code = free_code(institution, dice)
    _must_be_free(institution, code)
    course = new_course(world, institution, dice, code=code)
    for _ in range(items):
        new_item(world, institution, dice, course=course)
    return course


def add_item(
    world: World,
    institution: Institution,
    dice: Dice,
    course: Course | None,
    changes: ItemChanges = NOTHING,
) -> Item:
    """Add an item created now to a live course, or to none; `changes` replace random values.

    Raises:
        Refused: if the course is deleted or the changes contradict each other.
    """
    if course is not None:
        _must_live(course)
    _check_rejection(changes, changes.content_status or "Active")
    item = new_item(world, institution, dice, course=course)
    edit_item(world, item, changes)
    return item


def free_code(institution: Institution, dice: Dice) -> str:
    """A code that no course of the institution has, live or deleted."""
    while True:
        code = text.course_code(dice, institution.course_number())
        if institution.course_of(code) is None:
            return code


def remove_item(world: World, item: Item) -> None:
    """Remove an item from the DCS altogether: no list and no request id finds it."""
    world.lift(item)
    world.forget(item)


def remove_course(world: World, course: Course) -> None:
    """Remove a course and its items from the DCS altogether."""
    for item in course.items:
        world.forget(item)
    del course.institution.courses[course.id]
    course.institution.changed()


def _destination(world: World, item: Item, changes: ItemChanges) -> Course | None:
    """The course that the item is in after `changes`.

    Raises:
        Refused: if it would move to a deleted course.
    """
    if changes.course_id is UNSET:
        return item.course
    if changes.course_id is None:
        return None
    course = world.course(item.institution.id, changes.course_id)
    if course is not item.course:
        _must_live(course)
    return course


def _assign(target: object, changes: Struct, names: Iterable[str]) -> None:
    for name in names:
        if (value := getattr(changes, name)) is not UNSET:
            setattr(target, name, value)


def _check_rejection(changes: ItemChanges, status: ContentStatus) -> None:
    if changes.rejection_message and status != "Rejected":
        raise Refused("rejection-message: the item is not Rejected")


def _must_live(course: Course) -> None:
    if course.deletion:
        raise Refused(f"course_id: course {course.id} is deleted")


def _must_be_free(institution: Institution, code: str) -> None:
    if institution.has_live(code):
        raise Refused(f"code: institution {institution.id} has a live course {code!r}")
