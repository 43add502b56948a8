"""The three methods that write: what they refuse, change and reset. No I/O."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import get_args

from msgspec import UNSET, UnsetType

from dcs_mirror.sandbox import render
from dcs_mirror.sandbox.edits import (
    CourseChanges,
    ItemChanges,
    add_course,
    add_item,
    edit_course,
)
from dcs_mirror.sandbox.model import Course, CourseStatus, Institution, World
from dcs_mirror.sandbox.parameters import Failure, Parameters, integer, subscribed

WEEKS = 52
MOST_STUDENTS = 9_999
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
_STATUSES: dict[str, CourseStatus] = {status.lower(): status for status in get_args(CourseStatus)}


def submit_request(world: World, parameters: Parameters) -> bytes:
    """Add a New Request to a live course, or to none.

    Raises:
        Failure: if the request is refused.
    """
    institution = subscribed(world, parameters)
    given = {name: value for name, value in parameters.items() if value}
    is_book = _boolean("IsBook", given)
    pages = given.get("totalnumberofpages")
    book_pages = None if pages is None else integer("TotalNumberofPages", pages)
    for name in ("CourseStartDate", "DeliveryDate"):
        _check_date_time(name, given)
    _refuse(_faults_of_request(given, is_book=is_book))
    course = _live_course(institution, given["coursecode"]) if "coursecode" in given else None
    item = add_item(
        world,
        institution,
        world.dice,
        course,
        ItemChanges(
            content_status="New Request",
            notes=None,  # the notes of a request are for the staff who deal with it, not part of the content
            licence=None,
            source=None,
            type="Book" if is_book else "Journal",
            identifier=given.get("isn"),
            doi=None if is_book else given.get("doi"),
            title=given.get("title"),
            extract_title=given.get("extracttitle"),
            publication_form=None,
            year=given.get("year"),
            volume=None if is_book else given.get("volume"),
            issue=None if is_book else given.get("issue"),
            page_range=given.get("pagerange"),
            author=given.get("contributor") if is_book else None,
            colour_scale=None,
            publisher=given.get("publisher"),
            extract_author=given.get("extractauthor"),
            chapter_number=given.get("chapternumber") if is_book else None,
            edition=given.get("edition") if is_book else None,
            book_pages=book_pages if is_book else None,
            publication_place=given.get("publicationplace"),
            ocr=False,
            file_size=0.0,
            subtitle=given.get("subtitle") if is_book else None,
        ),
    )
    item.published = False
    item.submission = {name: value for name, value in given.items() if name != "hei"}
    return render.written({"request-id": item.request_id})


def submit_course(world: World, parameters: Parameters) -> bytes:
    """Add an Active course without content.

    Raises:
        Failure: if the course is refused.
    """
    institution = subscribed(world, parameters)
    given = {name: value for name, value in parameters.items() if value}
    weeks, students = _numbers(given)
    faults = [f"{name} is mandatory." for name in ("CourseCode", "CourseName") if name.lower() not in given]
    _refuse([*faults, *_faults_of_course(given, weeks, students)])
    code = given["coursecode"]
    _must_be_free(institution, code)
    course = add_course(world, institution, world.dice, code=code)
    _change(world, course, given, weeks, students, lecturer=given.get("leadlecturer"))
    return render.written({"course-Code": course.code})


def amend_course(world: World, parameters: Parameters) -> bytes:
    """Change a course; omitted numbers of weeks and students are reset to 52 and 0 (A1).

    A deleted course stays deleted, whatever status is given.

    Raises:
        Failure: if the amendment is refused.
    """
    institution = subscribed(world, parameters)
    given = {name: value for name, value in parameters.items() if value}
    weeks, students = _numbers(given)
    status = _STATUSES.get(given.get("status", "active").lower())
    if status is None:
        raise Failure(6, "Invalid Parameter: Status")
    faults = [] if "coursecode" in given else ["CourseCode is mandatory."]
    _refuse([*faults, *_faults_of_course(given, weeks, students)])
    course = institution.course_of(given["coursecode"])
    if course is None:
        raise Failure(2, "Course not found")
    code = given.get("newcoursecode", course.code)
    if code != course.code and not course.deletion:
        _must_be_free(institution, code)
    _change(
        world,
        course,
        given,
        weeks,
        students,
        code=code,
        lecturer=given.get("leadlecturer", UNSET),
        status=UNSET if "status" not in given or course.deletion else status,
    )
    return render.written({"course-Code": course.code})


def _change(
    world: World,
    course: Course,
    given: Parameters,
    weeks: int,
    students: int,
    *,
    lecturer: str | UnsetType | None,
    code: str | UnsetType = UNSET,
    status: CourseStatus | UnsetType = UNSET,
) -> None:
    changes = CourseChanges(
        code=code,
        name=given.get("coursename", UNSET),
        status=status,
        duration=weeks,
        lecturer=lecturer,
        students=students,
        lecturer_email=given.get("leadlectureremail", UNSET),
        department=given.get("department", UNSET),
        subject=given.get("subject", UNSET),
    )
    edit_course(world, course, changes)


def _faults_of_request(given: Parameters, *, is_book: bool | None) -> Iterator[str]:
    for name in ("AcademicName", "EmailAddress"):
        if name.lower() not in given:
            yield f"{name} is mandatory."
    if is_book is None:
        yield "IsBook is mandatory."
    if "emailaddress" in given and not _EMAIL.fullmatch(given["emailaddress"]):
        yield "Email address is not a valid email."
    if "isn" not in given and "title" not in given:
        yield "ISBN or Title is mandatory"
    if is_book and "pagerange" not in given and "extracttitle" not in given:
        yield "Page range or extract title is mandatory."


def _faults_of_course(given: Parameters, weeks: int, students: int) -> Iterator[str]:
    if not 1 <= weeks <= WEEKS:
        yield f"Number of weeks must be between 0 and {WEEKS}."
    if not 0 <= students <= MOST_STUDENTS:
        yield f"Number of students must be between 0 and {MOST_STUDENTS}."
    email = given.get("leadlectureremail")
    if email is not None and "leadlecturer" not in given:
        yield "Lead Lecturer Name is mandatory if Lead Lecturer Email is filled in."
    if email is None and "leadlecturer" in given:
        yield "Lead Lecturer Email is mandatory if Lead Lecturer Name is filled in."
    if email is not None and not _EMAIL.fullmatch(email):
        yield "Lead Lecturer Email is not a valid email."


def _refuse(faults: Iterable[str]) -> None:
    """Raise one Failure that names all faults, one per line; do nothing without faults."""
    if message := "\n\n".join(faults):
        raise Failure(7, message)


def _numbers(given: Parameters) -> tuple[int, int]:
    """The numbers of weeks and students; omitted ones, and 0 weeks, mean the default."""
    weeks = integer("NumberOfWeeks", given.get("numberofweeks", "0"))
    return weeks or WEEKS, integer("NumberOfStudents", given.get("numberofstudents", "0"))


def _boolean(name: str, given: Parameters) -> bool | None:
    value = given.get(name.lower())
    if value is not None and value.lower() not in _BOOLEANS:
        raise Failure(6, f"Invalid Parameter: {name}")
    return None if value is None else _BOOLEANS[value.lower()]


def _check_date_time(name: str, given: Parameters) -> None:
    """Check an optional parameter that is a date and time of RFC 3339.

    Raises:
        Failure: if it is not one.
    """
    value = given.get(name.lower())
    if value is None:
        return
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise Failure(6, f"Invalid Parameter: {name}") from None
    if _DATE_TIME.fullmatch(value) is None:
        raise Failure(6, f"Invalid Parameter: {name}")


def _live_course(institution: Institution, code: str) -> Course:
    course = institution.course_of(code)
    if course is None or course.deletion:
        raise Failure(2, "Course not found")
    return course


def _must_be_free(institution: Institution, code: str) -> None:
    if institution.has_live(code):
        raise Failure(7, "Course code already exists")
