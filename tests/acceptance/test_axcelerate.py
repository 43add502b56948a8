"""`dcs-mirror axcelerate` as its users run it: what it prints, sets, refuses, and how it survives a kill."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import aiohttp
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import (
    RecordSizes,
    RunningSandbox,
    Sizes,
    build_records,
    build_world,
    running_sandbox,
)
from tests.support.axcelerate import HEADING, file_of, updates
from tests.support.command import CommandLine, Finished, command_line
from tests.support.control import killed_at
from tests.support.sessions import all_gone
from tests.support.writing import told

PATIENCE = 60
"""Seconds after which something that should end is taken not to."""

STALE = "stale-token"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """An aXcelerate with 500 unit enrolments."""
    records = build_records(["HIS 1"], RecordSizes(contacts=100, classes_each=1))
    async with running_sandbox(build_world(Sizes(1, 1, 1)), records=records) as running:
        yield running


@pytest.fixture
def alone(tmp_path: Path, sandbox: RunningSandbox) -> CommandLine:
    """The command line without any database."""
    return command_line(tmp_path, database="postgresql://127.0.0.1:9/none").but(
        AXCELERATE_URL=sandbox.axcelerate_url,
        AXCELERATE_API_TOKEN="sandbox",
        AXCELERATE_WS_TOKEN="sandbox",
        AXCELERATE_RATE="0",
        AXCELERATE_CONCURRENCY="24",
    )


@pytest.fixture
def dcs_mirror(alone: CommandLine, database: str) -> CommandLine:
    return alone.but(DCS_DATABASE_URL=database)


def ids(sandbox: RunningSandbox) -> tuple[str, str, str]:
    """Contact, class and unit of the first unit enrolment."""
    enrolment, held = next(sandbox.records.unit_enrolments())
    return str(enrolment.contact.id), str(enrolment.taught.id), str(held.unit.id)


def assert_one_line(finished: Finished, code: int, *words: str) -> None:
    assert finished.code == code, finished
    (line,) = [line for line in finished.err.splitlines() if not line.startswith("timestamp=")]
    for word in words:
        assert word in line


async def test_one_students_units_are_shown_and_set_without_a_database(
    alone: CommandLine, sandbox: RunningSandbox
) -> None:
    contact, class_, unit = ids(sandbox)
    shown = (await alone("axcelerate", "enrolments", contact, class_, "--json")).json
    assert str(shown[0]["activities"][0]["id"]) == unit
    table = (await alone("axcelerate", "enrolments", contact, class_)).out.splitlines()
    assert len(table) == 6
    assert table[1].split()[0] == unit

    finished = await alone(
        "axcelerate", "update-unit", contact, class_, unit, "--competent", "20", "--end", "2026-06-30"
    )
    assert (finished.code, finished.out) == (0, "")
    _, held = next(sandbox.records.unit_enrolments())
    assert (held.outcome, held.finish, held.updates) == (20, date(2026, 6, 30), 1)

    finished = await alone("axcelerate", "enrolments", "1", class_, "--json")
    assert_one_line(finished, 1, "contact 1 is not enrolled in class")
    assert finished.json == []


async def test_modules_are_shown_and_set(alone: CommandLine, sandbox: RunningSandbox) -> None:
    contact, class_, _ = ids(sandbox)
    every = [word for status in "1234" for word in ("--status", status)]
    shown = (await alone("axcelerate", "modules", contact, class_, *every, "--json")).json
    enrolment = sandbox.records.enrolments[int(contact), int(class_)]
    assert [m["module_enrolment_id"] for m in shown] == list(enrolment.modules)
    assert len((await alone("axcelerate", "modules", contact, class_, *every)).out.splitlines()) == 3
    one = str(shown[0]["module_enrolment_id"])
    finished = await alone(
        "axcelerate", "update-module", contact, class_, str(enrolment.id), one, "--access", "unlocked"
    )
    assert (finished.code, finished.json["accessOverride"]) == (0, True)
    assert enrolment.modules[int(one)].override is True
    report = (await alone("axcelerate", "module-report")).json
    assert report["statuses"]["OPTIONS"][0] == {"VALUE": 1, "DISPLAY": "Enrolled"}
    assert len(report["fields"]) == 14


async def test_wrong_usage_and_settings_are_named_and_nothing_is_sent(
    alone: CommandLine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    contact, class_, unit = ids(sandbox)
    (tmp_path / "wrong.csv").write_text(
        f"{HEADING}\n{contact},{class_},x,20,,\n{contact},{class_},{unit},A,,\n"
    )
    (tmp_path / "good.csv").write_bytes(file_of(sandbox.records))
    update: tuple[str, ...] = ("axcelerate", "update-unit", contact, class_, unit)
    commands: tuple[tuple[str, ...], ...] = (
        update,
        (*update, "--competent", "0"),
        (*update, "--start", "1/2/2026"),
        (*update, "--start", "2026-05-01", "--end", "2026-01-01"),
        ("axcelerate", "update-module", contact, class_, "1", "2"),
        ("axcelerate", "update-module", contact, class_, "1", "2", "--access", "open"),
        (
            "axcelerate",
            "update-module",
            contact,
            class_,
            "1",
            "2",
            "--start",
            "2026-05-01",
            "--end",
            "2026-01-01",
        ),
        ("axcelerate", "enrolments", contact),
        ("axcelerate", "update-units", "missing.csv"),
    )
    for command in commands:
        assert (await alone(*command)).code == 2
    finished = await alone("axcelerate", "update-units", "wrong.csv")
    assert_one_line(finished, 2, "wrong.csv: row 2: unit_id: 'x'", "row 3: competent: 'A'")
    update = (*update, "--competent", "20")
    assert_one_line(await alone.but(AXCELERATE_RATE="-1")(*update), 2, "AXCELERATE_RATE")
    assert_one_line(await alone.but(AXCELERATE_URL=None)(*update), 2, "AXCELERATE_SUBDOMAIN")
    for command in (update, ("axcelerate", "update-units", "good.csv")):
        finished = await alone.but(AXCELERATE_API_TOKEN=None)(*command)
        assert_one_line(finished, 3, "AXCELERATE_API_TOKEN")
    assert_one_line(await alone("axcelerate", "update-units", "good.csv"), 4, "127.0.0.1:9/none")
    assert sandbox.stats.methods.total() == 0


async def test_refused_tokens_and_what_aXcelerate_refuses_are_told_in_a_line(  # noqa: N802 - its name is spelled so
    alone: CommandLine, dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    contact, class_, unit = ids(sandbox)
    finished = await alone("axcelerate", "update-unit", contact, class_, "1", "--competent", "20")
    assert_one_line(finished, 1, "412", "not enrolled in unit 1")
    finished = await alone("axcelerate", "update-unit", contact, class_, unit, "--competent", "21")
    assert_one_line(finished, 1, "competent: 21")
    (tmp_path / "good.csv").write_bytes(file_of(sandbox.records))
    stale = dcs_mirror.but(AXCELERATE_WS_TOKEN=STALE)
    commands: tuple[tuple[str, ...], ...] = (("enrolments", contact, class_), ("update-units", "good.csv"))
    for command in commands:
        finished = await stale("axcelerate", *command)
        assert_one_line(finished, 3, "401", "AXCELERATE_WS_TOKEN")
        assert STALE not in finished.out + finished.err
    assert updates(sandbox.records) == {0: 500}


FAULTS = [
    {"kind": "status", "status": 500, "share": 0.04, "seed": 1, "taken": False},
    {"kind": "status", "status": 502, "share": 0.04, "seed": 2},
    {"kind": "status", "status": 429, "retry_after": 0, "share": 0.02, "seed": 3, "taken": False},
    {"kind": "reset", "share": 0.04, "seed": 4},
    {"kind": "reset", "share": 0.02, "seed": 5, "taken": False},
    {"kind": "cut", "share": 0.02, "seed": 6},
    {"kind": "half-json", "share": 0.02, "seed": 7},
    {"kind": "hang", "times": 2},
    {"kind": "hang", "times": 1, "taken": False},
]


async def test_a6_500_updates_with_faults_are_each_made_once_and_each_failure_is_named_with_its_row(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """A6, and what a file of many updates comes to where much goes wrong."""
    contact, class_, unit = ids(sandbox)
    strange = [f"1,{class_},{unit},20,,", f"{contact},{class_},1,20,,"]
    rows = file_of(sandbox.records, more=strange).decode().splitlines()
    rows[200] = rows[200].replace(",20,", ",21,")
    (tmp_path / "outcomes.csv").write_text("\n".join(rows))
    lost = rows[300].split(",")
    never = {"kind": "status", "status": 503, "query": {"contactid": lost[0], "instanceid": lost[2]}}
    script = [fault | {"method": "update-unit"} for fault in [never | {"taken": False}, *FAULTS]]
    await _faults(sandbox, script)

    slow = dcs_mirror.but(AXCELERATE_TIMEOUT="1")
    finished = await slow("axcelerate", "update-units", "outcomes.csv", "--json")
    assert finished.code == 1
    failed = {row["row"]: row for row in finished.json["rows"] if row["outcome"] != "applied"}
    assert {number: row["outcome"] for number, row in failed.items()} == {
        201: "refused",
        301: "unanswered",
        502: "refused",
        503: "refused",
    }
    assert "competent: 21" in failed[201]["error"]
    assert "503" in failed[301]["error"]
    assert "not enrolled in class" in failed[502]["error"]
    assert "not enrolled in unit 1" in failed[503]["error"]
    assert (failed[301]["contact_id"], failed[301]["unit_id"]) == (int(lost[0]), int(lost[2]))
    for number in failed:
        assert f"row={number} " in finished.err
    assert updates(sandbox.records) == {1: 498, 0: 2}
    assert sum(entry["fired"] for entry in (await _faults(sandbox, []))) > 50

    finished = await dcs_mirror("axcelerate", "update-units", "outcomes.csv")
    assert finished.code == 1
    assert "502 rows: 498 applied earlier, 3 refused, 1 applied" in finished.out
    assert "row 201 refused: aXcelerate answered 412: competent: 21 is no outcome code" in finished.out
    assert updates(sandbox.records) == {1: 499, 0: 1}


async def test_a6_killed_in_the_middle_and_given_again_each_update_is_made_once(
    tmp_path: Path, dcs_mirror: CommandLine, connection: Connection
) -> None:
    """A6: calls that were under way when the program was killed are looked at before they are made again."""
    records = build_records(["HIS 1"], RecordSizes(contacts=100, classes_each=1))
    (tmp_path / "outcomes.csv").write_bytes(file_of(records))
    async with running_sandbox(build_world(Sizes(1, 1, 1)), records=records, latency=0.02) as sandbox:
        here = dcs_mirror.but(AXCELERATE_URL=sandbox.axcelerate_url)
        for part in (120, 300):
            process = await here.start("axcelerate", "update-units", "outcomes.csv")
            await killed_at(sandbox, process, "update-unit", part)
            assert 0 < updates(records)[1] < 500
        await all_gone(connection)
        under_way = await connection.fetchval(
            "SELECT count(*) FROM dcs_mirror.unit_update WHERE state = 'sent'"
        )
        assert under_way > 0
        finished = await here("axcelerate", "update-units", "outcomes.csv", "--json")
    assert finished.code == 0
    outcomes = finished.json["outcomes"]
    assert outcomes.keys() == {"applied", "applied earlier"}
    assert outcomes["applied earlier"] + outcomes["applied"] == 500
    assert updates(records) == {1: 500}


async def test_a_rehearsal_says_what_would_come_of_each_row_and_sets_nothing(
    alone: CommandLine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    contact, class_, unit = ids(sandbox)
    _, held = next(sandbox.records.unit_enrolments())
    held.outcome, held.start = 20, date(2026, 3, 1)
    rows = file_of(sandbox.records, more=[f"{contact},{class_},1,20,,", f"1,{class_},{unit},20,,"])
    (tmp_path / "outcomes.csv").write_bytes(rows)
    finished = await alone("axcelerate", "update-units", "outcomes.csv", "--dry-run", "--json")
    assert finished.code == 1
    assert finished.json["dry_run"] is True
    assert finished.json["outcomes"] == {"to be set": 499, "as wanted": 1, "not enrolled": 2}
    assert [row["row"] for row in finished.json["rows"] if row["outcome"] == "not enrolled"] == [502, 503]
    assert sandbox.stats.methods == {"enrolments": 101}
    assert updates(sandbox.records) == {0: 500}


async def test_a_file_is_made_again_where_it_is_asked_for_and_elsewhere(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "outcomes.csv").write_bytes(b"\n".join(file_of(sandbox.records).split(b"\n")[:11]))
    for more, said in (((), "10 applied ("), ((), "10 applied earlier ("), (("--again",), "10 applied (")):
        finished = await dcs_mirror("axcelerate", "update-units", "outcomes.csv", *more)
        assert (finished.code, said in finished.out) == (0, True), finished
    assert updates(sandbox.records) == {2: 10, 0: 490}
    async with running_sandbox(build_world(Sizes(1, 1, 1)), records=sandbox.records) as staging:
        other = dcs_mirror.but(AXCELERATE_URL=staging.axcelerate_url)
        assert "10 applied (" in (await other("axcelerate", "update-units", "outcomes.csv")).out


async def test_a_system_that_is_down_ends_the_run_and_every_row_is_accounted_for(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "outcomes.csv").write_bytes(file_of(sandbox.records))
    await _faults(sandbox, [{"kind": "status", "status": 503, "retry_after": 0}])
    finished = await dcs_mirror("axcelerate", "update-units", "outcomes.csv", "--json")
    assert finished.code == 4
    assert "aXcelerate did not answer 10 rows in a row" in finished.err
    assert set(finished.json["outcomes"]) == {"unanswered", "not sent"}
    assert sum(finished.json["outcomes"].values()) == 500
    await _faults(sandbox, [])
    assert (await dcs_mirror("axcelerate", "update-units", "outcomes.csv")).code == 0
    assert updates(sandbox.records) == {1: 500}


async def test_a6_what_was_refused_or_reached_nobody_is_not_called_unanswered(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path, connection: Connection
) -> None:
    (tmp_path / "outcomes.csv").write_bytes(file_of(sandbox.records))
    update = ("axcelerate", "update-units", "outcomes.csv", "--json")
    states = "SELECT DISTINCT state FROM dcs_mirror.unit_update"
    nowhere = await dcs_mirror.but(AXCELERATE_URL="http://127.0.0.1:9/api")(*update)
    assert (nowhere.code, nowhere.json["outcomes"]) == (4, {"not sent": 500})
    assert await connection.fetchval(states) == "planned"
    stale = await dcs_mirror.but(AXCELERATE_WS_TOKEN=STALE)(*update)
    assert (stale.code, set(stale.json["outcomes"])) == (3, {"refused", "not sent"})
    refused = [row for row in stale.json["rows"] if row["outcome"] == "refused"]
    assert all("401" in row["error"] for row in refused)
    found = await connection.fetch("SELECT state, count(*) FROM dcs_mirror.unit_update GROUP BY state")
    assert {row["state"]: row["count"] for row in found} == {
        "planned": 1000 - len(refused),
        "refused": len(refused),
    }
    assert updates(sandbox.records) == {0: 500}


async def test_a6_an_update_in_doubt_stays_unanswered_where_it_cannot_be_looked_for(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path, connection: Connection
) -> None:
    contact, class_, unit = ids(sandbox)
    (tmp_path / "one.csv").write_text(f"{HEADING}\n{contact},{class_},{unit},20,,\n")
    update = ("axcelerate", "update-units", "one.csv", "--json")
    unseen = {"kind": "status", "status": 404, "method": "enrolments"}
    await _faults(sandbox, [{"kind": "status", "status": 502, "method": "update-unit"}, unseen])
    lost = await dcs_mirror(*update)
    assert (lost.code, lost.json["outcomes"]) == (1, {"unanswered": 1})
    assert "404" in lost.json["rows"][0]["error"]
    assert await connection.fetchval("SELECT state FROM dcs_mirror.unit_update") == "unanswered"
    single = await dcs_mirror("axcelerate", "update-unit", contact, class_, unit, "--competent", "30")
    assert_one_line(single, 1, "it is unknown whether the update was made", "404")
    await _faults(sandbox, [])
    assert (await dcs_mirror(*update)).json["outcomes"] == {"applied": 1}


async def test_of_few_rows_that_reach_nobody_the_run_says_that_nothing_could_be_done(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    contact, class_, unit = ids(sandbox)
    (tmp_path / "one.csv").write_text(f"{HEADING}\n{contact},{class_},{unit},20,,\n")
    update = ("axcelerate", "update-units", "one.csv", "--json")
    nowhere = dcs_mirror.but(AXCELERATE_URL="http://127.0.0.1:9/api")
    finished = await nowhere(*update)
    assert (finished.code, finished.json["outcomes"]) == (4, {"not sent": 1})
    assert "cannot be reached" in finished.json["rows"][0]["error"]
    assert (await nowhere(*update, "--dry-run")).code == 4
    assert (await dcs_mirror(*update)).json["outcomes"] == {"applied": 1}


async def test_two_programs_do_not_work_on_one_file(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection, tmp_path: Path
) -> None:
    (tmp_path / "outcomes.csv").write_bytes(file_of(sandbox.records))
    await _faults(sandbox, [{"kind": "hang", "method": "update-unit"}])
    first = await dcs_mirror.start("axcelerate", "update-units", "outcomes.csv", "--json")
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval("SELECT EXISTS (SELECT FROM dcs_mirror.unit_update)"):
            pass
    finished = await dcs_mirror("axcelerate", "update-units", "outcomes.csv")
    assert_one_line(finished, 1, "another dcs-mirror is updating units from this file")
    first.send_signal(signal.SIGINT)
    out, err = await first.communicate()
    interrupted = Finished(130, out.decode(), err.decode())
    assert first.returncode == 130
    assert "Run the same command again" in told(interrupted)
    assert sum(interrupted.json["outcomes"].values()) == len(interrupted.json["rows"]) == 500
    assert set(interrupted.json["outcomes"]) <= {"unanswered", "not sent"}


async def test_a_schema_that_is_missing_is_named(
    dcs_mirror: CommandLine, empty_database: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "outcomes.csv").write_bytes(file_of(sandbox.records))
    command = dcs_mirror.but(DCS_DATABASE_URL=empty_database)
    assert_one_line(await command("axcelerate", "update-units", "outcomes.csv"), 4, "dcs-mirror migrate")
    assert sandbox.stats.methods.total() == 0


async def _faults(sandbox: RunningSandbox, script: list[dict[str, object]]) -> list[dict[str, int]]:
    """Replaces the script of faults; returns what came of the one before."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{sandbox.control_url}/faults") as response:
            before: list[dict[str, int]] = (await response.json())["faults"]
        async with session.post(f"{sandbox.control_url}/faults", data=json.dumps(script)) as response:
            assert response.status == 200, await response.text()
    return before
