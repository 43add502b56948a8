"""Student numbers from the command line: four sources, one plan; each number lands once (A1, A3-A6)."""

import asyncio
import csv
import io
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from dcs_mirror.sandbox import RecordSizes, RunningSandbox, Sizes, build_records, build_world, running_sandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.store.database import Connection
from tests.support.command import CommandLine, Finished, command_line
from tests.support.control import control
from tests.support.scripted import scripted
from tests.support.writing import arrived, told, unsettled, written

CODES = ("ART 7", "HIS & 1", "MAT/2", "Ökö 3")
MARCH = "2026-03-02T09:00+00:00"
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


def institution_of(sandbox: RunningSandbox) -> Institution:
    (only,) = sandbox.world.institutions.values()
    return only


def course_of(sandbox: RunningSandbox, code: str) -> Course:
    found = institution_of(sandbox).course_of(code)
    assert found is not None
    return found


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """One institution with four courses of known codes, 20 weeks and 9 students each."""
    world = build_world(Sizes(institutions=1, courses=1, items=1), seed=5)
    (institution,) = world.institutions.values()
    for code in CODES:
        made = add_course(world, institution, world.dice, code=code, items=1)
        edit_course(world, made, CourseChanges(students=9, duration=20))
    records = build_records([*CODES, "NEW 9"], RecordSizes(contacts=40, classes_each=2, units=1, modules=1))
    async with running_sandbox(world, records=records) as running:
        yield running


@pytest.fixture
def hei(sandbox: RunningSandbox) -> str:
    return str(institution_of(sandbox).id)


@pytest.fixture
async def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    """The command line, with everything mirrored."""
    ready = command_line(tmp_path, sandbox, database).but(
        DCS_NOW=MARCH,
        DCS_TIMEOUT="5",
        AXCELERATE_URL=sandbox.axcelerate_url,
        AXCELERATE_API_TOKEN="sandbox",
        AXCELERATE_WS_TOKEN="sandbox",
        AXCELERATE_RATE="0",
    )
    assert (await ready("sync")).code == 0
    return ready


def numbers_of(sandbox: RunningSandbox) -> dict[str, int]:
    """How many students the emulated aXcelerate has in the classes that run in March, by course code."""
    enrolments = sandbox.records.enrolments.values()
    running = [e for e in enrolments if e.taught.start <= date(2026, 3, 2) <= e.taught.finish]
    assert len(running) < len(enrolments)
    return Counter(e.taught.code for e in running if not e.withdrawn)


def write_csv(path: Path, numbers: dict[str, int], *, separator: str = ",", encoding: str = "utf-8") -> str:
    lines = [f"Module code{separator}Students", *(f"{c}{separator}{n}" for c, n in sorted(numbers.items()))]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return str(path)


async def test_csv_excel_a_query_and_axcelerate_give_the_same_plan(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A5
    numbers = numbers_of(sandbox)
    assert numbers.keys() == {*CODES, "NEW 9"}
    write_csv(tmp_path / "srs.csv", numbers, separator=";", encoding="cp1252")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in [("Code", "Headcount"), *sorted(numbers.items())]:
        sheet.append(line)
    book.save(tmp_path / "srs.xlsx")
    with sqlite3.connect(tmp_path / "srs.db") as made:
        made.execute("CREATE TABLE enrolment (kod text, n int)")
        made.executemany(
            "INSERT INTO enrolment VALUES (?, ?)", [(c, 1) for c in numbers for _ in range(numbers[c])]
        )
    made.close()
    (tmp_path / "q.sql").write_text("SELECT kod, sum(n) AS n FROM enrolment GROUP BY kod ORDER BY kod")
    with_query = dcs_mirror.but(DCS_STUDENTS_DATABASE_URL="sqlite:///srs.db")
    columns = ("--code-column", "kod", "--students-column", "n")
    plans = [
        await dcs_mirror("students", "plan", hei, "--from", "srs.csv", "--json"),
        await dcs_mirror("students", "plan", hei, "--from", "srs.xlsx", "--json"),
        await with_query("students", "plan", hei, "--sql", "q.sql", *columns, "--json"),
        await dcs_mirror("students", "plan", hei, "--from", "axcelerate", "--json"),
    ]
    assert [finished.code for finished in plans] == [0] * 4, plans
    told_by = [finished.json["source"] for finished in plans]
    assert "Windows-1252, separated by semicolons; code from column 'Module code'" in told_by[0]
    seen = [[{**row, "where": None} for row in finished.json["rows"]] for finished in plans]
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert plans[0].json["counts"] == {"change": 4, "unaligned": 1}
    assert sandbox.stats.methods["AmendCourse"] == 0


async def test_classes_that_have_ended_are_not_counted_and_their_courses_keep_their_numbers(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str
) -> None:
    december = dcs_mirror.but(DCS_NOW="2026-12-01T09:00")
    planned = await december("students", "plan", hei, "--from", "axcelerate", "--json")
    assert (planned.code, planned.json["rows"]) == (0, [])
    assert planned.json["source"] == (
        f"aXcelerate: 0 classes that run on 2026-12-01, {len(sandbox.records.classes)} others left out"
    )
    assert set(CODES) <= set(planned.json["not_in_source"])
    year = ("--running", "2026-01-01..2026-12-31")
    of_a_year = await december("students", "plan", hei, "--from", "axcelerate", *year, "--json")
    counted = Counter(e.taught.code for e in sandbox.records.enrolments.values() if not e.withdrawn)
    assert {row["course_code"]: row["students"] for row in of_a_year.json["rows"]} == counted
    assert "that run from 2026-01-01 to 2026-12-31, 0 others" in of_a_year.json["source"]


async def test_a_push_sends_numbers_with_weeks_and_no_status_and_the_next_plan_is_empty(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, connection: Connection
) -> None:  # A1, A3, A5
    edit_course(sandbox.world, course_of(sandbox, "MAT/2"), CourseChanges(status="Archived"))
    source = write_csv(tmp_path / "a.csv", {"ART 7": 31, "HIS & 1": 5, "MAT/2": 3, "HIS & 2": 4})
    finished = await dcs_mirror("students", "push", hei, "--from", source)
    assert finished.code == 0, finished
    assert "sent: 2 taken" in finished.out
    assert "4 rows: 2 change, 1 unaligned, 1 archived; 2 courses are not in the source" in finished.out
    assert "HIS & 1" in next(line for line in finished.out.splitlines() if "unaligned" in line)
    for code, students in (("ART 7", 31), ("HIS & 1", 5), ("MAT/2", 9), ("Ökö 3", 9)):
        assert (course_of(sandbox, code).students, course_of(sandbox, code).duration) == (students, 20)
    assert course_of(sandbox, "MAT/2").status == "Archived"
    sent = await connection.fetch(
        "SELECT DISTINCT jsonb_object_keys(parameters) AS name FROM dcs_mirror.call"
    )
    assert {row["name"] for row in sent} == {"hei", "CourseCode", "NumberOfWeeks", "NumberOfStudents"}
    strict = ("students", "push", hei, "--from", source, "--strict")
    assert (await dcs_mirror(*strict)).code == 1
    again = await dcs_mirror("students", "push", hei, "--from", source, "--json")
    assert (again.code, again.json["counts"], again.json["outcomes"]) == (
        0,
        {"unchanged": 2, "unaligned": 1, "archived": 1},
        {},
    )
    assert sandbox.stats.methods["AmendCourse"] == 2


async def test_a_push_that_zeroes_courses_in_may_is_refused_with_the_reason(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A4
    source = write_csv(tmp_path / "a.csv", {"ART 7": 0, "HIS & 1": 5})
    may = dcs_mirror.but(DCS_NOW="2026-05-20T09:00")
    push = ("students", "push", hei, "--from", source)
    refused = await may(*push)
    assert refused.code == 1
    assert "1 courses would have 0 students, and it is before 15 June" in told(refused)
    planned = await may("students", "plan", hei, "--from", source, "--json")
    assert (planned.code, "before 15 June" in planned.json["refusal"]) == (1, True)
    new = write_csv(tmp_path / "new.csv", {"NEW 9": 0})
    made = await may("students", "push", hei, "--from", new, "--create-missing")
    assert (made.code, "1 courses would have 0 students" in told(made)) == (1, True)
    assert institution_of(sandbox).course_of("NEW 9") is None
    assert sandbox.stats.methods["AmendCourse"] == 0
    assert (await may(*push, "--allow-zero")).code == 0
    assert course_of(sandbox, "ART 7").students == 0
    source = write_csv(tmp_path / "a.csv", {"ART 7": 0, "HIS & 1": 0})
    assert (await dcs_mirror.but(DCS_NOW="2026-06-15T00:00")(*push)).code == 0


async def test_missing_courses_are_created_on_demand_and_once(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A5, A6
    source = write_csv(tmp_path / "a.csv", {"NEW 9": 4})
    tomorrow = dcs_mirror.but(DCS_NOW="2026-03-03T09:00+00:00")
    push = ("students", "push", hei, "--from", source, "--json")
    assert (await tomorrow(*push)).json["counts"] == {"unaligned": 1}
    await scripted(sandbox, {"kind": "reset", "method": "SubmitCourse", "taken": False})
    lost = await tomorrow(*push, "--create-missing")
    assert (lost.code, lost.json["outcomes"]) == (1, {"unanswered": 1})
    await scripted(sandbox)
    unsettled = await tomorrow(*push, "--create-missing")
    assert (unsettled.code, unsettled.json["counts"]) == (1, {"unsettled": 1})
    assert "dcs-mirror calls settle 1" in unsettled.json["rows"][0]["why"]
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 0
    made = await tomorrow(*push, "--create-missing")
    assert (made.code, made.json["counts"], made.json["outcomes"]) == (0, {"create": 1}, {"taken": 1})
    assert (course_of(sandbox, "NEW 9").students, course_of(sandbox, "NEW 9").duration) == (4, 52)
    assert (await tomorrow(*push, "--create-missing")).json["counts"] == {"unchanged": 1}
    later = dcs_mirror.but(DCS_NOW="2026-03-04T09:00+00:00")
    assert (await later("sync")).code == 0
    assert (await later(*push, "--create-missing")).json["counts"] == {"unchanged": 1}
    assert (await later("amend-course", hei, "NEW 9", "--subject", "New")).code == 0
    assert course_of(sandbox, "NEW 9").students == 4
    write_csv(tmp_path / "a.csv", {"NEW 9": 5})
    assert (await later(*push)).json["outcomes"] == {"taken": 1}
    assert course_of(sandbox, "NEW 9").students == 5


async def test_a_course_that_differs_in_case_or_blanks_is_not_created_again(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A5
    source = write_csv(tmp_path / "a.csv", {"art 7": 3, "HIS  & 1": 4, "mat / 2": 5})
    pushed = await dcs_mirror("students", "push", hei, "--from", source, "--create-missing", "--json")
    assert (pushed.code, pushed.json["counts"]) == (0, {"unaligned": 3})
    assert [row["nearest"][0] for row in pushed.json["rows"]] == ["HIS & 1", "ART 7", "MAT/2"]
    assert sandbox.stats.methods["SubmitCourse"] == 0


async def test_rows_that_cannot_be_used_are_named_and_the_others_land(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A2
    lines = [
        "code,students",
        "ART 7,31",
        "HIS & 1,10000",
        "MAT/2,x",
        "Ökö 3,1",
        "Ökö 3,2",
        "=HIS,3",
        "HIS & 1,1,200",
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    finished = await dcs_mirror("students", "push", hei, "--from", "a.csv", "--csv")
    assert finished.code == 1
    rows = list(csv.DictReader(io.StringIO(finished.out.removeprefix("\ufeff"))))
    assert [(row["where"], row["verdict"], row["outcome"]) for row in rows] == [
        ("row 2", "change", "taken"),
        ("row 3", "out of range", ""),
        ("row 4", "unusable", ""),
        ("row 5", "duplicate", ""),
        ("row 6", "duplicate", ""),
        ("row 7", "unaligned", ""),
        ("row 8", "unusable", ""),
    ]
    assert rows[-2]["course_code"] == "'=HIS"
    assert [course_of(sandbox, code).students for code in CODES] == [31, 9, 9, 9]


async def test_wrong_usage_refused_credentials_and_whoever_is_dead_have_their_exit_codes(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", {"ART 7": 31, "HIS & 1": 5})
    (tmp_path / "q.sql").write_text("SELECT 1")
    records = ("--from", "axcelerate")
    wrong: tuple[tuple[str, ...], ...] = (
        (),
        ("--from", source, "--sheet", "1"),
        ("--sql", "q.sql", "--sheet", "1"),
        (*records, "--sheet", "1"),
        (*records, "--code-column", "x"),
        (*records, "--students-column", "x"),
        (*records, "--name-column", "x"),
        (*records, "--running", "2026"),
        ("--from", source, "--running", "2026-01-01..2026-12-31"),
        ("--from", source, "--sql", "q.sql"),
        ("--from", "missing.csv"),
        ("--from", source, "--map", "a.csv"),
        ("--from", source, "--csv", "--json"),
        ("--from", source, "--code-column", "x"),
        ("--sql", "q.sql"),
    )
    (tmp_path / "old.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))
    old = await dcs_mirror("students", "plan", hei, "--from", "old.xls", "--sheet", "1")
    assert (old.code, "old.xls: is an Excel file of the old kind: save it as .xlsx" in told(old)) == (2, True)
    for options in wrong:
        refused = await dcs_mirror("students", "plan", hei, *options)
        assert (refused.code, refused.out) == (2, "")
        assert all(option in refused.err for option in options[2:3])
    push = ("students", "push", hei, "--from", source)
    assert (await dcs_mirror.but(DCS_API_PASSWORD="wrong")(*push)).code == 3
    assert (await dcs_mirror.but(DCS_API_USERNAME=None, DCS_API_PASSWORD=None)(*push)).code == 3
    assert (await dcs_mirror("students", "plan", "99999", "--from", source)).code == 1
    assert (await dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/v3")(*push)).code == 4
    assert sandbox.stats.methods["AmendCourse"] == 0
    await scripted(sandbox, {"kind": "status", "status": 429, "retry_after": 0, "method": "AmendCourse"})
    shut = await dcs_mirror(*push, "--json")
    assert (shut.code, shut.json["outcomes"]) == (4, {"not sent": 2})
    assert (await dcs_mirror.but(DCS_DATABASE_URL="postgresql://127.0.0.1:9/x")(*push)).code == 4
    dead = await dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/x")(*push)
    assert (dead.code, "http://127.0.0.1:9 cannot be reached" in told(dead)) == (4, True)
    assert course_of(sandbox, "ART 7").students == 9


async def test_a_push_of_which_no_call_reaches_the_dcs_ends_with_4_and_can_be_given_again(
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
async def test_a_push_that_ends_early_reports_what_the_journal_says(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, fault: dict[str, object]
) -> None:  # A6
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


async def test_a_push_goes_by_the_courses_that_the_dcs_lists_now(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A1
    source = write_csv(tmp_path / "a.csv", {"ART 7": 31, "HIS & 1": 5, "NEW 9": 7})
    push = ("students", "push", hei, "--from", source, "--json")
    assert (await dcs_mirror(*push)).json["outcomes"] == {"taken": 2}
    write_csv(tmp_path / "a.csv", {"ART 7": 32, "HIS & 1": 5, "NEW 9": 7})
    edit_course(sandbox.world, course_of(sandbox, "ART 7"), CourseChanges(duration=40))
    edit_course(sandbox.world, course_of(sandbox, "HIS & 1"), CourseChanges(status="Deleted"))
    for code in ("HIS & 1", "NEW 9"):
        made = add_course(sandbox.world, institution_of(sandbox), sandbox.world.dice, code=code, items=0)
        edit_course(sandbox.world, made, CourseChanges(students=777, duration=33))
    assert (await dcs_mirror("students", "plan", *push[2:])).json["counts"] == {"change": 3}
    pushed = await dcs_mirror(*push)
    assert [row["before"] for row in pushed.json["rows"]] == [31, None, None]
    landed = {code: course_of(sandbox, code) for code in ("ART 7", "HIS & 1", "NEW 9")}
    assert [(c.students, c.duration) for c in landed.values()] == [(32, 40), (5, 33), (7, 33)]
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, "ART 7", "--name", "Art")).code == 0
    assert course_of(sandbox, "ART 7").students == 32


async def test_a_push_waits_for_an_amendment_that_waits(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A1: else the amendment would bring the number of before, and the mirror would not know
    source = write_csv(tmp_path / "a.csv", {"ART 7": 57})
    push = ("students", "push", hei, "--from", source, "--json")
    assert (await dcs_mirror(*push)).code == 0
    write_csv(tmp_path / "a.csv", {"ART 7": 88})
    before = written(sandbox)
    gate = {"kind": "status", "status": 429, "retry_after": 3, "times": 1, "method": "AmendCourse"}
    await scripted(sandbox, gate)
    amendment = await dcs_mirror.start("amend-course", hei, "ART 7", "--name", "W")
    await arrived(sandbox, before + 1)
    pushed = await dcs_mirror(*push)
    await amendment.communicate()
    assert (amendment.returncode, pushed.code, pushed.json["outcomes"]) == (0, 0, {"taken": 1})
    assert "waiting for another dcs-mirror" in pushed.err
    assert (course_of(sandbox, "ART 7").name, course_of(sandbox, "ART 7").students) == ("W", 88)
    assert (await dcs_mirror("students", "plan", *push[2:])).json["counts"] == {"unchanged": 1}


async def test_what_never_had_its_turn_is_not_in_the_journal(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A6
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
async def test_an_interrupted_push_reports_what_became_of_every_row_and_names_what_to_do(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, form: str
) -> None:  # A6
    source = write_csv(tmp_path / "a.csv", dict.fromkeys(CODES, 31))
    await scripted(sandbox, {"kind": "hang", "method": "AmendCourse"})
    push = ("students", "push", hei, "--from", source, form)
    process = await dcs_mirror.but(DCS_RATE="0.2", DCS_TIMEOUT="60").start(*push)
    await arrived(sandbox)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert process.returncode == 130
    finished = Finished(130, out.decode(), err.decode())
    assert "Give the same command again" in told(finished)
    assert "dcs-mirror calls --unknown" in told(finished)
    text = io.StringIO(finished.out.removeprefix("\ufeff"))
    rows = finished.json["rows"] if form == "--json" else list(csv.DictReader(text))
    unanswered = {row["course_code"] for row in rows if row["outcome"] == "unanswered"}
    assert unanswered == {call["parameters"]["CourseCode"] for call in await unsettled(dcs_mirror)}
    assert Counter(row["outcome"] for row in rows) == {
        "unanswered": written(sandbox),
        "not sent": 4 - written(sandbox),
    }


async def test_a_call_that_is_interrupted_at_a_shut_gate_was_not_taken(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # A6
    source = write_csv(tmp_path / "a.csv", {f"NEW {number}": 4 for number in range(5)})
    await scripted(sandbox, {"kind": "status", "status": 429, "retry_after": 600, "method": "SubmitCourse"})
    process = await dcs_mirror.start("students", "push", hei, "--from", source, "--create-missing")
    await arrived(sandbox)
    assert (await dcs_mirror("calls")).code == 0  # takes longer than to hear the answer
    process.send_signal(signal.SIGINT)
    await process.communicate()
    calls = (await dcs_mirror("calls", "--json")).json
    assert {call["state"] for call in calls} == {"refused"}
    assert len(calls) >= written(sandbox)  # one that was entered heeds the wish of one that was sent


@pytest.mark.parametrize("courses", [400, pytest.param(5000, marks=pytest.mark.long)])
async def test_killed_twice_among_faults_each_course_gets_its_number_and_no_answered_change_is_sent_again(
    courses: int, database: str, connection: Connection, tmp_path: Path
) -> None:  # A1, A6
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
            async with asyncio.timeout(PATIENCE):
                while (await control(sandbox, "stats"))["methods"].get("AmendCourse", 0) < part:
                    pass
            process.kill()
            await process.communicate()
            assert process.returncode == -signal.SIGKILL
        async with asyncio.timeout(PATIENCE):
            while await connection.fetchval(_OTHERS):
                pass
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


_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'dcs-mirror'
"""
