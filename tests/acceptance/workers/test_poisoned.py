"""An institution that ends each worker which reads it: given up after three, told, and all others land."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.acceptance.workers.test_workers import OUTCOMES, working
from tests.support.command import CommandLine, Process, command_line
from tests.support.faulty import Fault, FaultySandbox, Hold, faulty
from tests.support.metrics import free_address, scrape

SIZES = Sizes(institutions=5, courses=2, items=2)
GIVEN_UP = "given up: 3 workers ended while they did this"
MEMORY = 900 * 2**20
"""Bytes of address space in which a worker reads institutions of ordinary size."""
HUGE = 60 * 2**20
"""Bytes of an answer that is just small enough to be accepted."""
SILENT_FOR_LONG = (
    "UPDATE dcs_queue.pgqueuer SET heartbeat = heartbeat - interval '16 s' WHERE status = 'picked'",
    "UPDATE dcs_mirror.worker SET seen_at = seen_at - interval '16 s'",
)
"""What fifteen seconds do after a worker was killed."""


@pytest.fixture
async def front() -> AsyncIterator[FaultySandbox]:
    async with running_sandbox(build_world(SIZES, seed=3)) as sandbox, faulty(sandbox) as faulty_one:
        yield faulty_one


@pytest.mark.parametrize("waits", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_an_institution_whose_workers_are_killed_three_times_is_given_up_and_told(
    tmp_path: Path, front: FaultySandbox, database: str, connection: Connection, *, waits: bool
) -> None:
    """Each is killed, as by the kernel when memory runs out, once it has asked for the institution's courses.

    The long form waits until another worker takes the jobs of one that was killed; the short one sets the
    times back.
    """
    dcs_mirror = command_line(tmp_path, front, database)
    poison = await first_sync(dcs_mirror, connection)
    runs = await connection.fetchval("SELECT max(run_id) FROM dcs.sync_run")
    waiting = await dcs_mirror.start("enqueue", "sync", "--wait", "--json")
    for _ in range(3):
        hold = Hold(f"GetCourses?hei={poison}")
        front.holds[:] = [hold]
        worker = await dcs_mirror.start("worker")
        await asyncio.wait_for(hold.came.wait(), 60)
        worker.send_signal(signal.SIGKILL)
        await asyncio.wait_for(worker.wait(), 10)
        hold.released.set()
        if not waits:
            for statement in SILENT_FOR_LONG:
                await connection.execute(statement)
    front.holds.clear()
    asked = len([call for call in front.calls if f"GetCourses?hei={poison}" in call])
    address = free_address()
    async with working(dcs_mirror.but(DCS_METRICS_BIND=address)):
        out, err = await asyncio.wait_for(waiting.communicate(), 90)
        figures = await scrape(address)
    assert asked == 1 + 3
    assert len([call for call in front.calls if f"GetCourses?hei={poison}" in call]) == asked

    assert waiting.returncode == 1, err.decode()
    outcomes = {each["hei_id"]: each for each in json.loads(out)["institutions"]}
    assert outcomes[poison]["outcome"] == "failed"
    assert outcomes[poison]["error"].startswith(GIVEN_UP)
    assert [each["outcome"] for hei_id, each in outcomes.items() if hei_id != poison] == ["complete"] * 4
    await assert_given_up(dcs_mirror, poison)
    assert figures.values("jobs")["institution", "failed"] == 1
    assert figures.values("institution_outcome")[str(poison), "failed"] == 1
    assert {row["times"] for row in await connection.fetch(OUTCOMES)} == {2}
    assert await connection.fetchval("SELECT outcome FROM dcs.sync_run WHERE run_id > $1", runs) == "partial"

    (job,) = (await dcs_mirror("jobs", "--json")).json["jobs"]
    assert (await dcs_mirror("jobs", "retry", str(job["job_id"]))).code == 0
    assert (await dcs_mirror("worker", "--once")).code == 0
    assert (await dcs_mirror("jobs", "--json")).json["jobs"] == []


@pytest.mark.long
async def test_an_answer_for_which_the_memory_does_not_suffice_is_given_up_and_told(
    tmp_path: Path, front: FaultySandbox, database: str, connection: Connection
) -> None:
    """With a real limit of the system: the worker goes on, or ends and another one does."""
    dcs_mirror = command_line(tmp_path, front, database)
    poison = await first_sync(dcs_mirror, connection)
    item = b'{"request-id":%d,"content-title":"A"},'
    items = b"".join(item % number for number in range(1, HUGE // 45))
    body = b'{"total-results":1,"results":[' + items + b"{}]}"
    front.faults.append(Fault(f"GetCourses?hei={poison}", body=body))
    waiting = await dcs_mirror.start("enqueue", "sync", "--wait", "--json")
    ended: list[bytes] = []
    while waiting.returncode is None:
        worker = await limited(dcs_mirror, "worker", "--once")
        ended.append((await asyncio.wait_for(worker.communicate(), 90))[1])
        if worker.returncode == 0:
            break
        for statement in SILENT_FOR_LONG:
            await connection.execute(statement)
    out, err = await asyncio.wait_for(waiting.communicate(), 30)
    assert waiting.returncode == 1, err.decode()
    outcomes = {each["hei_id"]: each for each in json.loads(out)["institutions"]}
    assert any(b"MemoryError" in told for told in ended), ended
    assert outcomes[poison]["error"].startswith(GIVEN_UP)
    assert [each["outcome"] for hei_id, each in outcomes.items() if hei_id != poison] == ["complete"] * 4
    await assert_given_up(dcs_mirror, poison)


async def first_sync(dcs_mirror: CommandLine, connection: Connection) -> int:
    """Mirror everything; return the institution that is poisoned from now on."""
    assert (await dcs_mirror("sync")).code == 0
    hei_id: int = await connection.fetchval("SELECT min(hei_id) FROM dcs.institution")
    return hei_id


async def assert_given_up(dcs_mirror: CommandLine, hei_id: int) -> None:
    """That `jobs` and `status` say so, and that it was begun three times."""
    (job,) = (await dcs_mirror("jobs", "--json")).json["jobs"]
    assert (job["kind"], job["hei_id"], job["state"], job["attempts"]) == ("institution", hei_id, "failed", 3)
    assert job["error"].startswith(GIVEN_UP)
    assert GIVEN_UP in (await dcs_mirror("jobs")).out
    status = (await dcs_mirror("status", "--json")).json
    (told,) = [each for each in status["institutions"] if each["hei_id"] == hei_id]
    assert told["last_sync_outcome"] == "failed"


async def limited(dcs_mirror: CommandLine, *arguments: str) -> Process:
    """A command that may not use more address space than ``MEMORY``."""
    return await asyncio.create_subprocess_exec(
        "prlimit",
        f"--as={MEMORY}",
        sys.executable,
        "-m",
        "dcs_mirror",
        *arguments,
        env=dcs_mirror.environment | {"MALLOC_ARENA_MAX": "2"},
        cwd=dcs_mirror.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
