"""`dcs-mirror jobs`: what waits for the workers, runs, or failed."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import with_mirror
from dcs_mirror.cli.report import LARGEST_ID, AsJson, print_json
from dcs_mirror.cli.tables import print_table

if TYPE_CHECKING:
    from dcs_mirror.database.connections import Connection
    from dcs_mirror.jobs.queue import Job

JobId = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The job's number, as `jobs` shows it.")
]

app = App()


@app.callback(invoke_without_command=True)
def jobs(context: typer.Context, *, json: AsJson = False) -> None:
    """Show the jobs of the workers that wait, run or failed, and refreshes that none has begun.

    A job failed if three workers were gone while they did it, or if the DCS could
    not be used at all. The next nightly sync reads its institution again.

    Example: dcs-mirror jobs
    """
    if context.invoked_subcommand is not None:
        return
    from dcs_mirror.jobs import queue

    async def both(connection: "Connection", _: object) -> "tuple[list[Job], int]":
        return await queue.open_jobs(connection), await queue.count_asked(connection)

    found, asked = with_mirror(both)
    if json:
        print_json({"jobs": [asdict(job) for job in found], "refreshes_asked": asked})
        return
    if found:
        _print(found)
    elif not asked:
        typer.echo("no job waits, runs or failed")
    if asked:
        typer.echo(f"refreshes that SQL or the service asked for and no worker has taken up: {asked}")


@app.command()
def retry(job_id: JobId) -> None:
    """Have a job that failed done again.

    Example: dcs-mirror jobs retry 12
    """
    from dcs_mirror.jobs import queue

    new = with_mirror(
        lambda connection, settings: queue.retry(connection, job_id, now=settings.clock().now())
    )
    typer.echo(f"left for the workers again, as job {new}")


@app.command()
def drop(job_id: JobId) -> None:
    """Take a job that waits or failed, or whose worker is gone, off the list without doing it.

    If it is an institution of a sync, that sync does not become complete.

    Example: dcs-mirror jobs drop 12
    """
    from dcs_mirror.jobs import queue

    with_mirror(lambda connection, settings: queue.drop(connection, job_id, now=settings.clock().now()))
    typer.echo(f"dropped job {job_id}")


def _print(found: "list[Job]") -> None:
    headings = {
        "job": "right",
        "kind": "left",
        "HEI": "right",
        "state": "left",
        "attempts": "right",
        "asked for": "left",
        "what is wrong": "left",
    }
    rows = [
        [
            str(job.job_id),
            job.kind,
            {None: "", 0: "list"}.get(job.hei_id, str(job.hei_id)),
            job.state,
            str(job.attempts),
            f"{job.enqueued_at:%Y-%m-%d %H:%M:%S %Z}",
            job.error or "",
        ]
        for job in found
    ]
    print_table(headings, rows)
