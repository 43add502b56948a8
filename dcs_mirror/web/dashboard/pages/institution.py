"""An institution: how it is, how it was over the year, its Junes, courses and runs, and a reading at once."""

from typing import Any

from aiohttp import web

from dcs_mirror.web.dashboard.chart import Chart, chart
from dcs_mirror.web.dashboard.site import Site, Visit
from dcs_mirror.web.dashboard.tables import Column, Listing, Table, asks_for_file, listing_of
from dcs_mirror.web.dashboard.verdict import judge, limits_at, named
from dcs_mirror.web.dashboard.wording import KINDS, RESOLUTIONS, field, one_of
from dcs_mirror.web.problems import digits
from dcs_mirror.web.refreshing import Refused, Scope

ROLLOVERS = Table(
    "rollovers",
    "Junes",
    (
        Column("academic_year", "Year that began", "code"),
        Column("previous_year", "Year before", "code", sorts=False),
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
FIGURES_OF_RUN = (
    Column("outcome", "Outcome"),
    Column("added", "Added", "number"),
    Column("changed", "Changed", "number"),
    Column("removed", "Removed", "number"),
    Column("renumbered", "Renumbered", "number"),
    Column("flagged", "Flagged", "number"),
    Column("error", "What was wrong", sorts=False),
)
"""What a run did for an institution."""
RUNS = Table(
    "runs",
    "Runs",
    (
        Column("started_at", "Began", "moment"),
        Column("kind", "Kind"),
        *FIGURES_OF_RUN,
        Column("run_id", "Run", "number", sorts=False, shown=False),
    ),
    "-started_at",
    "No run has read this institution yet.",
)
COURSES = Table(
    "courses",
    "Courses",
    (
        Column("course_code", "Code", "code"),
        Column("name", "Name"),
        Column("lecturer", "Lecturer"),
        Column("academic_year", "Year", "code"),
        Column("status", "State"),
        Column("items", "Items", "number"),
    ),
    "course_code",
    "It has no courses.",
)
_FIGURES = (Column("at", "On", "date"), Column("name", "Name"), Column("items", "Items", "number"))
OVER_TIME = Table("over_time", "Items by state over the year", _FIGURES, "-at")
LICENCES = Table("licences", "Items by licence over the year", _FIGURES, "-at", statement="over_time")


RUN_CHANGES = Table(
    "run_changes",
    "Items that it changed",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("author", "Author", shown=False, sorts=False),
        Column("course_code", "Course", "code"),
        Column("kind", "What happened"),
        Column("columns", "What changed", words=field),
        Column("request_id", "Request id now", "id"),
        Column("content_status", "State now"),
    ),
    "course_code",
    "No item is like this.",
)
RUN_FLAGS = Table(
    "run_flags",
    "Items that it flagged",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("author", "Author", shown=False, sorts=False),
        Column("course_code", "Course", "code"),
        Column("lecturer", "Lecturer"),
        Column("kind", "What happened", words=one_of(KINDS)),
        Column("licence_before", "Licence before", sorts=False),
        Column("licence", "Licence then", sorts=False),
        Column("assigned_to", "Assigned to"),
        Column("resolution", "Closed because", sorts=False, words=one_of(RESOLUTIONS)),
        Column("flag_id", "Flag", "id", shown=False, sorts=False),
    ),
    "course_code",
    "It flagged no item.",
)
FLAGGED = "flagged"
KINDS_OF_CHANGES = {
    "added": ("added", "restored"),
    "changed": ("changed",),
    "removed": ("removed",),
    "renumbered": ("renumbered",),
}
"""The kinds of the change feed that each figure of a run counts."""


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/institutions/{hei_id}", _show)
    site.get("/institutions/{hei_id}/runs/{run_id}", _show_run)
    site.post("/institutions/{hei_id}/refresh", _refresh, right="refresh")


async def _show(visit: Visit) -> web.Response:
    hei_id = visit.hei_id
    institution = await visit.row("institution", hei_id=hei_id)
    only_listed = visit.text("listed") == "yes"
    state = await visit.every("institutions", sort="hei_id", hei_id=hei_id, **limits_at(visit.now))
    return visit.page(
        "institution.html",
        title=named(institution),
        institution=institution,
        verdict=judge(state, visit.now),
        pictures=await _pictures(visit, hei_id),
        rollovers=await visit.listing(ROLLOVERS, hei_id=hei_id),
        runs=await visit.listing(RUNS, hei_id=hei_id),
        figures=(*KINDS_OF_CHANGES, FLAGGED),
        courses=await visit.listing(COURSES, hei_id=hei_id, only_listed=only_listed),
        only_listed=only_listed,
        refresh=await _asked(visit, hei_id),
        may_refresh=visit.may("refresh"),
    )


async def _pictures(visit: Visit, hei_id: int) -> list[tuple[Table, Chart | None, Listing]]:
    """Return the figures over the year, read once: each as a table's declaration, a picture and a table."""
    asked: dict[str, Any] = {"hei_id": hei_id, "now": visit.now}
    tables = {"state": OVER_TIME, "licence": LICENCES}
    for what, table in tables.items():
        if asks_for_file(table, visit.asked):
            await visit.listing(table, **asked, what=what)
    rows = await visit.every("over_time", sort="at", **asked, what=None)
    each = {what: [row for row in rows if row["what"] == what] for what in tables}
    return [
        (table, chart(each[what]), listing_of(table, each[what], visit.asked))
        for what, table in tables.items()
    ]


async def _show_run(visit: Visit) -> web.Response:
    hei_id, run_id = visit.hei_id, visit.number("run_id")
    institution = await visit.row("institution", hei_id=hei_id)
    run = await visit.row("run", hei_id=hei_id, run_id=run_id)
    what = visit.text("what")
    kinds = KINDS_OF_CHANGES.get(what or "") or [kind for some in KINDS_OF_CHANGES.values() for kind in some]
    of_run = {"hei_id": hei_id, "run_id": run_id, "recorded_at": run["recorded_at"]}
    return visit.page(
        "run.html",
        title=f"Run {run_id} at {named(institution)}",
        institution=institution,
        run=run,
        what=what,
        figures=(*KINDS_OF_CHANGES, FLAGGED),
        is_of_flags=what == FLAGGED,
        listing=await visit.listing(RUN_FLAGS, **of_run, started_at=run["started_at"])
        if what == FLAGGED
        else await visit.listing(RUN_CHANGES, **of_run, kinds=list(kinds)),
    )


async def _asked(visit: Visit, hei_id: int) -> object:
    """Return the refresh that the address names; None if it names none."""
    refresh_id = digits(visit.text("refresh"))
    if refresh_id is None:
        return None
    found = await visit.rows("refresh", hei_id=hei_id, refresh_id=refresh_id)
    return found[0] if found else None


async def _refresh(visit: Visit) -> web.Response:
    hei_id = visit.hei_id
    await visit.row("institution", hei_id=hei_id)
    assert visit.person is not None  # noqa: S101 - it has the right
    assert visit.person.name is not None  # noqa: S101 - so it has an account
    try:
        refresh_id = await visit.parts.refreshes.ask(visit.person.name, Scope(hei_id))
    except Refused:
        return visit.redirect(f"/institutions/{hei_id}", said="refused")
    return visit.redirect(f"/institutions/{hei_id}", refresh=refresh_id)
