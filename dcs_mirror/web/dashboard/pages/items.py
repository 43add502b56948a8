"""Search for items, and one item."""

import json
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from dcs_mirror.links import check
from dcs_mirror.links.reading import asked_for
from dcs_mirror.schema import search
from dcs_mirror.web.dashboard.site import Site, Visit, patterns
from dcs_mirror.web.dashboard.tables import Column, Table, asks_for_file
from dcs_mirror.web.dashboard.wording import CHANGES as KINDS_OF_CHANGES
from dcs_mirror.web.dashboard.wording import KINDS, RESOLUTIONS, VIA, field, item_value, one_of, why_not
from dcs_mirror.web.problems import digits

ITEMS = Table(
    "items",
    "Items",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("author", "Author"),
        Column("institution", "Institution"),
        Column("course_code", "Course", "code"),
        Column("content_status", "State"),
        Column("licence", "Licence"),
        Column("is_openable", "Can be opened", "yes-no", sorts=False),
        Column("why_not", "Why not", shown=False, sorts=False, words=why_not),
        Column("request_id", "Request id", "id"),
        Column("identifier", "ISBN or ISSN", "code", shown=False, sorts=False),
        Column("year", "Year", shown=False, sorts=False),
        Column("content_url", "Link", shown=False, sorts=False),
        Column("changed_at", "Last changed", "date"),
    ),
    "course_code",
    "No item is like this.",
)
IDS = Table(
    "item_ids",
    "Request ids of earlier years",
    (
        Column("old_request_id", "Request id", "id"),
        Column("academic_year", "Replaced in", "code"),
        Column("replaced_at", "Seen", "moment"),
        Column("via", "Recognised by", words=one_of(VIA)),
    ),
    "-replaced_at",
    "It has had no other id.",
)
CHANGES = Table(
    "item_changes",
    "Changes",
    (
        Column("observed_at", "Seen", "moment"),
        Column("kind", "What happened", words=one_of(KINDS_OF_CHANGES)),
        Column("column_name", "What changed", words=field),
        Column("before", "Before", sorts=False),
        Column("after", "After", sorts=False),
    ),
    "-observed_at",
    "The mirror has seen no change.",
)
FLAGS = Table(
    "item_flags",
    "Licence rechecks that flagged it",
    (
        Column("licence_year", "August of", "text"),
        Column("kind", "What happened", sorts=False, words=one_of(KINDS)),
        Column("licence_before", "Licence before", sorts=False),
        Column("licence", "Licence after", sorts=False),
        Column("flagged_at", "Seen", "moment", sorts=False),
        Column("acknowledged_note", "Note", sorts=False),
        Column("assigned_to", "Assigned to", sorts=False),
        Column("resolution", "Closed because", sorts=False, words=one_of(RESOLUTIONS)),
        Column("resolved_at", "Closed", "moment", sorts=False),
    ),
    "-licence_year",
    "None.",
)
LISTED = "Listed now"
STATES = (
    LISTED, "Listed, not deleted", "New Request", "Rejected", "Pending", "Active", "Archived", "Deleted",
    "No longer listed",
)  # fmt: skip
FACETS = (("status", "State"), ("licence", "Licence"), ("source", "Source"), ("year", "Year of publication"))
MOST_OF_A_FACET = 12
MOST_FOUND = 1000
"""How many items of all institutions a search looks at, because a word may be in every title."""
_FACTS = (
    ("title", "Title"), ("subtitle", "Subtitle"), ("extract_title", "Chapter or article"),
    ("author", "Author"),
    ("extract_author", "Author of the extract"), ("identifier", "ISBN or ISSN"),
    ("doi", "DOI"), ("year", "Published"),
    ("edition", "Edition"), ("volume", "Volume"), ("issue", "Issue"), ("page_range", "Pages"),
    ("publisher", "Publisher"), ("type", "Type"), ("institution", "Institution"),
    ("course_code", "Course"), ("course", "Name of the course"),
    ("lecturer", "Lecturer"), ("content_status", "State"), ("licence", "Licence"), ("source", "Source"),
    ("rejection_message", "Rejected because"), ("notes", "Notes"), ("request_id", "Request id"),
    ("content_guid", "GUID"), ("first_seen_at", "First seen"), ("changed_at", "Last changed"),
    ("removed_at", "Not listed since"),
)  # fmt: skip


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/items", _show, navigation="Items")
    site.get("/items/{item_key}", _show_item)


@dataclass(frozen=True, slots=True)
class _Search:
    """What to look for.

    Attributes:
        values: what the statements of a search are told.
        is_cut: whether more was found than is looked at.
        has_others: whether there may be items beside those that a number identifies.
    """

    values: dict[str, object]
    is_cut: bool = False
    has_others: bool = False


async def _show(visit: Visit) -> web.Response:
    institutions = await visit.rows("institution_names")
    hei_id = visit.chosen(institutions)
    text = visit.text("q")
    course = await _course(visit)
    if course is not None:
        hei_id = course["hei_id"]
    wanted = await _search(visit, hei_id, text, None if course is None else course["course_key"])
    listing, facets = None, {}
    if wanted is not None:
        table = ITEMS if hei_id is None else ITEMS.without("institution")
        listing = await visit.listing(table, **wanted.values)
        if wanted.is_cut:
            listing = replace(listing, more_than=MOST_FOUND)
        else:
            facets = _facets(visit, await visit.rows("facets", **wanted.values))
    return visit.page(
        "items.html",
        title="Items",
        listing=listing,
        marks_identified=wanted is not None and wanted.has_others,
        facets=facets,
        institutions=institutions,
        hei_id=hei_id,
        q=text,
        states=STATES,
        state=visit.text("status"),
        flag=visit.text("flag"),
        narrowed=_narrowed(visit, course),
    )


async def _course(visit: Visit) -> Any:
    """Return the course that the address names; None if it names none."""
    if (key := visit.text("course_key")) is None:
        return None
    return await visit.row("course", course_key=digits(key) or 0)


def _narrowed(visit: Visit, course: Any) -> list[tuple[str, str, str]]:
    """Return by what a search is narrowed beside its form: headings, values, and addresses without it."""
    chosen = [("course_key", "Course", None if course is None else course["course_code"])]
    chosen += [(name, heading, visit.text(name)) for name, heading in FACETS[1:]]
    return [
        (heading, value, visit.asked.with_changes(**{name: None, "items-page": None}))
        for name, heading, value in chosen
        if value
    ]


async def _search(
    visit: Visit, hei_id: int | None, text: str | None, course_key: int | None
) -> _Search | None:
    """Return what to look for; None if that would be all items of all institutions.

    A number is an id, and may be a word of a title, too: those that it identifies come first.
    """
    flag = visit.text("flag")
    narrowed: dict[str, object] = {
        "hei_id": hei_id,
        "item_keys": None,
        "found_keys": [],
        "words": None,
        "patterns": None,
        "course_key": course_key,
        "status": visit.text("status"),
        "licence": visit.text("licence"),
        "source": visit.text("source"),
        "year": visit.text("year"),
        "flag": flag if flag in {"open", "new"} else None,
    }
    if text is None:
        return None if hei_id is None else _Search(narrowed)
    # A file has all of them.
    is_file = asks_for_file(ITEMS, visit.asked)
    most = None if is_file else MOST_FOUND + 1
    found = await _identified(visit, text, most, narrowed)
    if found and not text.isdecimal():
        return _found(narrowed, found, found, most)
    if hei_id is not None:
        narrowed |= {"found_keys": found, "patterns": patterns(text)}
        return _Search(narrowed, has_others=True)
    index = await search.look(visit.connection)
    if index is None or not index.is_ready:
        return _found(narrowed, found, found, most) if found else None
    if is_file:
        # They may be half a million: they are read as they are sent, and never collected here.
        return _Search({**narrowed, "found_keys": found, "words": text}, has_others=True)
    titled = await visit.rows("titled", most=most, **{**narrowed, "words": text})
    keys = list(dict.fromkeys([*found, *(row["item_key"] for row in titled)]))
    return replace(_found(narrowed, found, keys, most), has_others=True)


def _found(narrowed: dict[str, object], found: list[int], keys: list[int], most: int | None) -> _Search:
    is_cut = most is not None and len(keys) >= most
    looked_at = keys[:MOST_FOUND] if is_cut else keys
    return _Search({**narrowed, "found_keys": found, "item_keys": looked_at}, is_cut=is_cut)


def _facets(visit: Visit, rows: list[Any]) -> dict[str, list[tuple[str, int, str]]]:
    """Return what a search can be narrowed by: names with their counts and addresses."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    for name, heading in FACETS:
        each = [row for row in rows if row["facet"] == name and row["name"]]
        if len(each) > 1:
            found[heading] = [
                (
                    row["name"],
                    row["items"],
                    visit.asked.with_changes(**{name: row["name"], "items-page": None}),
                )
                for row in each[:MOST_OF_A_FACET]
            ]
    return found


async def _identified(visit: Visit, text: str, most: int | None, narrowed: dict[str, object]) -> list[int]:
    """Return the items that a text identifies."""
    asked = asked_for(text)
    guid = asked.guid if asked else None
    rows = await visit.rows(
        "identified",
        written=text,
        guids=[] if guid is None else [guid, guid.upper()],
        request_id=asked.request_id if asked else None,
        most=most,
        **narrowed,
    )
    return [row["item_key"] for row in rows]


async def _show_item(visit: Visit) -> web.Response:
    key = visit.number("item_key")
    item = await visit.row("item", item_key=key)
    hei_id = item["hei_id"]
    (link,) = await check.check(visit.connection, [f"/go/{hei_id}/{item['request_id']}"], scope=[hei_id])
    facts = []
    for name, heading in _FACTS:
        value = item[name]
        if value not in {None, ""}:
            facts.append((heading, item_value(name, value)))
    return visit.page(
        "item.html",
        title=item["extract_title"] or item["title"] or f"Item {key}",
        item=item,
        facts=facts,
        extra=json.loads(item["extra"]) if isinstance(item["extra"], str) else item["extra"],
        permanent=f"/go/{hei_id}/{item['request_id']}",
        public_url=visit.parts.public_url or "",
        since=link.since if link.item_key == key else None,
        ids=await visit.listing(IDS, item_key=key),
        changes=await visit.listing(CHANGES, item_key=key),
        item_value=item_value,
        flags=await visit.listing(FLAGS, item_key=key),
    )
