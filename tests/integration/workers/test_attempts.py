"""What counts as an attempt of a job, who may still apply one, and what workers tell each other."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.errors import CredentialsRefused
from dcs_mirror.jobs import queue, waiting
from dcs_mirror.jobs.fleet import Allowed
from dcs_mirror.jobs.statements import STATEMENTS
from dcs_mirror.jobs.work import Again, Work
from dcs_mirror.jobs.worker import Worker
from dcs_mirror.reconcile import stored
from dcs_mirror.runtime import Runtime, open_runtime
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.store import runs
from dcs_mirror.sync import mirror
from dcs_mirror.upstream import write_methods
from tests.integration.workers.test_fleet import START
from tests.support.control import misbehave
from tests.support.running import settings_for, sync
from tests.support.sessions import on
from tests.support.writing import Unwatched, arrived, written

SIZES = Sizes(institutions=1, courses=1, items=1)
FULL = """
CREATE FUNCTION public.full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.state = 'done' THEN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER full_disk BEFORE UPDATE ON dcs_mirror.job FOR EACH ROW EXECUTE FUNCTION public.full_disk()
"""


async def same(runtime: Runtime) -> Runtime:
    return runtime


async def end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


async def test_what_the_database_refuses_is_tried_three_times_and_fails_with_its_error(
    connection: Connection, database: str
) -> None:
    await connection.execute(FULL)
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
    ):
        job_id = await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
        worker = Worker(runtime)
        task = asyncio.create_task(worker.run())
        (ended,) = await asyncio.wait_for(waiting.wait_for_jobs(on(connection), [job_id]), 30)
        asked = worker.calls.text().decode()
        await end(task)
    assert ended.state == "failed"
    assert "given up after 3 attempts" in str(ended.error)
    assert "no space left" in str(ended.error)
    (asked_for,) = [
        line for line in asked.splitlines() if "calls_total" in line and "GetInstitutions" in line
    ]
    assert asked_for.endswith(" 3.0")
    assert await connection.fetchval("SELECT count(*) FROM dcs.sync_run WHERE finished_at IS NULL") == 0


async def test_what_is_handed_back_unasked_is_no_attempt_and_names_the_one_it_was(
    connection: Connection, database: str
) -> None:
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
    ):
        job_id = await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
        late, other = (Work(uuid4(), partial(same, runtime)) for _ in range(2))
        begun = await late._begin(connection, job_id, runtime)
        assert begun is not None
        late._begun[job_id] = begun.attempts
        await late.hand_back(job_id)
        again = await other._begin(connection, job_id, runtime)
        assert again is not None
        assert (begun.attempts, again.attempts) == (1, 1)
        values = {"job_id": job_id, "worker_id": begun.worker_id, "attempts": begun.attempts}
        assert await connection.fetchval(*STATEMENTS["hold_job"].bind(values)) is None
        other._begun[job_id] = again.attempts
        assert await other.hand_back(job_id, ValueError("no such row")) == timedelta(seconds=1)
        (job,) = await queue.open_jobs(connection)
        assert (job.state, job.attempts, job.error) == ("waiting", 1, "no such row")


async def test_a_reconciliation_that_was_given_away_changes_nothing(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_sandbox(build_world(SIZES, seed=2)) as sandbox:
        await sync(sandbox, database)
        hei_id = await connection.fetchval("SELECT hei_id FROM dcs.institution")
        async with open_runtime(settings_for(sandbox), database) as runtime:
            first, second = (Work(uuid4(), partial(same, runtime)) for _ in range(2))
            (job_id,) = await queue.enqueue_reconcile(connection, [hei_id], now=START)
            begun, go_on, applied = asyncio.Event(), asyncio.Event(), []
            real = stored.reconcile_stored

            async def slow(session: Connection, **options: object) -> object:
                if not begun.is_set():
                    begun.set()
                    await go_on.wait()
                done = await real(session, **options)  # type: ignore[arg-type]
                applied.append(done)
                return done

            monkeypatch.setattr(mirror, "reconcile_stored", slow)
            task = asyncio.create_task(first.do(job_id))
            await begun.wait()
            await second.do(job_id)
            go_on.set()
            await task
    assert len(applied) == 1


@pytest.mark.parametrize("is_program", [False, True])
async def test_of_two_syncs_that_begin_together_one_waits(
    connection: Connection, database: str, is_program: bool
) -> None:
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
        runs.hold_run_locks(database) as program,
    ):
        for resume in (False, True):
            await queue.enqueue_sync(connection, queue.SyncOptions(resume=resume), now=START)
        works = [Work(uuid4(), partial(same, runtime)) for _ in range(2)]
        begins: list[Awaitable[Any]] = [runtime.database(partial(works[0]._begin, job_id=1, runtime=runtime))]
        if is_program:
            begins.append(program.try_alone())
        else:
            begins.append(runtime.database(partial(works[1]._begin, job_id=2, runtime=runtime)))
        first, second = await asyncio.gather(*begins, return_exceptions=True)
        if is_program:
            assert isinstance(first, Again) == (second is None)
        else:
            assert [isinstance(found, Again) for found in (first, second)].count(True) == 1


async def test_a_program_minds_no_sync_of_single_institutions_by_workers(
    connection: Connection, database: str
) -> None:
    await connection.execute(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at, by_workers) VALUES ('sync', now(), true);"
        "INSERT INTO dcs_mirror.job (kind, run_id, state, options, enqueued_at)"
        """ SELECT 'sync', run_id, 'running', '{"hei_ids": [108]}', now() FROM dcs_mirror.sync_run"""
    )
    async with runs.hold_run_locks(database) as program:
        assert await program.try_alone() is None


async def test_a_worker_tells_of_no_pause_but_its_own(connection: Connection, database: str) -> None:
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
    ):
        worker, now = Worker(runtime), asyncio.get_running_loop().time()
        used = (await worker.usable()).client
        worker._take(Allowed(now + 9, 1, 1, now + 5, is_refused=False, refusal=None))
        assert 4 < used.load.pause_left <= 5
        assert worker._in_use().pause == 0
        used._gate.pause(2)
        assert 1 < worker._in_use().pause <= 2
        worker._take(Allowed(now + 9, 1, 1, now - 1, is_refused=False, refusal=None))
        assert 4 < used.load.pause_left <= 5
        await worker._close_clients()


async def test_a_client_that_an_error_ended_is_closed_when_its_calls_have_ended(
    connection: Connection, database: str
) -> None:
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
    ):
        worker = Worker(runtime)
        first = (await worker.usable()).client
        first._gate._in_flight += 1
        first.end(CredentialsRefused("no"))
        second = (await worker.usable()).client
        assert second is not first
        http = first._session.http
        assert [http.closed] == [False]
        first._gate._in_flight -= 1
        assert (await worker.usable()).client is second
        assert [http.closed] == [True]
        await worker._close_clients()


async def test_a_worker_that_ended_may_be_run_again(connection: Connection, database: str) -> None:
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
    ):
        worker = Worker(runtime)
        for _ in range(2):
            job_id = await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
            await worker.run(until_empty=True)
            (ended,) = await waiting.wait_for_jobs(on(connection), [job_id])
            assert (ended.state, ended.error) == ("done", None)


async def test_a_worker_that_fails_cuts_off_no_write_and_sends_none_any_more(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
    ):
        hei_id = next(iter(sandbox.world.institutions))
        await misbehave(sandbox, {"kind": "slow-start", "method": "SubmitCourse", "seconds": 0.5})
        worker = Worker(runtime, only_refreshes=True)
        tasks: list[asyncio.Task[None]] = []

        async def write(code: str) -> None:
            given = {"hei": str(hei_id), "CourseCode": code, "CourseName": code}
            client = (await worker.usable()).client
            await write_methods.write(client, "SubmitCourse", given, Unwatched())

        async def fail() -> None:
            tasks.append(asyncio.create_task(write("FIRST")))
            await arrived(sandbox)
            tasks.append(asyncio.create_task(write("SECOND")))
            raise OSError("the database is away")

        monkeypatch.setattr(worker, "_dispatch_once", fail)
        with pytest.raises(OSError, match="away"):
            await worker.run()
        first, second = tasks
        await first
        await end(second)
        assert (second.cancelled(), written(sandbox)) == (True, 1)
        monkeypatch.undo()
        await worker.run(until_empty=True)


async def test_a_flood_of_notifications_causes_few_looks_and_a_defect_ends_none(
    connection: Connection, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        running_sandbox(build_world(SIZES, seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
        connect(database) as flooding,
    ):
        worker, looks = Worker(runtime), 0
        real = worker._dispatch_once

        async def look() -> None:
            nonlocal looks
            looks += 1
            if looks == 2:
                raise RuntimeError("a defect")
            await real()

        monkeypatch.setattr(worker, "_dispatch_once", look)
        task = asyncio.create_task(worker.run())
        changed = '{"channel": "dcs_queue", "type": "table_changed_event"}'
        ends_at = time.monotonic() + 2
        while time.monotonic() < ends_at:
            await flooding.execute("NOTIFY dcs_asked")
            await flooding.execute("SELECT pg_notify('dcs_queue', $1)", changed)
        assert 3 <= looks <= 12
        assert await worker._health.why_not_ready() is None
        worker._health.dispatched_at = time.monotonic() - 60
        monkeypatch.setattr(worker, "_dispatch_once", lambda: asyncio.sleep(3600))
        assert "was not put into the queue" in str(await worker._health.why_not_ready())
        await end(task)
