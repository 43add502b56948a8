"""The three methods that write: each parameter valid, absent and invalid, and what they change."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from dcs_mirror.sandbox import Sizes, World, build_world
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.methods import METHODS, call
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over

Json = dict[str, Any]  # a decoded answer
Given = dict[str, str]
VERBS = {name: verb for verb, name in METHODS}

REQUEST: Given = {"AcademicName": "Jo Example", "EmailAddress": "jo@example.ac.uk", "IsBook": "True"}
BOOK = REQUEST | {"Title": "Emma", "PageRange": "1-10"}
JOURNAL = REQUEST | {"IsBook": "False", "Title": "Notes"}
COURSE: Given = {"CourseCode": "ART 7", "CourseName": "Drawing"}
LECTURER: Given = {"LeadLecturer": "Jo Example", "LeadLecturerEmail": "jo@example.ac.uk"}


@pytest.fixture
def world() -> World:
    return build_world(Sizes(institutions=2, courses=6, items=3), seed=3)


@pytest.fixture
def institution(world: World) -> Institution:
    return next(iter(world.institutions.values()))


@pytest.fixture
def course(world: World, institution: Institution) -> Course:
    made = add_course(world, institution, world.dice, code="HIS/1", items=3)
    edit_course(
        world, made, CourseChanges(students=40, duration=12, lecturer="A. N. Other", subject="History")
    )
    return made


def write(world: World, name: str, given: Given, hei: object = None) -> Json:
    asked = {"hei": str(next(iter(world.institutions)) if hei is None else hei)} | given
    answer = call(METHODS[VERBS[name.lower()], name.lower()], world, urlencode(asked))
    decoded: Json = json.loads(answer.body)
    assert decoded["status-code"] == answer.code
    return decoded


def refused(world: World, name: str, given: Given, code: int, *words: str, hei: object = None) -> None:
    """Check that a call is refused with this code and message and changes nothing."""
    before = repr(world)
    answer = write(world, name, given, hei)
    assert (answer["status"], answer["status-code"]) == ("error", code), answer
    for word in words:
        assert word in answer["status-message"]
    assert repr(world) == before


@pytest.mark.parametrize("name", ["SubmitRequest", "SubmitCourse", "AmendCourse"])
def test_the_institution_must_be_known_and_subscribed(
    world: World, institution: Institution, name: str
) -> None:
    given = BOOK | COURSE
    refused(world, name, given, 1, "Institution not found", hei=99999)
    refused(world, name, given, 6, "hei", hei="x")
    refused(world, name, given, 6, "hei", hei="")
    institution.subscribed = False
    refused(world, name, given, 5)


@pytest.mark.parametrize(
    ("name", "value", "base", "shown"),
    [
        ("ISN", "9780745321455", BOOK, "identifier"),
        ("Title", "Emma", BOOK, "title"),
        ("ExtractTitle", "Chapter 1", BOOK, "extract_title"),
        ("Year", "1815", BOOK, "year"),
        ("Issue", "3", JOURNAL, "issue"),
        ("Volume", "12", JOURNAL, "volume"),
        ("PageRange", "1-10", BOOK, "page_range"),
        ("Subtitle", "A novel", BOOK, "subtitle"),
        ("Edition", "2nd", BOOK, "edition"),
        ("ChapterNumber", "1", BOOK, "chapter_number"),
        ("ExtractAuthor", "J. Austen", BOOK, "extract_author"),
        ("Publisher", "Murray", BOOK, "publisher"),
        ("TotalNumberofPages", "320", BOOK, "book_pages"),
        ("PublicationPlace", "London", BOOK, "publication_place"),
        ("Contributor", "R. W. Chapman", BOOK, "author"),
        ("DOI", "10.5555/1", JOURNAL, "doi"),
    ],
)
def test_the_bibliography_of_a_request_is_shown(
    world: World, name: str, value: str, base: Given, shown: str
) -> None:
    item = world.items[write(world, "SubmitRequest", base | {name: value})["request-id"]]
    assert str(getattr(item.details, shown)) == value
    assert item.submission is not None
    assert item.submission[name.lower()] == value
    if name not in base:
        without = world.items[write(world, "SubmitRequest", base)["request-id"]]
        assert getattr(without.details, shown) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AcademicName", "Jo Example"),
        ("EmailAddress", "jo@example.ac.uk"),
        ("Faculty", "Arts"),
        ("Department", "English"),
        ("CourseStartDate", "2026-09-21T00:00:00Z"),
        ("DeliveryDate", "2026-09-21T09:30:00.5+01:00"),
        ("Notes", "both plates"),
    ],
)
def test_a_requests_details_for_librarians_are_kept_but_in_no_answer(
    world: World, name: str, value: str
) -> None:
    item = world.items[write(world, "SubmitRequest", BOOK | {name: value})["request-id"]]
    assert item.submission is not None
    assert item.submission[name.lower()] == value
    assert item.notes is None
    if name not in BOOK:
        without = world.items[write(world, "SubmitRequest", BOOK)["request-id"]]
        assert without.submission is not None
        assert name.lower() not in without.submission


@pytest.mark.parametrize(("is_book", "kind"), [("True", "Book"), ("false", "Journal")])
def test_is_book_decides_the_type(world: World, is_book: str, kind: str) -> None:
    item = world.items[write(world, "SubmitRequest", BOOK | {"IsBook": is_book})["request-id"]]
    assert item.details.type == kind


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"AcademicName": ""}, 7, "AcademicName"),
        ({"EmailAddress": ""}, 7, "EmailAddress"),
        ({"EmailAddress": "jo at example"}, 7, "not a valid email"),
        ({"IsBook": ""}, 7, "IsBook"),
        ({"IsBook": "maybe"}, 6, "IsBook"),
        ({"Title": ""}, 7, "ISBN or Title is mandatory"),
        ({"PageRange": ""}, 7, "Page range or extract title is mandatory"),
        ({"CourseCode": "No such"}, 2, "Course not found"),
        ({"CourseStartDate": "21/09/2026"}, 6, "CourseStartDate"),
        ({"CourseStartDate": "2026-09-21"}, 6, "CourseStartDate"),
        ({"DeliveryDate": "2026-09-31T00:00:00Z"}, 6, "DeliveryDate"),
        ({"TotalNumberofPages": "many"}, 6, "TotalNumberofPages"),
    ],
)
def test_an_invalid_request_is_refused(world: World, change: Given, code: int, words: str) -> None:
    refused(world, "SubmitRequest", BOOK | change, code, words)


def test_a_journal_needs_no_page_range_and_an_isn_stands_for_a_title(world: World) -> None:
    given = REQUEST | {"IsBook": "False", "ISN": "0000-0019"}
    assert write(world, "SubmitRequest", given)["status-code"] == 100
    assert (
        write(world, "SubmitRequest", BOOK | {"PageRange": "", "ExtractTitle": "One"})["status-code"] == 100
    )


def test_a7_a_request_is_new_without_a_link_and_is_tracked_by_its_id(world: World, course: Course) -> None:
    request_id = write(world, "SubmitRequest", BOOK | {"CourseCode": "HIS/1"})["request-id"]
    item = world.items[request_id]
    assert (item.course, item.status, item.published) == (course, "New Request", False)
    assert (item.created, item.previous_year_id) == (world.now, None)
    loose = world.items[write(world, "SubmitRequest", BOOK)["request-id"]]
    assert loose.course is None
    roll_over(world, course.institution)
    assert world.items[request_id] is item
    assert loose.request_ids[0] == loose.previous_year_id


def test_a_deleted_course_takes_no_requests(world: World, course: Course) -> None:
    edit_course(world, course, CourseChanges(status="Deleted"))
    refused(world, "SubmitRequest", BOOK | {"CourseCode": "HIS/1"}, 2)


def test_a_submitted_course_is_active_and_empty_with_the_defaults(
    world: World, institution: Institution
) -> None:
    assert write(world, "SubmitCourse", COURSE)["course-Code"] == "ART 7"
    made = institution.course_of("ART 7")
    assert made is not None
    assert (made.status, made.items, made.name) == ("Active", [], "Drawing")
    assert (made.duration, made.students) == (52, 0)
    assert (made.lecturer, made.lecturer_email, made.department, made.subject) == (None,) * 4


FIELDS = [
    ({"NumberOfWeeks": "12"}, "duration", 12),
    ({"NumberOfWeeks": "0"}, "duration", 52),
    ({"NumberOfStudents": "9999"}, "students", 9999),
    ({"Department": "Fine Art"}, "department", "Fine Art"),
    ({"Subject": "Art"}, "subject", "Art"),
    (LECTURER, "lecturer", "Jo Example"),
    (LECTURER, "lecturer_email", "jo@example.ac.uk"),
    ({"CourseName": "Painting"}, "name", "Painting"),
]
WRONG = [
    ({"CourseCode": ""}, 7, "CourseCode"),
    ({"NumberOfWeeks": "53"}, 7, "Number of weeks must be between 0 and 52"),
    ({"NumberOfWeeks": "-1"}, 7, "weeks"),
    ({"NumberOfWeeks": "ten"}, 6, "NumberOfWeeks"),
    ({"NumberOfStudents": "10000"}, 7, "students"),
    ({"NumberOfStudents": "-1"}, 7, "students"),
    ({"NumberOfStudents": "x"}, 6, "NumberOfStudents"),
    ({"LeadLecturer": "Jo"}, 7, "Email is mandatory"),
    ({"LeadLecturerEmail": "jo@example.ac.uk"}, 7, "Lead Lecturer Name is mandatory"),
    ({"LeadLecturer": "Jo", "LeadLecturerEmail": "jo"}, 7, "not a valid email"),
]


@pytest.mark.parametrize(("given", "name", "value"), FIELDS)
def test_a_submitted_course_has_the_given_values(
    world: World, institution: Institution, given: Given, name: str, value: object
) -> None:
    write(world, "SubmitCourse", COURSE | given)
    assert getattr(institution.course_of("ART 7"), name) == value


@pytest.mark.parametrize(("change", "code", "words"), [*WRONG, ({"CourseName": ""}, 7, "CourseName")])
def test_an_invalid_course_is_refused(world: World, change: Given, code: int, words: str) -> None:
    refused(world, "SubmitCourse", COURSE | change, code, words)


def test_w8_a_code_in_use_is_refused_and_that_of_a_deleted_course_is_free(
    world: World, course: Course
) -> None:
    refused(world, "SubmitCourse", COURSE | {"CourseCode": "HIS/1"}, 7, "Course code already exists")
    edit_course(world, course, CourseChanges(status="Deleted"))
    assert write(world, "SubmitCourse", COURSE | {"CourseCode": "HIS/1"})["status-code"] == 100


def test_all_problems_are_reported_at_once(world: World) -> None:
    given = {"NumberOfWeeks": "60", "LeadLecturerEmail": "jo"}
    refused(world, "SubmitCourse", COURSE | given, 7, "weeks", "Name is mandatory", "not a valid email")


@pytest.mark.parametrize(("given", "name", "value"), FIELDS)
def test_an_amendment_changes_the_given_values(
    world: World, course: Course, given: Given, name: str, value: object
) -> None:
    write(world, "AmendCourse", {"CourseCode": "HIS/1"} | given)
    assert getattr(course, name) == value


def test_a1_an_amendment_resets_the_numbers_and_nothing_else(world: World, course: Course) -> None:
    write(world, "AmendCourse", {"CourseCode": "HIS/1"})
    assert (course.students, course.duration) == (0, 52)
    assert (course.lecturer, course.subject, course.status) == ("A. N. Other", "History", "Active")


@pytest.mark.parametrize(("change", "code", "words"), [*WRONG, ({"Status": "Gone"}, 6, "Status")])
def test_an_invalid_amendment_is_refused(
    world: World, course: Course, change: Given, code: int, words: str
) -> None:
    refused(world, "AmendCourse", {"CourseCode": "HIS/1"} | change, code, words)


def test_an_unknown_course_cannot_be_amended(world: World) -> None:
    refused(world, "AmendCourse", {"CourseCode": "No such"}, 2, "Course not found")


def test_a_course_is_renamed_to_a_code_that_is_free(world: World, course: Course) -> None:
    add_course(world, course.institution, world.dice, code="HIS/2")
    given = {"CourseCode": "HIS/1", "NewCourseCode": "HIS/2"}
    refused(world, "AmendCourse", given, 7, "Course code already exists")
    assert write(world, "AmendCourse", given | {"NewCourseCode": "HIS/3"})["course-Code"] == "HIS/3"
    assert course.institution.course_of("HIS/3") is course


def test_a_course_is_archived_and_reinstated_with_its_content_as_it_was(world: World, course: Course) -> None:
    statuses = [item.status for item in course.items]
    for status in ("Archived", "Active"):
        write(world, "AmendCourse", {"CourseCode": "HIS/1", "Status": status})
        assert course.status == status
        assert [item.status for item in course.items] == statuses


def test_a3_a_deletion_takes_the_content_and_no_status_undoes_it(world: World, course: Course) -> None:
    write(world, "AmendCourse", {"CourseCode": "HIS/1", "Status": "Deleted"})
    for status in ("Active", "Archived"):
        assert write(world, "AmendCourse", {"CourseCode": "HIS/1", "Status": status})["status-code"] == 100
        assert course.status == "Deleted"
        assert {item.status for item in course.items} == {"Deleted"}
