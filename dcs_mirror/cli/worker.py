"""`dcs-mirror worker`."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.errors import Interrupted

if TYPE_CHECKING:
    from dcs_mirror.runtime import Runtime


def worker(
    *,
    once: Annotated[bool, typer.Option("--once", help="End when no job waits any more.")] = False,
) -> None:
    """Take jobs until told to stop, and begin the nightly sync.

    Run as many workers as you like, on one machine or on several. They share the
    institutions of a nightly sync, refreshes that SQL or `enqueue` asks for, and
    reconciliations. Together they keep to DCS_CONCURRENCY and DCS_RATE. Each does
    up to DCS_WORKER_JOBS jobs at once.

    The nightly sync begins once for all workers, at the times of DCS_SYNC_CRON:
    five cron fields in London's time, by default 02:15 every night. If no worker
    was running then, the sync begins as soon as one runs.

    Ctrl-C or SIGTERM ends a worker within ten seconds, with exit code 0; the
    others take over its jobs. Needs DCS_API_USERNAME and DCS_API_PASSWORD.

    Example: dcs-mirror worker
    """
    from dcs_mirror.jobs.worker import Worker

    prepared = prepare(creates=True)

    async def work(runtime: "Runtime") -> None:
        await Worker(runtime).run(until_empty=once)

    with suppress(Interrupted):  # to be told to stop is how a worker ends
        with_runtime(work, prepared=prepared, create_schema=True)
