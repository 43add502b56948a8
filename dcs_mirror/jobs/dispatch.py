"""What workers do besides jobs: begin the nightly sync, serve what was asked for, and clear up."""

from datetime import datetime, timedelta

import structlog

from dcs_mirror import schedule
from dcs_mirror.database.connections import Connection
from dcs_mirror.jobs.queue import SyncOptions, dispatching
from dcs_mirror.jobs.statements import STATEMENTS

KEPT_LOG = timedelta(days=1)
KEPT_DONE = timedelta(days=7)
KEPT_FAILED = timedelta(days=30)
"""How long the queue's own log, jobs that are done, and failed jobs and ended requests stay."""

log = structlog.get_logger()


async def dispatch(
    connection: Connection, cron: str | None, *, now: datetime, rehearsed: bool = False
) -> None:
    """Put into the queue what is due: the nightly sync, refreshes that were asked for, jobs that it lost.

    However many workers do this, each start of the schedule begins one sync. The clock of the database says
    when, so that it does not matter whether one worker's is wrong.

    Args:
        connection: not in a transaction.
        cron: the schedule, five fields; None to begin no nightly sync.
        now: by the mirror's clock.
        rehearsed: whether the mirror's clock decides, because it is a rehearsal clock.
    """
    async with dispatching(connection):
        if cron is not None:
            await _begin_due_sync(connection, cron, now=now, rehearsed=rehearsed)
        await connection.execute(*STATEMENTS["add_refreshes"].bind({"now": now}))


async def clear_up(connection: Connection, *, now: datetime) -> None:
    """Forget what is over for long."""
    await connection.execute(*STATEMENTS["forget_log"].bind({"before": now - KEPT_LOG}))
    values = {"done_before": now - KEPT_DONE, "failed_before": now - KEPT_FAILED}
    await connection.execute(*STATEMENTS["forget_jobs"].bind(values))
    await connection.execute(*STATEMENTS["forget_requests"].bind({"before": now - KEPT_FAILED}))


async def _begin_due_sync(connection: Connection, cron: str, *, now: datetime, rehearsed: bool) -> None:
    row = await connection.fetchrow(*STATEMENTS["last_start"].bind({}))
    assert row is not None  # noqa: S101 - the migration wrote it
    clock = now if rehearsed else row["database_time"]
    last = row["last_start_at"]
    if last is not None and last - clock <= schedule.AHEAD:
        due = schedule.due_start(cron, last=last, now=clock)
        if due is None:
            return
        log.info("the nightly sync is due", since=due.isoformat())
        values = {"options": SyncOptions().as_json(), "now": now}
        await connection.execute(*STATEMENTS["add_sync"].bind(values))
        last = due
    else:  # nothing is made up before the first worker, nor of a time that never was
        last = clock
    await connection.execute(*STATEMENTS["set_last_start"].bind({"last_start_at": last}))
