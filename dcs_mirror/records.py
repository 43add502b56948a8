"""Records: institutions, courses and content items as read from the DCS.

Field names are the database's column names. Texts are kept as upstream sends them. Values that could not be
read into their column, and keys beyond the specification, are kept in ``extra`` under upstream's key (W4).
"""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec


class Rejected(NamedTuple):
    """An entry without an id, which therefore cannot be a record (W4).

    ``position`` is its position in the answer's list, from 1; ``reason`` names the keys that it lacks;
    ``raw_text`` is its JSON in printable characters, possibly cut.
    """

    position: int
    reason: str
    raw_text: str


class Institution(msgspec.Struct, frozen=True):
    """One entry of GetInstitutions."""

    hei_id: int
    name: str | None


class Course(msgspec.Struct, kw_only=True, gc=False):
    """One entry of GetCourses. ``duration`` is in weeks; ``academic_year`` is spelled ``2025-2026``."""

    course_id: int
    course_code: str
    name: str | None = None
    academic_year: str | None = None
    status: str | None = None
    duration: int | None = None
    lecturer: str | None = None
    extra: dict[str, Any] = {}


class ContentItem(msgspec.Struct, gc=False):
    """One content item of GetCourseContent. ``file_size`` is in KB; dates are timezone-aware (W5)."""

    request_id: int
    previous_year_id: int | None = None
    content_guid: str | None = None
    content_url: str | None = None
    content_status: str | None = None
    date_created: datetime | None = None
    last_modified: datetime | None = None
    rejection_message: str | None = None
    notes: str | None = None
    licence: str | None = None
    source: str | None = None
    type: str | None = None
    identifier: str | None = None
    doi: str | None = None
    title: str | None = None
    extract_title: str | None = None
    publication_form: str | None = None
    year: str | None = None
    volume: str | None = None
    issue: str | None = None
    page_range: str | None = None
    author: str | None = None
    colour_scale: str | None = None
    publisher: str | None = None
    extract_author: str | None = None
    chapter_number: str | None = None
    edition: str | None = None
    book_pages: int | None = None
    publication_place: str | None = None
    ocr: bool | None = None
    file_size: float | None = None
    subtitle: str | None = None
    extra: dict[str, Any] = {}
