"""Fast decoder for GetCourseContent answers that are spelled as the specification spells them.

The tolerant reader in :mod:`dcs_mirror.upstream.wire` accepts any spelling, key by key. This one decodes an
answer several times as fast if every key has a documented spelling and every value its documented type; it
leaves any other answer to the tolerant reader. Both read an answer that both accept in the same way.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import astuple

from dcs_mirror.records import ITEM_FIELDS, ITEM_TYPES, ContentItem
from dcs_mirror.upstream import fields

_Id = Annotated[int, Meta(gt=0, le=fields.INT8_MAX)]
_PreviousId = Annotated[int, Meta(ge=0, le=fields.INT8_MAX)] | None
_Integer = Annotated[int, Meta(ge=-fields.INT4_MAX, le=fields.INT4_MAX)] | None
_Key = Annotated[str, Meta(max_length=fields.LONGEST_KEY)] | None
_Text = str | None

_TYPES_BY_TYPE: Mapping[object, Any] = {
    str | None: _Text,
    int | None: _Integer,
    float | None: float | None,
    bool | None: bool | None,
    datetime | None: _Text,
}
_TYPES_BY_NAME = {"id": _Id, "previous id": _PreviousId, "key": _Key}


def _columns(*, in_bibliography: bool) -> dict[str, Any]:
    """Return the types of the columns in one part of an entry, then those of their second spellings."""
    part = {c: f for c, f in ITEM_FIELDS.items() if f.in_bibliography is in_bibliography}
    types = {
        column: _TYPES_BY_NAME[field.reader] if field.reader else _TYPES_BY_TYPE[ITEM_TYPES[column]]
        for column, field in part.items()
    }
    return types | {f"second_{column}": _Text for column, field in part.items() if field.other_key}


_ITEM = _columns(in_bibliography=False)
_BIBLIOGRAPHY = _columns(in_bibliography=True)
# Keys that are not their column's name with hyphens; `second_` for a second documented spelling.
_KEYS = (
    {column: field.key for column, field in ITEM_FIELDS.items() if field.key}
    | {f"second_{column}": field.other_key for column, field in ITEM_FIELDS.items() if field.other_key}
    | {"course_id": "course-ID", "hei": "HEI", "second_hei": "hei"}
)
_DECODED = (*_ITEM, "bibliographic_details", *_BIBLIOGRAPHY)
_IN_ORDER = itemgetter(*(_DECODED.index(column) for column in ITEM_FIELDS))
"""Picks the values of a record, in its order, from those of an entry and its bibliography."""
_NO_BIBLIOGRAPHY = (None,) * len(_BIBLIOGRAPHY)
# Values are changed by their place in the record, which is faster than by name.
_PLACES = {column: place for place, column in enumerate(ITEM_FIELDS)}
_PREVIOUS_ID = _PLACES["previous_year_id"]
_INSTANTS = tuple(_PLACES[column] for column, type_ in ITEM_TYPES.items() if type_ == datetime | None)
_SECOND = tuple(
    (_PLACES[column], _DECODED.index(f"second_{column}"))
    for column, field in ITEM_FIELDS.items()
    if field.other_key
)
"""Places in the record, and in what was decoded, of values with a second documented key."""
# Escapes of characters that PostgreSQL refuses: U+0000 and surrogates. Harmless pairs match, too (W7).
_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def content(body: bytes) -> tuple[int | None, list[ContentItem]] | None:
    """Read a GetCourseContent answer.

    Returns:
        The course id, None if the answer has none, and the items; None if the tolerant reader must read it.
    """
    if _UNSTORABLE.search(body):
        return None
    try:
        answer = _DECODER.decode(body)
        if (answer.status, answer.status_code, answer.total_results) != (
            "ok",
            100,
            len(answer.content_items),
        ):
            return None
        return answer.course_id, [_read_item(entry) for entry in answer.content_items]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, fields.Unreadable):
        return None


def _read_item(entry: Any) -> ContentItem:
    details = entry.bibliographic_details
    decoded = astuple(entry) + (_NO_BIBLIOGRAPHY if details is None else astuple(details))
    values = list(_IN_ORDER(decoded))
    values[_PREVIOUS_ID] = values[_PREVIOUS_ID] or None
    for place in _INSTANTS:
        if (text := values[place]) is not None:
            values[place] = fields.instant(text)
    for place, second in _SECOND:
        if (text := decoded[second]) is not None:
            values[place] = _only(values[place], text)
    return ContentItem(*values)


def _only(first: str | None, second: str) -> str:
    """The value of a key that has two spellings.

    Raises:
        Unreadable: if both have one; the tolerant reader decides which counts.
    """
    if first is not None:
        raise fields.Unreadable
    return second


def _struct(name: str, required: Mapping[str, Any], optional: Mapping[str, Any]) -> Any:
    """A struct that decodes an object with these columns.

    It refuses unknown keys: they belong into ``extra``, which only the tolerant reader fills.
    """
    return msgspec.defstruct(
        name,
        [*required.items(), *((column, kind, None) for column, kind in optional.items())],
        rename={column: _KEYS.get(column, column.replace("_", "-")) for column in (*required, *optional)},
        forbid_unknown_fields=True,
        gc=False,
    )


_Bibliography = _struct("Bibliography", {}, _BIBLIOGRAPHY)
_Item = _struct(
    "Item",
    {"request_id": _Id},
    {column: kind for column, kind in _ITEM.items() if column != "request_id"}
    | {"bibliographic_details": _Bibliography | None},
)
_REQUIRED: dict[str, Any] = {
    "content_items": list[_Item],  # type: ignore[valid-type]  # a class made at run time
    "total_results": int,
    "status": str,
    "status_code": int,
}
_OPTIONAL = {
    "course_id": _Id | None,
    "hei": str | int | None,
    "second_hei": str | int | None,
    "status_message": _Text,
}
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_struct("Answer", _REQUIRED, _OPTIONAL))
