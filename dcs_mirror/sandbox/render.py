"""Encoding of DCS answers: keys and their spellings, dates, envelopes. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from zoneinfo import ZoneInfo

import msgspec

from dcs_mirror.sandbox.model import Course, Institution, Item, Spelling, World

_LONDON = ZoneInfo("Europe/London")
# Not by strftime, because month names must not depend on the locale (W5).
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LINK = "https://dcs.sandbox.invalid/secure/link?id="
encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Keys:
    """One spelling of each key that the specification's tables and samples spell differently (W4)."""

    institutions: str
    academic_year: str
    hei: str
    source: str
    extract_author: str


SPEC = Keys("Institutions", "academic year", "HEI", "Source", "extract-author")
SAMPLE = Keys("institutions", "academic-year", "hei", "source", "extractAuthor")
_MIXED = tuple(
    Keys(*spellings)
    for spellings in product(
        *((getattr(SPEC, name), getattr(SAMPLE, name)) for name in Keys.__dataclass_fields__)
    )
)


def keys_for(spelling: Spelling, quirk: int) -> Keys:
    """The keys of one institution or course; its `quirk` (0 to 31) decides in a world of mixed spellings."""
    match spelling:
        case "spec":
            return SPEC
        case "sample":
            return SAMPLE
        case "mixed":
            return _MIXED[quirk]


def date_text(instant: datetime) -> str:
    """UK civil time to the minute, as in `10/May/2019 10:21` (W5)."""
    local = instant.astimezone(_LONDON)
    return f"{local.day:02}/{_MONTHS[local.month]}/{local.year} {local.hour:02}:{local.minute:02}"


def success(total: int, content: Mapping[str, object]) -> bytes:
    """An answer with `total` entries."""
    envelope = {"status": "ok", "status-code": 100, "status-message": "Success"}
    return encode({"total-results": total, **content, **envelope})


def written(named: Mapping[str, object]) -> bytes:
    """The answer to a call that writes; `named` identifies what was written."""
    return encode({**named, "status": "ok", "status-code": 100, "status-message": "Success"})


def failure(code: int, message: str) -> bytes:
    """An error answer, which is sent with HTTP 200 all the same (W2)."""
    return encode({"status": "error", "status-code": code, "status-message": message})


def institutions_answer(world: World) -> bytes:
    listed = [{"id": i.id, "name": i.name} for i in world.institutions.values() if i.subscribed]
    return success(len(listed), {keys_for(world.spelling, world.quirk).institutions: listed})


def courses_answer(institution: Institution, spelling: Spelling) -> bytes:
    keys = keys_for(spelling, institution.quirk)
    slashed = spelling == "mixed" and institution.slashed_year
    year = institution.academic_year.replace("-", "/") if slashed else institution.academic_year
    listed = [
        {
            keys.academic_year: year,
            "status": course.status,
            "course-code": course.code,
            "duration": course.duration,
            "id": course.id,
            "lecturer": course.lecturer,
            "name": course.name,
        }
        for course in institution.courses.values()
    ]
    return success(len(listed), {"courses": listed})


def content_answer(
    institution: Institution, course: Course | None, items: list[Item], spelling: Spelling
) -> bytes:
    """An answer with the `items` of one course, or with one item that is in none."""
    keys = keys_for(spelling, institution.quirk if course is None else course.quirk)
    return success(
        len(items),
        {
            keys.hei: institution.name,
            "course-ID": None if course is None else course.id,
            "content-items": [item_object(item, keys) for item in items],
        },
    )


def item_object(item: Item, keys: Keys) -> dict[str, object]:
    """One entry of `content-items`."""
    details = item.details
    shown: dict[str, object] = {
        "content-GUID": item.guid if item.published else item.blank,
        "bibliographic-details": {
            "type": details.type,
            "identifier": details.identifier,
            "DOI": details.doi,
            "title": details.title,
            "extract-title": details.extract_title,
            "publication-form": details.publication_form,
            "year": details.year,
            "volume": details.volume,
            "issue": details.issue,
            "page-range": details.page_range,
            "author": details.author,
            "colour-scale": details.colour_scale,
            "publisher": details.publisher,
            keys.extract_author: details.extract_author,
            "chapter-number": details.chapter_number,
            "edition": details.edition,
            "book-pages": details.book_pages,
            "publication-place": details.publication_place,
            "OCR": details.ocr,
            "file-size": details.file_size,
            "subtitle": details.subtitle,
        },
        "content-URL": _LINK + item.guid if item.published else item.blank,
        "request-id": item.request_id,
        "previous-year-id": item.previous_year_id,
        "content-status": item.status,
        "date-created": date_text(item.created),
        "last-modified": date_text(item.modified),
        "rejection-message": item.rejection or item.blank,
        "notes": item.notes,
        "licence": item.licence,
        keys.source: item.source,
    }
    if item.previous_year_id is None:
        if item.blank_previous == "absent":
            del shown["previous-year-id"]
        elif item.blank_previous == "zero":
            shown["previous-year-id"] = 0
    return shown
