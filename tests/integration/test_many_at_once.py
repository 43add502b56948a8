"""Many refreshes during a sync of everything: no error, no deadlock, and one limit for all of them."""

import asyncio

from dcs_mirror.database.connections import POOL_SIZE, Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.sync import mirror
from dcs_mirror.sync.report import Report
from tests.support.control import control
from tests.support.running import NoProgress, settings_for, sync
from tests.support.walk import assert_feed_replays, assert_views_equal

INSTITUTIONS = 50
REFRESHED = 8
REFRESHES = 64
LIMIT = 12
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dcs-mirror'"


async def test_c5_64_refreshes_of_8_institutions_during_a_sync_of_50(
    database: str, connection: Connection
) -> None:
    """C5: whoever lands last, the views are those of the world."""
    world = build_world(Sizes(institutions=INSTITUTIONS, courses=6, items=4), seed=71)
    async with running_sandbox(world, latency=0.002) as sandbox:
        assert (await sync(sandbox, database, concurrency=32)).outcome == "complete"
        await control(sandbox, "random-edits", count=600, seed=5)
        truth = await control(sandbox, "state")
        hei_ids = [institution["id"] for institution in truth["institutions"]]
        await control(sandbox, "stats/reset")
        sessions = 0

        async def look() -> None:
            nonlocal sessions
            while True:
                sessions = max(sessions, await connection.fetchval(SESSIONS))

        async with (
            mirror.open_mirror(settings_for(sandbox, concurrency=LIMIT), database) as opened,
            asyncio.timeout(120),
            asyncio.TaskGroup() as group,
        ):
            looking = group.create_task(look())
            runs: list[asyncio.Task[Report]] = [group.create_task(opened.sync(NoProgress()))]
            for number in range(REFRESHES):
                hei_id = hei_ids[number % REFRESHED]
                runs.append(group.create_task(opened.refresh(hei_id, NoProgress())))
            await asyncio.wait(runs)
            looking.cancel()
        reports = [run.result() for run in runs]
        assert {(report.outcome, report.error) for report in reports} == {("complete", None)}
        stats = await control(sandbox, "stats")
        assert stats["peak_in_flight"] <= LIMIT
        assert stats["methods"]["GetCourses"] == INSTITUTIONS + REFRESHES
        assert sum(report.requests for report in reports) == sum(stats["methods"].values())
        assert sessions <= POOL_SIZE + 1
        await assert_views_equal(connection, truth)
        await assert_feed_replays(connection)
        assert await connection.fetchval("SELECT count(*) FROM dcs.sync_run WHERE outcome = 'complete'") == (
            1 + 1 + REFRESHES
        )
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert await connection.fetchval(locks) == 0
