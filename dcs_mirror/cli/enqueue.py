"""`dcs-mirror enqueue`: leave work for the workers."""

from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.ended import end_reconciliation, end_run
from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import prepare, with_mirror, with_runtime
from dcs_mirror.cli.report import (
    AcceptRemovals,
    AcceptYear,
    AsJson,
    CourseCode,
    HeiId,
    OnlyHeis,
    RequestId,
    Resume,
    print_json,
)
from dcs_mirror.plain_text import counted

if TYPE_CHECKING:
    from dcs_mirror.database.connections import Connection
    from dcs_mirror.runtime import Runtime
    from dcs_mirror.settings import Settings
    from dcs_mirror.sync.mirror import ReconcileResult
    from dcs_mirror.sync.report import Report

Wait = Annotated[
    bool,
    typer.Option("--wait", help="Wait for the end; then print and end as the same command without workers."),
]

app = App(
    no_args_is_help=True,
    help="Leave work for the workers: a sync, a refresh or a reconciliation.\n\n"
    "Example: dcs-mirror enqueue refresh 108 --wait",
)


@app.command()
def sync(
    *,
    hei: OnlyHeis = None,
    resume: Resume = False,
    accept_removals: AcceptRemovals = False,
    accept_year: AcceptYear = False,
    wait: Wait = False,
    json: AsJson = False,
) -> None:
    """Have workers mirror every subscribed institution, or those of --hei.

    If the same is waiting already, nothing is added. A sync of all institutions
    begins when another one by workers has ended.

    Example: dcs-mirror enqueue sync --hei 108 --wait
    """
    from dcs_mirror.jobs import queue, waiting

    options = queue.SyncOptions(tuple(dict.fromkeys(hei or ())), resume, accept_removals, accept_year)

    async def ask(connection: "Connection", settings: "Settings") -> int:
        return await queue.enqueue_sync(connection, options, now=settings.clock().now())

    async def end(runtime: "Runtime") -> "Report":
        (job,) = await waiting.wait_for_jobs(runtime.database, [job_id])
        return await waiting.report_of(runtime.database, job)

    prepared = prepare()
    job_id = with_mirror(ask, prepared=prepared)
    if wait:
        end_run(with_runtime(end, prepared=prepared, needs_dcs=False), as_json=json, quiet=False)
    else:
        _tell([job_id], as_json=json)


@app.command()
def refresh(
    hei: HeiId,
    *,
    course: CourseCode = None,
    request: RequestId = None,
    wait: Wait = False,
    json: AsJson = False,
) -> None:
    """Have a worker mirror one institution now, or one of its courses or requests.

    However many ask for the same at once, it is read once. Who asks while it is
    being read gets another reading.

    Example: dcs-mirror enqueue refresh 108 --course 'HIST 101' --wait
    """
    from dcs_mirror.jobs import queue, waiting

    if course is not None and request is not None:
        raise typer.BadParameter("give --course or --request, not both")

    async def ask(connection: "Connection", _: "Settings") -> int:
        return await queue.request_refresh(connection, hei, course=course, request_id=request)

    async def end(runtime: "Runtime") -> "Report":
        job = await waiting.wait_for_refresh(runtime.database, refresh_id)
        return await waiting.report_of(runtime.database, job)

    prepared = prepare()
    refresh_id = with_mirror(ask, prepared=prepared)
    if wait:
        end_run(with_runtime(end, prepared=prepared, needs_dcs=False), as_json=json, quiet=False)
    elif json:
        print_json({"refresh_id": refresh_id})
    else:
        typer.echo(f"asked for as refresh {refresh_id}; dcs.refresh_request shows what becomes of it")


@app.command()
def reconcile(*, hei: OnlyHeis = None, wait: Wait = False, json: AsJson = False) -> None:
    """Have workers rerun the reconciliation on stored data.

    Example: dcs-mirror enqueue reconcile --hei 108 --wait
    """
    from dcs_mirror.jobs import queue, waiting

    async def ask(connection: "Connection", settings: "Settings") -> list[int]:
        return await queue.enqueue_reconcile(connection, hei or (), now=settings.clock().now())

    async def end(runtime: "Runtime") -> "list[ReconcileResult]":
        return await waiting.reconciled(runtime.database, job_ids)

    prepared = prepare()
    job_ids = with_mirror(ask, prepared=prepared)
    if wait:
        done = with_runtime(end, prepared=prepared, needs_dcs=False)
        end_reconciliation(done, as_json=json, quiet=False)
    else:
        _tell(job_ids, as_json=json)


def _tell(job_ids: list[int], *, as_json: bool) -> None:
    if as_json:
        print_json({"job_ids": job_ids})
    else:
        typer.echo(
            f"{counted(len(job_ids), 'job')} left for the workers; dcs-mirror jobs shows how far they are"
        )
