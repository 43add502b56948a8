"""Workers under everything that can go wrong: in the end the mirror equals the world, and nothing came twice.

The short form kills no worker, because it takes others fifteen seconds to see that one is gone. The long form
does, and ``CHAOS_SEEDS="17 99"`` plays these seeds in place of its own.
"""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog

from dcs_mirror.database.connections import UNREACHABLE
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.jobs import queue
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.dice import Dice
from dcs_mirror.schema import migrate
from tests.chaos.script import HONEST, Fault
from tests.support.command import CommandLine, Process, command_line
from tests.support.control import control, misbehave
from tests.support.readings import START
from tests.support.sessions import END_SESSIONS, PATIENCE, look
from tests.support.walk import assert_feed_replays, assert_views_equal

SIZES = Sizes(institutions=4, courses=6, items=3)
IN_FLIGHT = 4
WORKERS = 2
NIGHT_SECONDS = 240
LONG = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "").split()] or range(2, 12)
_TWICE = """
SELECT o.run_id, o.hei_id FROM dcs.sync_outcome AS o GROUP BY o.run_id, o.hei_id HAVING count(*) > 1
UNION ALL
SELECT c.run_id, c.hei_id FROM dcs_mirror.change AS c
GROUP BY c.run_id, c.hei_id, c.kind, c.entity, c.key HAVING count(*) > 1
"""
_ENDED = "SELECT count(*) = 0 FROM dcs_mirror.job WHERE state IN ('waiting', 'running')"
_ALIVE = "SELECT array_agg(w.pid) @> $1::integer[] FROM dcs_mirror.worker AS w"

log = structlog.get_logger()


class Fleet:
    """Workers of which any may be struck; as many as before live afterwards."""

    def __init__(self, dcs_mirror: CommandLine, server: EmbeddedServer) -> None:
        self._dcs_mirror = dcs_mirror
        self._server = server
        self.workers: list[Process] = []

    async def fill(self) -> None:
        while len(self.workers) < WORKERS:
            self.workers.append(await self._dcs_mirror.start("worker"))
        # What befalls them finds them at work, not still starting.
        pids = [worker.pid for worker in self.workers]
        async with asyncio.timeout(PATIENCE):
            while not await _holds(self._server.url(), _ALIVE, pids):  # noqa: ASYNC110 - it happens elsewhere
                await asyncio.sleep(0.05)

    async def strike(self, what: str, place: int) -> None:
        log.info("strikes", what=what)
        if what == "server restarts":
            await asyncio.to_thread(self._server.stop)
            await asyncio.to_thread(self._server.start)
        elif what == "sessions end":
            async with look(self._server.url()) as connection:
                await connection.execute(END_SESSIONS)
        else:
            await self.end(self.workers.pop(place % WORKERS), signal.Signals[what])
            await self.fill()

    async def end(self, worker: Process, how: signal.Signals) -> None:
        """End a worker, which leaves as it was told to, and met no unexpected error before."""
        worker.send_signal(how)
        _, err = await asyncio.wait_for(worker.communicate(), 20)
        assert worker.returncode == (-how if how is signal.SIGKILL else 0), err.decode()
        assert b"Traceback" not in err, err.decode()

    async def stop(self) -> None:
        while self.workers:
            await self.end(self.workers.pop(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("seed", "nights", "blows"),
    [
        pytest.param(1, 1, ("server restarts", "SIGTERM"), marks=[pytest.mark.long]),
        *(
            pytest.param(
                seed, 6, ("SIGKILL", "SIGTERM", "server restarts", "sessions end"), marks=[pytest.mark.long]
            )
            for seed in LONG
        ),
    ],
)
async def test_r2_r8_c5_after_any_chaos_of_workers_the_mirror_equals_the_world_and_nothing_came_twice(
    seed: int, nights: int, blows: tuple[str, ...], tmp_path: Path, own_server: EmbeddedServer
) -> None:
    """R2, R8, C5: workers end, the database goes away and the DCS fails, while the world changes."""
    dice, url = Dice(seed), own_server.url()
    await migrate.migrate(url)
    async with (
        running_sandbox(build_world(SIZES, seed=seed), latency=0.03) as sandbox,
        AsyncExitStack() as stack,
    ):
        dcs_mirror = command_line(tmp_path, sandbox, url).but(DCS_CONCURRENCY=str(IN_FLIGHT), DCS_TIMEOUT="2")
        fleet = Fleet(dcs_mirror, own_server)
        stack.push_async_callback(fleet.stop)
        await fleet.fill()
        for number in range(nights):
            faults = [_fault(dice) for _ in range(dice.between(1, 3))]
            log.info("night", seed=seed, number=number, faults=faults)
            await control(sandbox, "random-edits", count=dice.between(0, 8), seed=dice.below(10_000))
            await misbehave(sandbox, *faults)
            await _enqueue(url)
            drawn = [dice.pick(blows) for _ in range(dice.between(1, 3))]
            for what in blows if nights == 1 else drawn:
                await _more_calls(sandbox, url, dice.between(1, 12))
                await fleet.strike(what, dice.below(10))
            await _until_ended(url)
        await misbehave(sandbox)
        await _enqueue(url)
        await _until_ended(url)
        assert sandbox.stats.peak_in_flight <= IN_FLIGHT
        async with look(url) as connection:
            last = "SELECT outcome FROM dcs.sync_run ORDER BY run_id DESC LIMIT 1"
            assert await connection.fetchval(last) == "complete"
            assert await connection.fetchval("SELECT count(*) FROM dcs.sync_run WHERE outcome IS NULL") == 0
            await assert_views_equal(connection, await control(sandbox, "state"))
            await assert_feed_replays(connection)
            assert await connection.fetch(_TWICE) == []


def _fault(dice: Dice) -> Fault:
    aimed: Fault = {"share": dice.between(5, 35) / 100, "seed": dice.below(10_000), "times": 6}
    return aimed | dice.pick(HONEST)


async def _enqueue(url: str) -> None:
    async with look(url) as connection:
        await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)


async def _more_calls(sandbox: RunningSandbox, url: str, calls: int) -> None:
    """Wait until the DCS has got so many calls more, or all is done."""
    wanted = sandbox.stats.methods.total() + calls
    while sandbox.stats.methods.total() < wanted and not await _has_ended(url):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)


async def _until_ended(url: str) -> None:
    async with asyncio.timeout(NIGHT_SECONDS):
        while not await _has_ended(url):  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(0.2)


async def _has_ended(url: str) -> bool:
    return await _holds(url, _ENDED)


async def _holds(url: str, condition: str, *values: object) -> bool:
    """Whether a statement returns true; not while the server is away."""
    try:
        async with look(url) as connection:
            return bool(await connection.fetchval(condition, *values))
    except UNREACHABLE:
        return False
