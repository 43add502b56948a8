"""Ended from outside, at chosen instants: what stays, what the next run makes of it, and how one resumes."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, Process, command_line
from tests.support.control import control
from tests.support.faulty import Fault, FaultySandbox, Hold, faulty
from tests.support.sessions import PATIENCE, all_gone, landed, look, waits_for
from tests.support.walk import assert_feed_replays, assert_views_equal

RUNS = "SELECT outcome FROM dcs.sync_run ORDER BY run_id"

# Stops the mirror in mid-apply: what comes before content items is written, nothing is committed.
STOP_AT_ITEMS = "LOCK TABLE dcs_mirror.content_item IN SHARE MODE"
# Stops it in its last step before the commit.
STOP_AT_FEED = "SELECT FROM dcs_mirror.lock WHERE name = 'change' FOR UPDATE"


@pytest.fixture
async def sandbox() -> AsyncIterator[FaultySandbox]:
    world = build_world(Sizes(institutions=3, courses=4, items=3), seed=11)
    async with running_sandbox(world) as running, faulty(running) as front:
        yield front


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: FaultySandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def institutions(sandbox: FaultySandbox) -> list[int]:
    return [institution["id"] for institution in (await control(sandbox, "state"))["institutions"]]


def hold(sandbox: FaultySandbox, hei_id: int) -> Hold:
    """Keeps an institution from being read."""
    made = Hold(f"GetCourses?hei={hei_id}")
    sandbox.holds.append(made)
    return made


async def end(process: Process, sent: signal.Signals) -> str:
    process.send_signal(sent)
    async with asyncio.timeout(PATIENCE):
        _, err = await process.communicate()
    assert process.returncode == (130 if sent != signal.SIGKILL else -sent), err.decode()
    told = err.decode()
    assert "Traceback" not in told
    assert "active transaction" not in told
    return told


@pytest.mark.parametrize(
    ("sent", "obstacle"),
    [
        (signal.SIGTERM, STOP_AT_ITEMS),
        (signal.SIGINT, STOP_AT_FEED),
        (signal.SIGKILL, STOP_AT_FEED),
    ],
)
async def test_r8_ended_while_it_applies_nothing_of_it_stays_and_nothing_is_held(
    dcs_mirror: CommandLine,
    sandbox: FaultySandbox,
    database: str,
    connection: Connection,
    sent: signal.Signals,
    obstacle: str,
) -> None:
    """R8: no half of an institution, no session, no lock, while the obstacle still stands in the way."""
    async with look(database) as other:
        async with other.transaction():
            await other.execute(obstacle)
            process = await dcs_mirror.start("sync")
            await waits_for(connection, other)
            await end(process, sent)
            await all_gone(connection)
            assert await connection.fetchval("SELECT count(*) FROM dcs.institution") == 0
        expected = [None] if sent == signal.SIGKILL else ["interrupted"]
        assert [row[0] for row in await connection.fetch(RUNS)] == expected
        assert (await dcs_mirror("sync")).code == 0
        assert [row[0] for row in await connection.fetch(RUNS)] == ["interrupted", "complete"]
        await assert_views_equal(connection, await control(sandbox, "state"))
        await assert_feed_replays(connection)


async def test_a_resumed_sync_reads_what_had_not_landed_however_often_it_is_interrupted(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, connection: Connection
) -> None:
    one, two, three = await institutions(sandbox)
    for sent, open_ones in ((signal.SIGTERM, (two, three)), (signal.SIGKILL, (three,))):
        holds = [hold(sandbox, hei_id) for hei_id in open_ones]
        process = await dcs_mirror.start("sync", "--resume")
        await landed(connection, 3 - len(holds))
        for each in holds:
            await asyncio.wait_for(each.came.wait(), PATIENCE)
        await end(process, sent)
        for each in holds:
            each.released.set()

    sandbox.calls.clear()
    finished = await dcs_mirror("sync", "--resume")
    assert finished.code == 0
    assert "resuming run 2: 2 institutions had landed" in finished.out
    assert {hei_id for hei_id in (one, two, three) if any(f"hei={hei_id}" in c for c in sandbox.calls)} == {
        three
    }
    assert [row[0] for row in await connection.fetch(RUNS)] == ["interrupted", "interrupted", "complete"]
    await assert_views_equal(connection, await control(sandbox, "state"))

    # Cron may say --resume every night: after a sync that came to its end, it is a whole one.
    whole = await dcs_mirror("sync", "--resume", "--json")
    assert (whole.code, len(whole.json["institutions"])) == (0, 3)


async def test_a_sync_of_last_night_is_not_resumed(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, connection: Connection
) -> None:
    held = hold(sandbox, (await institutions(sandbox))[2])
    process = await dcs_mirror.start("sync")
    await landed(connection, 2)
    await end(process, signal.SIGTERM)
    held.released.set()
    tomorrow = datetime.now(UTC) + timedelta(hours=24)
    finished = await dcs_mirror.but(DCS_NOW=tomorrow.isoformat())("sync", "--resume", "--json")
    assert (finished.code, len(finished.json["institutions"])) == (0, 3)
    assert "more than 12 hours ago" in finished.err


async def test_a_sync_that_an_error_ended_is_resumed(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, database: str, connection: Connection
) -> None:
    """The credentials are withdrawn while it runs: exit 3, and what had landed need not be read again."""
    one, two, three = await institutions(sandbox)
    held = hold(sandbox, three)
    process = await dcs_mirror.start("sync")
    await landed(connection, 2)
    sandbox.faults.append(Fault(f"hei={three}", status=401))
    held.released.set()
    await process.communicate()
    assert process.returncode == 3
    sandbox.faults.clear()
    finished = await dcs_mirror("sync", "--resume", "--json", "--hei", str(one), "--hei", str(three))
    assert finished.code == 0
    assert [o["hei_id"] for o in finished.json["institutions"]] == [three]
    assert two not in {o["hei_id"] for o in finished.json["institutions"]}


async def test_a_run_under_way_is_not_taken_for_dead(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, connection: Connection
) -> None:
    one, _, three = await institutions(sandbox)
    held = hold(sandbox, three)
    process = await dcs_mirror.start("sync")
    await landed(connection, 2)
    assert (await dcs_mirror("refresh", str(one))).code == 0
    assert [row[0] for row in await connection.fetch(RUNS)] == [None, "complete"]
    held.released.set()
    await process.communicate()
    assert process.returncode == 0
    assert [row[0] for row in await connection.fetch(RUNS)] == ["complete", "complete"]


async def test_the_second_signal_ends_it_at_once(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, database: str, connection: Connection
) -> None:
    hold(sandbox, (await institutions(sandbox))[2])
    process = await dcs_mirror.start("sync")
    await landed(connection, 2)
    async with look(database) as other, other.transaction():
        await other.execute("SELECT FROM dcs_mirror.sync_run FOR UPDATE")
        process.send_signal(signal.SIGTERM)
        await waits_for(connection, other)
        await end(process, signal.SIGINT)
        await all_gone(connection)
    assert [row[0] for row in await connection.fetch(RUNS)] == [None]
