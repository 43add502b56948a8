"""Seeded random edits of every kind that a mirror must follow."""

from collections.abc import Callable

from dcs_mirror.sandbox import edits, text
from dcs_mirror.sandbox.dice import Dice
from dcs_mirror.sandbox.edits import CourseChanges, ItemChanges
from dcs_mirror.sandbox.model import (
    ContentStatus,
    Course,
    CourseStatus,
    Institution,
    Item,
    Refused,
    World,
)

Done = dict[str, str | int | None]  # the kind of an edit, and the ids that it affected
_Edit = Callable[[World, Institution, Dice], Done]
_STATUSES: tuple[ContentStatus, ...] = (
    "New Request",
    "Rejected",
    "Pending",
    "Active",
    "Archived",
    "Deleted",
)


class _NothingToEdit(Exception):
    """The institution has nothing that this edit applies to."""


def random_edits(world: World, hei: int | None, count: int, seed: int) -> list[Done]:
    """Make `count` edits in the institution `hei`, or in any; a seed edits equal worlds in the same way.

    Returns:
        The edits in order.

    Raises:
        Refused: if the institution is unknown, or the world has none.
    """
    dice = Dice(seed)
    institutions = list(world.institutions.values()) if hei is None else [world.institution(hei)]
    if not institutions:
        raise Refused("the world has no institution")
    done: list[Done] = []
    while len(done) < count:
        institution = dice.pick(institutions)
        edit = dice.pick(_EDITS)
        try:
            did = edit(world, institution, dice)
        except _NothingToEdit:
            # Always possible, and it makes the other edits possible.
            edit = _add_course
            did = edit(world, institution, dice)
        done.append({"did": edit.__name__.strip("_"), "hei": institution.id, **did})
    return done


def _live_course(institution: Institution, dice: Dice) -> Course:
    live = [course for course in institution.courses.values() if not course.deletion]
    if not live:
        raise _NothingToEdit
    return dice.pick(live)


def _any_item(institution: Institution, dice: Dice) -> Item:
    """A random item that is not in a deleted course."""
    items = [i for i in institution.items() if i.course is None or not i.course.deletion]
    if not items:
        raise _NothingToEdit
    return dice.pick(items)


def _add_course(world: World, institution: Institution, dice: Dice) -> Done:
    course = edits.add_course(world, institution, dice, items=dice.below(5))
    return {"course_id": course.id, "code": course.code}


def _reuse_code(world: World, institution: Institution, dice: Dice) -> Done:
    """Add a course with the code of a deleted one (W8)."""
    free = [c.code for c in institution.courses.values() if not institution.has_live(c.code)]
    if not free:
        raise _NothingToEdit
    course = edits.add_course(world, institution, dice, code=dice.pick(free), items=dice.below(5))
    return {"course_id": course.id, "code": course.code}


def _rename_code(world: World, institution: Institution, dice: Dice) -> Done:
    course = _live_course(institution, dice)
    code = edits.free_code(institution, dice)
    edits.edit_course(world, course, CourseChanges(code=code))
    return {"course_id": course.id, "code": code}


def _rename_course(world: World, institution: Institution, dice: Dice) -> Done:
    course = _live_course(institution, dice)
    edits.edit_course(world, course, CourseChanges(name=text.title(dice, dice.below(1000))))
    return {"course_id": course.id}


def _archive_or_reinstate(world: World, institution: Institution, dice: Dice) -> Done:
    course = _live_course(institution, dice)
    status: CourseStatus = "Archived" if course.status == "Active" else "Active"
    edits.edit_course(world, course, CourseChanges(status=status))
    return {"course_id": course.id, "status": status}


def _delete_course(world: World, institution: Institution, dice: Dice) -> Done:
    course = _live_course(institution, dice)
    edits.edit_course(world, course, CourseChanges(status="Deleted"))
    return {"course_id": course.id, "code": course.code}


def _remove_course(world: World, institution: Institution, dice: Dice) -> Done:
    if not institution.courses:
        raise _NothingToEdit
    course = dice.pick(list(institution.courses.values()))
    edits.remove_course(world, course)
    return {"course_id": course.id, "code": course.code}


def _add_item(world: World, institution: Institution, dice: Dice) -> Done:
    course = _live_course(institution, dice)
    item = edits.add_item(world, institution, dice, course)
    return {"request_id": item.request_id, "course_id": course.id}


def _add_unattached_item(world: World, institution: Institution, dice: Dice) -> Done:
    return {"request_id": edits.add_item(world, institution, dice, None).request_id}


def _edit_item(world: World, institution: Institution, dice: Dice) -> Done:
    item = _any_item(institution, dice)
    number = dice.below(10_000)
    changes = ItemChanges(title=text.title(dice, number), notes=text.notes(dice, number))
    edits.edit_item(world, item, changes)
    return {"request_id": item.request_id}


def _change_status(world: World, institution: Institution, dice: Dice) -> Done:
    item = _any_item(institution, dice)
    status = dice.pick([status for status in _STATUSES if status != item.status])
    edits.edit_item(world, item, ItemChanges(content_status=status))
    return {"request_id": item.request_id, "status": status}


def _move_item(world: World, institution: Institution, dice: Dice) -> Done:
    item = _any_item(institution, dice)
    course = None if dice.chance(0.1) else _live_course(institution, dice)
    course_id = None if course is None else course.id
    edits.edit_item(world, item, ItemChanges(course_id=course_id))
    return {"request_id": item.request_id, "course_id": course_id}


def _remove_item(world: World, institution: Institution, dice: Dice) -> Done:
    item = _any_item(institution, dice)
    edits.remove_item(world, item)
    return {"request_id": item.request_id}


# An edit that is listed twice is twice as likely.
_EDITS: tuple[_Edit, ...] = (
    _add_course,
    _reuse_code,
    _rename_code,
    _rename_course,
    _archive_or_reinstate,
    _delete_course,
    _remove_course,
    _add_item,
    _add_item,
    _add_unattached_item,
    _edit_item,
    _edit_item,
    _change_status,
    _change_status,
    _move_item,
    _move_item,
    _remove_item,
)
