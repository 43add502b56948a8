"""`prune` beside a night: nothing is lost, nobody waits, and a follower of the feed misses nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection, create_pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.prune import growth
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import Finished, command_line
from tests.support.control import control
from tests.support.sessions import look
from tests.support.walk import assert_views_equal

DAYS = ("2026-03-01", "2026-05-30")
JUNE = "2026-06-10T12:00:00+00:00"

# As in docs/downstream.md: cursor and mark in the statement that reads.
NEXT_PAGE = """
SELECT c.change_id, c.key, c.details -> 'request_id' ->> 1 AS request_id
FROM dcs.change AS c
JOIN dcs.feed_state AS s ON s.low_water <= $1
WHERE c.change_id > $1
ORDER BY c.change_id
LIMIT 7
"""
# Everything that was ever in the feed, beside it.
NOTE_ALL = """
CREATE TABLE public.ever (change_id bigint);
INSERT INTO public.ever SELECT change_id FROM dcs_mirror.change;
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN INSERT INTO public.ever VALUES (new.change_id); RETURN NULL; END';
CREATE TRIGGER note AFTER INSERT ON dcs_mirror.change FOR EACH ROW EXECUTE FUNCTION public.note()
"""


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=3, courses=5, items=5), seed=9)) as running:
        yield running


async def follow(url: str, cursor: int, night: asyncio.Future[Finished]) -> list[int]:
    """Read the feed from ``cursor`` on until the night has ended; return the ids that were read."""
    read: list[int] = []
    async with look(url) as reader:
        while True:
            has_ended = night.done()
            page = await reader.fetch(NEXT_PAGE, cursor)
            read += [row["change_id"] for row in page]
            cursor = read[-1] if read else cursor
            if has_ended and not page:
                return read


async def test_prune_beside_a_night_loses_nothing_and_holds_up_nobody(
    sandbox: RunningSandbox,
    database: str,
    connection: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Small batches, so that many of their transactions fall between those of the night."""
    monkeypatch.setattr(growth, "_BATCHES", dict.fromkeys(growth._BATCHES, 3))
    dcs_mirror = command_line(tmp_path, sandbox, database)
    for number, day in enumerate(DAYS):
        assert (await dcs_mirror.but(DCS_NOW=f"{day}T12:00:00Z")("sync")).code == 0
        await control(sandbox, "random-edits", count=25, seed=number)
    for institution in (await control(sandbox, "state"))["institutions"]:
        await control(sandbox, "rollover", hei=institution["id"], without_previous_id=0.2)
    await connection.execute(NOTE_ALL)
    begun = await connection.fetchval("SELECT max(change_id) FROM dcs.change")

    now = datetime.fromisoformat(JUNE)
    async with create_pool(database) as pool, asyncio.timeout(120):
        night = asyncio.ensure_future(dcs_mirror.but(DCS_NOW=JUNE)("sync", "--json"))
        following = asyncio.create_task(follow(database, begun, night))
        reports: list[growth.PruneReport] = []
        while not night.done():
            # Each goes a little further than the one before.
            before = datetime.fromisoformat(f"2026-03-{1 + len(reports) % 28:02}T12:00:00+00:00")
            reports.append(growth.begin(now=now, before=before))
            await growth.prune(RetryingPool(pool), reports[-1], now=now)
        finished, read = await night, await following
        reports.append(growth.begin(now=now, before=now))
        await growth.prune(RetryingPool(pool), reports[-1], now=now)

    assert (finished.code, {i["outcome"] for i in finished.json["institutions"]}) == (0, {"complete"})
    assert len(reports) > 3
    assert sum(report.changes for report in reports) > 0
    ever = [row[0] for row in await connection.fetch("SELECT change_id FROM public.ever ORDER BY change_id")]
    assert read == [change_id for change_id in ever if change_id > begun], "the follower read every change"
    left = [row[0] for row in await connection.fetch("SELECT change_id FROM dcs.change ORDER BY change_id")]
    low_water = await connection.fetchval("SELECT low_water FROM dcs.feed_state")
    assert low_water == reports[-1].low_water == max(set(ever) - set(left))
    assert left == [change_id for change_id in ever if change_id > low_water]
    await assert_views_equal(connection, await control(sandbox, "state"))
    assert (await dcs_mirror.but(DCS_NOW=JUNE)("sync")).code == 0
