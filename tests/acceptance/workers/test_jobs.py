"""`enqueue`, `jobs` and `worker`: what a person and a script see of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.acceptance.workers.test_workers import working
from tests.support.command import CommandLine, Process, command_line
from tests.support.control import control, misbehave
from tests.support.receiver import receiver
from tests.support.sessions import END_SESSIONS, until


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=3, courses=3, items=2), seed=1)) as running:
        yield running


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def test_a_worker_that_is_to_work_once_does_what_waits_and_ends(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    assert (await dcs_mirror("enqueue", "sync")).out.startswith("1 job left for the workers")
    waiting = await dcs_mirror("jobs")
    assert "sync" in waiting.out
    assert "waiting" in waiting.out
    done = await dcs_mirror("worker", "--once")
    assert done.code == 0, done.err
    assert (await dcs_mirror("jobs")).out == "no job waits, runs or failed\n"
    assert (await dcs_mirror("jobs", "--json")).json == {"jobs": [], "refreshes_asked": 0}
    assert (await dcs_mirror("status", "--json")).json["last_run"]["outcome"] == "complete"
    assert (await dcs_mirror("enqueue", "reconcile")).out.startswith("3 jobs left")
    assert (await dcs_mirror("worker", "--once")).code == 0
    assert (await dcs_mirror("jobs")).out == "no job waits, runs or failed\n"


async def test_a_refresh_that_sql_asked_for_is_seen_before_a_worker_takes_it_up(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    assert (await dcs_mirror("sync", "--hei", "108")).code == 0
    await connection.execute("SELECT dcs.request_refresh(108)")
    assert (await dcs_mirror("jobs")).out == (
        "refreshes that SQL or the service asked for and no worker has taken up: 1\n"
    )
    await connection.execute(
        "UPDATE dcs_mirror.refresh_request SET requested_at = requested_at - interval '1 hour'"
    )
    findings = (await dcs_mirror("doctor", "--json")).json["findings"]
    assert [each["todo"] for each in findings if each["check"] == "workers"] == ["start `dcs-mirror worker`"]


async def test_the_same_sync_does_not_wait_twice(dcs_mirror: CommandLine) -> None:
    first = await dcs_mirror("enqueue", "sync", "--json")
    assert (await dcs_mirror("enqueue", "sync", "--json")).json == first.json
    (job,) = (await dcs_mirror("jobs", "--json")).json["jobs"]
    assert list(job) == [
        "job_id", "kind", "hei_id", "state", "attempts", "enqueued_at", "started_at", "error",
    ]  # fmt: skip
    assert (await dcs_mirror("jobs", "retry", str(job["job_id"]))).code == 1
    assert (await dcs_mirror("jobs", "drop", str(job["job_id"]))).code == 0
    assert (await dcs_mirror("jobs", "--json")).json == {"jobs": [], "refreshes_asked": 0}
    lost = await dcs_mirror("jobs", "drop", "999")
    assert (lost.code, lost.err) == (1, "dcs-mirror: there is no job 999; see `dcs-mirror jobs`\n")


async def test_an_unknown_institution_is_refused_as_without_workers(dcs_mirror: CommandLine) -> None:
    assert (await dcs_mirror("sync")).code == 0
    for command in (["sync", "--hei", "4711"], ["refresh", "4711"], ["reconcile", "--hei", "4711"]):
        assert (await dcs_mirror(*command)).code == 1
        refused = await dcs_mirror("enqueue", *command)
        assert refused.code == 1, refused.err
        assert "the mirror does not know institution 4711" in refused.err
        assert refused.err.count("\n") == 1
    assert (await dcs_mirror("jobs", "--json")).json == {"jobs": [], "refreshes_asked": 0}


async def test_a_schedule_that_is_none_is_refused(dcs_mirror: CommandLine) -> None:
    for cron in ("nightly", "15 2 * *", "61 2 * * *", "* * 30 2 *", "0 15 2 * * *"):
        refused = await dcs_mirror.but(DCS_SYNC_CRON=cron)("worker", "--once")
        assert refused.code == 2, cron
        assert refused.err.startswith("dcs-mirror: DCS_SYNC_CRON: "), refused.err


async def test_who_waits_without_a_worker_is_told_and_goes_on_waiting_also_if_the_server_ends_its_sessions(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    waiting = await dcs_mirror.start("enqueue", "refresh", *sandbox_hei(sandbox), "--wait")
    await asyncio.sleep(11)
    assert not has_ended(waiting)
    assert await connection.fetchval(END_SESSIONS)
    assert (await dcs_mirror("worker", "--once")).code == 0
    out, err = await asyncio.wait_for(waiting.communicate(), 10)
    assert waiting.returncode == 0
    assert b"no worker is alive" in err
    assert out.startswith(b"complete: 1 of 1 institution applied")


async def test_refused_credentials_stop_all_workers_after_one_call(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    wrong = dcs_mirror.but(DCS_API_PASSWORD="wrong")
    async with working(wrong, count=2):
        await until(connection, "SELECT count(*) = 2 FROM dcs_mirror.worker")
        sandbox.stats.reset()
        ended = await wrong("enqueue", "sync", "--wait")
        assert ended.code == 3, ended.err
        assert (await wrong("enqueue", "refresh", *sandbox_hei(sandbox))).code == 0
        await asyncio.sleep(3)
        assert sum(sandbox.stats.outcomes.values()) == 1
    # Workers that begin after somebody set it right take up what waits.
    assert (await dcs_mirror("worker", "--once")).code == 0
    assert await connection.fetchval("SELECT outcome FROM dcs.refresh_request") == "complete"
    assert (await dcs_mirror("enqueue", "refresh", *sandbox_hei(sandbox))).code == 0
    assert (await wrong("worker", "--once")).code == 3


async def test_workers_tell_after_a_night_what_it_brought_also_if_the_one_that_ended_it_is_killed(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection, tmp_path: Path
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    file = tmp_path / "notify.toml"
    async with receiver() as library:
        file.write_text(
            '[[notify]]\ninstitutions = "all"\nevents = ["rejected"]\n'
            f'to = ["{library.url}"]\nsecret = "a secret of the tests"\n'
        )
        file.chmod(0o600)
        telling = dcs_mirror.but(DCS_NOTIFY_FILE=str(file))
        assert (await telling("notify")).code == 0
        institution = (await control(sandbox, "state"))["institutions"][0]
        hei_id, (first, second, *_) = institution["id"], institution["courses"][0]["items"]
        await reject(sandbox, hei_id, first["request-id"])
        assert (await dcs_mirror("enqueue", "sync")).code == 0
        assert await locks.try_session(connection, locks.NOTIFY, 0)  # so it cannot tell before it is killed
        killed = await telling.start("worker")
        await until(connection, "SELECT count(*) FILTER (WHERE outcome = 'complete') = 2 FROM dcs.sync_run")
        killed.kill()
        await killed.communicate()
        await locks.release_session(connection, locks.NOTIFY, 0)
        worked = await telling("worker", "--once")
        assert worked.code == 0, worked.err
        assert [(told["event"], told["hei_id"]) for told in library.taken] == [("rejected", hei_id)]
        await reject(sandbox, hei_id, second["request-id"])
        assert (await dcs_mirror("enqueue", "sync")).code == 0
        assert (await telling("worker", "--once")).code == 0
        assert [told["event"] for told in library.taken] == ["rejected"] * 2


async def test_a_sync_by_workers_is_shown_while_it_goes_on_resumed_and_guarded_as_one_of_a_process(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    last = max(sandbox.world.institutions)  # those with as many courses are read in the order of the list
    courses = {"method": "GetCourses", "query": {"hei": last}}
    one_by_one = dcs_mirror.but(DCS_WORKER_JOBS="1")
    await misbehave(sandbox, {"kind": "slow-start", "seconds": 3, **courses})
    async with working(one_by_one):
        waiting = await dcs_mirror.start("enqueue", "sync", "--wait")
        async with asyncio.timeout(60):
            while "in progress, or killed: 2 institutions so far" not in (await dcs_mirror("status")).out:
                assert not has_ended(waiting)
        await waiting.communicate()
        assert (await dcs_mirror("status")).out.count("complete") == 3 + 1
        await misbehave(sandbox, {"kind": "error", "code": 3, **courses})
        assert (await dcs_mirror("enqueue", "sync", "--wait")).code == 3
    await misbehave(sandbox)
    sandbox.stats.reset()
    async with working(dcs_mirror):
        resumed = await dcs_mirror("enqueue", "sync", "--resume", "--wait", "--json")
        assert (resumed.code, resumed.json["outcome"]) == (0, "complete")
        assert [each["hei_id"] for each in resumed.json["institutions"]] == [last]
        assert sandbox.stats.methods["GetCourses"] == 1
        await misbehave(sandbox, {"kind": "empty", "method": "GetInstitutions"})
        held = await dcs_mirror("enqueue", "sync", "--wait")
        assert held.code == 4
        assert "C4: the DCS lists no institution at all" in held.err + held.out
        assert (await dcs_mirror("enqueue", "sync", "--accept-removals", "--wait")).code == 0
    withdrawn = (await dcs_mirror("status", "--json")).json["institutions"]
    assert [each["subscribed"] for each in withdrawn] == [False] * 3


async def reject(sandbox: RunningSandbox, hei_id: int, request_id: int) -> None:
    await control(sandbox, "edit", hei=hei_id, request_id=request_id, set={"content-status": "Rejected"})


@pytest.mark.long
async def test_an_outage_ends_the_run_as_it_ends_that_of_one_process(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await misbehave(sandbox, {"kind": "status", "status": 503, "times": 100000})
    async with working(dcs_mirror):
        ended = await dcs_mirror("enqueue", "sync", "--wait")
    assert ended.code == 4, ended.err
    row = await connection.fetchrow("SELECT * FROM dcs.sync_run ORDER BY run_id DESC LIMIT 1")
    assert row is not None
    assert (row["outcome"], row["finished_at"] is not None) == ("failed", True)


def has_ended(process: Process) -> bool:
    return process.returncode is not None


def sandbox_hei(sandbox: RunningSandbox) -> list[str]:
    """The id of the sandbox's first institution, as an argument."""
    return [str(min(sandbox.world.institutions))]
