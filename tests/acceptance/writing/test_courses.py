"""Courses from the command line: submitted, amended without resets, deleted only if confirmed."""

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.writing import BOOK, told, written


async def test_a1_a_submitted_course_is_in_the_mirror_and_its_students_are_remembered(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    institution: Institution,
    hei: str,
    connection: Connection,
) -> None:
    finished = await dcs_mirror("submit-course", hei, "ART 7", "--name", "Drawing", "--students", "30")
    assert finished.code == 0, finished
    assert finished.out == "course ART 7 submitted (call 1)\n"
    assert await connection.fetchval("SELECT name FROM dcs.course WHERE course_code = 'ART 7'") == "Drawing"
    assert (await dcs_mirror("amend-course", hei, "ART 7", "--subject", "Art")).code == 0
    made = institution.course_of("ART 7")
    assert made is not None
    assert (made.students, made.duration, made.subject) == (30, 52, "Art")


async def test_a6_a_course_without_an_answer_is_found_by_its_code(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    submit = ("submit-course", hei, "ART 7", "--name", "Drawing", "--students", "30")
    await scripted(sandbox, {"kind": "cut", "method": "SubmitCourse"})
    assert (await dcs_mirror(*submit)).code == 1
    await scripted(sandbox)
    assert (await dcs_mirror(*submit)).code == 1
    assert (await dcs_mirror("calls", "settle", "1", "--send-again")).code == 1
    assert (await dcs_mirror("calls", "settle", "1")).code == 0
    assert written(sandbox) == 1
    assert (await dcs_mirror("amend-course", hei, "ART 7", "--subject", "Art")).code == 0
    made = institution.course_of("ART 7")
    assert made is not None
    assert made.students == 30


async def test_a1_a6_a_course_that_somebody_else_made_is_not_taken_for_the_lost_one(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:  # else the lost call's number would be believed and sent
    submit = ("submit-course", hei, "ART 7", "--name", "Drawing")
    await scripted(sandbox, {"kind": "reset", "method": "SubmitCourse", "taken": False})
    assert (await dcs_mirror(*submit, "--students", "3")).code == 1
    await scripted(sandbox)
    made = add_course(sandbox.world, institution, sandbox.world.dice, code="ART 7", items=0)
    edit_course(sandbox.world, made, CourseChanges(name="Painting", students=56))
    finding = await dcs_mirror("calls", "settle", "1", "--json")
    assert (finding.code, finding.json["taken"]) == (1, None)
    assert "its name is 'Painting'" in finding.json["why"]
    again = await dcs_mirror("calls", "settle", "1", "--send-again")
    assert (again.code, "lists a course 'ART 7'" in told(again)) == (1, True)
    refused = await dcs_mirror("amend-course", hei, "ART 7", "--subject", "Art")
    assert (refused.code, made.students) == (2, 56)


async def test_a6_a_course_that_was_mirrored_before_or_made_by_another_call_is_not_the_lost_one(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    await scripted(sandbox, {"kind": "reset", "method": "SubmitCourse", "taken": False, "times": 1})
    assert (await dcs_mirror("submit-course", hei, "ART 7", "--name", "Drawing")).code == 1
    made = add_course(sandbox.world, institution, sandbox.world.dice, code="OLD", items=0)
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "SubmitCourse", "taken": False, "times": 1})
    assert (await dcs_mirror("submit-course", hei, "ART 9", "--name", "Drawing")).code == 1
    edit_course(sandbox.world, made, CourseChanges(code="ART 9", name="Drawing"))
    finding = await dcs_mirror("calls", "settle", "2", "--json")
    assert (finding.json["taken"], "was there before" in finding.json["why"]) == (None, True)
    rename = ("amend-course", hei, "ART 9", "--new-code", "ART 7", "--students", "5")
    assert (await dcs_mirror(*rename)).code == 0
    finding = await dcs_mirror("calls", "settle", "1", "--json")
    assert (finding.json["taken"], "call 3 created it" in finding.json["why"]) == (None, True)


async def test_a6_a_course_that_is_not_there_is_not_settled(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    await scripted(sandbox, {"kind": "reset", "method": "SubmitCourse"})
    assert (await dcs_mirror("submit-course", hei, "ART 7", "--name", "Drawing")).code == 1
    await scripted(sandbox)
    made = institution.course_of("ART 7")
    assert made is not None
    del institution.courses[made.id]
    institution.changed()
    finding = await dcs_mirror("calls", "settle", "1", "--json")
    assert (finding.code, finding.json["taken"]) == (1, False)
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 0
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert (call["state"], call["settlement"]) == ("settled", "not taken")


async def test_a1_a3_an_amendment_of_one_field_leaves_weeks_students_and_status_as_they_were(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    first = await dcs_mirror("amend-course", hei, course.code, "--students", "41", "--json")
    assert first.json["sent"] == {
        "hei": hei,
        "CourseCode": course.code,
        "NumberOfWeeks": "12",
        "NumberOfStudents": "41",
    }
    edit_course(sandbox.world, course, CourseChanges(status="Archived"))
    assert (await dcs_mirror("amend-course", hei, course.code, "--name", "Modern History")).code == 0
    assert (course.name, course.duration, course.students, course.status) == (
        "Modern History",
        12,
        41,
        "Archived",
    )
    assert await connection.fetchval("SELECT name FROM dcs.course WHERE course_code = $1", course.code) == (
        "Modern History"
    )


async def test_a1_r5_the_number_of_students_outlives_a_renaming_and_a_rollover(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "41")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--new-code", "HIS 2")).code == 0
    roll_over(sandbox.world, institution, new_course_ids=True)
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, "HIS 2", "--subject", "History")).code == 0
    assert (course.code, course.students, course.duration) == ("HIS 2", 41, 12)


async def test_a1_an_amendment_without_a_known_number_is_refused(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    unseen = await dcs_mirror("amend-course", hei, course.code, "--name", "X")
    assert unseen.code == 2
    assert "The mirror does not hold this course yet" in told(unseen)
    assert (await dcs_mirror("sync")).code == 0
    refused = await dcs_mirror("amend-course", hei, course.code, "--name", "X")
    assert refused.code == 2
    assert "students: must be given, because the DCS sets a missing number to 0" in told(refused)
    assert "weeks" not in told(refused)
    nothing = await dcs_mirror("amend-course", hei, course.code)
    assert (nothing.code, "no change was given" in told(nothing)) == (2, True)
    assert (written(sandbox), course.students) == (0, 40)


async def test_a1_an_amendment_goes_by_what_the_dcs_lists_now_not_by_an_old_mirror(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "41")).code == 0
    edit_course(sandbox.world, course, CourseChanges(duration=40))
    amend = ("amend-course", hei, course.code, "--name", "X")
    assert (await dcs_mirror(*amend, "--dry-run", "--json")).json["sent"]["NumberOfWeeks"] == "40"
    assert (await dcs_mirror(*amend)).code == 0
    assert (course.name, course.duration, course.students) == ("X", 40, 41)

    edit_course(sandbox.world, course, CourseChanges(status="Deleted"))
    gone = await dcs_mirror(*amend)
    assert (gone.code, "has no course 'HIS & 1' in the DCS, or it is deleted there" in told(gone)) == (
        1,
        True,
    )
    other = add_course(sandbox.world, institution, sandbox.world.dice, code=course.code, items=0)
    edit_course(sandbox.world, other, CourseChanges(students=777, duration=33))
    sent = written(sandbox)
    refused = await dcs_mirror(*amend)
    assert (refused.code, "students: must be given" in told(refused)) == (2, True)
    assert (written(sandbox), other.students, other.duration) == (sent, 777, 33)
    assert (await dcs_mirror(*amend, "--students", "778")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--name", "Y")).code == 0
    assert (other.name, other.students, other.duration) == ("Y", 778, 33)


async def test_a6_a_course_that_is_there_is_not_submitted(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    for code in (course.code, "his & 1", "HIS  & 1"):
        refused = await dcs_mirror("submit-course", hei, code, "--name", "A", "--students", "3")
        assert (refused.code, "the DCS already lists a course 'HIS & 1'" in told(refused)) == (1, True)
    assert (written(sandbox), course.students) == (0, 40)


async def test_a5_c1_nothing_is_written_by_a_list_that_holds_an_entry_of_no_course(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, {"kind": "no-ids", "method": "GetCourses", "entries": 1})
    first = next(c.code for c in institution.courses.values() if not c.deletion)
    (dcs_mirror.folder / "a.csv").write_text(f"code,students\n{first},9")
    for command in (
        ("students", "push", hei, "--from", "a.csv", "--create-missing"),
        ("submit-course", hei, first, "--name", "A", "--students", "3"),
        ("amend-course", hei, course.code, "--students", "3"),
    ):
        refused = await dcs_mirror(*command)
        assert (refused.code, "the list of courses may not be complete" in told(refused)) == (1, True), (
            refused
        )
    assert written(sandbox) == 0


async def test_a1_a6_an_amendment_without_an_answer_leaves_the_number_open_until_a_later_one_decides(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "41")).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "AmendCourse"})
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "42")).code == 1
    await scripted(sandbox)
    refused = await dcs_mirror("amend-course", hei, course.code, "--name", "X")
    assert (refused.code, "it is not known whether call 2" in told(refused)) == (2, True)
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "43")).code == 0
    calls = (await dcs_mirror("calls", "--json")).json
    assert [call["settlement"] for call in calls] == [None, "overtaken", None]
    assert (await dcs_mirror("amend-course", hei, course.code, "--name", "X")).code == 0
    assert (course.students, course.name) == (43, "X")


async def test_a6_an_amendment_without_an_answer_is_sent_again_or_said_to_be_taken(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "AmendCourse"})
    for students in ("41", "42"):
        assert (await dcs_mirror("amend-course", hei, course.code, "--students", students)).code == 1
    await scripted(sandbox)
    assert "does not return enough about a course" in (await dcs_mirror("calls", "settle", "1")).out
    early = await dcs_mirror("calls", "settle", "1", "--send-again")
    assert (early.code, "call 2 amended the course since, or may have" in told(early)) == (1, True)
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 0
    assert (await dcs_mirror("calls", "settle", "2", "--send-again")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--name", "X")).code == 0
    assert course.students == 42


async def test_a6_an_amendment_is_not_sent_again_over_a_later_one(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "AmendCourse"})
    amend = ("amend-course", hei, course.code)
    assert (await dcs_mirror(*amend, "--students", "41", "--subject", "History")).code == 1
    await scripted(sandbox)
    assert (await dcs_mirror(*amend, "--students", "42")).code == 0
    again = await dcs_mirror("calls", "settle", "1", "--send-again")
    assert (again.code, "call 2 amended the course since" in told(again)) == (1, True)
    assert course.students == 42


async def test_a3_a_deletion_asks_for_the_code_again_and_is_never_sent_again(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    delete = ("amend-course", hei, course.code, "--status", "Deleted")
    for confirmed in ((), ("--confirm-deletion", "HIS"), ("--confirm-deletion", "his & 1")):
        refused = await dcs_mirror(*delete, *confirmed)
        assert refused.code == 2
        assert "permanent" in told(refused)
    assert written(sandbox) == 0
    await scripted(sandbox, {"kind": "error", "code": 4, "method": "AmendCourse"})
    assert (await dcs_mirror(*delete, "--confirm-deletion", course.code)).code == 1
    await scripted(sandbox)
    again = await dcs_mirror("calls", "settle", "1", "--send-again")
    assert (again.code, "a deletion is not sent again" in told(again)) == (2, True)
    assert (await dcs_mirror("calls", "settle", "1", "--taken")).code == 0
    assert course.status == "Deleted"
    assert (await dcs_mirror("sync")).code == 0
    rows = await connection.fetch(
        "SELECT content_status FROM dcs.content_item WHERE course_code = $1", course.code
    )
    assert {row["content_status"] for row in rows} == {"Deleted"}


async def test_credentials_are_needed_and_refused_with_3(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str
) -> None:
    missing = dcs_mirror.but(DCS_API_USERNAME=None, DCS_API_PASSWORD=None)
    assert (await missing("submit-request", hei, *BOOK)).code == 3
    assert (await dcs_mirror("calls", "--json")).json == []
    assert (await dcs_mirror.but(DCS_API_PASSWORD="wrong")("submit-request", hei, *BOOK)).code == 3
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert call["state"] == "refused"


async def test_a6_where_nobody_listens_the_call_was_not_taken(dcs_mirror: CommandLine, hei: str) -> None:
    nowhere = dcs_mirror.but(DCS_API_URL="http://127.0.0.1:9/v3")
    assert (await nowhere("submit-request", hei, *BOOK)).code == 4
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert call["state"] == "refused"
