"""Readers of the DCS's answers: from bytes to records, tolerant of spelling, dropping nothing (W2-W7)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from dcs_mirror.errors import Retryable
from dcs_mirror.records import ITEM_FIELDS, ITEM_TYPES, ContentItem, Course, Institution, Rejected
from dcs_mirror.upstream import fast_decoder, fields
from dcs_mirror.upstream.envelope import entries_in, normalised_key, read_envelope, text_in
from dcs_mirror.upstream.rejected_entries import RejectedEntries

_DEEPEST = 100
"""Levels of nesting beyond which an answer is refused."""


class InstitutionList(NamedTuple):
    """A GetInstitutions answer. ``rejected`` counts entries without an id; ``kept`` holds the first."""

    institutions: list[Institution]
    rejected: int
    kept: list[Rejected]


class CourseList(NamedTuple):
    """A GetCourses answer. ``rejected`` counts entries without an id or a code; ``kept`` holds the first."""

    courses: list[Course]
    rejected: int
    kept: list[Rejected]


class ContentList(NamedTuple):
    """A GetCourseContent answer. ``rejected`` counts entries without request id; ``kept`` holds the first."""

    course_id: int | None
    items: list[ContentItem]
    rejected: int
    kept: list[Rejected]


class WriteAnswer(NamedTuple):
    """The answer to a call that writes: the new request's id or the course's code, if it holds one."""

    request_id: int | None
    course_code: str | None


Reader = Callable[[Any], Any]

_SPELLINGS_KEPT = 4096
"""Most spellings remembered per schema, so that answers full of strange keys cannot use up the memory."""


class _Schema(dict[str, "tuple[str, Reader] | None"]):
    """Columns and their readers by upstream's key in any spelling; None for an unknown key."""

    def __init__(self, known: Mapping[str, tuple[str, Reader]]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, key: str) -> tuple[str, Reader] | None:
        found = self._known.get(normalised_key(key))
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

_READERS_BY_TYPE: Mapping[object, Reader] = {
    str | None: fields.text,
    int | None: fields.integer,
    float | None: fields.real,
    bool | None: fields.truth,
    datetime | None: fields.instant,
}
_READERS_BY_NAME: Mapping[str | None, Reader] = {
    "id": fields.identity,
    "previous id": fields.previous_id,
    "key": fields.key,
}


def _item_schema(*, in_bibliography: bool) -> dict[str, tuple[str, Reader]]:
    return {
        column.replace("_", ""): (
            column,
            _READERS_BY_NAME[field.reader] if field.reader else _READERS_BY_TYPE[ITEM_TYPES[column]],
        )
        for column, field in ITEM_FIELDS.items()
        if field.in_bibliography is in_bibliography
    }


_ITEM = _Schema(
    _item_schema(in_bibliography=False) | {"bibliographicdetails": ("bibliographic_details", fields.anything)}
)
_BIBLIOGRAPHY = _Schema(_item_schema(in_bibliography=True))


def institutions(body: bytes) -> InstitutionList:
    """Read a GetInstitutions answer.

    Raises:
        UpstreamError: the subclass that the answer's error code or its broken body stands for.
    """
    read, rejects = [], RejectedEntries({"id": "hei_id"})
    for position, entry in enumerate(entries_in(read_envelope(body), "institutions"), 1):
        values, extra = _read(entry, _INSTITUTION)
        if "hei_id" in values:
            read.append(Institution(values["hei_id"], values.get("name")))
        else:
            rejects.add(position, entry, values, _misread(extra, _INSTITUTION))
    return InstitutionList(read, rejects.count, rejects.kept)


def courses(body: bytes) -> CourseList:
    """Read a GetCourses answer.

    Raises:
        UpstreamError: the subclass that the answer's error code or its broken body stands for.
    """
    read, rejects = [], RejectedEntries({"id": "course_id", "course-code": "course_code"})
    for position, entry in enumerate(entries_in(read_envelope(body), "courses"), 1):
        values, extra = _read(entry, _COURSE)
        if "course_id" in values and values.get("course_code"):
            read.append(Course(extra=extra, **values))
        else:
            rejects.add(position, entry, values, _misread(extra, _COURSE))
    return CourseList(read, rejects.count, rejects.kept)


def content(body: bytes) -> ContentList:
    """Read a GetCourseContent answer.

    Raises:
        UpstreamError: the subclass that the answer's error code or its broken body stands for.
    """
    if (read := fast_decoder.content(body)) is not None:
        return ContentList(*read, rejected=0, kept=[])
    return tolerant_content(body)


def tolerant_content(body: bytes) -> ContentList:
    """Read a GetCourseContent answer in any spelling, key by key.

    Raises:
        UpstreamError: as :func:`content` does.
    """
    envelope = read_envelope(body)
    entries = entries_in(envelope, "contentitems")
    try:
        course_id = fields.identity(envelope.get("courseid"))
    except fields.Unreadable:
        course_id = None
    items, rejects = [], RejectedEntries({"request-id": "request_id"})
    for position, entry in enumerate(entries, 1):
        values, extra = _read(entry, _ITEM)
        if "request_id" in values:
            items.append(_content_item(values, extra))
        else:
            rejects.add(position, entry, values, _misread(extra, _ITEM))
    return ContentList(course_id, items, rejects.count, rejects.kept)


def written(body: bytes) -> WriteAnswer:
    """Read the answer to SubmitRequest, SubmitCourse or AmendCourse.

    Raises:
        UpstreamError: the subclass that the answer's error code or its broken body stands for.
    """
    envelope = read_envelope(body)
    try:
        request_id = fields.identity(envelope.get("requestid"))
    except fields.Unreadable:
        request_id = None
    return WriteAnswer(request_id, _storable(text_in(envelope, "coursecode")) or None)


def _content_item(values: dict[str, Any], extra: dict[str, Any]) -> ContentItem:
    """Build an item from what was read of its entry, with the bibliographic details among its columns."""
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
    """Merge two ``extra``s; for a key in both, the bibliographic value goes under its full path."""
    clashing = extra.keys() & more.keys()
    return extra | {f"bibliographic-details.{k}" if k in clashing else k: v for k, v in more.items()}


def _read(entry: object, schema: _Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read one entry: its values by column, and by upstream's key whatever no column could take."""
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
            # The short way for nearly every value: printable text holds nothing that PostgreSQL refuses.
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
    """The columns whose values are in ``extra`` because they could not be read."""
    return {known[0] for known in map(schema.__getitem__, extra) if known is not None}


def _storable(value: Any, depth: int = 0) -> Any:
    """The value without what PostgreSQL refuses: U+0000, lone surrogates, infinities (W7).

    Raises:
        Retryable: if it is nested deeper than ``_DEEPEST``: writing it back as JSON might overflow the stack.
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
        return str(value)  # JSON has no infinity and no NaN
    return value
