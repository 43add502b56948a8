"""The three GET methods: what they find, how they refuse, and how keys and dates are spelled."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from dcs_mirror.sandbox import Sizes, World, build_world
from dcs_mirror.sandbox.edits import (
    CourseChanges,
    ItemChanges,
    add_course,
    add_item,
    edit_course,
    edit_item,
)
from dcs_mirror.sandbox.methods import METHODS, call
from dcs_mirror.sandbox.model import Course, Institution, Spelling
from dcs_mirror.sandbox.random_edits import random_edits
from dcs_mirror.sandbox.render import SAMPLE, SPEC, content_answer, courses_answer, date_text, keys_for
from dcs_mirror.sandbox.years import roll_over

Json = dict[str, Any]  # a decoded answer


def ask(world: World, name: str, query: str = "") -> Json:
    answer = call(METHODS["GET", name.lower()], world, query)
    decoded: Json = json.loads(answer.body)
    assert decoded["status-code"] == answer.code
    assert decoded["status"] == ("ok" if answer.code == 100 else "error")
    return decoded


def content(world: World, course: Course) -> Json:
    return ask(world, "GetCourseContent", f"hei={course.institution.id}&code={quote(course.code)}")


@pytest.fixture
def world() -> World:
    return build_world(Sizes(institutions=2, courses=6, items=3), seed=3)


@pytest.fixture
def institution(world: World) -> Institution:
    return next(iter(world.institutions.values()))


@pytest.fixture
def course(world: World, institution: Institution) -> Course:
    return add_course(world, institution, world.dice, items=3)


def test_only_subscribed_institutions_are_listed(world: World, institution: Institution) -> None:
    institution.subscribed = False
    (key,) = {"institutions", "Institutions"} & ask(world, "GetInstitutions").keys()
    answer = ask(world, "GetInstitutions")
    assert institution.id not in [listed["id"] for listed in answer[key]]
    assert answer["total-results"] == len(answer[key]) == 1


def test_courses_of_all_statuses_are_listed(world: World, institution: Institution) -> None:
    courses = list(institution.courses.values())
    edit_course(world, courses[0], CourseChanges(status="Deleted"))
    edit_course(world, courses[1], CourseChanges(status="Archived"))
    add_course(world, institution, world.dice, code=courses[0].code)
    answer = ask(world, "GetCourses", f"hei={institution.id}")
    assert answer["total-results"] == len(answer["courses"]) == 7
    assert {c["status"] for c in answer["courses"]} == {"Active", "Archived", "Deleted"}
    # W8: a code may be listed twice.
    assert [c["course-code"] for c in answer["courses"]].count(courses[0].code) == 2


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GetCourses", "", 6),
        ("GetCourses", "hei=", 6),
        ("GetCourses", "hei=abc", 6),
        ("GetCourses", "hei=1.5", 6),
        ("GetCourses", "hei=%D9%A1", 6),
        ("GetCourses", "hei=" + "9" * 5000, 6),
        ("GetCourses", "hei=-1", 1),
        ("GetCourses", "hei=99999", 1),
        ("GetCourseContent", "hei=99999&code=X", 1),
        ("GetCourseContent", "hei=x&code=X", 6),
        ("GetCourseContent", "hei={hei}", 6),
        ("GetCourseContent", "hei={hei}&code=", 6),
        ("GetCourseContent", "hei={hei}&Request-ID=abc", 6),
        ("GetCourseContent", "hei={hei}&Request-ID=1", 2),
        ("GetCourseContent", "hei={hei}&code=No%20such", 2),
        ("GetCourseContent", "hei={hei}&code=%FF", 2),
    ],
)
def test_w3_what_cannot_be_answered_is_refused_by_code(
    world: World, institution: Institution, method: str, query: str, code: int
) -> None:
    assert ask(world, method, query.format(hei=institution.id))["status-code"] == code


def test_w3_an_unsubscribed_institution_is_refused(world: World, course: Course) -> None:
    hei, item = course.institution.id, course.items[0]
    course.institution.subscribed = False
    assert ask(world, "GetCourses", f"hei={hei}")["status-code"] == 5
    assert content(world, course)["status-code"] == 5
    by_id = ask(world, "GetCourseContent", f"hei={hei}&Request-ID={item.request_id}")
    assert by_id["status-code"] == 5


def test_parameter_names_count_in_any_case(world: World, course: Course) -> None:
    hei, code = course.institution.id, quote(course.code)
    assert ask(world, "GetCourseContent", f"HEI={hei}&Code={code}") == content(world, course)
    request_id = course.items[0].request_id
    one = ask(world, "GetCourseContent", f"Hei={hei}&request-id={request_id}")
    assert one["total-results"] == 1


@pytest.mark.parametrize("code", ["A B/&+#%?=;", "Ελλ", "Cafe\u0301", "%2F", "+", " "])
def test_w7_course_codes_come_back_as_they_were_sent(
    world: World, institution: Institution, code: str
) -> None:
    course = add_course(world, institution, world.dice, code=code)
    assert content(world, course)["course-ID"] == course.id
    plus = code.replace(" ", "\0")  # a form encoder writes a space as a plus
    query = f"hei={institution.id}&code={quote(plus, safe='').replace('%00', '+')}"
    assert ask(world, "GetCourseContent", query)["course-ID"] == course.id


def test_w8_the_live_course_of_a_code_goes_before_deleted_ones(world: World, course: Course) -> None:
    institution = course.institution
    edit_course(world, course, CourseChanges(status="Deleted"))
    answer = content(world, course)
    assert answer["course-ID"] == course.id
    assert {i["content-status"] for i in answer["content-items"]} == {"Deleted"}

    successor = add_course(world, institution, world.dice, code=course.code, items=1)
    assert content(world, course)["course-ID"] == successor.id
    edit_course(world, successor, CourseChanges(status="Deleted"))
    assert content(world, course)["course-ID"] == successor.id
    third = add_course(world, institution, world.dice, code=course.code)
    edit_course(world, third, CourseChanges(code="elsewhere"))
    assert content(world, successor)["course-ID"] == successor.id
    by_id = ask(
        world,
        "GetCourseContent",
        f"hei={institution.id}&Request-ID={course.items[0].request_id}",
    )
    assert (by_id["course-ID"], by_id["total-results"]) == (course.id, 1)


def test_w9_a_request_without_a_course_is_found_by_its_id_only(
    world: World, institution: Institution
) -> None:
    item = add_item(world, institution, world.dice, None)
    answer = ask(world, "GetCourseContent", f"hei={institution.id}&Request-ID={item.request_id}")
    assert answer["course-ID"] is None
    assert [i["request-id"] for i in answer["content-items"]] == [item.request_id]
    assert institution.name in answer.values()


def test_a_request_id_with_a_code_is_answered_only_in_that_course(world: World, course: Course) -> None:
    hei, item = course.institution.id, course.items[0]
    both = f"hei={hei}&Request-ID={item.request_id}&code="
    inside = ask(world, "GetCourseContent", both + quote(course.code))
    assert [i["request-id"] for i in inside["content-items"]] == [item.request_id]
    other = add_course(world, course.institution, world.dice)
    assert ask(world, "GetCourseContent", both + quote(other.code))["status-code"] == 2
    edit_item(world, item, ItemChanges(course_id=None))
    assert ask(world, "GetCourseContent", both + quote(course.code))["status-code"] == 2


def test_a_request_id_of_another_institution_is_unknown(world: World, course: Course) -> None:
    other = list(world.institutions)[-1]
    query = f"hei={other}&Request-ID={course.items[0].request_id}"
    assert ask(world, "GetCourseContent", query)["status-code"] == 2


@pytest.mark.parametrize(
    ("spelling", "keys"),
    [
        ("spec", {"Institutions", "academic year", "HEI", "Source", "extract-author"}),
        ("sample", {"institutions", "academic-year", "hei", "source", "extractAuthor"}),
    ],
)
def test_w4_a_spelling_is_kept_to_everywhere(spelling: Spelling, keys: set[str]) -> None:
    world = build_world(Sizes(5, 3, 2), spelling=spelling)
    variable = {*dataclasses.astuple(SPEC), *dataclasses.astuple(SAMPLE)}
    seen = set(ask(world, "GetInstitutions"))
    for hei, institution in world.institutions.items():
        listed = ask(world, "GetCourses", f"hei={hei}")["courses"]
        seen |= {key for course in listed for key in course}
        assert "2025/2026" not in {value for course in listed for value in course.values()}
        for course in institution.courses.values():
            answer = content(world, course)
            seen |= answer.keys()
            for item in answer["content-items"]:
                seen |= item.keys() | item["bibliographic-details"].keys()
    assert seen & variable == keys


def test_w4_a_mixed_world_spells_differently_from_course_to_course() -> None:
    world = build_world(Sizes(8, 10, 1), spelling="mixed")
    headings, years = set(), set()
    for hei, institution in world.institutions.items():
        for listed in ask(world, "GetCourses", f"hei={hei}")["courses"]:
            years |= {(k, v) for k, v in listed.items() if k.startswith("academic")}
        for course in institution.courses.values():
            headings |= content(world, course).keys() & {"HEI", "hei"}
    assert headings == {"HEI", "hei"}
    assert {key for key, _ in years} == {"academic year", "academic-year"}
    assert {value for _, value in years} == {"2025-2026", "2025/2026"}
    assert len({keys_for("mixed", quirk) for quirk in range(32)}) == 32


def test_equal_states_give_equal_bytes(world: World, course: Course) -> None:
    query = f"hei={course.institution.id}&code={quote(course.code)}"
    method = METHODS["GET", "getcoursecontent"]
    before = call(method, world, query).body
    item = course.items[0]
    notes, modified = item.notes, item.modified
    edit_item(world, item, ItemChanges(notes="another"))
    assert call(method, world, query).body != before
    edit_item(world, item, ItemChanges(notes=notes))
    assert item.modified == modified
    assert call(method, world, query).body == before


def test_no_change_leaves_an_outdated_answer_behind() -> None:
    world = build_world(Sizes(institutions=1, courses=4, items=3))
    (institution,) = world.institutions.values()
    for seed in range(300):
        random_edits(world, institution.id, 1, seed)
        if seed % 100 == 50:
            roll_over(world, institution)
        fresh = json.loads(courses_answer(institution, world.spelling))
        assert ask(world, "GetCourses", f"hei={institution.id}") == fresh
        for course in institution.courses.values():
            holder = institution.course_of(course.code)
            assert holder is not None
            answer = content_answer(institution, holder, holder.items, world.spelling)
            assert content(world, course) == json.loads(answer)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2019, 5, 10, 9, 21, tzinfo=UTC), "10/May/2019 10:21"),
        (datetime(2026, 1, 2, 3, 4, 59, tzinfo=UTC), "02/Jan/2026 03:04"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29/Mar/2026 02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25/Oct/2026 01:30"),
    ],
)
def test_w5_dates_are_uk_civil_time(instant: datetime, text: str) -> None:
    assert date_text(instant) == text
