"""The beginning and the end of a run: its row, its locks, and what it needs meanwhile."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import asyncpg
import structlog

from dcs_mirror.database import connections
from dcs_mirror.errors import MirrorError
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.runtime import Runtime
from dcs_mirror.store import runs
from dcs_mirror.store.known import StoredState
from dcs_mirror.sync.crawl import Crawler
from dcs_mirror.sync.report import NoProgress, Progress, Report
from dcs_mirror.sync.run import Fence, Run

log = structlog.get_logger()


@asynccontextmanager
async def open_run(
    runtime: Runtime,
    kind: str,
    progress: Progress | None,
    *,
    fence: Fence | None = None,
    accept_removals: bool = False,
    accept_year: bool = False,
) -> AsyncIterator[Run]:
    """Begin a run and record its end, however it ends.

    Args:
        kind: sync, refresh or reconcile.
        fence: as :func:`join_run`.
        accept_removals: whether to apply what C3 and C4 would refuse.
        accept_year: whether to apply what R7 would refuse.

    Raises:
        MirrorError: if it cannot begin. What ends it later is in its report.
    """
    started = time.monotonic()
    runtime.settings.credentials()  # a runtime may have been opened without
    with connections.translate_errors(runtime.url):
        await runtime.current_epoch()
        run_id = await runtime.run_locks.begin(kind, now=runtime.clock.now())
    outcome, report = "interrupted", Report(run_id)
    try:
        async with join_run(
            runtime,
            run_id,
            progress,
            fence=fence,
            accept_removals=accept_removals,
            accept_year=accept_year,
        ) as run:
            report = run.report
            yield run
        outcome = report.outcome
    except Exception:
        outcome = "failed"
        raise
    finally:
        report.seconds = time.monotonic() - started
        await _close(runtime, report, outcome)


@asynccontextmanager
async def join_run(
    runtime: Runtime,
    run_id: int,
    progress: Progress | None = None,
    *,
    fence: Fence | None = None,
    turn: int = 0,
    accept_removals: bool = False,
    accept_year: bool = False,
) -> AsyncIterator[Run]:
    """Do a part of a run that has begun, and whose end others record.

    Args:
        fence: is called in each transaction of the part, if others may take it over; None if nobody can.
        turn: its calls go behind those of parts with a lower one; the first one is 0.
        accept_removals: whether to apply what C3 and C4 would refuse.
        accept_year: whether to apply what R7 would refuse.

    Raises:
        MirrorError: if it cannot begin. What ends it later is in its report.
    """
    settings, clock, progress = runtime.settings, runtime.clock, progress or NoProgress()
    client = runtime.client.with_own_counter(turn)
    options = ApplyOptions(settings.removal_guard, accept_removals, accept_year, settings.recheck_days)
    state = StoredState(runtime.database)
    async with Crawler(client, state, clock, order=runtime.order, progress=progress) as crawler:
        with connections.translate_errors(runtime.url):
            epoch = await runtime.current_epoch()
        run = Run(run_id, runtime, client, crawler, progress, options, epoch, fence)
        try:
            with connections.translate_errors(runtime.url):
                await runtime.align_order()
                yield run
        except MirrorError as error:
            run.report.error = error
        except Exception as error:
            run.report.error = MirrorError(f"the program failed: {type(error).__name__}")
            raise
        finally:
            run.report.requests = client.requests


async def _close(runtime: Runtime, report: Report, outcome: str) -> None:
    """Record the end of a run, even while it is being cancelled. Errors are logged: the run has its own."""
    finish = partial(
        runs.finish,
        run_id=report.run_id,
        outcome=outcome,
        requests=report.requests,
        error=str(report.error) if report.error else None,
        now=runtime.clock.now(),
    )
    problem: object = "time ran out"
    with anyio.move_on_after(connections.CLOSE_SECONDS, shield=True):
        try:
            await runtime.database(finish)
            await runtime.run_locks.release(report.run_id)
        except (*connections.UNREACHABLE, asyncpg.PostgresError) as error:
            problem = error
        else:
            return
    log.warning("the end of the run could not be recorded", run_id=report.run_id, error=str(problem))
