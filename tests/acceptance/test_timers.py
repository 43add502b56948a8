"""What a timer runs: nothing is said of a good night, one line of a bad one, and no two nights at once."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, Finished, command_line
from tests.support.control import control
from tests.support.faulty import Fault, FaultySandbox, Hold, faulty
from tests.support.sessions import PATIENCE

RUNS = "SELECT outcome FROM dcs.sync_run WHERE kind = 'sync' ORDER BY run_id"


@pytest.fixture
async def sandbox() -> AsyncIterator[FaultySandbox]:
    world = build_world(Sizes(institutions=3, courses=2, items=2), seed=11)
    async with running_sandbox(world) as running, faulty(running) as front:
        yield front


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: FaultySandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def first(sandbox: FaultySandbox) -> int:
    hei_id: int = (await control(sandbox, "state"))["institutions"][0]["id"]
    return hei_id


def assert_one_line(finished: Finished, code: int, *words: str) -> None:
    assert (finished.code, finished.out) == (code, "")
    (line,) = finished.err.splitlines()
    assert line.startswith("dcs-mirror: ")
    for word in words:
        assert word in line


async def test_a_quiet_command_says_nothing_if_all_is_well(
    dcs_mirror: CommandLine, sandbox: FaultySandbox
) -> None:
    hei = str(await first(sandbox))
    for command in (["sync"], ["sync", "--resume"], ["refresh", hei], ["reconcile"], ["prune"]):
        finished = await dcs_mirror(*command, "--quiet")
        assert (finished.code, finished.out, finished.err) == (0, "", ""), command


async def test_a_quiet_command_says_in_one_line_what_is_wrong(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, connection: Connection
) -> None:
    hei = await first(sandbox)
    await dcs_mirror("sync")
    await connection.execute("CREATE TABLE stored AS SELECT request_id FROM dcs_mirror.content_item")
    assert (await dcs_mirror("targets", "add", "stored", "request_id")).code == 0
    await connection.execute("DROP TABLE stored")
    assert_one_line(await dcs_mirror("reconcile", "--quiet"), 1, "stored.request_id")
    assert (await dcs_mirror("targets", "remove", "stored", "request_id")).code == 0

    sandbox.faults.append(Fault(f"GetCourses?hei={hei}", status=404))
    assert_one_line(await dcs_mirror("sync", "--quiet"), 1, "partial", f"institution {hei} failed")
    refused = await dcs_mirror.but(DCS_API_PASSWORD="wrong")("sync", "--quiet")
    assert_one_line(refused, 3)
    assert_one_line(await dcs_mirror.but(DCS_RATE="-1")("prune", "--quiet"), 2, "DCS_RATE")
    assert_one_line(
        await dcs_mirror.but(DCS_DATABASE_URL="postgresql://u:p@127.0.0.1:1/x")("sync", "--quiet"), 4
    )


async def test_quiet_and_json_contradict_each_other(dcs_mirror: CommandLine) -> None:
    for command in (["sync"], ["refresh", "1"], ["reconcile"], ["prune"], ["db", "dump", "x"]):
        finished = await dcs_mirror(*command, "--quiet", "--json")
        assert finished.code == 2
        assert "give --quiet or --json, not both" in " ".join(finished.err.replace("│", " ").split())


async def test_a_second_sync_ends_or_waits_as_asked_and_a_refresh_goes_on_beside_the_first(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, connection: Connection
) -> None:
    hei = await first(sandbox)
    hold = Hold(f"GetCourses?hei={hei}")
    sandbox.holds.append(hold)
    night = await dcs_mirror.start("sync")
    async with asyncio.timeout(PATIENCE):
        await hold.came.wait()

        second = await dcs_mirror("sync", "--quiet")
        assert_one_line(second, 4, "another sync of all institutions is under way, by dcs-mirror of role")
        others = [i["id"] for i in (await control(sandbox, "state"))["institutions"] if i["id"] != hei]
        assert (await dcs_mirror("refresh", str(others[0]))).code == 0
        assert (await dcs_mirror("sync", "--hei", str(others[1]))).code == 0

        waiting = await dcs_mirror.start("sync", "--if-running", "wait")
        assert waiting.stderr is not None
        assert b"waiting for another sync" in await waiting.stderr.readline()
        sandbox.holds.remove(hold)
        hold.released.set()
        await asyncio.gather(night.communicate(), waiting.communicate())
    assert (night.returncode, waiting.returncode) == (0, 0)
    # The night, the one of a single institution, and the one that waited.
    assert [row[0] for row in await connection.fetch(RUNS)] == ["complete"] * 3


async def test_a_sync_that_was_killed_holds_up_no_other(
    dcs_mirror: CommandLine, sandbox: FaultySandbox, connection: Connection
) -> None:
    hold = Hold(f"GetCourses?hei={await first(sandbox)}")
    sandbox.holds.append(hold)
    night = await dcs_mirror.start("sync")
    async with asyncio.timeout(PATIENCE):
        await hold.came.wait()
        night.send_signal(signal.SIGKILL)
        await night.communicate()
        sandbox.holds.remove(hold)
        hold.released.set()
        finished = await dcs_mirror("sync", "--if-running", "wait", "--quiet")
        assert (finished.code, finished.err) == (0, "")
    assert [row[0] for row in await connection.fetch(RUNS)] == ["interrupted", "complete"]
