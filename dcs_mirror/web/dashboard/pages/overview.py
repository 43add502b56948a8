"""The overview: all institutions, and whether all is well."""

from operator import itemgetter

from aiohttp import web

from dcs_mirror.web.dashboard.site import Site, Visit
from dcs_mirror.web.dashboard.tables import Column, Table
from dcs_mirror.web.dashboard.verdict import judge, limits_at

INSTITUTIONS = Table(
    "institutions",
    "Institutions",
    (
        Column("name", "Institution"),
        Column("hei_id", "HEI", "id"),
        Column("academic_year", "Year", "code"),
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
    # The verdict needs all of them, and counting what waits takes the time: the page shows a part of these.
    listing, institutions = await visit.listing_and_all(INSTITUTIONS, **limits, hei_id=None)
    return visit.page(
        "overview.html",
        title="Overview",
        listing=listing,
        verdict=judge(sorted(institutions, key=itemgetter("hei_id")), visit.now),
        stale_hours=limits["stale"].total_seconds() / 3600,
    )
