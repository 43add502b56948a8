"""An institution: how it is, how it was over the year, its Junes, runs and courses, and a reading at once."""

from aiohttp import web

from dcs_mirror.upstream.fields import INT4_MAX
from dcs_mirror.web.dashboard.chart import chart
from dcs_mirror.web.dashboard.site import NotThere, Site, Visit
from dcs_mirror.web.dashboard.tables import Column, Table
from dcs_mirror.web.dashboard.verdict import judge, named
from dcs_mirror.web.refreshing import Refused, Scope

ROLLOVERS = Table(
    "rollovers",
    "Junes",
    (
        Column("academic_year", "Year that began"),
        Column("previous_year", "Year before", sorts=False),
        Column("observed_at", "Seen", "moment", sorts=False),
        Column("renumbered", "Renumbered", "number", sorts=False),
        Column("new", "New", "number", sorts=False),
        Column("not_carried_over", "Not carried over", "number", sorts=False),
        Column("looked_up", "Found by look-up", "number", sorts=False),
        Column("conflicts", "Conflicts", "number", sorts=False),
    ),
    "-academic_year",
    "The mirror has seen no June of this institution yet.",
)
RUNS = Table(
    "runs",
    "Runs",
    (
        Column("started_at", "Began", "moment"),
        Column("kind", "Kind"),
        Column("outcome", "Outcome"),
        Column("added", "Added", "number"),
        Column("changed", "Changed", "number"),
        Column("removed", "Removed", "number"),
        Column("renumbered", "Renumbered", "number"),
        Column("flagged", "Flagged", "number"),
        Column("error", "What was wrong", sorts=False),
        Column("run_id", "Run", "number", sorts=False, shown=False),
    ),
    "-started_at",
    "No run has read this institution yet.",
)
COURSES = Table(
    "courses",
    "Courses",
    (
        Column("course_code", "Code"),
        Column("name", "Name"),
        Column("lecturer", "Lecturer"),
        Column("academic_year", "Year"),
        Column("status", "State"),
        Column("items", "Items", "number"),
    ),
    "course_code",
    "It has no courses.",
)
_FIGURES = (Column("at", "On", "date"), Column("name", "Name"), Column("items", "Items", "number"))
OVER_TIME = Table("over_time", "Items by state over the year", _FIGURES, "-at")
LICENCES = Table("licences", "Items by licence over the year", _FIGURES, "-at", statement="over_time")


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/institutions/{hei_id}", _show)
    site.post("/institutions/{hei_id}/refresh", _refresh, right="refresh")


async def _show(visit: Visit) -> web.Response:
    hei_id = _hei_id(visit)
    institution = await visit.row("institution", hei_id=hei_id)
    every = {
        "sort": "at",
        "is_descending": False,
        "skip": 0,
        "most": None,
        "hei_id": hei_id,
        "now": visit.now,
    }
    pictures = [
        (
            table,
            chart(await visit.rows("over_time", by_licence=by_licence, **every)),
            await visit.listing(table, hei_id=hei_id, by_licence=by_licence, now=visit.now),
        )
        for table, by_licence in ((OVER_TIME, False), (LICENCES, True))
    ]
    state = await visit.rows("institutions", sort="hei_id", is_descending=False, skip=0, most=None)
    return visit.page(
        "institution.html",
        title=named(institution),
        institution=institution,
        verdict=judge([row for row in state if row["hei_id"] == hei_id], visit.now),
        pictures=pictures,
        rollovers=await visit.listing(ROLLOVERS, hei_id=hei_id),
        runs=await visit.listing(RUNS, hei_id=hei_id),
        courses=await visit.listing(COURSES, hei_id=hei_id),
        refresh=await _asked(visit, hei_id),
        may_refresh=visit.may("refresh"),
    )


def _hei_id(visit: Visit) -> int:
    hei_id = visit.number("hei_id")
    if hei_id > INT4_MAX:
        raise NotThere
    return hei_id


async def _asked(visit: Visit, hei_id: int) -> object:
    """Return the refresh that the address names; None if it names none."""
    text = visit.text("refresh") or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        return None
    found = await visit.rows("refresh", hei_id=hei_id, refresh_id=int(text))
    return found[0] if found else None


async def _refresh(visit: Visit) -> web.Response:
    hei_id = _hei_id(visit)
    await visit.row("institution", hei_id=hei_id)
    assert visit.person is not None  # noqa: S101 - it has the right
    assert visit.person.name is not None  # noqa: S101 - so it has an account
    try:
        refresh_id = await visit.parts.refreshes.ask(visit.person.name, Scope(hei_id))
    except Refused:
        return visit.redirect(f"/institutions/{hei_id}", said="refused")
    return visit.redirect(f"/institutions/{hei_id}", refresh=refresh_id)
