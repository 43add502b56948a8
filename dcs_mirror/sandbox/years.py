"""The yearly changes of an institution: the rollover in June and the recheck in August."""

from collections.abc import Collection, Sequence
from typing import Literal

from dcs_mirror.sandbox.dice import Dice
from dcs_mirror.sandbox.edits import remove_course, remove_item, set_status, touch
from dcs_mirror.sandbox.model import COVERED, EXCLUDED, Institution, Item, Refused, World

RecheckKind = Literal["pending", "licence"]


def roll_over(
    world: World,
    institution: Institution,
    *,
    new_course_ids: bool = False,
    without_previous_id: float = 0.0,
    drop_courses: Collection[int] = (),
    drop_items: Collection[int] = (),
) -> list[Item]:
    """Start the institution's next academic year.

    Courses are carried over except deleted ones and `drop_courses` (course ids); items except those of such
    courses and `drop_items` (request ids of any year). All else is removed: no list and no request id finds
    it. Each item carried over gets a new request id and shows the old one as previous-year-id, except for a
    share `without_previous_id` (0 to 1). GUIDs, statuses and dates stay.

    Returns:
        The items whose previous-year-id is withheld.

    Raises:
        Refused: if an id is unknown.
    """
    courses = [world.course(institution.id, course_id) for course_id in set(drop_courses)]
    named = (world.item(institution.id, request_id) for request_id in drop_items)
    items = {item.number: item for item in named}

    for item in items.values():
        remove_item(world, item)
    courses += [c for c in institution.courses.values() if c.deletion and c not in courses]
    for course in courses:
        remove_course(world, course)

    withheld = []
    for item in institution.items():
        item.previous_year_id = item.request_id
        if world.dice.chance(without_previous_id):
            item.previous_year_id = None
            withheld.append(item)
        item.request_ids.append(world.request_ids.mint())
        world.items[item.request_id] = item
    for course in institution.courses.values():
        course.answer = None
        if new_course_ids:
            course.id = world.course_id()
    institution.courses = {course.id: course for course in institution.courses.values()}
    institution.year += 1
    institution.changed()
    return withheld


def recheck(
    world: World,
    institution: Institution,
    *,
    kind: RecheckKind,
    dice: Dice,
    share: float = 0.1,
    request_ids: Sequence[int] | None = None,
) -> list[Item]:
    """Exclude Active items from the licence, as CLA's check in August does.

    Affects the items of `request_ids`, which must be Active (and covered, for kind `licence`), or else a
    `share` (0 to 1) of the Active items that are covered. With kind `pending` the items also become Pending;
    with kind `licence` they stay Active.

    Returns:
        The affected items.

    Raises:
        Refused: if an item is unknown, not Active, or not covered.
    """
    if request_ids is None:
        covered = [i for i in institution.items() if i.status == "Active" and i.licence == COVERED]
        chosen = dice.sample(covered, round(share * len(covered)))
    else:
        named = (world.item(institution.id, request_id) for request_id in request_ids)
        chosen = list({item.number: item for item in named}.values())
        for item in chosen:
            if item.status != "Active":
                raise Refused(f"request_ids: item {item.request_id} is {item.status}, not Active")
            if kind == "licence" and item.licence != COVERED:
                raise Refused(f"request_ids: item {item.request_id} is not covered by the licence")
    for item in chosen:
        item.licence = EXCLUDED
        if kind == "pending":
            set_status(item, "Pending")
        touch(world, item)
    return chosen
