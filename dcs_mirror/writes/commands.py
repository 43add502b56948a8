"""The three writes of the DCS; each field carries the specification's name of its parameter."""

from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

from msgspec import Struct, field

CourseStatus: TypeAlias = Literal["Active", "Archived", "Deleted"]


class Write(Struct, frozen=True, kw_only=True):
    """A write to one institution. ``method`` and the fields' encoded names are the specification's."""

    method: ClassVar[str]
    hei_id: int = field(name="hei")


class SubmitRequest(Write, frozen=True, kw_only=True):
    """A request for an extract. Its dates have a time zone."""

    method: ClassVar[str] = "SubmitRequest"
    academic_name: str = field(name="AcademicName")
    email: str = field(name="EmailAddress")
    is_book: bool = field(name="IsBook")
    faculty: str | None = field(default=None, name="Faculty")
    department: str | None = field(default=None, name="Department")
    course_code: str | None = field(default=None, name="CourseCode")
    course_start: datetime | None = field(default=None, name="CourseStartDate")
    isn: str | None = field(default=None, name="ISN")
    title: str | None = field(default=None, name="Title")
    extract_title: str | None = field(default=None, name="ExtractTitle")
    year: str | None = field(default=None, name="Year")
    issue: str | None = field(default=None, name="Issue")
    volume: str | None = field(default=None, name="Volume")
    page_range: str | None = field(default=None, name="PageRange")
    needed_by: datetime | None = field(default=None, name="DeliveryDate")
    notes: str | None = field(default=None, name="Notes")
    subtitle: str | None = field(default=None, name="Subtitle")
    edition: str | None = field(default=None, name="Edition")
    chapter_number: str | None = field(default=None, name="ChapterNumber")
    extract_author: str | None = field(default=None, name="ExtractAuthor")
    publisher: str | None = field(default=None, name="Publisher")
    book_pages: int | None = field(default=None, name="TotalNumberofPages")
    publication_place: str | None = field(default=None, name="PublicationPlace")
    contributor: str | None = field(default=None, name="Contributor")
    doi: str | None = field(default=None, name="DOI")


class CourseFields(Write, frozen=True, kw_only=True):
    """The fields that both writes of a course share."""

    course_code: str = field(name="CourseCode")
    name: str | None = field(default=None, name="CourseName")
    weeks: int | None = field(default=None, name="NumberOfWeeks")
    students: int | None = field(default=None, name="NumberOfStudents")
    department: str | None = field(default=None, name="Department")
    subject: str | None = field(default=None, name="Subject")
    lead_lecturer: str | None = field(default=None, name="LeadLecturer")
    lead_lecturer_email: str | None = field(default=None, name="LeadLecturerEmail")


class SubmitCourse(CourseFields, frozen=True, kw_only=True):
    """A new course."""

    method: ClassVar[str] = "SubmitCourse"


class AmendCourse(CourseFields, frozen=True, kw_only=True):
    """Changes to the course that has ``course_code``."""

    method: ClassVar[str] = "AmendCourse"
    new_code: str | None = field(default=None, name="NewCourseCode")
    status: CourseStatus | None = field(default=None, name="Status")


def parameters(write: Write) -> dict[str, str]:
    """Return a write's parameters under the specification's names; fields that are None are omitted."""
    names = zip(write.__struct_encode_fields__, write.__struct_fields__, strict=True)
    values = ((name, getattr(write, field_name)) for name, field_name in names)
    return {name: _encoded(value) for name, value in values if value is not None}


def _encoded(value: object) -> str:
    """Return a value as it is sent: ``True`` or ``False``, RFC 3339, digits, or the text itself."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
