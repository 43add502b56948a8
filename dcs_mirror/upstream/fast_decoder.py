"""Fast decoder for GetCourseContent answers that are spelled as the specification spells them.

The tolerant reader in :mod:`dcs_mirror.upstream.wire` accepts any spelling, key by key. This one decodes an
answer several times as fast if every key has a documented spelling and every value its documented type; it
leaves any other answer to the tolerant reader. Both read an answer that both accept in the same way.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dcs_mirror.records import ContentItem
from dcs_mirror.upstream import fields

_Id = Annotated[int, Meta(gt=0, le=fields.INT8_MAX)]
_PreviousId = Annotated[int, Meta(ge=0, le=fields.INT8_MAX)] | None
_Integer = Annotated[int, Meta(ge=-fields.INT4_MAX, le=fields.INT4_MAX)] | None
_Key = Annotated[str, Meta(max_length=fields.LONGEST_KEY)] | None
_Text = str | None

_ITEM = {
    "previous_year_id": _PreviousId,
    "content_guid": _Key,
    "content_url": _Text,
    "content_status": _Text,
    "date_created": _Text,
    "last_modified": _Text,
    "rejection_message": _Text,
    "notes": _Text,
    "licence": _Text,
    "source": _Text,
}
# The remaining columns of a content item, in the order of the record.
_BIBLIOGRAPHY = {
    "type": _Text,
    "identifier": _Text,
    "doi": _Text,
    "title": _Text,
    "extract_title": _Text,
    "publication_form": _Text,
    "year": _Text,
    "volume": _Text,
    "issue": _Text,
    "page_range": _Text,
    "author": _Text,
    "colour_scale": _Text,
    "publisher": _Text,
    "extract_author": _Text,
    "chapter_number": _Text,
    "edition": _Text,
    "book_pages": _Integer,
    "publication_place": _Text,
    "ocr": bool | None,
    "file_size": float | None,
    "subtitle": _Text,
}
# Keys that are not their column's name with dashes; `second_` if the specification's tables spell a key
# differently from its samples.
_KEYS = {
    "content_guid": "content-GUID",
    "content_url": "content-URL",
    "source": "Source",
    "second_source": "source",
    "doi": "DOI",
    "ocr": "OCR",
    "second_extract_author": "extractAuthor",
    "course_id": "course-ID",
    "hei": "HEI",
    "second_hei": "hei",
}
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
    bibliography = () if details is None else msgspec.structs.astuple(details)[:-1]
    item = ContentItem(
        entry.request_id,
        entry.previous_year_id or None,
        entry.content_guid,
        entry.content_url,
        entry.content_status,
        entry.date_created if entry.date_created is None else fields.instant(entry.date_created),
        entry.last_modified if entry.last_modified is None else fields.instant(entry.last_modified),
        entry.rejection_message,
        entry.notes,
        entry.licence,
        entry.source,
        *bibliography,
    )
    if entry.second_source is not None:
        item.source = _only(item.source, entry.second_source)
    if details is not None and details.second_extract_author is not None:
        item.extract_author = _only(item.extract_author, details.second_extract_author)
    return item


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


_Bibliography = _struct("Bibliography", {}, _BIBLIOGRAPHY | {"second_extract_author": _Text})
_Item = _struct(
    "Item",
    {"request_id": _Id},
    _ITEM | {"second_source": _Text, "bibliographic_details": _Bibliography | None},
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
