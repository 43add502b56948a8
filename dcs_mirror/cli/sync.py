"""`dcs-mirror sync` and `dcs-mirror refresh`."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.cli.report import (
    LARGEST_ID,
    AsJson,
    HeiId,
    OnlyHeis,
    Quiet,
    failures,
    only_one,
    print_in_one_line,
    print_json,
    summary,
)

if TYPE_CHECKING:
    from dcs_mirror.sync.report import Report


class IfRunning(StrEnum):
    """What a sync does beside another one."""

    END = "end"
    WAIT = "wait"


def sync(
    *,
    hei: OnlyHeis = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue an interrupted sync of the last 12 hours: skip the institutions that it, or a "
            "sync that it resumed, completed. If there is none, read everything.",
        ),
    ] = False,
    accept_removals: Annotated[
        bool,
        typer.Option(
            "--accept-removals",
            help="Apply institutions even if more rows are removed than DCS_REMOVAL_GUARD allows (C3), and "
            "accept an empty list of institutions (C4).",
        ),
    ] = False,
    accept_year: Annotated[
        bool,
        typer.Option(
            "--accept-year",
            help="Apply institutions even if their academic year is earlier than the mirror's (R7).",
        ),
    ] = False,
    if_running: Annotated[
        IfRunning,
        typer.Option(
            "--if-running",
            help="If another sync of all institutions is under way: end with exit code 4, or wait until it "
            "has ended and then read everything. Does not matter with --hei.",
        ),
    ] = IfRunning.END,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Mirror every subscribed institution: the nightly job.

    Reads institutions, courses and content with up to DCS_CONCURRENCY requests at
    once, and applies each institution in one transaction. A failure of one
    institution is reported and does not affect the others; the next run repairs
    it. Creates the schema in an empty database.

    If it is interrupted (Ctrl-C, SIGTERM or killed), finished institutions stay
    applied and no institution is half applied; --resume continues from there.

    Needs DCS_API_USERNAME and DCS_API_PASSWORD. Without DCS_DATABASE_URL it uses
    the embedded server.

    Example: dcs-mirror sync --hei 108 --hei 112
    """
    from dcs_mirror.cli.progress import shown
    from dcs_mirror.sync.mirror import Mirror

    only_one(quiet=quiet, as_json=json)
    prepared = prepare(creates=True, quiet=quiet)
    with shown(quiet=quiet) as progress:
        report = with_runtime(
            lambda runtime: Mirror(runtime).sync(
                progress,
                hei_ids=hei or (),
                accept_removals=accept_removals,
                accept_year=accept_year,
                resume=resume,
                if_running=if_running.value,
            ),
            prepared=prepared,
            create_schema=True,
        )
    _finish(report, as_json=json, quiet=quiet)


def refresh(
    hei: HeiId,
    *,
    course: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only the course with this code.")
    ] = None,
    request: Annotated[
        int | None,
        typer.Option(
            metavar="ID",
            min=1,
            max=LARGEST_ID,
            help="Only this request, by its id from any year.",
        ),
    ] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Mirror one institution now, or one of its courses or requests.

    Does not read the list of institutions, so it works as soon as the institution
    has subscribed.

    Example: dcs-mirror refresh 108 --course 'HIST 101'
    """
    from dcs_mirror.cli.progress import shown
    from dcs_mirror.sync.mirror import Mirror

    if course is not None and request is not None:
        raise typer.BadParameter("give --course or --request, not both")
    only_one(quiet=quiet, as_json=json)
    prepared = prepare(creates=True, quiet=quiet)
    with shown(quiet=quiet) as progress:
        report = with_runtime(
            lambda runtime: Mirror(runtime).refresh(hei, progress, course=course, request_id=request),
            prepared=prepared,
            create_schema=True,
        )
    _finish(report, as_json=json, quiet=quiet)


def _finish(report: "Report", *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(
            {
                "run_id": report.run_id,
                "outcome": report.outcome,
                "requests": report.requests,
                "seconds": round(report.seconds, 3),
                "institutions": [asdict(outcome) for outcome in report.institutions],
            }
        )
    elif quiet:
        if report.error is None and report.exit_code:
            print_in_one_line(report.outcome, failures(report))
    elif report.institutions or report.error is None:
        typer.echo(summary(report))
    if report.error is not None:
        raise report.error
    raise typer.Exit(report.exit_code)
