"""What the parameters of a writing method mean, and how their faults are said."""

import datetime as dt

import pytest

from dcs_mirror.web import write_parameters
from dcs_mirror.web.dcs_words import Failure
from dcs_mirror.web.links_path import prefers_csv
from dcs_mirror.writes import validation
from dcs_mirror.writes.commands import AmendCourse, SubmitRequest
from dcs_mirror.writes.validation import CannotBeSent

BOOK = {
    "academicname": "Jo",
    "emailaddress": "jo@x.ac.uk",
    "isbook": "TRUE",
    "title": "Emma",
    "pagerange": "1",
}


def test_a_parameter_without_a_value_is_not_given_and_an_unknown_one_is_ignored() -> None:
    given = BOOK | {"notes": " ", "isn": "", "deliverydate": "2026-10-01T09:00:00Z", "x": "y", "hei": "9"}
    assert write_parameters.read("SubmitRequest", 108, given) == SubmitRequest(
        hei_id=108,
        academic_name="Jo",
        email="jo@x.ac.uk",
        is_book=True,
        title="Emma",
        page_range="1",
        needed_by=dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC),
    )


def test_numbers_and_statuses_mean_what_the_specification_says() -> None:
    given = {"coursecode": "A 1", "numberofweeks": "0", "numberofstudents": "0", "status": "ARCHIVED"}
    assert write_parameters.read("AmendCourse", 108, given) == AmendCourse(
        hei_id=108, course_code="A 1", weeks=52, students=0, status="Archived"
    )
    local = write_parameters.read("SubmitRequest", 108, BOOK | {"deliverydate": "2026-07-01T09:00:00"})
    assert isinstance(local, SubmitRequest)
    assert local.needed_by is not None
    assert local.needed_by.utcoffset() == dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("method", "given", "code", "said"),
    [
        ("SubmitRequest", {}, 7, "AcademicName is mandatory.\n\nEmailAddress is mandatory.\n\nIsBook is"),
        ("AmendCourse", {"coursecode": "  "}, 7, "CourseCode is mandatory."),
        ("AmendCourse", {"coursecode": "A", "status": "Gone"}, 6, "Status"),
        ("AmendCourse", {"coursecode": "A", "numberofweeks": "9" * 19}, 6, "NumberOfWeeks"),
        ("AmendCourse", {"coursecode": "A", "numberofstudents": "\u0661"}, 6, "NumberOfStudents"),
        ("SubmitRequest", BOOK | {"isbook": "1"}, 6, "IsBook"),
        ("SubmitRequest", BOOK | {"coursestartdate": "0000-01-01T00:00:00Z"}, 6, "CourseStartDate"),
    ],
)
def test_what_cannot_be_read_is_said_as_the_dcs_says_it(
    method: str, given: dict[str, str], code: int, said: str
) -> None:
    with pytest.raises(Failure) as raised:
        write_parameters.read(method, 108, given)
    assert raised.value.code == code
    assert said in str(raised.value)


def test_faults_have_the_specifications_words() -> None:
    given = {"coursecode": "A", "coursename": "B", "numberofweeks": "53", "leadlectureremail": "jo"}
    with pytest.raises(CannotBeSent) as raised:
        validation.check(write_parameters.read("SubmitCourse", 108, given))
    assert write_parameters.in_dcs_words(raised.value) == (
        "Number of weeks must be between 0 and 52.\n\n"
        "Lead Lecturer Name is mandatory if Lead Lecturer Email is filled in.\n\n"
        "Lead Lecturer Email is not a valid email."
    )


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("text/csv", True),
        ("TEXT/CSV", True),
        ("text/*, application/json;q=0.9", True),
        ("text/csv;q=0.5, application/json", False),
        ("application/json, text/csv;q=0.9", False),
        ("text/csv;header=present;q=0.8, */*;q=0.1", True),
        ("text/csv;q=0", False),
        ("text/csv;q=....", False),
        ("text/html", False),
    ],
)
def test_csv_for_who_would_rather_have_it(accept: str | None, is_csv: bool) -> None:
    assert prefers_csv(accept) is is_csv
