"""An institution that rolls over while it is read: readers see one year or the other (R8, R9)."""

import asyncio

import pytest

from bench.rollover import make_reading_lists
from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.years import roll_over
from tests.long.watching import watching
from tests.support.control import control
from tests.support.readings import START
from tests.support.running import sync
from tests.support.walk import assert_feed_replays, assert_views_equal

COURSES = 24
SIZES = Sizes(institutions=2, courses=COURSES, items=5)
LATENCY = 0.01


@pytest.mark.parametrize("answered", [0, 1, COURSES // 2, COURSES * 3 // 4])
async def test_r8_r9_an_institution_that_rolls_over_between_two_answers_is_never_seen_half_way(
    answered: int, database: str, connection: Connection
) -> None:
    """R8, R9: so many courses answer for the old year, the others for the new one."""
    async with running_sandbox(build_world(SIZES, seed=41), latency=LATENCY) as sandbox:
        rolling, other = await _mirror(sandbox, database, connection)
        # Edited, so that the first reading has old ids to apply and not only unchanged answers.
        await control(sandbox, "random-edits", hei=rolling, count=COURSES * 3, seed=3)
        await control(sandbox, "stats/reset")
        async with watching(database) as watch:
            reading = asyncio.create_task(
                sync(sandbox, database, rolling, accept_removals=True, concurrency=2)
            )
            await _roll_over(sandbox, rolling, after=answered)
            report = await reading
        assert report.outcome == "complete"
        calls = (await control(sandbox, "stats"))["methods"]
        assert calls["GetCourses"] == 2, "the first reading met the rollover, so there was a second one"
        await assert_views_equal(connection, await control(sandbox, "state"))
    assert watch.strays == 0
    assert len(watch.of(rolling)) == 2
    assert len(watch.of(other)) == 1
    await assert_feed_replays(connection)


async def test_r8_a_rollover_behind_the_last_answer_waits_for_the_next_night(
    database: str, connection: Connection
) -> None:
    """R8: what was read whole is of the old year and stands until the next sync."""
    async with running_sandbox(build_world(SIZES, seed=43), latency=LATENCY) as sandbox:
        rolling, _ = await _mirror(sandbox, database, connection)
        async with watching(database) as watch:
            assert (await sync(sandbox, database, rolling)).outcome == "complete"
            await control(sandbox, "rollover", hei=rolling)
            assert (await sync(sandbox, database, rolling)).outcome == "complete"
        await assert_views_equal(connection, await control(sandbox, "state"))
    assert watch.strays == 0
    assert len(watch.of(rolling)) == 2


async def test_r8_two_runs_at_once_over_one_rollover_apply_it_once(
    database: str, connection: Connection
) -> None:
    """R8: two mirrors read the same institution while it rolls over; ids are renumbered once."""
    async with running_sandbox(build_world(SIZES, seed=47), latency=LATENCY) as sandbox:
        rolling, _ = await _mirror(sandbox, database, connection)
        await control(sandbox, "stats/reset")
        async with watching(database) as watch, asyncio.TaskGroup() as group:
            runs = [group.create_task(sync(sandbox, database, rolling, concurrency=2)) for _ in range(2)]
            await _roll_over(sandbox, rolling, after=COURSES)
        assert [run.result().outcome for run in runs] == ["complete", "complete"]
        assert (await sync(sandbox, database, rolling)).outcome == "complete"
        await assert_views_equal(connection, await control(sandbox, "state"))
    assert watch.strays == 0
    assert len(watch.of(rolling)) == 2
    await assert_feed_replays(connection)


async def _mirror(sandbox: RunningSandbox, database: str, connection: Connection) -> tuple[int, int]:
    """Mirrors two institutions and registers a table that holds all of their ids; their hei_ids."""
    assert (await sync(sandbox, database)).outcome == "complete"
    await make_reading_lists(connection)
    await targets.add(connection, "reading_list.entry", "request_id", hei_column="hei_id", now=START)
    first, second = (await control(sandbox, "state"))["institutions"]
    return first["id"], second["id"]


async def _roll_over(sandbox: RunningSandbox, hei_id: int, *, after: int) -> None:
    """Rolls the institution over when its list and so many of its courses have been asked for.

    Counts and rolls over in the sandbox itself: by the time that HTTP has told, other courses are read.
    """
    calls = sandbox.stats.methods
    async with asyncio.timeout(60):
        while not calls["GetCourses"] or calls["GetCourseContent"] < after:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
    roll_over(sandbox.world, sandbox.world.institution(hei_id))
