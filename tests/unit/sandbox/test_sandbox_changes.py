"""Edits, rollovers and rechecks: what changes, what stays, and that a refusal changes nothing."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from dcs_mirror.sandbox import Sizes, World, build_world
from dcs_mirror.sandbox.dice import Dice
from dcs_mirror.sandbox.edits import (
    CourseChanges,
    ItemChanges,
    add_course,
    add_item,
    edit_course,
    edit_item,
    remove_course,
    remove_item,
)
from dcs_mirror.sandbox.model import COVERED, EXCLUDED, Course, Institution, Item, Refused
from dcs_mirror.sandbox.random_edits import random_edits
from dcs_mirror.sandbox.truth import whole_truth
from dcs_mirror.sandbox.years import recheck, roll_over

LATER = datetime(2026, 8, 4, 2, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return build_world(Sizes(institutions=2, courses=10, items=4), seed=9)


@pytest.fixture
def institution(world: World) -> Institution:
    return next(iter(world.institutions.values()))


@pytest.fixture
def course(world: World, institution: Institution) -> Course:
    return add_course(world, institution, world.dice, items=3)


@pytest.fixture
def item(world: World, course: Course) -> Item:
    changes = ItemChanges(content_status="Active", licence=COVERED)
    return add_item(world, course.institution, world.dice, course, changes)


def check_consistent(world: World) -> None:
    """Check that every item is in exactly one list and is found by exactly its own ids."""
    found: dict[int, Item] = {}
    for institution in world.institutions.values():
        assert all(key == course.id for key, course in institution.courses.items())
        live = Counter(c.code for c in institution.courses.values() if not c.deletion)
        assert set(live.values()) <= {1}
        for course in institution.courses.values():
            assert all(item.course is course for item in course.items)
            assert (course.status == "Deleted") == bool(course.deletion)
            if course.deletion:
                assert {item.status for item in course.items} <= {"Deleted"}
        for item in institution.items():
            assert item.institution is institution
            assert (item.status == "Rejected") == (item.rejection is not None)
            assert item.published or item.status != "Active"
            for request_id in item.request_ids:
                assert request_id not in found
                found[request_id] = item
    assert found == world.items


def test_an_edit_is_dated_by_the_sandbox_clock(world: World, item: Item) -> None:
    world.now = LATER
    edit_item(world, item, ItemChanges(title="New", extract_author=None))
    assert (item.details.title, item.details.extract_author, item.modified) == ("New", None, LATER)


def test_a_link_once_active_is_shown_for_good(world: World, course: Course) -> None:
    fresh = add_item(world, course.institution, world.dice, course)
    fresh.published = False
    edit_item(world, fresh, ItemChanges(content_status="Pending"))
    assert not fresh.published
    edit_item(world, fresh, ItemChanges(content_status="Active"))
    edit_item(world, fresh, ItemChanges(content_status="Pending"))
    assert fresh.published


def test_only_a_rejected_item_has_a_rejection_message(world: World, item: Item) -> None:
    seen = []
    for changes in (
        ItemChanges(content_status="Rejected"),
        ItemChanges(rejection_message="NotOwned"),
        ItemChanges(content_status="Active"),
    ):
        edit_item(world, item, changes)
        seen.append(item.rejection)
    assert seen == ["Other", "NotOwned", None]
    with pytest.raises(Refused, match="rejection-message"):
        edit_item(world, item, ItemChanges(rejection_message="NotOwned"))


def test_an_item_moves_between_courses_and_out_of_them(world: World, course: Course, item: Item) -> None:
    other = add_course(world, course.institution, world.dice)
    edit_item(world, item, ItemChanges(course_id=other.id))
    assert item not in course.items
    assert other.items == [item]
    edit_item(world, item, ItemChanges(course_id=None))
    assert other.items == []
    assert item in course.institution.unattached
    check_consistent(world)


def test_c6_deleting_a_course_deletes_its_items_for_good(world: World, course: Course, item: Item) -> None:
    world.now = LATER
    edit_course(world, course, CourseChanges(status="Deleted"))
    assert {(i.status, i.modified) for i in course.items} == {("Deleted", LATER)}
    with pytest.raises(Refused, match="deleted for good"):
        edit_course(world, course, CourseChanges(status="Active"))
    with pytest.raises(Refused, match="is deleted"):
        edit_item(world, item, ItemChanges(content_status="Active"))
    with pytest.raises(Refused, match="is deleted"):
        add_item(world, course.institution, world.dice, course)
    check_consistent(world)


def test_w8_a_live_code_is_taken_a_deleted_one_is_free(world: World, course: Course) -> None:
    institution = course.institution
    with pytest.raises(Refused, match="has a live course"):
        add_course(world, institution, world.dice, code=course.code)
    other = add_course(world, institution, world.dice)
    with pytest.raises(Refused, match="has a live course"):
        edit_course(world, other, CourseChanges(code=course.code))
    edit_course(world, course, CourseChanges(status="Deleted"))
    edit_course(world, other, CourseChanges(code=course.code))
    assert institution.course_of(course.code) is other


def test_what_is_removed_is_found_by_no_id(world: World, course: Course, item: Item) -> None:
    gone = [*item.request_ids, *(i for kept in course.items for i in kept.request_ids)]
    remove_item(world, item)
    assert item not in course.items
    remove_course(world, course)
    assert course.id not in course.institution.courses
    assert not world.items.keys() & set(gone)
    check_consistent(world)


def test_a_refused_edit_changes_nothing(world: World, course: Course, item: Item) -> None:
    before = whole_truth(world)
    refused = (
        ItemChanges(course_id=1, title="lost"),
        ItemChanges(rejection_message="Other", title="lost", course_id=None),
    )
    for changes in refused:
        with pytest.raises(Refused):
            edit_item(world, item, changes)
    taken = next(iter(course.institution.courses.values())).code
    with pytest.raises(Refused):
        edit_course(world, course, CourseChanges(code=taken, name="lost"))
    with pytest.raises(Refused):
        roll_over(world, course.institution, drop_courses=[course.id], drop_items=[1])
    with pytest.raises(Refused):
        recheck(
            world,
            course.institution,
            kind="pending",
            dice=world.dice,
            request_ids=[item.request_id, 1],
        )
    assert whole_truth(world) == before


def test_random_edits_keep_the_world_consistent_and_make_every_kind() -> None:
    world = build_world(Sizes(institutions=2, courses=5, items=3))
    done = random_edits(world, None, 1500, seed=5)
    check_consistent(world)
    assert len(done) == 1500
    assert {did["hei"] for did in done} == set(world.institutions)
    assert {did["did"] for did in done} == {
        "add_course",
        "reuse_code",
        "rename_code",
        "rename_course",
        "archive_or_reinstate",
        "delete_course",
        "remove_course",
        "add_item",
        "add_unattached_item",
        "edit_item",
        "change_status",
        "move_item",
        "remove_item",
    }


def test_random_edits_repeat_for_a_seed() -> None:
    worlds = [build_world(Sizes(2, 4, 3)) for _ in range(2)]
    first, second = (random_edits(world, None, 80, seed=5) for world in worlds)
    assert first == second
    assert whole_truth(worlds[0]) == whole_truth(worlds[1])


def test_random_edits_start_from_nothing_and_stay_in_their_institution() -> None:
    world = build_world(Sizes(2, 0, 0, 0))
    hei = list(world.institutions)[1]
    random_edits(world, hei, 40, seed=1)
    assert world.institutions[hei].courses
    assert not world.institutions[next(iter(world.institutions))].courses
    with pytest.raises(Refused, match="no institution"):
        random_edits(build_world(Sizes(0)), None, 1, seed=1)


def test_r1_a_rollover_gives_every_item_a_new_id_that_shows_the_old_one(
    world: World, institution: Institution
) -> None:
    live = [i for i in institution.items() if i.course is None or not i.course.deletion]
    before = {i.guid: (i.request_id, i.status, i.modified, i.created) for i in live}
    deleted = [c for c in institution.courses.values() if c.deletion]
    course_ids = set(institution.courses) - {c.id for c in deleted}
    world.now = LATER
    assert roll_over(world, institution) == []
    check_consistent(world)
    assert institution.academic_year == "2026-2027"
    assert set(institution.courses) == course_ids
    assert {
        i.guid: (i.previous_year_id, i.status, i.modified, i.created) for i in institution.items()
    } == before
    for old, *_ in before.values():
        assert world.items[old].request_id != old  # W9


def test_ids_of_every_year_lead_to_todays_item(world: World, institution: Institution) -> None:
    first = {i.request_id: i.number for i in institution.items()}
    for _ in range(3):
        roll_over(world, institution)
    kept = {i.number for i in institution.items()}
    for request_id, number in first.items():
        assert (request_id in world.items) == (number in kept)
        if number in kept:
            assert world.items[request_id].number == number
            assert len(world.items[request_id].request_ids) >= 4
    assert institution.academic_year == "2028-2029"


def test_a_rollover_touches_no_other_institution(world: World, institution: Institution) -> None:
    other = list(world.institutions)[-1]
    before = whole_truth(world, other)
    roll_over(world, institution)
    assert whole_truth(world, other) == before


def test_r5_a_rollover_may_change_course_ids(world: World, institution: Institution) -> None:
    before = {course.code: id_ for id_, course in institution.courses.items()}
    roll_over(world, institution, new_course_ids=True)
    check_consistent(world)
    assert institution.courses
    assert not set(institution.courses) & set(before.values())


def test_a_rollover_may_withhold_previous_ids(world: World, institution: Institution) -> None:
    withheld = roll_over(world, institution, without_previous_id=1.0)
    assert withheld == institution.items()
    assert {i.previous_year_id for i in withheld} == {None}
    some = roll_over(world, institution, without_previous_id=0.5)
    assert 0 < len(some) < len(institution.items())


def test_r6_what_a_rollover_drops_is_gone(world: World, course: Course, item: Item) -> None:
    inside = add_course(world, course.institution, world.dice, items=2)
    gone = [item.request_id, *(i.request_id for i in inside.items)]
    # An item that is named twice, and whose course is named, too, is dropped once.
    roll_over(
        world,
        course.institution,
        drop_courses=[inside.id],
        drop_items=[gone[0], gone[0], gone[1]],
    )
    assert inside.id not in course.institution.courses
    assert not world.items.keys() & set(gone)
    check_consistent(world)


@pytest.mark.parametrize(("kind", "status"), [("pending", "Pending"), ("licence", "Active")])
def test_s2_s3_a_recheck_takes_the_cover_from_active_items(
    world: World, institution: Institution, kind: str, status: str
) -> None:
    covered = [i for i in institution.items() if i.status == "Active" and i.licence == COVERED]
    world.now = LATER
    touched = recheck(
        world,
        institution,
        kind="pending" if kind == "pending" else "licence",
        dice=Dice(1),
        share=0.5,
    )
    assert len(touched) == round(len(covered) / 2) > 0
    assert {i.number for i in touched} < {i.number for i in covered}
    assert {(i.status, i.licence, i.modified) for i in touched} == {(status, EXCLUDED, LATER)}
    check_consistent(world)


def test_a_recheck_of_named_items_affects_each_once(world: World, item: Item) -> None:
    named = [item.request_id, item.request_id]
    touched = recheck(world, item.institution, kind="licence", dice=Dice(1), request_ids=named)
    assert touched == [item]
    with pytest.raises(Refused, match="not covered"):
        recheck(world, item.institution, kind="licence", dice=Dice(1), request_ids=named)
    recheck(world, item.institution, kind="pending", dice=Dice(1), request_ids=named)
    with pytest.raises(Refused, match="is Pending, not Active"):
        recheck(world, item.institution, kind="pending", dice=Dice(1), request_ids=named)


def test_w8_the_truth_says_what_a_code_reaches(world: World, course: Course) -> None:
    institution = course.institution
    edit_course(world, course, CourseChanges(status="Deleted"))

    def reach() -> dict[int, set[bool]]:
        listed = whole_truth(world, institution.id)["institutions"]
        assert isinstance(listed, list)
        (one,) = listed
        assert {i["reachable"] for i in one["unattached"]} == {False}
        return {c["id"]: {i["reachable"] for i in c["items"]} for c in one["courses"]}

    assert reach()[course.id] == {True}
    successor = add_course(world, institution, world.dice, code=course.code, items=1)
    assert (reach()[course.id], reach()[successor.id]) == ({False}, {True})
    institution.subscribed = False
    assert reach()[successor.id] == {False}
