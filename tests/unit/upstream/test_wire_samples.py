"""The specification's sample bodies and table of fields, verbatim (W4)."""

from datetime import UTC, datetime

import msgspec
import pytest

from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    InstitutionNotFound,
    InvalidParameter,
    NotFound,
    NotSubscribed,
    UpstreamError,
)
from dcs_mirror.records import ContentItem, Course, Institution
from dcs_mirror.upstream import wire
from dcs_mirror.upstream.envelope import error_in

INSTITUTIONS = b"""{
  'institutions':
  [
    {'id': 209, 'name': 'API_TEST'},
    {'id': 210, 'name': 'API_TEST_OTHER'}
  ],
  'status': 'ok',
  'status-code': 100,
  'status-message': 'Success',
  'total-results': 2
}"""

COURSES = b"""{
  'courses':
  [
    {
      'academic-year': '2016-2017',
      'status': 'Active',
      'course-code': 'HIST101',
      'duration': 52,
      'id': 70668,
      'lecturer': 'Jane Bunt',
      'name': 'Introduction to World History'
    },
    {
      'academic-year': '2016-2017',
      'status': 'Archived',
      'course-code': 'ENG101',
      'duration': 26,
      'id': 70918,
      'lecturer': 'Steve McGill',
      'name': 'Introduction to English Language'
    },
    {
      'academic-year': '2016-2017',
      'status': 'Deleted',
      'course-code': 'LIT500',
      'duration': 52,
      'id': 70919,
      'lecturer': '',
      'name': 'English literature and the works of Shakespeare'
    }
  ],
  'status': 'ok',
  'status-code': 100,
  'status-message': 'Success',
  'total-results': 3
}"""

CONTENT = b"""{
  "total-results": 1,
  "hei": "CLA",
  "course-ID": 284559,
  "content-items": [{
    "content-GUID": "2998e0f4-db2d-e811-80bf-002590aca7cd",
    "bibliographic-details": {
      "type": "Book",
      "identifier": "9780745321455",
      "DOI": null,
      "title": "State resistance to globalisation in Cuba",
      "extract-title": "The causes and impact of Cuba's crisis in the 1990s",
      "publication-form": "Print",
      "year": "2004",
      "volume": null,
      "issue": null,
      "page-range": "86-151",
      "author": "Carmona Baez, Antonio",
      "colour-scale": "BlackAndWhite",
      "publisher": "Pluto Press",
      "extractAuthor": "Carmona Boez, Antonio",
      "chapter-number": "3",
      "edition": null,
      "book-pages": 300,
      "publication-place": "London",
      "OCR": false,
      "file-size": 248.05,
      "subtitle": null
    },
    "content-URL": "https://demo-dcs.cla.co.uk/secure/link?id=2998e0f4-db2d-e811-80bf-002590aca7cd",
    "request-id": 261006,
    "previous-year-id": 187698,
    "content-status": "Active",
    "date-created": "10/May/2019 10:21",
    "last-modified": "31/Jul/2019 14:41",
    "rejection-message": "",
    "notes": null,
    "licence": "Covered by CLA Licence",
    "source": "Institution"
  }],
  "status": "ok",
  "status-code": 100,
  "status-message": "Success"
}"""

# The names of a content item in the specification's table of fields, and their columns.
ITEM_FIELDS = {
    "request-id": "request_id",
    "previous-year-id": "previous_year_id",
    "content-GUID": "content_guid",
    "content-URL": "content_url",
    "content-status": "content_status",
    "date-created": "date_created",
    "last-modified": "last_modified",
    "rejection- message": "rejection_message",
    "notes": "notes",
    "licence": "licence",
    "Source": "source",
}
BIBLIOGRAPHIC_FIELDS = {
    "type": "type",
    "identifier": "identifier",
    "DOI": "doi",
    "title": "title",
    "extract-title": "extract_title",
    "publication- form": "publication_form",
    "year": "year",
    "volume": "volume",
    "issue": "issue",
    "page-range": "page_range",
    "author": "author",
    "colour-scale": "colour_scale",
    "publisher": "publisher",
    "extract- author": "extract_author",
    "chapter- number": "chapter_number",
    "edition": "edition",
    "book-pages": "book_pages",
    "publication- place": "publication_place",
    "OCR": "ocr",
    "file-size": "file_size",
    "subtitle": "subtitle",
}

DATES = ("date_created", "last_modified")


def test_the_sample_of_get_institutions_is_read() -> None:
    read = wire.institutions(INSTITUTIONS)
    assert read == ([Institution(209, "API_TEST"), Institution(210, "API_TEST_OTHER")], 0, [])


def test_the_sample_of_get_courses_is_read() -> None:
    read, rejected, _ = wire.courses(COURSES)
    assert rejected == 0
    assert read[0] == Course(
        course_id=70668,
        course_code="HIST101",
        name="Introduction to World History",
        academic_year="2016-2017",
        status="Active",
        duration=52,
        lecturer="Jane Bunt",
    )
    assert [(c.course_id, c.course_code, c.status, c.duration, c.lecturer) for c in read[1:]] == [
        (70918, "ENG101", "Archived", 26, "Steve McGill"),
        (70919, "LIT500", "Deleted", 52, ""),
    ]


def test_the_sample_of_get_course_content_is_read() -> None:
    assert wire.content(CONTENT) == (
        284559,
        [
            ContentItem(
                request_id=261006,
                previous_year_id=187698,
                content_guid="2998e0f4-db2d-e811-80bf-002590aca7cd",
                content_url="https://demo-dcs.cla.co.uk/secure/link?id=2998e0f4-db2d-e811-80bf-002590aca7cd",
                content_status="Active",
                date_created=datetime(2019, 5, 10, 9, 21, tzinfo=UTC),
                last_modified=datetime(2019, 7, 31, 13, 41, tzinfo=UTC),
                rejection_message="",
                licence="Covered by CLA Licence",
                source="Institution",
                type="Book",
                identifier="9780745321455",
                title="State resistance to globalisation in Cuba",
                extract_title="The causes and impact of Cuba's crisis in the 1990s",
                publication_form="Print",
                year="2004",
                page_range="86-151",
                author="Carmona Baez, Antonio",
                colour_scale="BlackAndWhite",
                publisher="Pluto Press",
                extract_author="Carmona Boez, Antonio",
                chapter_number="3",
                book_pages=300,
                publication_place="London",
                ocr=False,
                file_size=248.05,
            )
        ],
        0,
        [],
    )


def test_the_field_table_covers_every_column() -> None:
    columns = {*ITEM_FIELDS.values(), *BIBLIOGRAPHIC_FIELDS.values(), "extra"}
    assert columns == set(ContentItem.__struct_fields__)


def _item(entry: dict[str, object]) -> ContentItem:
    envelope = {"status": "ok", "status-code": 100, "total-results": 1, "content-items": [entry]}
    (item,) = wire.content(msgspec.json.encode(envelope)).items
    return item


def _value(column: str) -> object:
    """A value as upstream sends it for a column."""
    kinds: dict[str, object] = {
        "request_id": 261006,
        "previous_year_id": 187698,
        "date_created": "10/May/2019 10:21",
        "last_modified": "10/May/2019 10:21",
        "book_pages": 300,
        "ocr": True,
        "file_size": 248.05,
    }
    return kinds.get(column, "as it is")


def _expected(column: str) -> object:
    """The value that the column then holds."""
    return datetime(2019, 5, 10, 9, 21, tzinfo=UTC) if column in DATES else _value(column)


def _spellings(name: str) -> set[str]:
    words = name.replace("- ", "-").split("-")
    camel = words[0].lower() + "".join(word.capitalize() for word in words[1:])
    joined = {separator.join(words) for separator in ("-", "- ", " ", "_", "")}
    return {name, camel, *joined, *map(str.lower, joined), *map(str.upper, joined), *map(str.title, joined)}


@pytest.mark.parametrize(
    ("spelling", "column"), [(s, c) for name, c in ITEM_FIELDS.items() for s in sorted(_spellings(name))]
)
def test_w4_a_field_is_known_by_any_spelling(spelling: str, column: str) -> None:
    item = _item({"request-id": 261006, spelling: _value(column)})
    assert getattr(item, column) == _expected(column)
    assert item.extra == {}


@pytest.mark.parametrize(
    ("spelling", "column"),
    [(s, c) for name, c in BIBLIOGRAPHIC_FIELDS.items() for s in sorted(_spellings(name))],
)
def test_w4_a_bibliographic_field_is_known_by_any_spelling(spelling: str, column: str) -> None:
    item = _item({"request-id": 1, "bibliographic-details": {spelling: _value(column)}})
    assert getattr(item, column) == _expected(column)
    assert item.extra == {}


@pytest.mark.parametrize("key", ["bibliographic-details", "bibliographic- details", "BibliographicDetails"])
def test_w4_the_bibliography_is_known_by_any_spelling(key: str) -> None:
    assert _item({"request-id": 1, key: {"title": "T"}}).title == "T"


@pytest.mark.parametrize("key", ["academic-year", "academic year", "academicYear", "ACADEMIC_YEAR"])
def test_w4_the_academic_year_is_known_by_any_spelling(key: str) -> None:
    course = {"id": 70668, "course-code": "HIST101", key: "2016/17"}
    body = msgspec.json.encode({"status": "ok", "status-code": 100, "total-results": 1, "courses": [course]})
    assert wire.courses(body).courses[0].academic_year == "2016-2017"


@pytest.mark.parametrize("key", ["institutions", "Institutions", "INSTITUTIONS"])
def test_w4_the_list_is_known_by_any_spelling(key: str) -> None:
    envelope = {"Status": "OK", "StatusCode": "100", "TotalResults": "1", key: [{"ID": "209", "Name": "A"}]}
    assert wire.institutions(msgspec.json.encode(envelope)) == ([Institution(209, "A")], 0, [])


@pytest.mark.parametrize("key", ["course-ID", "course-id", "courseId"])
def test_w4_the_course_id_of_an_answer_is_known_by_any_spelling(key: str) -> None:
    body = msgspec.json.encode(
        {"status": "ok", "status-code": 100, "total-results": 0, "content-items": [], key: 5}
    )
    assert wire.content(body).course_id == 5


NOT_FOUND = b'{\n  "status": "error",\n  "status-code": 1,\n  "status-message": "Institution not found"\n}'
NOT_AUTHENTICATED = (
    b'{\n  "status": "error",\n  "status-code": 3,\n  "status-message": "Could not authenticate user"\n}'
)
NOT_SUBSCRIBED = (
    b'{\n  "status": "error",\n  "status-code": 5,\n  "status-message": "User not subscribed to HEI"\n}'
)
COURSE_NOT_FOUND = b'{\n  "status": "error",\n  "status-code": 2,\n  "status-message": "Course not found"\n}'
NO_CODE = b"""{
  "status": "error",
  "status-code": 6,
  "status-message": "Invalid Parameters: Course code or request Id number is
  required"
}"""
NO_TITLE = b'{\n  "status": "error",\n  "status-code": 7, "status-message": "ISBN or Title is mandatory"\n}'
NO_PAGES = b"""{
  "status": "error",
  "status-code": 7, "status-message": "Page range or extract title
  is mandatory."
}"""
CODE_EXISTS = (
    b'{\n  "status": "error",\n  "status-code": 7, "status-message": "Course code already exists"\n}'
)
THREE_REASONS = b"""{
  "status": "error",
  "status-code": 7, "status-message": "Number of weeks must be between 0
and 52.

Lead Lecturer Name is mandatory if Lead Lecturer
Email is filled in.

Lead Lecturer Email is not a valid email."
}"""


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (NOT_FOUND, InstitutionNotFound, "Institution not found"),
        (COURSE_NOT_FOUND, NotFound, "Course not found"),
        (NOT_AUTHENTICATED, CredentialsRefused, "Could not authenticate user"),
        (NOT_SUBSCRIBED, NotSubscribed, "User not subscribed to HEI"),
        (NO_CODE, InvalidParameter, "Course code or request Id number is required"),
        (NO_TITLE, CallRefused, "ISBN or Title is mandatory"),
        (NO_PAGES, CallRefused, "Page range or extract title is mandatory."),
        (CODE_EXISTS, CallRefused, "Course code already exists"),
        (THREE_REASONS, CallRefused, "Number of weeks must be between 0 and 52."),
    ],
)
def test_w3_the_sample_errors_are_the_errors_that_they_mean(
    body: bytes, kind: type[UpstreamError], said: str
) -> None:
    error = error_in(body)
    assert type(error) is kind
    assert said in str(error)
    assert "\n" not in str(error)
    for read in (wire.institutions, wire.courses, wire.content):
        with pytest.raises(kind):
            read(body)


@pytest.mark.parametrize(
    "body", [b'{\n  "request-id": 428858,\n  "status": "ok",\n  "status-code": 100\n}', b"", b"<html>", b"[]"]
)
def test_w3_a_body_that_holds_no_error_of_the_dcs_yields_none(body: bytes) -> None:
    assert error_in(body) is None
