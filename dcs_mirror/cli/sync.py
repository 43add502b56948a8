"""`dcs-mirror sync` and `dcs-mirror refresh`."""

from enum import StrEnum
from typing import Annotated

import typer

from dcs_mirror.cli.ended import end_run
from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.cli.report import (
    AcceptRemovals,
    AcceptYear,
    AsJson,
    CourseCode,
    HeiId,
    OnlyHeis,
    Quiet,
    RequestId,
    Resume,
    only_one,
)


class IfRunning(StrEnum):
    """What a sync does beside another one."""

    END = "end"
    WAIT = "wait"


def sync(
    *,
    hei: OnlyHeis = None,
    resume: Resume = False,
    accept_removals: AcceptRemovals = False,
    accept_year: AcceptYear = False,
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
    end_run(report, as_json=json, quiet=quiet)


def refresh(
    hei: HeiId,
    *,
    course: CourseCode = None,
    request: RequestId = None,
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
    end_run(report, as_json=json, quiet=quiet)
