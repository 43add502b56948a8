"""Institutions, courses and content items as plain data: what the wire says, in the mirror's words.

Field names are the database's column names. Texts are kept as upstream sends them; what could not be
read into its column, and what upstream sent beyond the specification, stands in ``extra`` under
upstream's own key (W4).
"""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec


class Rejected(NamedTuple):
    """An entry that identifies nothing, and so is no record (W4).

    ``position`` counts from 1 in the list that held it; ``reason`` names the keys that it lacks;
    ``raw_text`` is its JSON in printable characters, which may be cut.
    """

    position: int
    reason: str
    raw_text: str


class Institution(msgspec.Struct, frozen=True):
    """One entry of GetInstitutions."""

    hei_id: int
    name: str | None


class Course(msgspec.Struct, kw_only=True, gc=False):
    """One entry of GetCourses. ``duration`` is in weeks; ``academic_year`` like ``2025-2026``."""

    course_id: int
    course_code: str
    name: str | None = None
    academic_year: str | None = None
    status: str | None = None
    duration: int | None = None
    lecturer: str | None = None
    extra: dict[str, Any] = {}


class ContentItem(msgspec.Struct, gc=False):
    """One content item of GetCourseContent. ``file_size`` is in KB; dates are aware datetimes (W5)."""

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
