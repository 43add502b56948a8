"""Operations: workers, the queue, runs, held institutions, the quarantine, and refreshes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web

from dcs_mirror.plain_text import counted
from dcs_mirror.store.release import advice, reason, rule_of
from dcs_mirror.web.dashboard.pages.institution import FIGURES_OF_RUN, FLAGGED, KINDS_OF_CHANGES
from dcs_mirror.web.dashboard.site import Site, Visit
from dcs_mirror.web.dashboard.tables import Column, Table
from dcs_mirror.web.dashboard.verdict import named
from dcs_mirror.web.dashboard.wording import moment, one_of
from dcs_mirror.web.problems import digits

STATES = {"waiting": "Waits", "running": "Runs", "failed": "Failed"}
"""The states of a job, as the address has them, in words."""
KINDS = {
    "sync": "Sync of all institutions",
    "institution": "Institution of a sync",
    "refresh": "Refresh",
    "reconcile": "Reconciliation",
}

HELD = Table(
    "held",
    "Held institutions",
    (
        Column("institution", "Institution"),
        Column("started_at", "Held since", "moment"),
        Column("last_synced_at", "Last read", "moment"),
        Column("error", "Why", sorts=False),
        Column("hei_id", "HEI", "id", sorts=False, shown=False),
        Column("run_id", "Run", "id", sorts=False, shown=False),
    ),
    "institution",
    "No institution is held: whatever was read was applied.",
)
JOBS = Table(
    "jobs",
    "Queue",
    (
        Column("job_id", "Job", "id"),
        Column("kind", "What", words=one_of(KINDS)),
        Column("institution", "Institution"),
        Column("course_code", "Course", "code", sorts=False, shown=False),
        Column("request_id", "Request id", "id", sorts=False, shown=False),
        Column("state", "State", words=one_of(STATES)),
        Column("attempts", "Begun", "number"),
        Column("enqueued_at", "Asked for", "moment"),
        Column("started_at", "Began", "moment"),
        Column("error", "What is wrong", sorts=False),
    ),
    "job_id",
    "No job waits, runs or failed.",
)
WORKERS = Table(
    "workers",
    "Workers",
    (
        Column("worker", "Worker"),
        Column("started_at", "Alive since", "moment"),
        Column("seen_at", "Last seen", "moment"),
        Column("running", "Jobs", "number"),
        Column("share", "Calls at once", "number"),
    ),
    "started_at",
    "No worker is shown.",
)
RUNS = Table(
    "all_runs",
    "Recent runs",
    (
        Column("run_id", "Run", "id"),
        Column("started_at", "Began", "moment"),
        Column("finished_at", "Ended", "moment", sorts=False),
        Column("kind", "Kind"),
        Column("outcome", "Outcome"),
        Column("institutions", "Institutions", "number"),
        Column("wrong", "Held, failed or partial", "number"),
        Column("requests", "Calls to the DCS", "number"),
        Column("error", "What was wrong", sorts=False),
    ),
    "-run_id",
    "There was no run yet.",
)
RUN = Table(
    "run_institutions",
    "Institutions of the run",
    (
        Column("institution", "Institution"),
        *FIGURES_OF_RUN,
        Column("hei_id", "HEI", "id", sorts=False, shown=False),
    ),
    "institution",
    "The run did nothing for an institution that you see.",
)
QUARANTINE = Table(
    "quarantine",
    "Quarantine",
    (
        Column("institution", "Institution"),
        Column("method", "In the answer to"),
        Column("course_code", "Course", "code"),
        Column("position", "Entry", "number", sorts=False),
        Column("reason", "What is wrong"),
        Column("first_seen_at", "First seen", "date"),
        Column("request_id", "Request id", "id", sorts=False, shown=False),
        Column("hei_id", "HEI", "id", sorts=False, shown=False),
    ),
    "first_seen_at",
    "Nothing is in quarantine: every record of the DCS could be read.",
)
REFRESHES = Table(
    "refreshes",
    "Refreshes that were asked for",
    (
        Column("requested_at", "Asked for", "moment"),
        Column("institution", "Institution"),
        Column("course_code", "Course", "code"),
        Column("request_id", "Request id", "id", sorts=False),
        Column("requested_by", "By", sorts=False),
        Column("started_at", "Began", "moment", sorts=False),
        Column("finished_at", "Ended", "moment"),
        Column("outcome", "Outcome"),
        Column("error", "What was wrong", sorts=False),
    ),
    "-requested_at",
    "Nobody has asked for a refresh in the last 30 days.",
)
_OF_ALL = {WORKERS: {"share"}, RUNS: {"outcome", "requests", "error"}, REFRESHES: {"requested_by"}}
"""Columns that are empty for those who see some institutions only."""
_NONE_HERE = {
    HELD: "This institution is not held: whatever was read of it was applied.",
    QUARANTINE: "Nothing of this institution is in quarantine: every record of it could be read.",
}
"""What is said of one institution, if others may have such rows."""


def add(site: Site) -> None:
    """Add the page."""
    site.get("/operations", _show, navigation="Operations")


async def _show(visit: Visit) -> web.Response:
    figures = await visit.row("operations")
    sees_all = visit.person is not None and visit.person.hei_ids is None
    state, hei_id = visit.text("jobs"), visit.institution()
    only = None if hei_id is None else named(await visit.row("institution", hei_id=hei_id))
    run_id, is_wrong = digits(visit.text("run")), visit.text("wrong") == "yes"
    run = None if run_id is None else await visit.listing(RUN, run_id=run_id, is_wrong=is_wrong)
    return visit.page(
        "operations.html",
        title="Operations",
        figures=figures,
        tasks=tasks(figures, visit.now),
        only=only,
        held=await visit.listing(_narrowed(HELD, hei_id), hei_id=hei_id),
        jobs=await visit.listing(JOBS, state=state if state in STATES else None),
        workers=await visit.listing(_seen(WORKERS, sees_all=sees_all)),
        runs=await visit.listing(_seen(RUNS, sees_all=sees_all)),
        run_id=run_id,
        is_wrong=is_wrong,
        run=run,
        figures_of_run=(*KINDS_OF_CHANGES, FLAGGED),
        quarantine=await visit.listing(_narrowed(QUARANTINE, hei_id), hei_id=hei_id),
        refreshes=await visit.listing(_seen(REFRESHES, sees_all=sees_all)),
        state=state,
        states=STATES,
        rule_of=rule_of,
        advice=advice,
        reason=reason,
        sees_all=sees_all,
    )


def _narrowed(table: Table, hei_id: int | None) -> Table:
    """Return a table that says of one institution, not of all, that there is no row."""
    return table if hei_id is None else replace(table, empty=_NONE_HERE[table])


def _seen(table: Table, *, sees_all: bool) -> Table:
    """Return a table without the columns that concern all institutions, for those who do not see all."""
    if sees_all:
        return table
    columns = tuple(column for column in table.columns if column.name not in _OF_ALL[table])
    return replace(table, columns=columns)


def tasks(figures: Mapping[str, Any], now: datetime) -> list[tuple[str, str | None, str | None]]:
    """Return what waits for a person: in words, the rows that show it, and the command that helps."""
    found: list[tuple[str, str | None, str | None]] = []
    if figures["refused_at"]:
        when = moment(figures["refused_at"])
        what = f"The DCS refused the workers' credentials on {when}: {figures['refusal']}"
        found.append((what, None, "dcs-mirror doctor"))
    if (waiting := figures["waiting"] + figures["running"]) and not figures["workers"]:
        what = f"{counted(waiting, 'job')} {'waits' if waiting == 1 else 'wait'}, and no worker is alive."
        found.append((what, "/operations#jobs", "dcs-mirror worker"))
    if figures["failed"]:
        found.append((f"{counted(figures['failed'], 'job')} failed.", "/operations?jobs=failed#jobs", None))
    if figures["held"]:
        verb = "is" if figures["held"] == 1 else "are"
        found.append((f"{counted(figures['held'], 'institution')} {verb} held.", "#held", None))
    if figures["quarantined"]:
        found.append(
            (f"{counted(figures['quarantined'], 'record')} of the DCS cannot be read.", "#quarantine", None)
        )
    if figures["paused_until"] and figures["paused_until"] > now:
        found.append((f"The DCS asked to wait until {moment(figures['paused_until'])}.", None, None))
    return found
