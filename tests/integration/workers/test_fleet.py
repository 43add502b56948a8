"""What workers share: the limits, the schedule, and who may apply a job."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

from dcs_mirror.clock import UK
from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.jobs import engine, queue
from dcs_mirror.jobs.dispatch import clear_up, dispatch
from dcs_mirror.jobs.fleet import LEASE_SECONDS, Allowed, InUse, Membership
from dcs_mirror.jobs.statements import STATEMENTS
from dcs_mirror.jobs.work import Again, Work
from dcs_mirror.jobs.worker import accepted
from dcs_mirror.runtime import Runtime, open_runtime
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.support.control import control
from tests.support.running import settings_for
from tests.support.sessions import until
from tests.support.walk import assert_views_equal

START = datetime(2026, 11, 2, 12, tzinfo=UTC)


class Worker:
    """Says that a worker lives, as its thread does."""

    def __init__(self, connection: Connection, in_all: int, born: int) -> None:
        self.worker_id = uuid4()
        self._values = {"worker_id": self.worker_id, "host": "h", "pid": 1, "in_all": in_all}
        self._connection = connection
        self._started_at = START + timedelta(seconds=born)

    async def beat(self, in_use: int = 0, pause: float = 0.0) -> tuple[int, int]:
        """Its share, and how many workers live."""
        values = {
            **self._values,
            "started_at": self._started_at,
            "in_use": in_use,
            "pause": timedelta(seconds=pause),
            "calls": 0,
        }
        row = await self._connection.fetchrow(*STATEMENTS["beat"].bind(values))
        assert row is not None
        self.pause_left = row["pause_left"]
        return row["share"], row["workers"]


async def test_shares_are_never_more_than_the_limit_while_workers_come_and_go(connection: Connection) -> None:
    first, second = Worker(connection, 10, 1), Worker(connection, 10, 2)
    assert await first.beat() == (10, 1)
    assert await second.beat() == (0, 2)  # the first one may still have ten in flight
    assert await first.beat(in_use=10) == (5, 2)
    assert await second.beat() == (0, 2)
    assert await first.beat(in_use=7) == (5, 2)  # it has not got answers to two of them yet
    assert await second.beat() == (3, 2)
    assert await first.beat(in_use=5) == (5, 2)
    assert await second.beat(in_use=3) == (5, 2)
    third = Worker(connection, 10, 3)
    assert (await third.beat())[0] == 0
    await connection.execute(*STATEMENTS["leave"].bind({"worker_id": first.worker_id}))
    assert await third.beat() == (5, 2)


async def test_a_share_counts_from_when_it_was_asked_for_however_late_the_answer_comes(
    connection: Connection, database: str
) -> None:
    """Others count the worker as dead ten seconds after it was last heard."""
    told: asyncio.Queue[tuple[Allowed, float]] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    member = Membership(
        database,
        4,
        START,
        lambda: InUse(0, 0.0),
        lambda allowed: told.put_nowait((allowed, loop.time())),
        uuid4(),
    )
    async with connect(database) as busy, busy.transaction():
        await busy.execute("SELECT FROM dcs_mirror.fleet FOR UPDATE")
        began = loop.time()
        member.begin()
        await until(connection, "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted")
        await asyncio.sleep(2)
    allowed, heard_at = await asyncio.wait_for(told.get(), 10)
    assert began + LEASE_SECONDS <= allowed.until < heard_at - 2 + LEASE_SECONDS
    await member.end()
    assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.worker") == 0


async def test_with_more_workers_than_requests_the_first_ones_have_one_each(connection: Connection) -> None:
    workers = [Worker(connection, 2, born) for born in range(4)]
    for _ in range(3):
        shares = [(await worker.beat())[0] for worker in workers]
    assert shares == [1, 1, 0, 0]


async def test_a_worker_that_is_not_heard_of_gives_its_share_up(connection: Connection) -> None:
    gone, left = Worker(connection, 4, 1), Worker(connection, 4, 2)
    await gone.beat()
    assert await left.beat() == (0, 2)
    await connection.execute(
        "UPDATE dcs_mirror.worker SET seen_at = seen_at - interval '11 s' WHERE worker_id = $1",
        gone.worker_id,
    )
    assert await left.beat() == (4, 1)


async def test_all_wait_if_one_was_asked_to(connection: Connection) -> None:
    asked, other = Worker(connection, 4, 1), Worker(connection, 4, 2)
    await asked.beat(pause=30)
    await other.beat()
    assert timedelta(seconds=25) < other.pause_left <= timedelta(seconds=30)
    await asked.beat(pause=5)
    await other.beat()
    assert other.pause_left > timedelta(seconds=20), "a shorter pause ends no longer one"


async def test_three_workers_begin_one_sync_each_night_whatever_their_clocks_say(
    connection: Connection, database: str
) -> None:
    """The database's clock decides: one worker's is 90 seconds ahead."""
    async with connect(database) as second, connect(database) as third:
        workers = [(connection, 0), (second, 90), (third, -5)]
        await dispatch(connection, "15 2 * * *", now=START)
        noted = await connection.fetchval("SELECT last_start_at FROM dcs_mirror.fleet")
        assert abs(noted - datetime.now(UTC)) < timedelta(minutes=1), (
            "nothing is made up before the first worker"
        )
        assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.job") == 0
        for night in range(1, 4):
            await connection.execute(
                "UPDATE dcs_mirror.fleet SET last_start_at = now() - interval '26 hours'"
            )
            for _ in range(3):
                await asyncio.gather(
                    *(
                        dispatch(each, "15 2 * * *", now=datetime.now(UTC) + timedelta(seconds=off))
                        for each, off in workers
                    )
                )
            assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.job") == night
            await connection.execute("UPDATE dcs_mirror.job SET state = 'done', finished_at = now()")


@pytest.mark.parametrize(
    "noon", [datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2027, 3, 27, 12, tzinfo=UTC)]
)
async def test_three_workers_begin_one_sync_a_night_over_changes_of_the_clocks_one_clock_90_seconds_off(
    connection: Connection, database: str, noon: datetime
) -> None:
    """By the workers' own clocks, as in a rehearsal; 01:15 comes twice in October and not at all in March."""
    steps = [timedelta(hours=step) for step in range(48)]
    steps += [
        timedelta(days=day, hours=hours, minutes=15, seconds=30 * step)
        for day in (0, 1)
        for hours in (12, 13, 14)
        for step in range(-4, 5)
    ]
    began: list[date] = []
    async with connect(database) as second, connect(database) as third:
        for step in sorted(steps):
            await asyncio.gather(
                *(
                    dispatch(each, "15 1 * * *", now=noon + step + timedelta(seconds=off), rehearsed=True)
                    for each, off in ((connection, 0), (second, 90), (third, -90))
                )
            )
            done = "UPDATE dcs_mirror.job SET state = 'done', finished_at = now() WHERE state = 'waiting'"
            if await connection.execute(done) != "UPDATE 0":
                began.append((noon + step).astimezone(UK).date())
    assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.job") == 2
    assert began == [noon.date() + timedelta(days=1), noon.date() + timedelta(days=2)]


async def test_a_start_noted_by_a_clock_that_was_far_ahead_does_not_stop_the_schedule(
    connection: Connection,
) -> None:
    await connection.execute("UPDATE dcs_mirror.fleet SET last_start_at = now() + interval '40 days'")
    await dispatch(connection, "15 2 * * *", now=START)
    assert await connection.fetchval("SELECT last_start_at < now() + interval '1 s' FROM dcs_mirror.fleet")


async def test_c5_a_worker_whose_job_was_given_away_applies_nothing(
    connection: Connection, database: str
) -> None:
    """C5: it was paused while it read, and another worker has done the job meanwhile."""
    async with running_sandbox(build_world(Sizes(institutions=1, courses=3, items=3), seed=2)) as sandbox:
        settings = settings_for(sandbox)
        async with open_runtime(settings, database) as paused, open_runtime(settings, database) as other:
            await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
            works = [Work(uuid4(), partial(_same, runtime)) for runtime in (paused, other)]
            await works[0].do(1)
            institution = await connection.fetchval("SELECT max(job_id) FROM dcs_mirror.job")
            slow = asyncio.create_task(works[0].do(institution))
            paused.client.pause(1.5)  # it has the job, and does not get on
            await until(connection, "SELECT attempts = 1 FROM dcs_mirror.job WHERE kind = 'institution'")
            await works[1].do(institution)
            await control(sandbox, "random-edits", count=9, seed=1)
            feed = await connection.fetch("SELECT * FROM dcs.change")
            await asyncio.wait_for(slow, 20)
            assert await connection.fetch("SELECT * FROM dcs.change") == feed
            assert await connection.fetchval("SELECT count(*) FROM dcs.sync_outcome") == 1
            assert await connection.fetchval("SELECT outcome FROM dcs.sync_run") == "complete"


async def test_a_sync_waits_for_another_one(connection: Connection, database: str) -> None:
    async with (
        running_sandbox(build_world(Sizes(institutions=1, courses=1, items=1), seed=2)) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
    ):
        work = Work(uuid4(), partial(_same, runtime))
        for resume in (False, True):
            await queue.enqueue_sync(connection, queue.SyncOptions(resume=resume), now=START)
        await work.do(1)
        with pytest.raises(Again):
            await work.do(2)
        await work.do(3)
        await work.do(2)
        await assert_views_equal(connection, await control(sandbox, "state"))


async def test_however_many_ask_at_once_the_same_does_not_wait_twice(
    connection: Connection, database: str
) -> None:
    await connection.execute(
        "INSERT INTO dcs_mirror.institution (hei_id, subscribed, first_seen_at, changed_at)"
        " VALUES (7, true, now(), now())"
    )
    async with AsyncExitStack() as stack:
        asking = [await stack.enter_async_context(connect(database)) for _ in range(8)]
        syncs = await asyncio.gather(
            *(queue.enqueue_sync(each, queue.SyncOptions(), now=START) for each in asking)
        )
        reconciliations = await asyncio.gather(
            *(queue.enqueue_reconcile(each, [7], now=START) for each in asking)
        )
    assert len(set(syncs)) == 1
    assert reconciliations == [reconciliations[0]] * 8


async def test_what_the_queue_lost_is_put_there_again(connection: Connection) -> None:
    await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
    await connection.execute("DELETE FROM dcs_queue.pgqueuer")
    await dispatch(connection, "15 2 * * *", now=START)
    await dispatch(connection, "15 2 * * *", now=START)
    assert await connection.fetchval("SELECT count(*) FROM dcs_queue.pgqueuer") == 1


async def test_what_is_over_for_long_is_forgotten(connection: Connection) -> None:
    await connection.execute(
        "INSERT INTO dcs_mirror.job (kind, state, enqueued_at, finished_at) VALUES"
        " ('sync', 'done', now(), $1), ('sync', 'failed', now(), $1), ('sync', 'waiting', now(), NULL)",
        START - timedelta(days=8),
    )
    await connection.execute(
        "INSERT INTO dcs_queue.pgqueuer_log (job_id, status, priority, entrypoint, created)"
        " VALUES (1, 'successful', 0, 'sync', $1)",
        START - timedelta(days=2),
    )
    await clear_up(connection, now=START)
    assert await connection.fetchval("SELECT array_agg(state ORDER BY job_id) FROM dcs_mirror.job") == [
        "failed",
        "waiting",
    ]
    assert await connection.fetchval("SELECT count(*) FROM dcs_queue.pgqueuer_log") == 0


async def test_the_queue_has_the_schema_that_the_engine_declares(database: str) -> None:
    """But for the condition that heeds a full queue of notifications, which every role can fill."""
    async with connect(database) as session:
        plan = await engine.queries(AsyncpgDriver(session)).plan_upgrade()
        kept = await session.fetchval(
            "SELECT prosrc FROM pg_proc WHERE oid = 'dcs_queue.fn_pgqueuer_changed'::regproc"
        )
    (function,) = plan.statements
    declared = function.split("$$")[1]
    heeding = "IF to_emit AND pg_notification_queue_usage() < 0.9 THEN"
    assert kept.split() == declared.replace("IF to_emit THEN", heeding).split() != declared.split()


def test_variables_of_the_environment_rename_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHANNEL", "TRIGGER", "FUNCTION", "QUEUE_TABLE", "PGQUEUER_PREFIX", "PGQUEUER_SCHEMA"):
        monkeypatch.setenv(name, "elsewhere")
    assert type(engine.NAMES)(**engine.NAMES.model_dump()).qualified == engine.NAMES.qualified
    assert "elsewhere" not in repr(engine.names())


def test_a_night_leaves_a_place_for_refreshes() -> None:
    night = ["institution"] * 3
    assert "institution" not in accepted(night, 4)
    assert "refresh" in accepted(night, 4)
    assert set(accepted(["refresh"] * 3, 4)) == set(engine.KINDS)
    assert accepted(["refresh"] * 4, 4) == ()
    assert set(accepted([], 1)) == set(engine.KINDS)
    assert accepted(["institution"], 1) == ()


async def test_a_place_is_left_also_by_jobs_that_were_taken_a_moment_ago(
    connection: Connection, database: str
) -> None:
    """As many as fit are taken at once, before the first of them has begun."""
    begun: list[int] = []
    ended = asyncio.Event()

    async def do(job_id: int) -> None:
        begun.append(job_id)
        await ended.wait()

    await connection.execute(
        "INSERT INTO dcs_mirror.job (kind, hei_id, enqueued_at) SELECT 'institution', n, now()"
        " FROM generate_series(1, 5) AS n"
    )
    await connection.execute(*STATEMENTS["queue_jobs"].bind({}))
    async with connect(database) as session:
        listener: engine.Listener = engine.Listener(session, do, lambda: accepted(listener.doing, places=4))
        running = asyncio.create_task(listener.run(until_empty=False, asked=lambda: None))
        await until(connection, "SELECT count(*) >= 3 FROM dcs_queue.pgqueuer WHERE status = 'picked'")
        await connection.execute(
            "INSERT INTO dcs_mirror.job (kind, hei_id, enqueued_at) VALUES ('refresh', 9, now())"
        )
        await connection.execute(*STATEMENTS["queue_jobs"].bind({}))
        await until(connection, "SELECT count(*) >= 4 FROM dcs_queue.pgqueuer WHERE status = 'picked'")
        picked = await connection.fetch("SELECT entrypoint FROM dcs_queue.pgqueuer WHERE status = 'picked'")
        listener.stop()
        ended.set()
        await running
    assert sorted(row["entrypoint"] for row in picked) == ["institution"] * 3 + ["refresh"]
    assert len(begun) == 4


async def _same(runtime: Runtime) -> Runtime:
    return runtime
