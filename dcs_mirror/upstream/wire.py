"""Answers of the DCS, from bytes to records: read tolerantly, nothing dropped (W2-W6)."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    InstitutionNotFound,
    InvalidParameter,
    NotFound,
    NotSubscribed,
    Retryable,
    UpstreamError,
)
from dcs_mirror.records import ContentItem, Course, Institution, Rejected
from dcs_mirror.upstream import fast_decoder, fields, lenient_json
from dcs_mirror.upstream.rejected_entries import RejectedEntries

# Specification, appendix 1; whatever it does not name may pass by itself, like 4 (W3).
_ERRORS: dict[int, type[UpstreamError]] = {
    1: InstitutionNotFound,
    2: NotFound,
    3: CredentialsRefused,
    4: Retryable,
    5: NotSubscribed,
    6: InvalidParameter,
    7: CallRefused,
}
_SUCCESS = 100
# What decides whether an answer is whole: two values for it are none.
_MESSAGE_KEYS = {"status", "statuscode", "totalresults", "institutions", "courses", "contentitems"}
_MESSAGE_LIMIT = 200
_DEEPEST = 100


class InstitutionList(NamedTuple):
    """A GetInstitutions answer; ``rejected`` counts entries without an id, ``kept`` are the first of them."""

    institutions: list[Institution]
    rejected: int
    kept: list[Rejected]


class CourseList(NamedTuple):
    """A GetCourses answer; ``rejected`` counts entries without an id or a code, ``kept`` are the first."""

    courses: list[Course]
    rejected: int
    kept: list[Rejected]


class ContentList(NamedTuple):
    """A GetCourseContent answer; ``rejected`` counts entries without a request id, ``kept`` are the first."""

    course_id: int | None
    items: list[ContentItem]
    rejected: int
    kept: list[Rejected]


class WriteAnswer(NamedTuple):
    """An answer to a call that wrote: the new request's id, or the course's code, where it tells one."""

    request_id: int | None
    course_code: str | None


Reader = Callable[[Any], Any]

_SPELLINGS_KEPT = 4096


class _Schema(dict[str, "tuple[str, Reader] | None"]):
    """Columns and their readers, by any spelling of upstream's key; None for a key that is unknown."""

    def __init__(self, known: Mapping[str, tuple[str, Reader]]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, key: str) -> tuple[str, Reader] | None:
        found = self._known.get(_squashed(key))
        if len(self) < _SPELLINGS_KEPT:
            self[key] = found
        return found


_INSTITUTION = _Schema(
    {
        "id": ("hei_id", fields.institution_id),
        "name": ("name", fields.text),
    }
)

_COURSE = _Schema(
    {
        "id": ("course_id", fields.identity),
        "coursecode": ("course_code", fields.key),
        "name": ("name", fields.text),
        "academicyear": ("academic_year", fields.year),
        "status": ("status", fields.text),
        "duration": ("duration", fields.integer),
        "lecturer": ("lecturer", fields.text),
    }
)

_ITEM = _Schema(
    {
        "requestid": ("request_id", fields.identity),
        "previousyearid": ("previous_year_id", fields.previous_id),
        "contentguid": ("content_guid", fields.key),
        "contenturl": ("content_url", fields.text),
        "contentstatus": ("content_status", fields.text),
        "datecreated": ("date_created", fields.instant),
        "lastmodified": ("last_modified", fields.instant),
        "rejectionmessage": ("rejection_message", fields.text),
        "notes": ("notes", fields.text),
        "licence": ("licence", fields.text),
        "source": ("source", fields.text),
        "bibliographicdetails": ("bibliographic_details", fields.anything),
    }
)

_BIBLIOGRAPHY = _Schema(
    {
        "type": ("type", fields.text),
        "identifier": ("identifier", fields.text),
        "doi": ("doi", fields.text),
        "title": ("title", fields.text),
        "extracttitle": ("extract_title", fields.text),
        "publicationform": ("publication_form", fields.text),
        "year": ("year", fields.text),
        "volume": ("volume", fields.text),
        "issue": ("issue", fields.text),
        "pagerange": ("page_range", fields.text),
        "author": ("author", fields.text),
        "colourscale": ("colour_scale", fields.text),
        "publisher": ("publisher", fields.text),
        "extractauthor": ("extract_author", fields.text),
        "chapternumber": ("chapter_number", fields.text),
        "edition": ("edition", fields.text),
        "bookpages": ("book_pages", fields.integer),
        "publicationplace": ("publication_place", fields.text),
        "ocr": ("ocr", fields.truth),
        "filesize": ("file_size", fields.real),
        "subtitle": ("subtitle", fields.text),
    }
)


def institutions(body: bytes) -> InstitutionList:
    """Reads a GetInstitutions answer.

    Raises:
        UpstreamError: the subclass that the answer's error code, or its broken body, stands for.
    """
    read, rejects = [], RejectedEntries({"id": "hei_id"})
    for position, entry in enumerate(_entries(_envelope(body), "institutions"), 1):
        values, extra = _read(entry, _INSTITUTION)
        if "hei_id" in values:
            read.append(Institution(values["hei_id"], values.get("name")))
        else:
            rejects.add(position, entry, values, _misread(extra, _INSTITUTION))
    return InstitutionList(read, rejects.count, rejects.kept)


def courses(body: bytes) -> CourseList:
    """Reads a GetCourses answer.

    Raises:
        UpstreamError: the subclass that the answer's error code, or its broken body, stands for.
    """
    read, rejects = [], RejectedEntries({"id": "course_id", "course-code": "course_code"})
    for position, entry in enumerate(_entries(_envelope(body), "courses"), 1):
        values, extra = _read(entry, _COURSE)
        if "course_id" in values and values.get("course_code"):
            read.append(Course(extra=extra, **values))
        else:
            rejects.add(position, entry, values, _misread(extra, _COURSE))
    return CourseList(read, rejects.count, rejects.kept)


def content(body: bytes) -> ContentList:
    """Reads a GetCourseContent answer.

    Raises:
        UpstreamError: the subclass that the answer's error code, or its broken body, stands for.
    """
    if (read := fast_decoder.content(body)) is not None:
        return ContentList(*read, rejected=0, kept=[])
    return tolerant_content(body)


def tolerant_content(body: bytes) -> ContentList:
    """The same, key by key, for any spelling.

    Raises:
        UpstreamError: as :func:`content` does.
    """
    envelope = _envelope(body)
    entries = _entries(envelope, "contentitems")
    try:
        course_id = fields.identity(envelope.get("courseid"))
    except fields.Unreadable:
        course_id = None
    items, rejects = [], RejectedEntries({"request-id": "request_id"})
    for position, entry in enumerate(entries, 1):
        values, extra = _read(entry, _ITEM)
        if "request_id" in values:
            items.append(_item(values, extra))
        else:
            rejects.add(position, entry, values, _misread(extra, _ITEM))
    return ContentList(course_id, items, rejects.count, rejects.kept)


def written(body: bytes) -> WriteAnswer:
    """Reads the answer to SubmitRequest, SubmitCourse or AmendCourse.

    Raises:
        UpstreamError: the subclass that the answer's error code, or its broken body, stands for.
    """
    envelope = _envelope(body)
    try:
        request_id = fields.identity(envelope.get("requestid"))
    except fields.Unreadable:
        request_id = None
    return WriteAnswer(request_id, _storable(_said(envelope, "coursecode")) or None)


def _item(values: dict[str, Any], extra: dict[str, Any]) -> ContentItem:
    """An item of what was read of its entry, the bibliographic details beside the rest."""
    bibliography = values.pop("bibliographic_details", None)
    if isinstance(bibliography, list) and len(bibliography) == 1:
        bibliography = bibliography[0]
    if isinstance(bibliography, dict):
        details, more = _read(bibliography, _BIBLIOGRAPHY)
        values |= details
        extra = _merged(extra, more) if more else extra
    elif bibliography:
        extra = {**extra, "bibliographic-details": _storable(bibliography)}
    return ContentItem(extra=extra, **values)


def _merged(extra: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both ``extra``s in one; a key that both hold keeps the bibliographic value under its full path."""
    clashing = extra.keys() & more.keys()
    return extra | {f"bibliographic-details.{k}" if k in clashing else k: v for k, v in more.items()}


def _read(entry: object, schema: _Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """One entry's columns, and under upstream's keys what no column could take."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    if not isinstance(entry, dict):
        return values, extra
    for key, value in entry.items():
        known = schema[key]
        if known is None:
            extra[_storable(key)] = _storable(value)
        elif value is not None:
            column, reader = known
            # Nearly every value: what is printable holds nothing that PostgreSQL refuses.
            if reader is fields.text and type(value) is str and value.isprintable():
                values[column] = value
                continue
            try:
                read = reader(value)
            except fields.Unreadable:
                extra[_storable(key)] = _storable(value)
                continue
            if type(read) is str and (cleaned := _storable(read)) != read:
                extra[f"{_storable(key)} (raw)"] = read.encode("unicode_escape").decode("ascii")
                read = cleaned
            if read is not None:
                values[column] = read
    return values, extra


def _misread(extra: dict[str, Any], schema: _Schema) -> set[str]:
    """The columns whose values stand in ``extra`` because they could not be read."""
    return {known[0] for known in map(schema.__getitem__, extra) if known is not None}


def _storable(value: Any, depth: int = 0) -> Any:
    """The same value without what PostgreSQL refuses: U+0000 and lone surrogates (W7).

    Raises:
        Retryable: where it is nested deeper than ``_DEEPEST``, which no writer of JSON can be trusted with.
    """
    if depth > _DEEPEST:
        raise Retryable("the answer is nested too deeply")
    if isinstance(value, str):
        if "\x00" in value:
            value = value.replace("\x00", "")
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-8", "replace").decode()
        return value
    if isinstance(value, list):
        return [_storable(entry, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, float) and value - value != 0:
        return str(value)  # JSON knows no infinity
    return value


def _envelope(body: bytes) -> dict[str, Any]:
    """The answer's outer object under squashed keys, once its status says that it is one.

    Raises:
        UpstreamError: by the code that it carries (W2, W3); Retryable where it is no answer at all.
    """
    try:
        parsed = lenient_json.parse(body)
    except ValueError:
        raise Retryable(f"the answer is not JSON: {_glimpse(body)}") from None
    if not isinstance(parsed, dict):
        raise Retryable(f"the answer is no DCS envelope: {_glimpse(body)}")
    envelope = {_squashed(key): value for key, value in parsed.items()}
    if len(envelope) < len(parsed) and _MESSAGE_KEYS.intersection(_spelled_twice(parsed)):
        raise Retryable(f"the answer says one thing twice: {_glimpse(body)}")
    status = _said(envelope, "status").strip().lower()
    try:
        code = fields.integer(envelope.get("statuscode"))
    except fields.Unreadable:
        code = None
    if code in _ERRORS or status == "error":
        raise error_of(code, _said(envelope, "statusmessage"))
    if status != "ok" and code != _SUCCESS:
        raise Retryable(f"the answer is no DCS envelope: {_glimpse(body)}")
    return envelope


def _spelled_twice(keys: Iterable[str]) -> list[str]:
    """The squashed keys that stand there in several spellings."""
    return [key for key, count in Counter(map(_squashed, keys)).items() if count > 1]


def _said(envelope: dict[str, Any], name: str) -> str:
    """The text called ``name``; empty where there is none, or no text."""
    value = envelope.get(name)
    return value if isinstance(value, str) else ""


def error_of(code: int | None, message: str) -> UpstreamError:
    """The error that a DCS status code (appendix 1) stands for."""
    kind = _ERRORS.get(code, Retryable) if code is not None else Retryable
    said = printable(message) or "no message"
    advice = "; check DCS_API_USERNAME and DCS_API_PASSWORD" if kind is CredentialsRefused else ""
    return kind(f"the DCS answered code {code}: {said}{advice}")


def error_in(body: bytes) -> UpstreamError | None:
    """The DCS's own error that ``body`` carries, or None where it carries none."""
    try:
        _envelope(body)
    except Retryable:
        return None
    except UpstreamError as error:
        return error
    return None


def _entries(envelope: dict[str, Any], name: str) -> list[object]:
    """The list called ``name``: a list, one object, or null (W4), as long as ``total-results`` says (W6)."""
    listed, total = envelope.get(name), envelope.get("totalresults")
    if listed is None and total is None:
        raise Retryable(f"the answer holds neither {name} nor a total")
    entries: list[object] = listed if isinstance(listed, list) else [] if listed is None else [listed]
    if total is not None:
        try:
            expected = fields.integer(total)
        except fields.Unreadable:
            raise Retryable("the answer's total-results is no number") from None
        if expected != len(entries):
            raise Retryable(f"the answer announces {expected} entries but holds {len(entries)}")
    return entries


@lru_cache(maxsize=4096)
def _squashed(key: str) -> str:
    """A key without its spelling: ``extract-author``, ``extractAuthor`` and ``Extract Author`` are one."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _glimpse(body: bytes) -> str:
    return repr(printable(body[:80].decode("utf-8", "replace")))


def printable(message: str) -> str:
    """Text of upstream's that is fit for one line of a log."""
    return " ".join("".join(c if c.isprintable() else " " for c in message).split())[:_MESSAGE_LIMIT]
