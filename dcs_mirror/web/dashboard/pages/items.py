"""Search for items, and one item."""

from aiohttp import web

from dcs_mirror.links.reading import asked_for
from dcs_mirror.web.dashboard.site import Site, Visit
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
        Column("request_id", "Request id", "number"),
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
        Column("old_request_id", "Request id", "number"),
        Column("academic_year", "Replaced in"),
        Column("replaced_at", "Seen", "moment"),
        Column("via", "Recognised by"),
    ),
    "-replaced_at",
    "It has had no other id.",
)
STATUSES = ("New Request", "Rejected", "Pending", "Active", "Archived", "Deleted", "No longer listed")
_FACTS = (
    ("title", "Title"), ("subtitle", "Subtitle"), ("extract_title", "Chapter or article"),
    ("author", "Author"),
    ("extract_author", "Author of the extract"), ("identifier", "ISBN or ISSN"),
    ("doi", "DOI"), ("year", "Published"),
    ("edition", "Edition"), ("volume", "Volume"), ("issue", "Issue"), ("page_range", "Pages"),
    ("publisher", "Publisher"), ("type", "Type"), ("course_code", "Course"), ("course", "Name of the course"),
    ("lecturer", "Lecturer"), ("content_status", "State"), ("licence", "Licence"), ("source", "Source"),
    ("rejection_message", "Rejected because"), ("notes", "Notes"), ("request_id", "Request id"),
    ("content_guid", "GUID"), ("first_seen_at", "First seen"), ("changed_at", "Last changed"),
    ("removed_at", "Not listed since"),
)  # fmt: skip
_MOST_WORDS = 20
_LITERALLY = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/items", _show, navigation="Items")
    site.get("/items/{item_key}", _show_item)


async def _show(visit: Visit) -> web.Response:
    institutions = await visit.rows("institution_names")
    hei_id = visit.institution()
    if hei_id is None and len(institutions) == 1:
        hei_id = institutions[0]["hei_id"]
    text, status, flag = visit.text("q"), visit.text("status"), visit.text("flag")
    keys = await _identified(visit, text) if text else None
    listing = None
    if hei_id is not None or keys:
        listing = await visit.listing(
            ITEMS,
            hei_id=hei_id,
            item_keys=keys or None,
            patterns=None if keys or text is None else _patterns(text),
            status=status if status in STATUSES else None,
            flag=flag if flag in {"open", "new"} else None,
        )
    return visit.page(
        "items.html", title="Items", listing=listing, institutions=institutions, hei_id=hei_id, q=text,
        statuses=STATUSES, state=status, flag=flag,
    )  # fmt: skip


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


def _patterns(text: str) -> list[str]:
    """Return what each word of a text is looked for with, wherever it stands."""
    words = text.split()[:_MOST_WORDS]
    return [f"%{word.translate(_LITERALLY)}%" for word in words]


async def _show_item(visit: Visit) -> web.Response:
    key = visit.number("item_key")
    item = await visit.row("item", item_key=key)
    ids = await visit.listing(IDS, item_key=key)
    facts = [("Institution", item["institution"] or f"Institution {item['hei_id']}")]
    for name, heading in _FACTS:
        value = item[name]
        if value not in {None, ""}:
            facts.append((heading, moment(value) if name.endswith("_at") else str(value)))
    title = item["extract_title"] or item["title"] or f"Item {key}"
    return visit.page("item.html", title=title, item=item, facts=facts, ids=ids)
