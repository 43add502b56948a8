"""Runs that overlap at random, against an upstream that changes and answers late (C5)."""

import asyncio
import random
from typing import Any

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.sync import mirror
from dcs_mirror.sync.report import Report
from tests.support.control import control
from tests.support.faulty import FaultySandbox, faulty
from tests.support.running import NoProgress, settings_for, sync
from tests.support.walk import assert_feed_replays, assert_views_equal

SIZES = Sizes(institutions=1, courses=4, items=3)
EDITS = 25
RUNS = 10


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_c5_after_overlapping_runs_a_quiet_night_shows_what_is_listed(
    seed: int, database: str, connection: Connection
) -> None:
    """C5: two programs share the mirror; courses and items are edited and set back while they read."""
    dice = random.Random(seed)  # noqa: S311 - an order, not a secret
    async with running_sandbox(build_world(SIZES, seed=seed)) as sandbox, faulty(sandbox) as upstream:
        assert (await sync(upstream, database)).outcome == "complete"
        (institution,) = (await control(upstream, "state"))["institutions"]
        upstream.delay = lambda: dice.random() * 0.05
        settings = settings_for(upstream, concurrency=2)
        async with (
            mirror.open_mirror(settings, database) as one,
            mirror.open_mirror(settings, database) as other,
            asyncio.timeout(120),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(_edit(upstream, institution, dice))
            runs = [
                group.create_task(_run(dice.choice([one, other]), institution, dice, delay=place * 0.05))
                for place in range(RUNS)
            ]
        assert {report.error for report in (run.result() for run in runs)} == {None}
        assert (await sync(sandbox, database)).outcome == "complete"
        await assert_views_equal(connection, await control(sandbox, "state"))
        await assert_feed_replays(connection)


async def _run(
    opened: mirror.Mirror, institution: dict[str, Any], dice: random.Random, delay: float
) -> Report:
    hei_id, course = institution["id"], dice.choice(institution["courses"])
    kind = dice.choice(["sync", "refresh", "course", "request"])
    await asyncio.sleep(delay)
    if kind == "sync":
        return await opened.sync(NoProgress())
    if kind == "refresh":
        return await opened.refresh(hei_id, NoProgress())
    if kind == "course" or not course["items"]:
        return await opened.refresh(hei_id, NoProgress(), course=course["code"])
    return await opened.refresh(hei_id, NoProgress(), request_id=course["items"][0]["request-id"])


async def _edit(upstream: FaultySandbox, institution: dict[str, Any], dice: random.Random) -> None:
    hei_id = institution["id"]
    for number in range(EDITS):
        course = dice.choice(institution["courses"])
        what: dict[str, object] = {"course_id": course["id"], "set": {"name": dice.choice("ABC")}}
        if number % 2 and course["items"]:
            item = dice.choice(course["items"])
            what = {"request_id": item["request-id"], "set": {"notes": dice.choice("abc")}}
        await control(upstream, "edit", hei=hei_id, **what)
        await asyncio.sleep(dice.random() * 0.04)
