"""Bodies of the DCS for the tests of the wire format, and the records read from them."""

from typing import Any

import msgspec

from dcs_mirror.records import ContentItem, Course
from dcs_mirror.upstream import wire

Json = dict[str, Any]  # a body under construction: deliberately untyped

READERS = {"institutions": wire.institutions, "courses": wire.courses, "content-items": wire.content}
ITEM = {"request-id": 261006}


def answer(**rest: object) -> bytes:
    """Return a body of status ok with ``rest``; underscores in its names become hyphens."""
    envelope = {"status": "ok", "status-code": 100, "status-message": "Success"}
    return msgspec.json.encode(envelope | {name.replace("_", "-"): value for name, value in rest.items()})


def item(entry: Json) -> ContentItem:
    (read,) = wire.content(answer(total_results=1, content_items=[ITEM | entry])).items
    return read


def course(entry: Json) -> Course:
    entry = {"id": 70668, "course-code": "HIST101"} | entry
    (read,) = wire.courses(answer(total_results=1, courses=[entry])).courses
    return read


def raw_item(members: bytes) -> ContentItem:
    """Read an item whose JSON holds ``members`` verbatim: for input that no encoder would write."""
    body = b'{"status":"ok","total-results":1,"content-items":[{"request-id":1,' + members + b"}]}"
    (read,) = wire.content(body).items
    return read
