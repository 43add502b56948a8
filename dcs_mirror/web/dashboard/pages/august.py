"""August: what the licence recheck took away, as a work list, and what it could not look up."""

from collections.abc import Collection, Mapping

from aiohttp import web

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import flags
from dcs_mirror.web.dashboard import forward
from dcs_mirror.web.dashboard.refusals import NotThere
from dcs_mirror.web.dashboard.site import Site, Visit, patterns
from dcs_mirror.web.dashboard.tables import Column, Table
from dcs_mirror.web.dashboard.wording import KINDS, RESOLUTIONS, one_of, plain
from dcs_mirror.web.problems import digits

STATES = {
    "open": "Nobody has looked",
    "acknowledged": "Acknowledged",
    "closed": "Closed",
}
"""The states of a flag, as the address has them, in words."""
REASONS = {
    "no-identifier": "It has no ISBN or ISSN.",
    "invalid-identifier": "This is no valid ISBN or ISSN, or it is several.",
}
FLAGS = Table(
    "flags",
    "What the recheck flagged",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("author", "Author", shown=False, sorts=False),
        Column("course_code", "Course", "code"),
        Column("lecturer", "Lecturer"),
        Column("institution", "Institution"),
        Column("identifier", "ISBN or ISSN", "code"),
        Column("kind", "What happened", words=one_of(KINDS)),
        Column("licence_before", "Licence before"),
        Column("licence", "Licence now"),
        Column("flagged_at", "Flagged", "date"),
        Column("state", "What became of it", words=one_of(STATES)),
        Column("acknowledged_at", "Acknowledged", "moment", shown=False, sorts=False),
        Column("assigned_to", "Assigned to"),
        Column("acknowledged_note", "Note", sorts=False),
        Column("resolved_at", "Closed", "moment", shown=False, sorts=False),
        Column("resolution", "Closed because", shown=False, sorts=False, words=one_of(RESOLUTIONS)),
        Column("licence_year", "Licence year", "id", shown=False, sorts=False),
        Column("request_id", "Request id", "id", shown=False, sorts=False),
        Column("content_url", "Link", shown=False, sorts=False),
        Column("flag_id", "Flag", "id", shown=False, sorts=False),
        Column("course", "Name of the course", shown=False, sorts=False),
    ),
    "course_code",
    "No flag is like this.",
)
UNVERIFIABLE = Table(
    "unverifiable",
    "What the recheck cannot look up",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("author", "Author", shown=False, sorts=False),
        Column("course_code", "Course", "code"),
        Column("lecturer", "Lecturer"),
        Column("identifier", "ISBN or ISSN", "code"),
        Column("reason", "Why not", words=one_of(REASONS)),
        Column("request_id", "Request id", "id", shown=False, sorts=False),
    ),
    "course_code",
    "The recheck can look up every active item of this institution.",
)
LONGEST_NOTE = 1000
NOBODY = "-"
"""What stands in the form and in the address for nobody."""
_TICKED = "flag-"


def add(site: Site) -> None:
    """Add the pages."""
    site.get("/august", _show, navigation="August")
    site.post("/august/acknowledge", _acknowledge, right="acknowledge")


async def _show(visit: Visit) -> web.Response:
    return await _page(visit)


async def _page(visit: Visit, ticked: Collection[int] = ()) -> web.Response:
    """Return the page, with what a form holds that was sent without what it needs."""
    institutions = await visit.rows("institution_names")
    hei_id = visit.chosen(institutions)
    text, state, year = visit.text("q"), visit.text("state") or "open", visit.institution("year")
    assigned = visit.text("assigned")
    narrowed = {
        "assigned": assigned,
        "hei_id": hei_id,
        "licence_year": year,
        "patterns": None if text is None else patterns(text),
    }
    # What is the same in every row need not stand there.
    same = ["institution"] if hei_id is not None else []
    same += ["state", "acknowledged_note"] if state == "open" else []
    listing = await visit.listing(FLAGS.without(*same), **narrowed, state=state if state in STATES else None)
    return visit.page(
        "august.html",
        title="August",
        status=400 if visit.form else 200,
        listing=listing,
        counts=await visit.row("flag_counts", **narrowed),
        unverifiable=None if hei_id is None else await visit.listing(UNVERIFIABLE, hei_id=hei_id),
        institutions=institutions,
        years=[row["licence_year"] for row in await visit.rows("flag_years")],
        hei_id=hei_id,
        year=year,
        q=text,
        state=state,
        sort=visit.text("flags-sort"),
        page=visit.text("flags-page"),
        rows=visit.text("flags-rows"),
        states=STATES,
        resolutions=RESOLUTIONS,
        assigned=assigned,
        people=[row["assigned_to"] for row in await visit.rows("flag_people")],
        nobody=NOBODY,
        longest_note=LONGEST_NOTE,
        longest_assignee=flags.LONGEST_ASSIGNEE,
        may_acknowledge=visit.may("acknowledge"),
        forward=forward.mail(listing.rows, listing.total),
        ticked=ticked,
        ticks_all="every" in visit.form,
        note=visit.form.get("note", "").strip()[:LONGEST_NOTE],
        assignee=visit.form.get("assign", "").strip()[: flags.LONGEST_ASSIGNEE],
    )


async def _acknowledge(visit: Visit) -> web.Response:
    """Acknowledge the ticked flags with one note, assign them to a person, or both: all or none."""
    assert visit.person is not None  # noqa: S101 - it has the right
    assert visit.person.name is not None  # noqa: S101 - so it has an account
    names = ("hei", "year", "q", "state", "assigned", "flags-sort", "flags-rows")
    back = {name: visit.form[name] for name in names if visit.form.get(name)}
    note = visit.form.get("note", "").strip()[:LONGEST_NOTE]
    # As the list to choose from writes it, so that a browser sends it back as it is.
    assignee = " ".join(plain(visit.form.get("assign", "")).split())[: flags.LONGEST_ASSIGNEE]
    flag_ids, scope = _ticked(visit.form), visit.person.hei_ids
    if not (note or assignee) or not flag_ids:
        here = {"flags-page": visit.form.get("flags-page", ""), "said": "nothing-acknowledged"}
        single = [flag_id for flag_id in flag_ids if f"{_TICKED}{flag_id}" in visit.form]
        return await _page(visit.instead("/august", **back, **here), single)
    assigned_to = None if assignee == NOBODY else assignee

    async def save(connection: Connection) -> dict[int, int]:
        found: dict[int, int] = {}
        async with connection.transaction():
            if note:
                found = await flags.acknowledge(
                    connection, *flag_ids, note=note, hei_ids=scope, now=visit.now
                )
            if assignee:
                found = await flags.assign(connection, *flag_ids, assigned_to=assigned_to, hei_ids=scope)
        return found

    try:
        found = await visit.parts.database(save)
    except flags.UnknownFlag:
        raise NotThere from None
    keep, name = visit.parts.record.keep, visit.person.name
    for flag_id, hei_id in found.items():
        if note:
            await keep(name, "acknowledge", hei_id, flag_id=flag_id, note=note)
        if assignee:
            await keep(name, "assign", hei_id, flag_id=flag_id, assigned_to=assigned_to)
    return visit.redirect("/august", **back, said=_said(note, assignee))


def _ticked(form: Mapping[str, str]) -> list[int]:
    """Return the flags that a form ticks: single ones, or all that its page showed.

    Raises:
        NotThere: if something else stands in the place of a flag's number.
    """
    wanted = [name.removeprefix(_TICKED) for name in form if name.startswith(_TICKED)]
    if "every" in form:
        wanted += form.get("shown", "").split()
    found = [digits(flag_id) for flag_id in wanted]
    if None in found:
        raise NotThere
    return sorted({flag_id for flag_id in found if flag_id is not None})


def _said(note: str, assignee: str) -> str:
    """Return the key of what the page says after a note, an assignment, or both."""
    assigned = "unassigned" if assignee == NOBODY else "assigned"
    return "-".join((["acknowledged"] if note else []) + ([assigned] if assignee else []))
