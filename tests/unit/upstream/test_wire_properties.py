"""Any body is read or refused with an UpstreamError, and what is read can be stored."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dcs_mirror.errors import UpstreamError
from dcs_mirror.upstream import wire
from dcs_mirror.upstream.fields import INT4_MAX, INT8_MAX
from dcs_mirror.upstream.rejected_entries import KEPT

READERS = (wire.institutions, wire.courses, wire.content)
INT4_COLUMNS = {"hei_id", "duration", "book_pages"}

texts = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["\x00", "a\x00b", "\ud800", "ok", "error", "Active"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, -1, INT4_MAX, INT4_MAX + 1, INT8_MAX, INT8_MAX + 1, 10**400])
    | st.floats()
    | texts
    | st.sampled_from(["10/May/2019 10:21", "0001-01-01T00:00+05:00", "2016/17", "9" * 19, " 7 ", "NaN"])
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)

KEYS = [
    "id",
    "name",
    "course-code",
    "academic-year",
    "status",
    "duration",
    "lecturer",
    "request-id",
    "previous-year-id",
    "content-GUID",
    "content-URL",
    "content-status",
    "date-created",
    "last-modified",
    "rejection-message",
    "notes",
    "licence",
    "Source",
]
DETAILS = [
    "type",
    "identifier",
    "DOI",
    "title",
    "extract-title",
    "publication-form",
    "year",
    "volume",
    "issue",
    "page-range",
    "author",
    "colour-scale",
    "publisher",
    "extract-author",
    "chapter-number",
    "edition",
    "book-pages",
    "publication-place",
    "OCR",
    "file-size",
    "subtitle",
]


def _objects(keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of known keys, some spelled oddly, with any values."""
    spelled = st.sampled_from(keys) | st.sampled_from([f"{key}\x00" for key in keys]) | texts
    return st.dictionaries(spelled, json_values, max_size=6)


identities = st.fixed_dictionaries(
    {"id": st.integers(1, 9), "course-code": texts, "request-id": st.integers(1, 9)}
)
entries = st.builds(
    lambda named, any_named, details: {**any_named, **named, "bibliographic-details": details},
    identities,
    _objects(KEYS),
    _objects(DETAILS) | json_values,
)


def _envelope(listed: list[Any], rest: dict[str, Any]) -> dict[str, Any]:
    lists = {"institutions": listed, "courses": listed, "content-items": listed}
    return {**rest, "status": "ok", "status-code": 100, "total-results": len(listed), **lists}


envelopes = st.builds(
    _envelope, st.lists(entries | json_values, max_size=3), st.dictionaries(texts, json_values)
)
loose_envelopes = st.dictionaries(
    st.sampled_from(["status", "status-code", "status-message", "total-results", "courses", "course-ID"])
    | st.sampled_from(["content-items", "institutions"]),
    json_values | st.sampled_from(["ok", 100, 0, 1]),
)


def _can_be_stored(column: str, value: object) -> None:
    """Fail if PostgreSQL or the driver would refuse the value."""
    if isinstance(value, str):
        assert "\x00" not in value
        value.encode("utf-8")
    elif isinstance(value, int) and not isinstance(value, bool):
        assert abs(value) <= (INT4_MAX if column in INT4_COLUMNS else INT8_MAX)
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, datetime):
        assert value.astimezone(UTC).year >= 1
    else:
        assert value is None or isinstance(value, bool)


def _can_be_json(value: object) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _can_be_stored("extra", key)
            _can_be_json(inner)
    elif isinstance(value, list):
        for inner in value:
            _can_be_json(inner)
    elif not isinstance(value, int):
        _can_be_stored("extra", value)


def _check(body: bytes) -> int:
    """Read ``body`` as an answer to each method; return how many records were read."""
    records = 0
    for read in READERS:
        try:
            answer = read(body)
        except UpstreamError:
            continue
        assert len(answer.kept) == min(answer.rejected, KEPT)
        for kept in answer.kept:
            assert kept.raw_text.isprintable()
            _can_be_stored("raw_text", kept.raw_text)
        for record in answer[-3]:
            records += 1
            for column, value in msgspec.structs.asdict(record).items():
                if column != "extra":
                    _can_be_stored(column, value)
                    continue
                _can_be_json(value)
                assert msgspec.json.decode(msgspec.json.encode(value)) == value
    return records


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_w2_any_bytes_are_read_or_refused(body: bytes) -> None:
    _check(body)


@settings(deadline=None)
@given(json_values)
def test_w4_any_json_is_read_or_refused(value: object) -> None:
    _check(_encoded(value))


@settings(deadline=None)
@given(loose_envelopes)
def test_w4_any_envelope_is_read_or_refused(value: object) -> None:
    _check(_encoded(value))


@settings(deadline=None)
@given(envelopes)
def test_w4_w7_whatever_is_read_can_be_stored(envelope: dict[str, Any]) -> None:
    _check(_encoded(envelope))


@settings(deadline=None)
@given(entries)
def test_w4_an_entry_that_has_its_identity_is_read_whatever_else_it_holds(entry: dict[str, Any]) -> None:
    assert _check(_encoded(_envelope([entry], {}))) >= 2


@settings(deadline=None)
@given(st.lists(entries, min_size=1, max_size=3), st.data())
def test_w2_half_an_answer_is_always_refused(listed: list[Any], data: st.DataObject) -> None:
    body = _encoded(_envelope(listed, {}))
    assert _check(body[: data.draw(st.integers(0, len(body) - 1))]) == 0
