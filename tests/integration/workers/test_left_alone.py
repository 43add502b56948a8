"""Jobs that nobody does: their worker is gone, or those that live do refreshes only."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.doctor import database as doctor
from dcs_mirror.doctor.workers import Workers
from dcs_mirror.errors import MirrorError
from dcs_mirror.jobs import queue, waiting
from dcs_mirror.jobs.statements import STATEMENTS
from tests.integration.workers.test_fleet import START, Worker
from tests.support.sessions import on

RUNS = """
UPDATE dcs_mirror.job
SET state = 'running', attempts = 1, worker_id = $1, started_at = now() - interval '1 hour'
"""
A_WHILE_AGO = "UPDATE dcs_mirror.job SET enqueued_at = now() - interval '11 s'"


async def test_a_job_whose_worker_is_gone_waits_for_another_one_and_may_be_dropped(
    connection: Connection,
) -> None:
    job_id = await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
    worker = Worker(connection, 4, 1)
    await worker.beat()
    await connection.execute(RUNS, worker.worker_id)
    (job,) = await queue.open_jobs(connection)
    assert (job.state, job.error) == ("running", None)
    assert (await found(connection)).waiting == 0
    with pytest.raises(MirrorError, match="is being done"):
        await queue.drop(connection, job_id, now=START)

    await connection.execute("UPDATE dcs_mirror.worker SET seen_at = seen_at - interval '11 s'")
    (job,) = await queue.open_jobs(connection)
    assert (job.state, job.error) == ("running", "its worker is gone: another one will take it over")
    seen = await found(connection)
    assert (seen.alive, seen.waiting, seen.waiting_since) == (0, 1, job.started_at)
    await queue.drop(connection, job_id, now=START)
    assert await queue.open_jobs(connection) == []
    values = {"job_id": job_id, "worker_id": worker.worker_id, "attempts": 1}
    assert await connection.fetchval(*STATEMENTS["hold_job"].bind(values)) is None, "it applies nothing more"


@pytest.mark.parametrize(
    ("state", "kind", "is_left"),
    [
        ("running", "refresh", True),
        ("done", "refresh", True),
        ("running", "sync", False),
        ("done", "sync", False),
    ],
)
async def test_what_waits_beside_a_worker_that_leaves_it_is_told(
    connection: Connection, state: str, kind: str, *, is_left: bool
) -> None:
    """As beside `serve`, which does refreshes only; not if a worker does or did such a job just now."""
    worker = Worker(connection, 4, 1)
    await worker.beat()
    await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
    await connection.execute(A_WHILE_AGO)
    await connection.execute(
        "INSERT INTO dcs_mirror.job (kind, hei_id, state, worker_id, enqueued_at, started_at, finished_at)"
        " VALUES ($1, 1, $2, $3, now(), now(), CASE $2 WHEN 'done' THEN now() END)",
        kind,
        state,
        worker.worker_id,
    )
    row = await connection.fetchrow(*STATEMENTS["silence"].bind({"patience": waiting.TELL}))
    assert row is not None
    assert (row["alive"], row["is_left"]) == (1, is_left)
    seen = await found(connection)
    assert (seen.failed, seen.has_queue, seen.left_since is not None) == (0, True, is_left or state == "done")


async def test_who_waits_is_told_of_a_worker_that_leaves_it_and_goes_on_waiting(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "TELL", timedelta(milliseconds=100))
    worker = Worker(connection, 4, 1)
    await worker.beat()
    job_id = await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
    with structlog.testing.capture_logs() as told:
        async with connect(database) as other:
            task = asyncio.create_task(waiting.wait_for_jobs(on(other), [job_id]))
            async with asyncio.timeout(20):
                while not told:  # noqa: ASYNC110 - it happens in the task
                    await asyncio.sleep(0.02)
            await connection.execute("UPDATE dcs_mirror.job SET state = 'done', finished_at = now()")
            (ended,) = await asyncio.wait_for(task, 20)
    assert "`serve` does refreshes only" in told[0]["event"]
    assert (len(told), ended.state) == (1, "done")


async def found(connection: Connection) -> Workers:
    """What the doctor sees of the workers."""
    (seen,) = await doctor._rows(connection, "workers", Workers)
    return seen
