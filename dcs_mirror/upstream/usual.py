"""Content answers spelled as the specification spells them, decoded at once.

What :mod:`dcs_mirror.upstream.wire` reads key by key, in whatever spelling, is decoded several times as fast
where every key has a spelling that is documented, and every value is of its own kind. Any other answer is
left to the tolerant reader; one that both can read means the same to both.
"""

import re
from collections.abc import Mapping
from functools import cache
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
# The columns of a content item that follow, in their order.
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
_KEYS = {
    "content_guid": "content-GUID",
    "content_url": "content-URL",
    "doi": "DOI",
    "ocr": "OCR",
    "course_id": "course-ID",
}
# What the specification's tables spell otherwise than its samples.
_SPELLINGS = {
    "hei": ("HEI", "hei"),
    "source": ("Source", "source"),
    "extract_author": ("extract-author", "extractAuthor"),
}
# Escapes of what PostgreSQL refuses: U+0000 and surrogates, paired ones among them (W7).
_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def content(body: bytes) -> tuple[int | None, list[ContentItem]] | None:
    """The course id and the items of a GetCourseContent answer; None where it is not spelled as usual."""
    if b"\\u" in body and _UNSTORABLE.search(body):
        return None
    in_second = tuple(f'"{second}"'.encode() in body for _, second in _SPELLINGS.values())
    try:
        answer = _decoder(in_second).decode(body)
        if (answer.status, answer.status_code, answer.total_results) != (
            "ok",
            100,
            len(answer.content_items),
        ):
            return None
        return answer.course_id, [_item(entry) for entry in answer.content_items]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, fields.Unreadable):
        return None


def _item(entry: Any) -> ContentItem:
    details = entry.bibliographic_details
    return ContentItem(
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
        *(() if details is None else msgspec.structs.astuple(details)),
    )


@cache
def _decoder(in_second: tuple[bool, ...]) -> msgspec.json.Decoder[Any]:
    """Decodes answers in which these of ``_SPELLINGS`` are the second ones. An unknown key is for ``extra``,
    and so for the tolerant reader."""
    spelled = {
        column: both[second] for (column, both), second in zip(_SPELLINGS.items(), in_second, strict=True)
    }
    keys = _KEYS | spelled

    def struct(name: str, required: Mapping[str, Any], optional: Mapping[str, Any]) -> Any:
        return msgspec.defstruct(
            name,
            [*required.items(), *((column, kind, None) for column, kind in optional.items())],
            rename={column: keys.get(column, column.replace("_", "-")) for column in (*required, *optional)},
            forbid_unknown_fields=True,
            gc=False,
        )

    details = struct("Bibliography", {}, _BIBLIOGRAPHY)
    item = struct("Item", {"request_id": _Id}, _ITEM | {"bibliographic_details": details | None})
    envelope: dict[str, Any] = {
        "content_items": list[item],  # type: ignore[valid-type]  # made above, which no checker can follow
        "total_results": int,
        "status": str,
        "status_code": int,
    }
    answer = struct(
        "Answer", envelope, {"course_id": _Id | None, "hei": str | int | None, "status_message": _Text}
    )
    return msgspec.json.Decoder(answer)
