"""The overview: all institutions, and whether all is well."""

from typing import Any

from aiohttp import web

from dcs_mirror.web.dashboard.site import Site, Visit
from dcs_mirror.web.dashboard.tables import Column, Table, asks_for_file, listing_of
from dcs_mirror.web.dashboard.verdict import judge, limits_at

INSTITUTIONS = Table(
    "institutions",
    "Institutions",
    (
        Column("hei_id", "HEI", "number", shown=False),
        Column("name", "Institution"),
        Column("academic_year", "Year"),
        Column("last_synced_at", "Last read", "moment"),
        Column("last_sync_outcome", "Last outcome"),
        Column("courses", "Courses", "number"),
        Column("content_items", "Items", "number"),
        Column("open_flags", "Open flags", "number"),
        Column("waiting", "Things that wait", "number"),
        Column("subscribed", "Subscribed", "yes-no", shown=False, sorts=False),
        Column("error", "Error", shown=False, sorts=False),
    ),
    "name",
    "Nothing is mirrored yet.",
)


def add(site: Site) -> None:
    """Add the page."""
    site.get("/", _show, navigation="Overview")


async def _show(visit: Visit) -> web.Response:
    limits = limits_at(visit.now)
    asked: dict[str, Any] = {**limits, "hei_id": None}
    if asks_for_file(INSTITUTIONS, visit.asked):
        await visit.listing(INSTITUTIONS, **asked)
    # The verdict needs all of them, and counting what waits takes the time: the page shows a part of these.
    institutions = await visit.every("institutions", sort="hei_id", **asked)
    return visit.page(
        "overview.html",
        title="Overview",
        listing=listing_of(INSTITUTIONS, institutions, visit.asked),
        verdict=judge(institutions, visit.now),
        stale_hours=limits["stale"].total_seconds() / 3600,
    )
