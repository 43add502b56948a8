"""`dcs-mirror prune`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.options import instant
from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.cli.report import AsJson, Quiet, only_one, print_json
from dcs_mirror.plain_text import counted, of_institutions

if TYPE_CHECKING:
    from dcs_mirror.prune.growth import PruneReport
    from dcs_mirror.runtime import Runtime


def prune(
    *,
    before: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="Forget what ended before it: a date or time in ISO 8601, UK time if it has no time zone. "
            "Default: 400 days ago.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Forget nothing; show how much would be forgotten.")
    ] = False,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Forget old entries of the journal, of runs and of the change feed.

    Names and addresses of people are deleted after 90 days: from calls, from files
    of unit updates, and from the record of the service. Calls, outcomes, runs and
    changes are deleted if they are older than --before.

    Courses, items, request ids of all years, status changes, flags and rollovers
    are never deleted. What the mirror still needs is kept, too, however old it is:
    submitted requests, the latest outcomes of each institution, and runs that can
    be resumed. If an institution has a call without an answer, all its calls are
    kept.

    Followers of the change feed that are behind dcs.feed_state.low_water must read
    everything again. Needs the database role that runs migrations. It may run
    beside a sync, be interrupted and be repeated.

    Example: dcs-mirror prune --dry-run
    """
    from dcs_mirror.prune import growth

    only_one(quiet=quiet, as_json=json)
    limit = instant(before, "--before")

    async def work(runtime: "Runtime") -> "PruneReport":
        now = runtime.clock.now()
        report = growth.begin(now=now, before=limit, is_rehearsal=dry_run)
        await growth.prune(runtime.database, report, now=now)
        return report

    report = with_runtime(work, prepared=prepare(quiet=quiet), needs_dcs=False)
    if json:
        print_json(_document(report))
    elif not quiet:
        _print(report)


def _document(report: "PruneReport") -> dict[str, object]:
    counts = (
        *("people", "unit_updates", "calls", "outcomes", "runs", "changes", "notifications"),
        *("actors", "actions", "assignees"),
    )
    found = asdict(report)
    return {
        "dry_run": report.is_rehearsal,
        "before": report.before,
        "people_before": report.people_before,
        "forgotten": {name: found[name] for name in counts},
        "low_water": report.low_water,
        "calls_kept_for": report.kept_for,
    }


def _print(report: "PruneReport") -> None:
    done = "would be forgotten" if report.is_rehearsal else "forgotten"
    people, limit = (f"{instant:%Y-%m-%d %H:%M} UTC" for instant in (report.people_before, report.before))
    rows, actors = counted(report.unit_updates, "row"), counted(report.actors, "action")
    typer.echo(f"{done}: names and addresses in {counted(report.people, 'call')} that ended before {people}")
    typer.echo(f"{done}: contacts and outcomes in {rows} of files of unit updates")
    typer.echo(f"{done}: names and addresses in {actors} in the service")
    typer.echo(f"{done}: the assignees of {counted(report.assignees, 'resolved flag')}")
    notifications, actions = counted(report.notifications, "notification"), counted(report.actions, "action")
    typer.echo(
        f"{done}: {counted(report.calls, 'call')}, {counted(report.outcomes, 'outcome')} of runs, "
        f"{counted(report.runs, 'run')}, {counted(report.changes, 'change')}, {notifications} and {actions} "
        f"of before {limit}"
    )
    if not report.is_rehearsal:
        typer.echo(f"the change feed goes on after change {report.low_water}")
    if report.kept_for:
        typer.echo(
            f"no call of {of_institutions(report.kept_for)} is forgotten, because one has no answer: "
            "dcs-mirror calls --unknown"
        )
