"""Search for items, and one item."""

import json
from typing import Any

from aiohttp import web

from dcs_mirror.links import check
from dcs_mirror.links.reading import asked_for
from dcs_mirror.schema import search
from dcs_mirror.web.dashboard.site import Site, Visit, patterns
from dcs_mirror.web.dashboard.tables import Column, Table
from dcs_mirror.web.dashboard.wording import moment

ITEMS = Table(
    "items",
    "Items",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("author", "Author"),
        Column("institution", "Institution"),
        Column("course_code", "Course"),
        Column("content_status", "State"),
        Column("licence", "Licence"),
        Column("is_openable", "Can be opened", "yes-no", sorts=False),
        Column("why_not", "Why not", shown=False, sorts=False),
        Column("request_id", "Request id", "id"),
        Column("identifier", "ISBN or ISSN", shown=False, sorts=False),
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
        Column("academic_year", "Replaced in"),
        Column("replaced_at", "Seen", "moment"),
        Column("via", "Recognised by"),
    ),
    "-replaced_at",
    "It has had no other id.",
)
CHANGES = Table(
    "item_changes",
    "Changes",
    (
        Column("observed_at", "Seen", "moment"),
        Column("kind", "What happened"),
        Column("column_name", "What changed"),
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
        Column("kind", "Kind", sorts=False),
        Column("licence_before", "Licence before", sorts=False),
        Column("licence", "Licence after", sorts=False),
        Column("flagged_at", "Seen", "moment", sorts=False),
        Column("acknowledged_note", "Note", sorts=False),
        Column("resolution", "Became", sorts=False),
        Column("resolved_at", "Since", "moment", sorts=False),
    ),
    "-licence_year",
    "None.",
)
LISTED = "Listed now"
STATES = (
    LISTED, "New Request", "Rejected", "Pending", "Active", "Archived", "Deleted", "No longer listed",
)  # fmt: skip
FACETS = (("status", "State"), ("licence", "Licence"), ("source", "Source"), ("year", "Year of publication"))
NARROWING = (("course", "Course"), *FACETS[1:])
MOST_OF_A_FACET = 12
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


async def _show(visit: Visit) -> web.Response:
    institutions = await visit.rows("institution_names")
    hei_id = visit.chosen(institutions)
    text = visit.text("q")
    wanted = await _search(visit, hei_id, text)
    listing, facets = None, {}
    if wanted is not None:
        listing = await visit.listing(ITEMS, **wanted)
        facets = _facets(visit, await visit.rows("facets", **wanted))
    return visit.page(
        "items.html",
        title="Items",
        listing=listing,
        facets=facets,
        institutions=institutions,
        hei_id=hei_id,
        q=text,
        states=STATES,
        state=visit.text("status"),
        flag=visit.text("flag"),
        narrowed=[
            (heading, visit.text(name), visit.asked.with_changes(**{name: None}))
            for name, heading in NARROWING
            if visit.text(name)
        ],
    )


async def _search(visit: Visit, hei_id: int | None, text: str | None) -> dict[str, object] | None:
    """Return what to look for; None if that would be all items of all institutions."""
    keys = await _identified(visit, text) if text else []
    if text and not keys and hei_id is None:
        index = await search.look(visit.connection)
        if index is None or not index.is_ready:
            return None
        keys = [row["item_key"] for row in await visit.rows("titled", words=text)]
        words = None
    else:
        words = None if keys or text is None else patterns(text)
        if hei_id is None and not keys:
            return None
    flag = visit.text("flag")
    return {
        "hei_id": hei_id,
        "item_keys": keys if keys or hei_id is None else None,
        "patterns": words,
        "course": visit.text("course"),
        "status": visit.text("status"),
        "licence": visit.text("licence"),
        "source": visit.text("source"),
        "year": visit.text("year"),
        "flag": flag if flag in {"open", "new"} else None,
    }


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


async def _identified(visit: Visit, text: str) -> list[int]:
    """Return the items that a text identifies."""
    asked = asked_for(text)
    guid = asked.guid if asked else None
    rows = await visit.rows(
        "identified",
        written=text,
        guids=[] if guid is None else [guid, guid.upper()],
        request_id=asked.request_id if asked else None,
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
            facts.append((heading, moment(value) if name.endswith("_at") else str(value)))
    return visit.page(
        "item.html",
        title=item["extract_title"] or item["title"] or f"Item {key}",
        item=item,
        facts=facts,
        extra=json.loads(item["extra"]) if isinstance(item["extra"], str) else item["extra"],
        since=link.since if link.item_key == key else None,
        ids=await visit.listing(IDS, item_key=key),
        changes=await visit.listing(CHANGES, item_key=key),
        flags=await visit.listing(FLAGS, item_key=key),
    )
