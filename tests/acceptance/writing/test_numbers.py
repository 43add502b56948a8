"""The number last sent stays with its course, even if its id and code change before the next command (A1)."""

from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over
from tests.support.command import CommandLine
from tests.support.writing import told


async def pushed(dcs_mirror: CommandLine, hei: str, course: Course, students: int) -> int:
    """Push the number of one course and return the exit code."""
    (dcs_mirror.folder / "a.csv").write_text(f"code,students\n{course.code},{students}")
    return (await dcs_mirror("students", "push", hei, "--from", "a.csv", "--allow-zero")).code


async def test_a1_r5_a_number_that_was_pushed_between_a_rollover_and_the_next_sync_is_the_last_one(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert await pushed(dcs_mirror, hei, course, 30) == 0
    roll_over(sandbox.world, institution, new_course_ids=True)
    assert await pushed(dcs_mirror, hei, course, 40) == 0
    assert (await dcs_mirror("sync")).code == 0
    (row,) = (await dcs_mirror("students", "plan", hei, "--from", "a.csv", "--json")).json["rows"]
    assert (row["before"], row["verdict"]) == (40, "unchanged")
    assert (await dcs_mirror("amend-course", hei, course.code, "--name", "Q")).code == 0
    assert (course.name, course.students) == ("Q", 40)


async def test_a1_a4_a_number_that_was_pushed_to_a_course_that_the_mirror_did_not_have_is_kept(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    made = add_course(sandbox.world, institution, sandbox.world.dice, code="ART 7", items=0)
    assert await pushed(dcs_mirror, hei, made, 0) == 0
    unread = await dcs_mirror("amend-course", hei, made.code, "--name", "Q")
    assert (unread.code, "dcs-mirror sync finds it" in told(unread)) == (2, True)
    assert (await dcs_mirror("sync")).code == 0
    (row,) = (await dcs_mirror("readiness", "--hei", hei, "--json")).json
    assert (row["course_code"], row["verdict"]) == ("ART 7", "blocks")
    assert (await dcs_mirror("amend-course", hei, made.code, "--name", "Q")).code == 0
    assert (made.name, made.students) == ("Q", 0)


async def test_a1_the_number_of_a_submitted_course_is_not_given_to_another_that_takes_its_code(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    for code, changes in (
        ("ART 7", CourseChanges(status="Deleted")),
        ("ART 8", CourseChanges(code="OLD 8")),
    ):
        assert (
            await dcs_mirror("submit-course", hei, code, "--name", "Drawing", "--students", "30")
        ).code == 0
        first = institution.course_of(code)
        assert first is not None
        edit_course(sandbox.world, first, changes)
        other = add_course(sandbox.world, institution, sandbox.world.dice, code=code, items=0)
        edit_course(sandbox.world, other, CourseChanges(students=777))
        assert (await dcs_mirror("sync")).code == 0
        refused = await dcs_mirror("amend-course", hei, code, "--subject", "New")
        assert (refused.code, "this mirror has never sent one" in told(refused)) == (2, True), refused
        assert other.students == 777


async def test_a1_of_two_courses_that_may_be_the_submitted_one_none_is_given_its_number(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    (dcs_mirror.folder / "a.csv").write_text("code,students\nART 7,30")
    push = ("students", "push", hei, "--from", "a.csv", "--create-missing")
    assert (await dcs_mirror(*push)).code == 0
    made = institution.course_of("ART 7")
    assert made is not None
    edit_course(sandbox.world, made, CourseChanges(status="Deleted"))
    other = add_course(sandbox.world, institution, sandbox.world.dice, code="ART 7", items=0)
    edit_course(sandbox.world, other, CourseChanges(students=777))
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, "ART 7", "--subject", "New")).code == 2
    assert other.students == 777
