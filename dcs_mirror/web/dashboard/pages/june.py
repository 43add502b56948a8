"""June: who has rolled over, and for each institution what would block it, and what became of its items."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from dcs_mirror.plain_text import counted
from dcs_mirror.web.dashboard.site import Site, Visit
from dcs_mirror.web.dashboard.tables import Column, Table
from dcs_mirror.web.dashboard.verdict import named
from dcs_mirror.web.dashboard.wording import VIA, one_of, why_not

WHAT = {
    "renumbered": "Renumbered",
    "new": "New",
    "not_carried_over": "Not carried over",
    "looked_up": "Found by look-up",
    "conflicts": "Conflicts",
}
"""The figures of a June, as the address has them, in words."""
COLOURS = {"renumbered": 0, "new": 2, "not_carried_over": 1}
"""The figures that add up to all items of a June; each with the number of its colour."""
VERDICTS = {
    "blocks": "blocks it: the number sent last was 0",
    "may block": "may block it: a call without an answer may have sent 0",
    "unknown": "not known: no number was sent from here",
}
INSTITUTIONS = Table(
    "june",
    "Who has rolled over",
    (
        Column("institution", "Institution"),
        Column("academic_year", "Year now", "code"),
        Column("observed_at", "Rolled over", "moment"),
        *(Column(name, text, "number") for name, text in WHAT.items()),
        Column("failed_columns", "Columns not up to date", "number"),
        Column("hei_id", "HEI", "id", shown=False, sorts=False),
    ),
    "institution",
    "Nothing is mirrored yet.",
)
STUDENTS = Table(
    "june_students",
    "Courses that may block the next rollover",
    (
        Column("course_code", "Course", "code"),
        Column("name", "Name"),
        Column("lecturer", "Lecturer"),
        Column("verdict", "Rollover", words=one_of(VERDICTS)),
        Column("students", "Students last sent", "number"),
        Column("sent_at", "Sent", "date", sorts=False),
        Column("content_items", "Items", "number", sorts=False),
        Column("open_call", "Call without an answer", "id", sorts=False),
    ),
    "verdict",
    "No course would block it: the mirror knows a number of students, above 0, of every course.",
)
COLUMNS = Table(
    "june_columns",
    "Registered columns",
    (
        Column("target", "Column"),
        Column("rewritten", "Rows last rewritten", "number"),
        Column("reported_at", "When", "moment"),
        Column("error", "What is wrong"),
    ),
    "target",
    "No registered column has been rewritten for this institution.",
)
ITEMS = Table(
    "june_items",
    "What became of the items",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("author", "Author", shown=False, sorts=False),
        Column("course_code", "Course", "code"),
        Column("old_request_id", "Request id before", "id"),
        Column("request_id", "Request id now", "id"),
        Column("via", "Recognised by", words=one_of(VIA)),
        Column("previous_year_id", "Id before, as the DCS has it", "id", shown=False, sorts=False),
        Column("content_status", "State"),
        Column("is_openable", "Can be opened", "yes-no", sorts=False),
        Column("why_not", "Why not", shown=False, sorts=False, words=why_not),
    ),
    "course_code",
    "No item is like this.",
)


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/june", _show, navigation="June")
    site.get("/june/{hei_id}", _show_institution)


async def _show(visit: Visit) -> web.Response:
    years = await visit.rows("june_years")
    return visit.page(
        "june.html",
        title="June",
        listing=await visit.listing(INSTITUTIONS),
        what=WHAT,
        sentence=progress(years),
        differ=len(years) > 1,
    )


def progress(years: Sequence[Mapping[str, Any]]) -> str | None:
    """Return how far June is, in a sentence; None if nothing is mirrored.

    Args:
        years: as ``june_years.sql`` returns them: how many institutions are in which, the latest first.
    """
    total = sum(row["institutions"] for row in years)
    if not total:
        return None
    if total == 1:
        return f"The institution is {_in(years[0]['academic_year'])}."
    first, *others = ((row["institutions"], _in(row["academic_year"])) for row in years)
    if not others:
        return f"All {total:,} institutions are {first[1]}."
    rest = ", ".join(f"{count:,} {year}" for count, year in others)
    return f"{first[0]:,} of {total:,} institutions {'is' if first[0] == 1 else 'are'} {first[1]}; {rest}."


def came_over(june: Mapping[str, Any]) -> str:
    """Return what became of an institution's items, in a sentence.

    Args:
        june: a row of ``rollovers.sql``.
    """
    came, lost = june["renumbered"], june["not_carried_over"]
    if lost:
        return f"{counted(came, 'item')} came over, and {lost:,} did not."
    return f"{'All ' if came > 1 else ''}{counted(came, 'item')} came over."


def _in(year: str | None) -> str:
    return "in a year that is not known" if year is None else f"in {year}"


async def _show_institution(visit: Visit) -> web.Response:
    hei_id = visit.hei_id
    institution = await visit.row("institution", hei_id=hei_id)
    years = await visit.every("rollovers", sort="academic_year", is_descending=True, hei_id=hei_id)
    wanted = visit.text("year")
    june = next((row for row in years if wanted in {None, row["academic_year"]}), None)
    what = visit.text("what")
    what = what if what in WHAT else "not_carried_over"
    readable = await visit.row("june_readable", hei_id=hei_id)
    students = await visit.listing(STUDENTS, hei_id=hei_id) if readable["is_readable"] else None
    items = None
    if june is not None:
        items = await visit.listing(ITEMS, hei_id=hei_id, academic_year=june["academic_year"], what=what)
    only_failed = visit.text("columns") == "failed"
    return visit.page(
        "june_institution.html",
        title=f"June of {named(institution)}",
        institution=institution,
        years=years,
        june=june,
        came_over=None if june is None else came_over(june),
        what=what,
        texts=WHAT,
        colours=COLOURS,
        items=items,
        students=students,
        columns=await visit.listing(COLUMNS, hei_id=hei_id, only_failed=only_failed),
        only_failed=only_failed,
    )
