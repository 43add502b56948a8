"""Validation before a call (A2, A3), and how a write is encoded: every parameter of the specification."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from dcs_mirror.writes.commands import AmendCourse, SubmitCourse, SubmitRequest, Write, parameters
from dcs_mirror.writes.validation import CannotBeSent, check, check_deletion

Fields = dict[str, Any]
REQUEST: Fields = {"hei_id": 195, "academic_name": "Jo", "email": "jo@example.ac.uk", "is_book": True}
BOOK = REQUEST | {"title": "Emma", "page_range": "1-10"}
JOURNAL = REQUEST | {"is_book": False, "title": "Notes"}
COURSE: Fields = {"hei_id": 195, "course_code": "R&D 6", "name": "Research"}
AMEND: Fields = {"hei_id": 195, "course_code": "R&D 6"}
LECTURER: Fields = {"lead_lecturer": "Jo", "lead_lecturer_email": "jo@example.ac.uk"}


@pytest.mark.parametrize(
    ("base", "change", "name", "sent"),
    [
        (BOOK, {}, "hei", "195"),
        (BOOK, {}, "AcademicName", "Jo"),
        (BOOK, {}, "EmailAddress", "jo@example.ac.uk"),
        (BOOK, {}, "IsBook", "True"),
        (JOURNAL, {}, "IsBook", "False"),
        (BOOK, {"faculty": "Arts"}, "Faculty", "Arts"),
        (BOOK, {"department": "English"}, "Department", "English"),
        (BOOK, {"course_code": "R&D 6"}, "CourseCode", "R&D 6"),
        (
            BOOK,
            {"course_start": datetime(2026, 9, 21, tzinfo=UTC)},
            "CourseStartDate",
            "2026-09-21T00:00:00+00:00",
        ),
        (BOOK, {"isn": "9780745321455"}, "ISN", "9780745321455"),
        (BOOK, {}, "Title", "Emma"),
        (BOOK, {"extract_title": "One"}, "ExtractTitle", "One"),
        (BOOK, {"year": "1815"}, "Year", "1815"),
        (JOURNAL, {"issue": "3-4"}, "Issue", "3-4"),
        (JOURNAL, {"volume": "12"}, "Volume", "12"),
        (BOOK, {}, "PageRange", "1-10"),
        (
            BOOK,
            {"needed_by": datetime(2026, 9, 1, 9, tzinfo=timezone(timedelta(hours=1)))},
            "DeliveryDate",
            "2026-09-01T09:00:00+01:00",
        ),
        (BOOK, {"notes": "plates\ntoo"}, "Notes", "plates\ntoo"),
        (BOOK, {"subtitle": "A novel"}, "Subtitle", "A novel"),
        (BOOK, {"edition": "2nd"}, "Edition", "2nd"),
        (BOOK, {"chapter_number": "XII"}, "ChapterNumber", "XII"),
        (BOOK, {"extract_author": "J. A."}, "ExtractAuthor", "J. A."),
        (BOOK, {"publisher": "Murray"}, "Publisher", "Murray"),
        (BOOK, {"book_pages": 320}, "TotalNumberofPages", "320"),
        (BOOK, {"publication_place": "London"}, "PublicationPlace", "London"),
        (BOOK, {"contributor": "R. W. C."}, "Contributor", "R. W. C."),
        (JOURNAL, {"doi": "10.5555/1"}, "DOI", "10.5555/1"),
    ],
)
def test_a_request_travels_by_the_names_of_the_specification(
    base: Fields, change: Fields, name: str, sent: str
) -> None:
    write = SubmitRequest(**base, **change)
    check(write)
    assert parameters(write)[name] == sent
    if change:
        (field,) = change
        assert name not in parameters(SubmitRequest(**base | {field: None}))


COURSE_FIELDS = [
    ({}, "hei", "195"),
    ({}, "CourseCode", "R&D 6"),
    ({"name": "Research"}, "CourseName", "Research"),
    ({"weeks": 12}, "NumberOfWeeks", "12"),
    ({"students": 0}, "NumberOfStudents", "0"),
    ({"department": "Science"}, "Department", "Science"),
    ({"subject": "Physics"}, "Subject", "Physics"),
    (LECTURER, "LeadLecturer", "Jo"),
    (LECTURER, "LeadLecturerEmail", "jo@example.ac.uk"),
]


@pytest.mark.parametrize("kind", [SubmitCourse, AmendCourse])
@pytest.mark.parametrize(("change", "name", "sent"), COURSE_FIELDS)
def test_a_course_travels_by_the_names_of_the_specification(
    kind: type[SubmitCourse | AmendCourse], change: Fields, name: str, sent: str
) -> None:
    write = kind(**COURSE | change)
    check(write)
    assert parameters(write)[name] == sent
    assert parameters(kind(**AMEND)) == {"hei": "195", "CourseCode": "R&D 6"}


def test_a3_an_amendment_travels_with_a_new_code_and_a_status_only_when_asked() -> None:
    sent = parameters(AmendCourse(**AMEND, new_code="R&D 7", status="Archived"))
    assert (sent["NewCourseCode"], sent["Status"]) == ("R&D 7", "Archived")
    assert {"NewCourseCode", "Status"}.isdisjoint(parameters(AmendCourse(**AMEND)))


def test_every_field_has_a_name_of_the_specification() -> None:
    assert {
        kind.method: len(kind.__struct_fields__) for kind in (SubmitRequest, SubmitCourse, AmendCourse)
    } == {
        "SubmitRequest": 26,
        "SubmitCourse": 9,
        "AmendCourse": 11,
    }
    for kind in (SubmitRequest, SubmitCourse, AmendCourse):
        assert all(name[0].isupper() or name == "hei" for name in kind.__struct_encode_fields__)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (SubmitRequest(**BOOK | {"academic_name": ""}), "academic name: is empty"),
        (SubmitRequest(**BOOK | {"email": " "}), "email: is empty"),
        (SubmitRequest(**BOOK | {"email": "jo"}), "email: is not an email address"),
        (SubmitRequest(**BOOK | {"email": "jo@example"}), "email: is not an email address"),
        (SubmitRequest(**BOOK | {"email": "a@b.uk,c@d.uk"}), "email: is not an email address"),
        (SubmitRequest(**BOOK | {"title": None}), "title: a request needs a title or an isn"),
        (SubmitRequest(**BOOK | {"page_range": None}), "page range: a request for a book needs"),
        (SubmitRequest(**BOOK | {"course_start": datetime(2026, 9, 1)}), "course start: has no time zone"),  # noqa: DTZ001 - that is the point
        (SubmitRequest(**BOOK | {"needed_by": datetime(2026, 9, 1)}), "needed by: has no time zone"),  # noqa: DTZ001 - that is the point
        (SubmitRequest(**BOOK | {"book_pages": 0}), "book pages: 0 is less than 1"),
        (SubmitRequest(**BOOK | {"issue": "3"}), "issue: is only for a journal"),
        (SubmitRequest(**BOOK | {"volume": "3"}), "volume: is only for a journal"),
        (SubmitRequest(**BOOK | {"doi": "10.1/1"}), "doi: is only for a journal"),
        (SubmitRequest(**JOURNAL | {"subtitle": "x"}), "subtitle: is only for a book"),
        (SubmitRequest(**JOURNAL | {"edition": "x"}), "edition: is only for a book"),
        (SubmitRequest(**JOURNAL | {"chapter_number": "x"}), "chapter number: is only for a book"),
        (SubmitRequest(**JOURNAL | {"book_pages": 3}), "book pages: is only for a book"),
        (SubmitRequest(**JOURNAL | {"contributor": "x"}), "contributor: is only for a book"),
        (SubmitRequest(**BOOK | {"notes": "a\x00b"}), "notes: contains a character that cannot be sent"),
        (SubmitRequest(**BOOK | {"publisher": "\udc80"}), "publisher: contains a character"),
        (SubmitCourse(**COURSE | {"name": None}), "name: is required for a new course"),
        (SubmitCourse(**COURSE | {"course_code": ""}), "course code: is empty"),
        (SubmitCourse(**COURSE | {"course_code": "x" * 501}), "course code: is longer"),
        (AmendCourse(**AMEND | {"new_code": "x" * 501}), "new code: is longer"),
        (AmendCourse(**AMEND | {"new_code": ""}), "new code: is empty"),
        (AmendCourse(**AMEND | {"new_code": "R&D\u200b7"}), "new code: begins or ends with a space, or"),
        (SubmitCourse(**COURSE | {"course_code": " LAW1"}), "course code: begins or ends with a space"),
        (SubmitCourse(**COURSE | {"course_code": "LAW\n1"}), "course code: begins or ends with a space"),
        (AmendCourse(**AMEND | {"weeks": 0}), "weeks: 0 is not from 1 to 52"),
        (AmendCourse(**AMEND | {"weeks": 53}), "weeks: 53 is not from 1 to 52"),
        (AmendCourse(**AMEND | {"students": -1}), "students: -1 is not from 0 to 9999"),
        (AmendCourse(**AMEND | {"students": 10_000}), "students: 10000 is not from 0 to 9999"),
        (AmendCourse(**AMEND | {"lead_lecturer": "Jo"}), "lead lecturer email: is required"),
        (AmendCourse(**AMEND | {"lead_lecturer_email": "jo@a.uk"}), "lead lecturer: is required"),
        (AmendCourse(**AMEND | LECTURER | {"lead_lecturer_email": "jo"}), "lead lecturer email: is not"),
        (AmendCourse(**AMEND | {"department": " "}), "department: is empty"),
        (AmendCourse(**AMEND | {"subject": ""}), "subject: is empty"),
    ],
)
def test_a2_what_the_dcs_would_refuse_is_named_before_the_call(write: Write, said: str) -> None:
    with pytest.raises(CannotBeSent) as caught:
        check(write)
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_a2_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(CannotBeSent, match=r"weeks: .*; students: .*; nothing was sent"):
        check(AmendCourse(**AMEND, weeks=60, students=-5))


@pytest.mark.parametrize("typed_again", [None, "", "r&d 6", "R&D 7"])
def test_a3_a_deletion_needs_the_very_code_again(typed_again: str | None) -> None:
    with pytest.raises(CannotBeSent, match="permanent"):
        check_deletion(AmendCourse(**AMEND, status="Deleted"), typed_again=typed_again)


def test_a3_a_deletion_with_the_code_again_may_go_and_other_writes_need_none() -> None:
    check_deletion(AmendCourse(**AMEND, status="Deleted"), typed_again="R&D 6")
    check_deletion(AmendCourse(**AMEND, status="Archived"), typed_again=None)
    with pytest.raises(CannotBeSent, match="needs the status Deleted"):
        check_deletion(AmendCourse(**AMEND), typed_again="R&D 6")
