"""Student numbers from the command line: a push ends and is resumed, and each number is sent once (A6)."""

import asyncio
import csv
import io
import signal
from collections import Counter
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from tests.support.command import CommandLine, Finished, command_line
from tests.support.control import control, killed_at
from tests.support.scripted import scripted
from tests.support.sessions import all_gone
from tests.support.students import CODES, MARCH, course_of, write_csv
from tests.support.writing import arrived, told, unsettled, written

PATIENCE = 120
BUSY = {"kind": "status", "status": 429, "retry_after": 0, "share": 0.02, "seed": 7, "taken": False}
FAULTS = (
    {"kind": "status", "status": 502, "share": 0.02, "seed": 1},
    {"kind": "status", "status": 500, "share": 0.02, "seed": 2, "taken": False},
    {"kind": "reset", "share": 0.02, "seed": 3},
    {"kind": "reset", "share": 0.02, "seed": 4, "taken": False},
    {"kind": "cut", "share": 0.01, "seed": 5},
    {"kind": "half-json", "share": 0.01, "seed": 6},
    BUSY,
)


async def test_a6_a_call_without_an_answer_can_be_settled_while_the_push_goes_on(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, connection: Connection
) -> None:
    """A6: only a call in progress is locked for others, not what the same process sent before."""
    source = write_csv(tmp_path / "a.csv", dict.fromkeys(CODES, 31))
    await scripted(
        sandbox,
        {"kind": "reset", "method": "AmendCourse", "times": 1},
        {"kind": "hang", "method": "AmendCourse"},
    )
    one_by_one = dcs_mirror.but(DCS_CONCURRENCY="1", DCS_TIMEOUT="60")
    push = await one_by_one.start("students", "push", hei, "--from", source)
    try:
        await arrived(sandbox, 2)
        calls = await connection.fetch("SELECT call_id, state FROM dcs_mirror.call ORDER BY call_id")
        assert [call["state"] for call in calls] == ["unknown", "sent"]
        settled = await dcs_mirror("calls", "settle", str(calls[0]["call_id"]), "--gone")
        assert settled.code == 0, settled.err
    finally:
        push.kill()
        await push.wait()


async def test_a6_wrong_usage_refused_credentials_and_whoever_is_dead_have_their_exit_codes(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", {"ART 7": 31, "HIS & 1": 5})
    (tmp_path / "q.sql").write_text("SELECT 1")
    records = ("--from", "axcelerate")
    wrong: dict[tuple[str, ...], str] = {
        (): "--from",
        ("--from", source, "--sheet", "1"): "--sheet",
        ("--sql", "q.sql", "--sheet", "1"): "--sheet",
        (*records, "--sheet", "1"): "--sheet",
        (*records, "--code-column", "x"): "--code-column",
        (*records, "--students-column", "x"): "--students-column",
        (*records, "--name-column", "x"): "--name-column",
        (*records, "--running", "2026"): "--running",
        ("--from", source, "--running", "2026-01-01..2026-12-31"): "--running",
        ("--from", source, "--sql", "q.sql"): "--sql",
        ("--from", "missing.csv"): "missing.csv",
        ("--from", source, "--map", "none.csv"): "none.csv",
        ("--from", source, "--hidden-rows"): "--hidden-rows",
        ("--from", source, "--sum", "--max"): "--sum",
        ("--from", source, "--heading-row", "2"): "row 2",
        ("--from", source, "--code-pattern", "("): "--code-pattern",
        ("--from", source, "--strip-suffix", " "): "--strip-suffix",
        ("--from", source, "--csv", "--json"): "--csv",
        ("--from", source, "--code-column", "x"): "--code-column",
        ("--sql", "q.sql"): "DCS_STUDENTS_DATABASE_URL",
    }
    (tmp_path / "old.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))
    old = await dcs_mirror("students", "plan", hei, "--from", "old.xls", "--sheet", "1")
    assert (old.code, "old.xls: cannot be read as a workbook" in told(old)) == (2, True)
    for options, named in wrong.items():
        refused = await dcs_mirror("students", "plan", hei, *options)
        assert (refused.code, refused.out, named in refused.err) == (2, "", True), refused
    push = ("students", "push", hei, "--from", source)
    assert (await dcs_mirror.but(DCS_API_PASSWORD="wrong")(*push)).code == 3
    assert (await dcs_mirror.but(DCS_API_USERNAME=None, DCS_API_PASSWORD=None)(*push)).code == 3
    unknown = await dcs_mirror("students", "plan", "99999", "--from", source)
    assert (unknown.code, "institution 99999 is not known to the DCS" in told(unknown)) == (1, True)
    assert (await dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/v3")(*push)).code == 4
    assert sandbox.stats.methods["AmendCourse"] == 0
    assert (await dcs_mirror.but(DCS_DATABASE_URL="postgresql://127.0.0.1:9/x")(*push)).code == 4
    dead = await dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/x")(*push)
    assert (dead.code, "http://127.0.0.1:9 cannot be reached" in told(dead)) == (4, True)
    assert course_of(sandbox, "ART 7").students == 9


async def test_a6_a_push_of_which_no_call_reaches_the_dcs_ends_with_4_and_can_be_given_again(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", {"ART 7": 31, "HIS & 1": 5})
    push = ("students", "push", hei, "--from", source, "--json")
    await scripted(sandbox, {"kind": "status", "status": 429, "retry_after": 0, "method": "AmendCourse"})
    shut = await dcs_mirror(*push)
    assert (shut.code, shut.json["outcomes"]) == (4, {"not sent": 2})
    await scripted(sandbox)
    assert (await dcs_mirror(*push)).json["outcomes"] == {"taken": 2}


@pytest.mark.parametrize("fault", [{"kind": "error", "code": 3}, {"kind": "error", "code": 5}])
async def test_a6_a_push_that_ends_early_reports_what_the_journal_says(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, fault: dict[str, object]
) -> None:
    source = write_csv(tmp_path / "a.csv", dict.fromkeys(CODES, 31))
    await scripted(sandbox, fault | {"method": "AmendCourse"})
    finished = await dcs_mirror.but(DCS_CONCURRENCY="2")("students", "push", hei, "--from", source, "--json")
    assert finished.code == (3 if fault["code"] == 3 else 1)
    errors = {row["course_code"]: row["error"] for row in finished.json["rows"]}
    calls = (await dcs_mirror("calls", "--json")).json
    assert [call["error"] for call in calls] == [errors[call["parameters"]["CourseCode"]] for call in calls]
    assert {call["state"] for call in calls} == {"refused"}
    sent = written(sandbox)  # another call may have been entered when the first was refused
    assert finished.json["outcomes"] == {"refused": sent, "not sent": 4 - sent}
    assert sent == finished.json["requests"] <= len(calls)


async def test_a6_what_never_had_its_turn_is_not_in_the_journal(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", {f"NEW {number}": 4 for number in range(5)})
    await scripted(sandbox, {"kind": "hang", "method": "SubmitCourse"})
    push = ("students", "push", hei, "--from", source, "--create-missing")
    process = await dcs_mirror.but(DCS_RATE="0.2", DCS_TIMEOUT="60").start(*push)
    await arrived(sandbox)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 130
    assert len(await unsettled(dcs_mirror)) == written(sandbox) < 5


@pytest.mark.parametrize("form", ["--json", "--csv"])
async def test_a6_an_interrupted_push_reports_what_became_of_every_row_and_names_what_to_do(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, form: str
) -> None:
    source = write_csv(tmp_path / "a.csv", dict.fromkeys(CODES, 31))
    await scripted(sandbox, {"kind": "hang", "method": "AmendCourse"})
    push = ("students", "push", hei, "--from", source, form)
    process = await dcs_mirror.but(DCS_RATE="0.2", DCS_TIMEOUT="60").start(*push)
    await arrived(sandbox)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert process.returncode == 130
    finished = Finished(130, out.decode(), err.decode())
    assert "run the same command again" in told(finished)
    assert "dcs-mirror calls --unknown" in told(finished)
    text = io.StringIO(finished.out.removeprefix("\ufeff"))
    rows = finished.json["rows"] if form == "--json" else list(csv.DictReader(text))
    unanswered = {row["course_code"] for row in rows if row["outcome"] == "unanswered"}
    assert unanswered == {call["parameters"]["CourseCode"] for call in await unsettled(dcs_mirror)}
    assert Counter(row["outcome"] for row in rows) == {
        "unanswered": written(sandbox),
        "not sent": 4 - written(sandbox),
    }


async def test_a6_a_call_that_is_interrupted_at_a_shut_gate_was_not_sent_for_the_report_and_the_journal(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", dict.fromkeys(CODES, 31))
    await scripted(sandbox, {"kind": "status", "status": 429, "retry_after": 600, "method": "AmendCourse"})
    process = await dcs_mirror.but(DCS_CONCURRENCY="1").start(
        "students", "push", hei, "--from", source, "--json"
    )
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while b"the DCS did not accept a call" not in (await process.stderr.readline()):
            pass
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    finished = Finished(130, out.decode(), err.decode())
    assert (process.returncode, finished.json["outcomes"]) == (130, {"not sent": 4})
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert (call["state"], written(sandbox)) == ("refused", 1)
    errors = {row["course_code"]: row["error"] for row in finished.json["rows"] if row["error"]}
    assert errors == {call["parameters"]["CourseCode"]: call["error"]}
    assert "429" in call["error"]


async def test_a6_what_the_journal_refuses_does_not_count_as_unanswered_and_the_others_land(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, connection: Connection
) -> None:  # somebody else submits the same while the push is under way
    source = write_csv(tmp_path / "a.csv", {f"NEW {number:02}": 4 for number in range(22)})
    gate = {"kind": "status", "status": 429, "retry_after": 3, "times": 1, "method": "SubmitCourse"}
    await scripted(sandbox, gate)
    push = ("students", "push", hei, "--from", source, "--create-missing", "--json")
    process = await dcs_mirror.but(DCS_CONCURRENCY="1").start(*push)
    await arrived(sandbox)
    await connection.execute(_SUBMITTED, int(hei))
    out, err = await process.communicate()
    finished = Finished(process.returncode or 0, out.decode(), err.decode())
    assert (finished.code, finished.json["error"]) == (1, None)
    assert finished.json["outcomes"] == {"taken": 2, "refused": 20}
    assert all("Settle that call first" in row["error"] for row in finished.json["rows"][1:-1])
    planned = await dcs_mirror("students", "plan", *push[2:])
    assert planned.json["counts"] == {"unchanged": 2, "unsettled": 20}


@pytest.mark.parametrize("courses", [400, pytest.param(5000, marks=pytest.mark.long)])
async def test_a1_a6_killed_twice_among_faults_each_course_gets_its_number_and_no_change_is_sent_again(
    courses: int, database: str, connection: Connection, tmp_path: Path
) -> None:
    world = build_world(Sizes(institutions=1, courses=0, items=0, unattached=0), seed=5)
    (institution,) = world.institutions.values()
    for number in range(courses):
        made = add_course(world, institution, world.dice, code=f"M {number}", items=0)
        edit_course(world, made, CourseChanges(students=9, duration=20))
    numbers = {f"M {number}": 10 + number for number in range(courses)}
    source = write_csv(tmp_path / "a.csv", numbers)
    async with running_sandbox(world, latency=0.01) as sandbox:
        here = command_line(tmp_path, sandbox, database).but(DCS_NOW=MARCH, DCS_TIMEOUT="5")
        assert (await here("sync")).code == 0
        await scripted(sandbox, *({**fault, "method": "AmendCourse"} for fault in FAULTS))
        push = ("students", "push", str(institution.id), "--from", source, "--json")
        for part in (courses // 4, courses // 2):
            process = await here.start(*push)
            await killed_at(sandbox, process, "AmendCourse", part)
        await all_gone(connection)
        assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.call WHERE state = 'sent'") > 0
        third = await here(*push)
        assert third.code == 1, third.err[-2000:]
        assert set(third.json["outcomes"]) == {"taken", "unanswered"}
        fired = {
            fault["fault"]["seed"]: fault["fired"] for fault in (await control(sandbox, "faults"))["faults"]
        }
        await scripted(sandbox)
        fourth = await here(*push)
        assert (fourth.code, set(fourth.json["outcomes"])) == (0, {"taken"}), fourth.err[-2000:]
        last = await here("students", "plan", str(institution.id), "--from", source, "--json")
        assert (last.code, last.json["counts"]) == (0, {"unchanged": courses})
        assert (await here("calls", "--unknown", "--json")).json == []
    assert {course.code: course.students for course in institution.courses.values()} == numbers
    assert {course.duration for course in institution.courses.values()} == {20}
    answered = await connection.fetch(
        "SELECT parameters ->> 'CourseCode' AS code, count(*) FROM dcs_mirror.call"
        " WHERE state = 'answered' GROUP BY 1"
    )
    assert Counter(row["count"] for row in answered) == {1: courses}
    # Only what was turned away unread (429) was sent again within a call: no other one twice.
    calls = await connection.fetchval("SELECT count(*) FROM dcs_mirror.call")
    assert courses < sandbox.stats.methods["AmendCourse"] - fired[BUSY["seed"]] <= calls


_SUBMITTED = """
INSERT INTO dcs_mirror.call (hei_id, method, state, sent_at, last_course_key, last_item_key, parameters)
SELECT $1, 'SubmitCourse', 'unknown', now(), 0, 0,
       jsonb_build_object('CourseCode', 'new' || to_char(n, 'FM00'))
FROM generate_series(1, 20) AS n
"""
