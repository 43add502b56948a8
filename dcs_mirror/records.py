"""Records: institutions, courses and content items as read from the DCS.

Field names are the database's column names. Texts are kept as upstream sends them. Values that could not be
read into their column, and keys beyond the specification, are kept in ``extra`` under upstream's key (W4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, get_origin, get_type_hints

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


@dataclass(frozen=True, slots=True)
class ItemField:
    """Where the specification puts a field of a content item, and what its column says downstream.

    Attributes:
        comment: the comment on the column of ``dcs.content_item``.
        in_bibliography: whether it is in ``bibliographic-details``, not in the entry itself.
        key: its documented key, if that is not the column's name with hyphens.
        other_key: a second documented spelling of the key.
        reader: how it is read, if its type does not say that: as an id, or as text of bounded length.
        is_late: whether the field was added after version 0.1: views append its column at the end.
    """

    comment: str
    in_bibliography: bool = False
    key: str | None = None
    other_key: str | None = None
    reader: Literal["id", "previous id", "key"] | None = None
    is_late: bool = False


class ContentItem(msgspec.Struct, gc=False):
    """One content item of GetCourseContent. ``file_size`` is in KB; dates are timezone-aware (W5).

    This is the one declaration of an item's fields. Decoders derive from it when they are imported, SQL by
    `make columns`; CONTRIBUTING.md says how to add a field.
    """

    request_id: Annotated[
        int,
        ItemField("The DCS's id of the item in the current academic year; replaced every June.", reader="id"),
    ]
    previous_year_id: Annotated[
        int | None,
        ItemField(
            "The DCS's id of the item in the previous academic year; null if it had none.",
            reader="previous id",
        ),
    ] = None
    content_guid: Annotated[
        str | None,
        ItemField("Id in the content link; does not change at a rollover.", reader="key", key="content-GUID"),
    ] = None
    content_url: Annotated[
        str | None,
        ItemField(
            "Link that students follow; null or empty until the item was first active.", key="content-URL"
        ),
    ] = None
    content_status: Annotated[
        str | None,
        ItemField(
            "New Request, Rejected, Pending, Active, Archived or Deleted; students can open Active items "
            "only."
        ),
    ] = None
    date_created: Annotated[
        datetime | None, ItemField("When the item was created, according to the DCS.")
    ] = None
    last_modified: Annotated[
        datetime | None, ItemField("When the item was last changed, according to the DCS.")
    ] = None
    rejection_message: Annotated[str | None, ItemField("Reason code of a rejection.")] = None
    notes: Annotated[str | None, ItemField("Rejection or publication note.")] = None
    licence: Annotated[str | None, ItemField("Licence under which the item is used.")] = None
    source: Annotated[
        str | None, ItemField("Where the content comes from.", key="Source", other_key="source")
    ] = None
    type: Annotated[str | None, ItemField("Book or Journal.", in_bibliography=True)] = None
    identifier: Annotated[
        str | None, ItemField("ISBN or ISSN, as upstream gives it.", in_bibliography=True)
    ] = None
    doi: Annotated[str | None, ItemField("DOI of a journal article.", in_bibliography=True, key="DOI")] = None
    title: Annotated[str | None, ItemField("Title of the book or journal.", in_bibliography=True)] = None
    extract_title: Annotated[
        str | None, ItemField("Title of the chapter or article.", in_bibliography=True)
    ] = None
    publication_form: Annotated[str | None, ItemField("Print or Digital.", in_bibliography=True)] = None
    year: Annotated[str | None, ItemField("Year of publication, as text.", in_bibliography=True)] = None
    volume: Annotated[str | None, ItemField("Volume.", in_bibliography=True)] = None
    issue: Annotated[str | None, ItemField("Issue.", in_bibliography=True)] = None
    page_range: Annotated[str | None, ItemField("Pages of the extract.", in_bibliography=True)] = None
    author: Annotated[str | None, ItemField("Author.", in_bibliography=True)] = None
    colour_scale: Annotated[
        str | None, ItemField("BlackAndWhite, Greyscale or Colour.", in_bibliography=True)
    ] = None
    publisher: Annotated[str | None, ItemField("Publisher.", in_bibliography=True)] = None
    extract_author: Annotated[
        str | None,
        ItemField("Author of the chapter or article.", in_bibliography=True, other_key="extractAuthor"),
    ] = None
    chapter_number: Annotated[str | None, ItemField("Number of the chapter.", in_bibliography=True)] = None
    edition: Annotated[str | None, ItemField("Edition.", in_bibliography=True)] = None
    book_pages: Annotated[int | None, ItemField("Number of pages of the book.", in_bibliography=True)] = None
    publication_place: Annotated[str | None, ItemField("Place of publication.", in_bibliography=True)] = None
    ocr: Annotated[
        bool | None, ItemField("Whether the scan has recognised text.", in_bibliography=True, key="OCR")
    ] = None
    file_size: Annotated[float | None, ItemField("Size of the file in KB.", in_bibliography=True)] = None
    subtitle: Annotated[str | None, ItemField("Subtitle of the book.", in_bibliography=True)] = None
    extra: dict[str, Any] = {}


ITEM_FIELDS: Mapping[str, ItemField] = MappingProxyType(
    {
        name: found.__metadata__[0]
        for name, found in get_type_hints(ContentItem, include_extras=True).items()
        if get_origin(found) is Annotated
    }
)
"""The fields of the specification by column, in the order of the record."""

ITEM_TYPES: Mapping[str, Any] = MappingProxyType(
    {name: get_type_hints(ContentItem)[name] for name in ITEM_FIELDS}
)
"""Their Python types."""
