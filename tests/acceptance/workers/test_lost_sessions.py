"""A worker whose listening session is lost takes jobs again at once, and goes on with what it does."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.acceptance.workers.test_workers import OUTCOMES, working
from tests.support.command import CommandLine, command_line
from tests.support.faulty import FaultySandbox, Hold, faulty
from tests.support.sessions import until

SIZES = Sizes(institutions=5, courses=2, items=2)
LISTENING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'dcs-mirror'
  AND query LIKE '%pgqueuer%' AND query NOT LIKE '%pgqueuer AS q%'
"""
"""How many sessions listen: they alone run the engine's own statements, without this alias."""
LISTENERS = LISTENING.replace("count(*)", "count(pg_terminate_backend(pid, 60000))")
"""Ends them."""
QUEUED = "SELECT count(*) = 0 FROM dcs_queue.pgqueuer"


@pytest.fixture
async def front() -> AsyncIterator[FaultySandbox]:
    async with running_sandbox(build_world(SIZES, seed=3)) as sandbox, faulty(sandbox) as faulty_one:
        yield faulty_one


@pytest.fixture
async def dcs_mirror(tmp_path: Path, front: FaultySandbox, database: str) -> CommandLine:
    """After a first sync."""
    command = command_line(tmp_path, front, database)
    assert (await command("sync")).code == 0
    front.calls.clear()
    return command


async def test_it_takes_jobs_at_once_while_a_long_job_goes_on(
    dcs_mirror: CommandLine, front: FaultySandbox, connection: Connection
) -> None:
    first, second, third = await ids(connection, 3)
    hold = Hold(f"GetCourses?hei={first}")
    front.holds.append(hold)
    async with working(dcs_mirror):
        assert (await dcs_mirror("enqueue", "refresh", str(first))).code == 0
        await asyncio.wait_for(hold.came.wait(), 30)
        for other in (second, third):
            assert await connection.fetchval(LISTENERS) == 1
            done = await asyncio.wait_for(dcs_mirror("enqueue", "refresh", str(other), "--wait"), 20)
            assert done.code == 0, done.err
        assert not hold.released.is_set()
        hold.released.set()
        await until(connection, "SELECT bool_and(state = 'done') FROM dcs_mirror.job")
        await until(connection, QUEUED)
    assert {row["attempts"] for row in await connection.fetch("SELECT attempts FROM dcs_mirror.job")} == {1}
    assert courses_asked(front) == {first: 1, second: 1, third: 1}


async def test_it_takes_no_more_at_once_than_it_has_places_for(
    dcs_mirror: CommandLine, front: FaultySandbox, connection: Connection
) -> None:
    first, second, third = await ids(connection, 3)
    holds = [Hold(f"GetCourses?hei={hei_id}") for hei_id in (first, second)]
    front.holds += holds
    async with working(dcs_mirror.but(DCS_WORKER_JOBS="2")):
        for hei_id, hold in zip((first, second), holds, strict=True):
            assert (await dcs_mirror("enqueue", "refresh", str(hei_id))).code == 0
            await asyncio.wait_for(hold.came.wait(), 30)
            assert await connection.fetchval(LISTENERS) == 1
        assert (await dcs_mirror("enqueue", "refresh", str(third))).code == 0
        await until(connection, "SELECT count(*) = 1 FROM dcs_queue.pgqueuer WHERE status = 'queued'")
        await asyncio.sleep(3)  # the session that listens now looks at the queue every second
        taken = "SELECT count(*) FROM dcs_queue.pgqueuer WHERE status = 'picked'"
        assert await connection.fetchval(taken) == 2
        for hold in holds:
            hold.released.set()
        await until(connection, "SELECT bool_and(state = 'done') FROM dcs_mirror.job")
    assert courses_asked(front) == {first: 1, second: 1, third: 1}


async def test_told_to_stop_it_hands_back_what_a_lost_session_had_begun(
    dcs_mirror: CommandLine, front: FaultySandbox, connection: Connection
) -> None:
    (first,) = await ids(connection, 1)
    hold = Hold(f"GetCourses?hei={first}")
    front.holds.append(hold)
    async with working(dcs_mirror) as workers:
        assert (await dcs_mirror("enqueue", "refresh", str(first))).code == 0
        await asyncio.wait_for(hold.came.wait(), 30)
        assert await connection.fetchval(LISTENERS) == 1
        await until(connection, LISTENING.replace("count(*)", "count(*) = 1"))
        workers[0].send_signal(signal.SIGTERM)
        await asyncio.wait_for(workers[0].wait(), 10)
    row = await connection.fetchrow("SELECT state, attempts FROM dcs_mirror.job")
    assert row is not None
    assert tuple(row) == ("waiting", 0)
    hold.released.set()
    front.holds.clear()
    assert (await dcs_mirror("worker", "--once")).code == 0
    assert await connection.fetchval("SELECT outcome FROM dcs.refresh_request") == "complete"


async def test_one_that_works_once_ends_when_all_is_done_whatever_sessions_it_lost(
    dcs_mirror: CommandLine, front: FaultySandbox, connection: Connection
) -> None:
    hold = Hold("GetCourses?hei=")
    front.holds.append(hold)
    assert (await dcs_mirror("enqueue", "sync")).code == 0
    worker = await dcs_mirror.start("worker", "--once")
    await asyncio.wait_for(hold.came.wait(), 30)
    assert await connection.fetchval(LISTENERS) == 1
    hold.released.set()
    _, err = await asyncio.wait_for(worker.communicate(), 30)
    assert (worker.returncode, b"Traceback" in err) == (0, False), err.decode()
    assert b"the queue was lost: listening again" in err
    assert await connection.fetchval("SELECT outcome FROM dcs.sync_run ORDER BY run_id DESC LIMIT 1") == (
        "complete"
    )
    assert {row["times"] for row in await connection.fetch(OUTCOMES)} == {2}
    assert await connection.fetchval(QUEUED)


async def test_a_night_never_takes_the_place_that_it_leaves_for_refreshes(
    dcs_mirror: CommandLine, front: FaultySandbox, connection: Connection
) -> None:
    hold = Hold("GetCourses?hei=")
    front.holds.append(hold)
    async with working(dcs_mirror):
        assert (await dcs_mirror("enqueue", "sync")).code == 0
        async with asyncio.timeout(30):
            while courses_asked(front).total() < 3:  # noqa: ASYNC110 - it happens elsewhere
                await asyncio.sleep(0.02)
        front.holds.clear()
        done = await asyncio.wait_for(
            dcs_mirror("enqueue", "refresh", str((await ids(connection, 1))[0]), "--wait"), 15
        )
        assert done.code == 0
        taken = (
            "SELECT count(*) FROM dcs_queue.pgqueuer WHERE status = 'picked' AND entrypoint = 'institution'"
        )
        assert await connection.fetchval(taken) == 3
        hold.released.set()
        await until(connection, "SELECT bool_and(outcome IS NOT NULL) FROM dcs.sync_run")


async def ids(connection: Connection, count: int) -> list[int]:
    """So many institutions of the mirror."""
    rows = await connection.fetch("SELECT hei_id FROM dcs.institution ORDER BY hei_id LIMIT $1", count)
    return [row["hei_id"] for row in rows]


def courses_asked(front: FaultySandbox) -> Counter[int]:
    """How often the courses of each institution were asked for."""
    asked = [call.rpartition("GetCourses?hei=")[2] for call in front.calls if "GetCourses?" in call]
    return Counter(int(hei_id) for hei_id in asked)
