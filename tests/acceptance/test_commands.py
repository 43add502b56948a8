"""What users of the command line rely on: output, exit codes, one line for what they can mend."""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Credentials, RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, Finished, command_line
from tests.support.control import control
from tests.support.walk import assert_views_equal

PASSWORD = "pässwörd:with:colons"
KEY = "0123456789abcdef"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    world = build_world(Sizes(institutions=3, courses=8, items=4), seed=11)
    async with running_sandbox(
        world, credentials=Credentials("reader", PASSWORD), subscription_key=KEY
    ) as running:
        yield running


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database).but(
        DCS_API_USERNAME="reader", DCS_API_PASSWORD=PASSWORD, DCS_API_SUBSCRIPTION_KEY=KEY
    )


def assert_one_line(finished: Finished, code: int, *words: str) -> None:
    """One line for a person, with these words, and no secret."""
    assert finished.code == code, finished
    (line,) = [line for line in finished.err.splitlines() if not line.startswith("timestamp=")]
    for word in words:
        assert word in line
    for secret in (PASSWORD, KEY, "cmVhZGVy"):
        assert secret not in finished.out + finished.err


async def test_sync_reports_as_the_contract_says(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    finished = await dcs_mirror("sync", "--json")
    assert finished.code == 0
    report = finished.json
    assert set(report) == {"run_id", "outcome", "requests", "seconds", "institutions"}
    assert (report["outcome"], len(report["institutions"])) == ("complete", 3)
    for institution in report["institutions"]:
        assert set(institution) == {
            "hei_id",
            "outcome",
            "courses",
            "content_items",
            "added",
            "changed",
            "removed",
            "renumbered",
            "flagged",
            "quarantined",
            "courses_changed",
            "error",
        }
        assert (institution["outcome"], institution["courses"]) == ("complete", 8)
        assert institution["added"] == institution["content_items"] > 0
    assert report["requests"] == (await control(sandbox, "stats"))["total"]
    await assert_views_equal(connection, await control(sandbox, "state"))


async def test_sync_of_one_institution_leaves_the_others_alone(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    hei = (await control(sandbox, "state"))["institutions"][1]["id"]
    report = (await dcs_mirror("sync", "--hei", str(hei), "--json")).json
    assert [o["hei_id"] for o in report["institutions"]] == [hei]
    assert await connection.fetchval("SELECT array_agg(DISTINCT hei_id) FROM dcs.course") == [hei]


async def test_a_log_gets_structured_lines_and_a_person_a_summary(dcs_mirror: CommandLine) -> None:
    finished = await dcs_mirror("sync")
    assert finished.code == 0
    assert finished.out.startswith("complete: 3 of 3 institutions applied")
    lines = finished.err.splitlines()
    assert sum("event=landed" in line and "outcome=complete" in line for line in lines) == 3
    assert all(line.startswith("timestamp=") for line in lines)


async def test_wrong_credentials_end_the_run_after_one_call(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    for command in (("sync",), ("refresh", "105")):
        await control(sandbox, "stats/reset")
        finished = await dcs_mirror.but(DCS_API_PASSWORD="wrong")(*command)
        assert_one_line(finished, 3, "authenticate", "DCS_API_PASSWORD")
        assert finished.out == ""
        assert (await control(sandbox, "stats"))["total"] == 1


async def test_a_wrong_subscription_key_is_named(dcs_mirror: CommandLine, sandbox: RunningSandbox) -> None:
    finished = await dcs_mirror.but(DCS_API_SUBSCRIPTION_KEY="stale")("sync")
    assert_one_line(finished, 3, "401", "DCS_API_SUBSCRIPTION_KEY")
    assert (await control(sandbox, "stats"))["total"] <= 1


async def test_missing_credentials_are_named_and_nothing_is_called(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    finished = await dcs_mirror.but(DCS_API_USERNAME=None, DCS_API_PASSWORD=None)("sync")
    assert_one_line(finished, 3, "DCS_API_USERNAME", "DCS_API_PASSWORD")
    assert (await control(sandbox, "stats"))["total"] == 0


async def test_an_unreachable_upstream_is_named(dcs_mirror: CommandLine) -> None:
    for command in (("sync",), ("refresh", "105")):
        finished = await dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/v3")(*command)
        assert finished.code == 4
        assert "http://127.0.0.1:9 cannot be reached" in finished.err + finished.out


async def test_an_unreachable_database_is_named_without_its_password(dcs_mirror: CommandLine) -> None:
    url = "postgresql://mirror:s3cret@127.0.0.1:9/dcs"
    for command in (("sync",), ("migrate",), ("status",), ("refresh", "1")):
        finished = await dcs_mirror.but(DCS_DATABASE_URL=url)(*command)
        assert_one_line(finished, 4, "127.0.0.1:9/dcs")
        assert "s3cret" not in finished.out + finished.err


async def test_an_institution_that_has_not_subscribed_is_told_how_to(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    hei = (await control(sandbox, "state"))["institutions"][0]["id"]
    await control(sandbox, "unsubscribe", hei=hei)
    for command in (("refresh", str(hei)), ("sync", "--hei", str(hei))):
        finished = await dcs_mirror(*command, "--json")
        assert finished.code == 1
        (outcome,) = finished.json["institutions"]
        assert outcome["outcome"] == "unsubscribed"
        assert "has not subscribed" in outcome["error"]
        assert "administrator" in outcome["error"]


async def test_an_unknown_institution_is_said_to_be(dcs_mirror: CommandLine) -> None:
    for command in (("refresh", "99999"), ("sync", "--hei", "99999")):
        finished = await dcs_mirror(*command, "--json")
        assert finished.code == 1
        (outcome,) = finished.json["institutions"]
        assert outcome["outcome"] == "failed"
        assert "99999" in outcome["error"]


async def test_refresh_of_an_institution_asks_for_no_list(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    hei = (await control(sandbox, "state"))["institutions"][0]["id"]
    finished = await dcs_mirror("refresh", str(hei), "--json")
    assert (finished.code, finished.json["outcome"]) == (0, "complete")
    assert "GetInstitutions" not in (await control(sandbox, "stats"))["methods"]
    assert await connection.fetchval("SELECT count(*) FROM dcs.course") == 8


async def test_refresh_of_a_course_and_of_a_request_change_only_these(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    await dcs_mirror("sync")
    institution = (await control(sandbox, "state"))["institutions"][0]
    hei = institution["id"]
    one, two, three = [c for c in institution["courses"] if c["items"] and c["items"][0]["reachable"]][:3]
    for course in (one, two, three):
        request_id = course["items"][0]["request-id"]
        await control(sandbox, "edit", hei=hei, request_id=request_id, set={"notes": "edited"})
    edited = "SELECT request_id FROM dcs.content_item WHERE notes = 'edited' ORDER BY course_code"

    finished = await dcs_mirror("refresh", str(hei), "--course", one["code"])
    assert finished.code == 0
    assert [row[0] for row in await connection.fetch(edited)] == [one["items"][0]["request-id"]]

    old_id = two["items"][0]["request_ids"][0]
    assert (await dcs_mirror("refresh", str(hei), "--request", str(old_id))).code == 0
    assert {row[0] for row in await connection.fetch(edited)} == {
        course["items"][0]["request-id"] for course in (one, two)
    }

    assert (await dcs_mirror("sync")).code == 0
    await assert_views_equal(connection, await control(sandbox, "state"))


async def test_refresh_of_what_does_not_exist_says_so(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    hei = str((await control(sandbox, "state"))["institutions"][0]["id"])
    finished = await dcs_mirror("refresh", hei, "--course", "NO SUCH/COURSE")
    assert (finished.code, "NO SUCH/COURSE" in finished.out) == (1, True)
    finished = await dcs_mirror("refresh", hei, "--request", "7")
    assert (finished.code, "request id 7 is not known" in finished.out) == (1, True)


async def test_status_before_and_after_the_first_sync(
    dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    before = (await dcs_mirror("status", "--json")).json
    assert set(before) == {"institutions", "last_run", "database"}
    assert (before["institutions"], before["last_run"]) == ([], None)
    await dcs_mirror("sync")
    finished = await dcs_mirror("status", "--json")
    assert finished.code == 0
    status = finished.json
    assert status["last_run"]["outcome"] == "complete"
    assert len(status["institutions"]) == 3
    for institution in status["institutions"]:
        assert set(institution) == {
            "hei_id",
            "name",
            "subscribed",
            "academic_year",
            "last_synced_at",
            "age_seconds",
            "last_sync_outcome",
            "courses",
            "content_items",
            "open_flags",
        }
        assert institution["age_seconds"] >= 0
    names = [i["name"] for i in (await control(sandbox, "state"))["institutions"]]
    table = (await dcs_mirror("status")).out
    assert all(name in table for name in names)


async def test_the_rehearsal_clock_moves_what_is_stored(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    rehearsed = dcs_mirror.but(DCS_NOW="2031-08-04T02:00:00+01:00")
    finished = await rehearsed("sync")
    assert "DCS_NOW is set" in finished.err
    started = await connection.fetchval("SELECT started_at FROM dcs.sync_run")
    assert started.date() == datetime(2031, 8, 4, tzinfo=UTC).date()
    seen = await connection.fetchval("SELECT max(first_seen_at) FROM dcs.content_item")
    assert seen.year == 2031
    # Set back, or to the same instant again, it still takes what upstream says now.
    assert (await dcs_mirror.but(DCS_NOW="2020-01-01T00:00:00Z")("sync")).code == 0


async def test_an_empty_database_is_migrated_by_the_first_sync(
    dcs_mirror: CommandLine, empty_database: str
) -> None:
    assert (await dcs_mirror.but(DCS_DATABASE_URL=empty_database)("sync")).code == 0


async def test_a_newer_schema_is_refused(dcs_mirror: CommandLine, connection: Connection) -> None:
    await connection.execute("UPDATE dcs_mirror.alembic_version SET version_num = '9999'")
    for command in (("sync",), ("migrate",), ("status",), ("refresh", "1")):
        assert_one_line(await dcs_mirror(*command), 4, "newer", "install a newer dcs-mirror")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DCS_RATE", "-1"),
        ("DCS_CONCURRENCY", "many"),
        ("DCS_TIMEOUT", "0"),
        ("DCS_REMOVAL_GUARD", "1.5"),
        ("DCS_RECHECK_DAYS", "-3"),
        ("DCS_NOW", "tomorrow"),
        ("DCS_API_URL", "ftp://example"),
        ("DCS_DATABASE_URL", "mysql://here"),
        ("DCS_API_USERNAME", None),
    ],
)
async def test_a_setting_that_cannot_be_right_is_named(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, name: str, value: str | None
) -> None:
    assert_one_line(await dcs_mirror.but(**{name: value})("sync"), 2, name)
    assert (await control(sandbox, "stats"))["total"] == 0


async def test_wrong_usage_exits_with_2(dcs_mirror: CommandLine) -> None:
    for command in (
        ("refresh",),
        ("refresh", "x"),
        ("sync", "--no-such"),
        ("nonsense",),
        ("sync", "--hei", "0"),
    ):
        assert (await dcs_mirror(*command)).code == 2


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_run_is_marked_and_keeps_what_had_landed(
    tmp_path: Path, database: str, connection: Connection, sent: signal.Signals
) -> None:
    world = build_world(Sizes(institutions=4, courses=30, items=2), seed=5)
    async with running_sandbox(world, latency=0.02) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database).but(DCS_CONCURRENCY="2").by_itself()
        process = await dcs_mirror.start("sync")
        assert process.stderr is not None
        async for line in process.stderr:
            if b"event=landed" in line:
                break
        process.send_signal(sent)
        _, err = await process.communicate()
    assert process.returncode == 130
    assert "interrupted" in err.decode()
    assert await connection.fetchval("SELECT outcome FROM dcs.sync_run") == "interrupted"
    assert await connection.fetchval("SELECT count(*) FROM dcs.institution") >= 1


async def test_two_migrations_at_once_and_again(tmp_path: Path, empty_database: str) -> None:
    dcs_mirror = command_line(tmp_path, database=empty_database).by_itself()
    finished = await asyncio.gather(*(dcs_mirror("migrate") for _ in range(3)))
    assert [each.code for each in finished] == [0, 0, 0]
    assert "already up to date" in (await dcs_mirror("migrate")).err


async def test_several_programs_at_once_end_well(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    hei = str((await control(sandbox, "state"))["institutions"][0]["id"])
    sync = ("sync", "--if-running", "wait")
    commands = (sync, sync, ("refresh", hei), ("refresh", hei), ("migrate",), ("status",))
    finished = await asyncio.gather(*(dcs_mirror(*command) for command in commands))
    assert [each.code for each in finished] == [0] * len(commands)
    assert (await dcs_mirror("sync")).code == 0
    await assert_views_equal(connection, await control(sandbox, "state"))
