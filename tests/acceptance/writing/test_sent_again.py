"""An amendment without an answer is sent again only if that can do no harm (A1, A6)."""

import asyncio
from pathlib import Path

import pytest

from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over
from dcs_mirror.writes import course_list, journal
from dcs_mirror.writes.commands import AmendCourse
from dcs_mirror.writes.journal import CallEnd
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.sessions import PATIENCE
from tests.support.writing import told, written

SHUT = {"kind": "status", "status": 429, "retry_after": 2, "method": "AmendCourse", "times": 1}
END_HOLDER = """
SELECT count(pg_terminate_backend(split_part(l.held_by, ' ', 1)::integer, 60000))
FROM dcs_mirror.lock AS l WHERE l.name = 'courses' AND l.id = $1 AND dcs_mirror.is_held(l.held_by)
"""
LOST = {"kind": "reset", "method": "AmendCourse", "taken": False}
AGAIN = ("calls", "settle", "1", "--send-again")


async def lost(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, course: Course, *given: str
) -> None:
    """Amend a mirrored course and let the call get no answer."""
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, LOST)
    assert (await dcs_mirror("amend-course", hei, course.code, *given)).code == 1
    await scripted(sandbox)


@pytest.mark.parametrize("by_push", [False, True])
async def test_a6_a1_nothing_is_sent_once_the_session_that_kept_others_off_is_lost(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    course: Course,
    hei: str,
    connection: Connection,
    tmp_path: Path,
    by_push: bool,
) -> None:  # somebody else may have sent a number since
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "41")).code == 0
    source = tmp_path / "numbers.csv"
    source.write_text(f'Course code,Students\n"{course.code}",57\n', encoding="utf-8")
    await scripted(sandbox, SHUT)
    push = ("students", "push", hei, "--from", str(source))
    process = await dcs_mirror.start(
        *(push if by_push else ("amend-course", hei, course.code, "--name", "W"))
    )
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        while b"the DCS did not accept a call" not in (await process.stderr.readline()):
            pass
    assert await connection.fetchval(END_HOLDER, course.institution.id) == 1
    out, err = await process.communicate()
    assert (process.returncode, b"Run the same command again" in out + err) == (4, True)
    assert (course.students, course.name == "W") == (41, False)
    (last,) = [call for call in (await dcs_mirror("calls", "--json")).json if call["call_id"] == 2]
    assert last["state"] == "refused"


async def test_a6_a1_r5_what_was_given_is_sent_again_and_the_rest_as_it_is_by_now(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, course: Course, hei: str
) -> None:
    await lost(dcs_mirror, sandbox, hei, course, "--students", "41")
    edit_course(sandbox.world, course, CourseChanges(duration=40))
    roll_over(sandbox.world, institution, new_course_ids=True)
    early = await dcs_mirror(*AGAIN)
    assert (early.code, "another course with this code, or the course of another year" in told(early)) == (
        1,
        True,
    )
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror(*AGAIN)).code == 0
    assert (course.students, course.duration, course.status) == (41, 40, "Active")


async def test_a6_a1_a_number_that_went_along_is_completed_anew(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "41")).code == 0
    await lost(dcs_mirror, sandbox, hei, course, "--name", "X")
    assert (await dcs_mirror("calls", "settle", "2", "--send-again")).code == 0
    assert (course.name, course.students, course.duration) == ("X", 41, 12)


async def test_a6_another_course_of_the_same_code_is_left_alone(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, course: Course, hei: str
) -> None:
    await lost(dcs_mirror, sandbox, hei, course, "--students", "44", "--name", "Z")
    edit_course(sandbox.world, course, CourseChanges(status="Deleted"))
    other = add_course(sandbox.world, institution, sandbox.world.dice, code=course.code, items=0)
    edit_course(sandbox.world, other, CourseChanges(name="Other", students=777, duration=33))
    for _ in range(2):
        again = await dcs_mirror(*AGAIN)
        assert (again.code, "another course with this code" in told(again)) == (1, True)
        assert (await dcs_mirror("sync")).code == 0
    assert (other.name, other.students, other.duration, written(sandbox)) == ("Other", 777, 33, 1)


async def test_a6_an_amendment_that_was_on_its_way_meanwhile_is_not_undone(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    course: Course,
    hei: str,
    database: str,
    connection: Connection,
) -> None:
    await lost(dcs_mirror, sandbox, hei, course, "--students", "10", "--name", "Old")
    later = AmendCourse(hei_id=int(hei), course_code=course.code, name="New", weeks=12, students=88)
    async with connect(database) as other:
        await course_list.lock_courses(other, int(hei))
        again = await dcs_mirror.start(*AGAIN)
        assert again.stderr is not None
        while b"waiting for another dcs-mirror" not in await again.stderr.readline():
            assert not again.stderr.at_eof()
        call_id = await journal.begin(connection, later, now=Clock().now(), course_id=course.id)
        await journal.end(connection, call_id, CallEnd("answered"), now=Clock().now())
    _, err = await again.communicate()
    assert (again.returncode, b"call 2 amended the course since" in err) == (1, True), err
    assert written(sandbox) == 1


async def test_a6_an_amendment_of_a_push_is_worked_out_anew_and_not_sent_again(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    (dcs_mirror.folder / "a.csv").write_text(f"code,students\n{course.code},30")
    push = ("students", "push", hei, "--from", "a.csv")
    await scripted(sandbox, LOST)
    assert (await dcs_mirror(*push)).code == 1
    await scripted(sandbox)
    again = await dcs_mirror(*AGAIN)
    assert (again.code, "Run the push again" in told(again)) == (1, True)
    edit_course(sandbox.world, course, CourseChanges(duration=40))
    assert (await dcs_mirror(*push)).code == 0
    assert (course.students, course.duration) == (30, 40)
