"""How workers share the requests in flight: never too many together, and nothing idle for long."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.jobs import queue, waiting
from dcs_mirror.jobs.fleet import Allowed, InUse, Membership
from dcs_mirror.jobs.statements import STATEMENTS
from dcs_mirror.jobs.worker import Worker as RealWorker
from dcs_mirror.runtime import open_runtime
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.upstream.pacing import AdaptiveLimit
from tests.support.running import settings_for
from tests.support.sessions import on

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
IN_ALL = 12
UNTOLD = 2**31 - 1
SHARES = "SELECT array_agg(w.share ORDER BY w.share) FROM dcs_mirror.worker AS w"
ORDER = """
SELECT array_agg(j.hei_id ORDER BY j.job_id)
FROM dcs_mirror.job AS j
WHERE j.kind = 'institution'
GROUP BY j.run_id
ORDER BY j.run_id DESC
LIMIT 1
"""


class Loop:
    """The event loop of a worker, which may be busy: it calls what it was given when the test says so."""

    def __init__(self) -> None:
        self.later: list[tuple[Callable[..., None], tuple[object, ...]]] = []

    def time(self) -> float:
        return 0.0

    def call_soon_threadsafe(self, call: Callable[..., None], *arguments: object) -> None:
        self.later.append((call, arguments))


class Deaf:
    """A connection that is lost after the server has done what it was asked, or before."""

    def __init__(self, connection: Connection, *, is_done: bool) -> None:
        self._connection = connection
        self._is_done = is_done

    async def fetchrow(self, *asked: object, **how: float) -> None:
        if self._is_done:
            await self._connection.fetchrow(*asked, **how)  # type: ignore[call-overload]
        raise asyncpg.InterfaceError("lost")


@dataclass
class Worker:
    """A worker that sends whatever it may, through the limit and the membership of real ones."""

    born: int
    calls: int = 0
    in_flight: int = 0
    share: int = 0
    limit: AdaptiveLimit = field(default_factory=lambda: AdaptiveLimit(0))
    loop: Loop = field(default_factory=Loop)

    def __post_init__(self) -> None:
        started_at = START + timedelta(seconds=self.born)
        self.member = Membership("", IN_ALL, started_at, self._in_use, self._take, uuid4())

    def _in_use(self) -> InUse:
        return InUse(max(self.share, self.in_flight), 0.0, self.calls)

    def _take(self, allowed: Allowed) -> None:
        self.share = allowed.share
        self.limit.resize(allowed.share)

    async def beat(self, connection: object) -> None:
        await self.member._beat(cast("Connection", connection), self.loop)  # type: ignore[arg-type]

    def hear(self) -> None:
        """Let the event loop take the oldest answer."""
        if self.loop.later:
            call, arguments = self.loop.later.pop(0)
            call(*arguments)

    def live(self, dice: random.Random) -> None:
        """Let something happen to it."""
        match dice.choices(("hear", "end", "calls", "overload", "success"), (20, 20, 10, 8, 12))[0]:
            case "hear":
                self.hear()
            case "end":
                self.in_flight = dice.randint(0, self.in_flight)
            case "calls":
                self.calls = dice.choice((0, 0, 1, 30, 190, 5000))
            case "overload":
                self.limit.record_overload(self.limit.record_sent())
                self.in_flight = min(self.in_flight, self.limit.current)
            case "success":
                for _ in range(60):
                    self.limit.record_success(self.limit.record_sent())

    def send(self) -> None:
        self.in_flight = max(self.in_flight, self.limit.current)

    async def leave(self, connection: Connection) -> None:
        await connection.execute(*STATEMENTS["leave"].bind({"worker_id": self.member.worker_id}))


@pytest.mark.parametrize("seed", [19, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(18))])
async def test_in_any_order_of_beats_answers_and_calls_no_more_are_in_flight_than_allowed(
    connection: Connection, seed: int
) -> None:
    """Answers come late, in a bunch or never; workers come and go, and the limits of each rise and fall."""
    dice = random.Random(seed)  # noqa: S311 - an order, not a secret
    workers = [Worker(born) for born in range(3)]
    for step in range(1500):
        worker = dice.choice(workers)
        what = dice.choices(("beat", "deaf", "come", "leave", "else"), (30, 3, 1, 1, 70))[0]
        if what == "beat":
            await worker.beat(connection)
        elif what == "deaf":
            with pytest.raises(asyncpg.InterfaceError):
                await worker.beat(Deaf(connection, is_done=dice.random() < 0.5))
        elif what == "come" and len(workers) < 16:
            workers.append(Worker(step + 10))
        elif what == "leave" and len(workers) > 1:
            workers.remove(worker)
            await worker.leave(connection)
        else:
            worker.live(dice)
        for each in workers:
            each.send()
        assert sum(each.in_flight for each in workers) <= IN_ALL, f"step {step}"
    await settle(connection, workers)
    assert sum(each.share for each in workers) == IN_ALL, "and in the end nothing is idle"


async def test_places_that_a_limit_may_rise_to_again_before_the_answer_comes_are_not_given_away(
    connection: Connection,
) -> None:
    """The DCS asked for less for a moment, so that few are in flight while the share is taken away."""
    first, second = Worker(1, calls=9), Worker(2, calls=500)
    await first.beat(connection)
    first.hear()
    first.limit.record_overload(first.limit.record_sent())
    first.in_flight, first.calls = first.limit.current, 0
    await second.beat(connection)
    await first.beat(connection)
    for _ in range(200):
        first.limit.record_success(first.limit.record_sent())
    await second.beat(connection)
    first.send()
    for _ in range(2):
        second.hear()
    second.send()
    assert (first.in_flight, second.in_flight) == (IN_ALL, 0)


async def settle(connection: Connection, workers: list[Worker]) -> None:
    """Let all be heard until nobody has to give up anything any more."""
    for _ in range(3):
        for worker in workers:
            while worker.loop.later:
                worker.hear()
            worker.in_flight = 0
            await worker.beat(connection)
    for worker in workers:
        worker.hear()


@pytest.mark.parametrize(
    ("calls", "shares"),
    [
        ([0, 0, 0], [4, 4, 4]),
        ([0, 70, 0], [1, 10, 1]),
        ([0, 1, 0], [1, 10, 1]),
        ([500, 500, 500], [4, 4, 4]),
        ([50_000, 400, 700], [4, 4, 4]),
        ([60, 120, 0], [4, 7, 1]),
        ([30, 30, 120], [3, 2, 7]),
        ([9, 0], [11, 1]),
        ([UNTOLD], [12]),
        ([0] * 11 + [UNTOLD], [1] * 12),
        ([0] * 13 + [7], [1] * 12 + [0, 0]),
        ([192, 0, 96, 0, 192], [4, 1, 3, 1, 3]),
    ],
)
async def test_places_go_by_the_calls_that_are_left_and_each_worker_has_one(
    connection: Connection, calls: list[int], shares: list[int]
) -> None:
    workers = [Worker(born, left) for born, left in enumerate(calls)]
    await settle(connection, workers)
    await settle(connection, workers)
    assert [worker.share for worker in workers] == shares


async def test_a_worker_of_the_release_before_counts_as_one_with_much_to_do(connection: Connection) -> None:
    other = Worker(1, 50)
    before = (
        "SELECT share FROM dcs_mirror.beat('c5e7f3a0-0000-4000-8000-000000000001'::uuid, 'h', 1,"
        " $1::timestamptz, $2::integer, 12, interval '0')"
    )
    assert await connection.fetchval(before, START, 0) == 12
    await settle(connection, [other])
    assert other.share == 0, "the other one has not confirmed that it uses fewer"
    held = await connection.fetchval(before, START, 12)
    assert held == 9
    assert await connection.fetchval(before, START, 9) == 9
    await settle(connection, [other])
    assert other.share == 3


async def test_workers_with_nothing_left_give_their_places_to_the_one_with_the_largest_institution(
    connection: Connection, database: str
) -> None:
    """As the DCS counts them; and the next night begins with that institution, the last one of the list."""
    world = build_world(Sizes(institutions=3, courses=70, items=1), seed=4)
    *small, large = sorted(world.institutions.values(), key=lambda institution: institution.id)
    for institution in small:
        for course_id in list(institution.courses)[4:]:
            del institution.courses[course_id]
    async with running_sandbox(world, latency=0.1) as sandbox, AsyncExitStack() as stack:
        settings = settings_for(sandbox, concurrency=6)
        runtimes = [await stack.enter_async_context(open_runtime(settings, database)) for _ in range(3)]
        tasks = [asyncio.create_task(RealWorker(runtime).run()) for runtime in runtimes]
        await until_shared(connection, [2, 2, 2])
        night = await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
        await until_shared(connection, [1, 1, 4])
        assert sandbox.stats.peak_in_flight <= 6
        sandbox.stats.reset()
        async with asyncio.timeout(120):
            while sandbox.stats.peak_in_flight <= 2:  # noqa: ASYNC110 - it happens elsewhere
                await asyncio.sleep(0.02)
        nights = [night, await queue.enqueue_sync(connection, queue.SyncOptions(resume=True), now=START)]
        ended = await asyncio.wait_for(waiting.wait_for_jobs(on(connection), nights), 120)
        assert [each.state for each in ended] == ["done", "done"]
        await asyncio.wait_for(waiting.report_of(on(connection), ended[1]), 60)
        await until_shared(connection, [2, 2, 2])
        assert sandbox.stats.peak_in_flight <= 6
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert (await connection.fetchval(ORDER))[0] == large.id


async def until_shared(connection: Connection, shares: list[int]) -> None:
    async with asyncio.timeout(120):
        while await connection.fetchval(SHARES) != shares:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
