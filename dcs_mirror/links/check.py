"""Whether a student can open each of a list of links, GUIDs or request ids; if not, why and since when."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from dcs_mirror.beside import in_thread
from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.links.reading import Asked, asked_for

UNKNOWN = "unknown"
"""Why not, if the mirror knows nothing of what a line asks for, or the line asks for nothing."""
AMBIGUOUS = "ambiguous"
"""Why not, if several institutions have had the request id and none is named."""

_FIND = sql.load(Path(__file__).parent / "find.sql")
_SPELLING = sql.load(Path(__file__).parent / "spelling.sql")
_BATCH = 10_000
"""Lines that one statement looks up."""
_FEW = 200
"""Lines that take no time worth speaking of."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link:
    """A line and what the mirror knows of it; all but the first two and ``why_not`` are None if nothing.

    Attributes:
        line: the number of the line, from 1.
        input: the line as it was given.
        request_id: the item's current request id, or its last one.
        is_openable: whether a student can open the link today.
        why_not: null if so, else as in ``dcs.content_item``, or ``unknown`` or ``ambiguous``.
        since: when the mirror saw that it became so; None if it has always been so, or that is not known.
    """

    line: int
    input: str
    item_key: int | None = None
    hei_id: int | None = None
    request_id: int | None = None
    is_openable: bool | None = None
    why_not: str | None = UNKNOWN
    since: datetime | None = None
    content_url: str | None = None


async def check(
    connection: Connection,
    texts: Sequence[str],
    *,
    hei_id: int | None = None,
    scope: Collection[int] | None = None,
    lines: Sequence[int] | None = None,
) -> list[Link]:
    """Return a row for each text, in order, as of one instant. Reads the views only.

    Args:
        connection: a connection to the mirror, outside a transaction.
        texts: anything; see :func:`~dcs_mirror.links.reading.asked_for`.
        hei_id: only search this institution's items.
        scope: the institutions that may be seen; None for all. Of others nothing is known.
        lines: the number of each text; by default they are counted from 1.
    """
    asked = await _beside(_asked, texts, size=len(texts))
    seen = _seen(hei_id, scope)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        found = await _find(connection, [(place, it, it.guid) for place, it in asked.items()], seen)
        missing = {place: it for place, it in asked.items() if it.guid is not None and place not in found}
        found |= await _find_otherwise_spelled(connection, missing, seen)
    return await _beside(_links, texts, found, lines, size=len(texts))


async def _beside(work: Callable[..., T], *values: object, size: int) -> T:
    """Return what a function returns; do it beside other tasks if it is long."""
    return await in_thread(work, *values) if size > _FEW else work(*values)


def _asked(texts: Sequence[str]) -> dict[int, Asked]:
    """Return what each text asks for, by its place; those that ask for nothing are left out."""
    return {place: it for place, text in enumerate(texts) if (it := asked_for(text)) is not None}


def _links(texts: Sequence[str], found: Mapping[int, Any], lines: Sequence[int] | None) -> list[Link]:
    return [
        _link(place + 1 if lines is None else lines[place], text, found.get(place))
        for place, text in enumerate(texts)
    ]


def _seen(hei_id: int | None, scope: Collection[int] | None) -> list[int] | None:
    """Return the institutions that are searched; None for all."""
    if hei_id is None:
        return None if scope is None else sorted(set(scope))
    return [hei_id] if scope is None or hei_id in scope else []


async def _find(
    connection: Connection, asked: Sequence[tuple[int, Asked, str | None]], scope: list[int] | None
) -> dict[int, Any]:
    """Return the answer of each place that has one; each is asked with a spelling of its GUID."""
    rows: dict[int, Any] = {}
    for begins in range(0, len(asked), _BATCH):
        spelled = [
            (place, spelling, it)
            for place, it, guid in asked[begins : begins + _BATCH]
            for spelling in ({guid, guid.upper()} if guid is not None and guid == it.guid else {guid})
        ]
        values = {
            "places": [place for place, _, _ in spelled],
            "guids": [guid for _, guid, _ in spelled],
            "request_ids": [it.request_id for _, _, it in spelled],
            "hei_ids": [it.hei_id for _, _, it in spelled],
            "scope": scope,
        }
        rows |= {row["place"]: row for row in await connection.fetch(*_FIND.bind(values))}
    return rows


async def _find_otherwise_spelled(
    connection: Connection, asked: Mapping[int, Asked], scope: list[int] | None
) -> dict[int, Any]:
    """Return the answers of GUIDs that are stored in small and capital letters."""
    if not asked:
        return {}
    guids = sorted({it.guid for it in asked.values() if it.guid is not None})
    spellings: dict[str, list[str]] = {}
    for guid, stored in await connection.fetch(*_SPELLING.bind({"guids": guids, "scope": scope})):
        spellings.setdefault(guid, []).append(stored)
    again = [
        (place, it, stored) for place, it in asked.items() for stored in spellings.get(it.guid or "", ())
    ]
    return await _find(connection, again, scope)


def _link(line: int, text: str, row: Any) -> Link:
    # What is no character can be written into no answer.
    shown = text.encode("utf-8", "replace").decode("utf-8")
    if row is None:
        return Link(line, shown)
    if row["is_ambiguous"]:
        return Link(line, shown, why_not=AMBIGUOUS)
    return Link(
        line,
        shown,
        row["item_key"],
        row["hei_id"],
        row["request_id"],
        row["is_openable"],
        row["why_not"],
        row["since"],
        row["content_url"],
    )
