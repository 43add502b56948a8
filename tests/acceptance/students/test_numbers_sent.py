"""Student numbers from the command line: which courses get a number, and which never do (A1, A3-A5)."""

import asyncio
import signal
from pathlib import Path

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from tests.support.command import CommandLine
from tests.support.control import control
from tests.support.scripted import scripted
from tests.support.students import course_of, institution_of, write_csv
from tests.support.writing import arrived, told, written


async def test_a1_a3_a5_a_push_sends_numbers_with_weeks_and_no_status_and_the_next_plan_is_empty(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path, connection: Connection
) -> None:
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


async def test_a4_a_push_that_zeroes_courses_in_may_is_refused_with_the_reason(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", {"ART 7": 0, "HIS & 1": 5})
    may = dcs_mirror.but(DCS_NOW="2026-05-20T09:00")
    push = ("students", "push", hei, "--from", source)
    refused = await may(*push)
    assert refused.code == 1
    assert "1 course would have 0 students, and it is before 15 June" in told(refused)
    planned = await may("students", "plan", hei, "--from", source, "--json")
    assert (planned.code, "before 15 June" in planned.json["refusal"]) == (1, True)
    new = write_csv(tmp_path / "new.csv", {"NEW 9": 0})
    made = await may("students", "push", hei, "--from", new, "--create-missing")
    assert (made.code, "1 course would have 0 students" in told(made)) == (1, True)
    assert institution_of(sandbox).course_of("NEW 9") is None
    assert sandbox.stats.methods["AmendCourse"] == 0
    assert (await may(*push, "--allow-zero")).code == 0
    assert course_of(sandbox, "ART 7").students == 0
    source = write_csv(tmp_path / "a.csv", {"ART 7": 0, "HIS & 1": 0})
    assert (await dcs_mirror.but(DCS_NOW="2026-06-15T00:00")(*push)).code == 0


async def test_a5_a6_missing_courses_are_created_on_demand_and_once(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
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


async def test_a5_a_course_that_was_deleted_since_the_sync_is_not_created_again(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", {"ART 7": 31, "NEW 9": 4})
    made = add_course(sandbox.world, institution_of(sandbox), sandbox.world.dice, code="NEW 9", items=0)
    for course in (made, course_of(sandbox, "ART 7")):
        edit_course(sandbox.world, course, CourseChanges(status="Deleted"))
    push = ("students", "push", hei, "--from", source, "--create-missing", "--json")
    pushed = await dcs_mirror(*push)
    assert (pushed.code, pushed.json["counts"]) == (0, {"deleted": 2})
    assert written(sandbox) == 0
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror(*push)).json["rows"] == pushed.json["rows"]


async def test_a5_a_course_that_differs_in_case_or_blanks_is_not_created_again(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "a.csv", {"art 7": 3, "HIS  & 1": 4, "mat / 2": 5})
    pushed = await dcs_mirror("students", "push", hei, "--from", source, "--create-missing", "--json")
    assert (pushed.code, pushed.json["counts"]) == (0, {"unaligned": 3})
    assert [row["nearest"][0] for row in pushed.json["rows"]] == ["HIS & 1", "ART 7", "MAT/2"]
    assert sandbox.stats.methods["SubmitCourse"] == 0


async def test_a1_a_push_goes_by_the_courses_that_the_dcs_lists_now(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:
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


async def test_a1_a_push_waits_for_an_amendment_that_waits(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, tmp_path: Path
) -> None:  # else the amendment would bring the number of before, and the mirror would not know
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


async def test_a1_an_amendment_does_not_wait_for_a_push_that_reads_its_source(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str
) -> None:
    await scripted(sandbox, {"kind": "hang", "method": "enrolments"})
    process = await dcs_mirror.start("students", "push", hei, "--from", "axcelerate")
    async with asyncio.timeout(60):
        while not (await control(sandbox, "stats"))["methods"].get("enrolments"):
            pass
    amend = ("amend-course", hei, "ART 7", "--weeks", "12", "--students", "31")
    async with asyncio.timeout(60):
        amended = await dcs_mirror(*amend)
    assert (amended.code, "waiting for another" in amended.err) == (0, False)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert (process.returncode, written(sandbox)) == (130, 1)
