"""`dcs-mirror sync` and `dcs-mirror refresh`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.cli.report import LARGEST_ID, AsJson, HeiId, OnlyHeis, print_json, summary

if TYPE_CHECKING:
    from dcs_mirror.sync.report import Report


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

    prepared = prepare(creates=True)
    with shown() as progress:
        report = with_runtime(
            lambda runtime: Mirror(runtime).sync(
                progress,
                hei_ids=hei or (),
                accept_removals=accept_removals,
                accept_year=accept_year,
                resume=resume,
            ),
            prepared=prepared,
            create_schema=True,
        )
    _finish(report, as_json=json)


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
    prepared = prepare(creates=True)
    with shown() as progress:
        report = with_runtime(
            lambda runtime: Mirror(runtime).refresh(hei, progress, course=course, request_id=request),
            prepared=prepared,
            create_schema=True,
        )
    _finish(report, as_json=json)


def _finish(report: "Report", *, as_json: bool) -> None:
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
    elif report.institutions or report.error is None:
        typer.echo(summary(report))
    if report.error is not None:
        raise report.error
    raise typer.Exit(report.exit_code)
