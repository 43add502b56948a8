"""What was sent after a backup is not known when the backup was restored (A1, A4, A6)."""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from dcs_mirror.runtime import open_runtime
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.writes.commands import AmendCourse
from dcs_mirror.writes.course_list import LockLost
from dcs_mirror.writes.send import send
from tests.support.command import CommandLine
from tests.support.restoring import TemplateCopy, feed_state, handed_out
from tests.support.running import settings_for
from tests.support.scripted import scripted
from tests.support.sessions import look
from tests.support.writing import BOOK, told, unsettled, written

NOTICED = "the database was restored, copied, upgraded or failed over"
LATER = "2026-03-03T10:20+00:00"


@pytest.fixture
async def backup(database: str) -> AsyncIterator[TemplateCopy]:
    copy = TemplateCopy(database)
    yield copy
    await copy.drop()


async def test_a1_no_number_of_a_restored_backup_is_sent(
    dcs_mirror: CommandLine, backup: TemplateCopy, course: Course, hei: str
) -> None:
    """A1: the first command after the restore is the amendment, and it sends nothing."""
    amend = ("amend-course", hei, course.code)
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror(*amend, "--students", "77")).code == 0
    await backup.back_up()
    assert (await dcs_mirror(*amend, "--students", "120")).code == 0
    await backup.restore()

    later = dcs_mirror.but(DCS_NOW=LATER)
    refused = await later(*amend, "--name", "Q")
    assert (refused.code, course.students, course.name == "Q") == (2, 120, False)
    assert "The database was restored (or failed over) on 2026-03-03" in told(refused)
    assert "Give --students once" in told(refused)
    assert NOTICED in refused.err
    rehearsed = await later(*amend, "--name", "Q", "--dry-run")
    assert rehearsed.code == 2
    assert NOTICED not in rehearsed.err, "it is told once"

    assert (await later(*amend, "--students", "125")).code == 0
    assert (await later(*amend, "--name", "Q")).code == 0
    assert (course.students, course.name) == (125, "Q")


async def test_a1_a_push_sends_all_numbers_after_a_restore_and_none_twice(
    dcs_mirror: CommandLine, backup: TemplateCopy, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    (dcs_mirror.folder / "a.csv").write_text(f"code,students\n{course.code},30")
    push = ("students", "push", hei, "--from", "a.csv")
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror(*push)).code == 0
    await backup.back_up()
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "99")).code == 0
    await backup.restore()
    (row,) = (await dcs_mirror("students", "plan", hei, "--from", "a.csv", "--json")).json["rows"]
    assert (row["before"], row["verdict"]) == (None, "change")
    before = written(sandbox)
    for _ in range(2):
        assert (await dcs_mirror(*push)).code == 0
    assert (course.students, written(sandbox) - before) == (30, 1)


async def test_a1_a5_a_course_that_only_the_restored_journal_knows_is_not_taken_for_one_that_is_there(
    dcs_mirror: CommandLine, backup: TemplateCopy, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    """It was submitted before the backup, and deleted or renamed after it."""
    (dcs_mirror.folder / "a.csv").write_text("code,students\nART 7,30")
    push = ("students", "push", hei, "--from", "a.csv", "--create-missing")
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror(*push)).code == 0
    await backup.back_up()
    await backup.restore()
    made = institution.course_of("ART 7")
    assert made is not None
    made.students = 45
    (row,) = (await dcs_mirror("students", "plan", hei, "--from", "a.csv", "--json")).json["rows"]
    assert (row["before"], row["verdict"]) == (None, "change"), "the DCS lists it"
    edit_course(sandbox.world, made, CourseChanges(code="OLD 7"))
    rows = (await dcs_mirror("students", "plan", hei, "--from", "a.csv", "--json")).json["rows"]
    assert [row["verdict"] for row in rows] == ["unaligned"]


async def test_a1_a_number_that_is_learnt_from_a_call_of_before_is_not_known_either(
    dcs_mirror: CommandLine, backup: TemplateCopy, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    """A1, A6: the call was unknown in the backup, and is settled after the restore."""
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "AmendCourse"})
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "77")).code == 1
    await scripted(sandbox)
    await backup.back_up()
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "120")).code == 0
    await backup.restore()
    (call,) = await unsettled(dcs_mirror)
    assert call["call_id"] == 1
    again = await dcs_mirror("calls", "settle", "1", "--send-again")
    assert (again.code, course.students) == (1, 120)
    assert "the database was restored after it" in told(again)
    assert (await dcs_mirror("calls", "settle", "1", "--taken")).code == 0
    refused = await dcs_mirror("amend-course", hei, course.code, "--name", "Q")
    assert (refused.code, course.students) == (2, 120)


async def test_a6_a_request_of_before_is_looked_for_and_one_that_cannot_be_is_not_sent_again(
    dcs_mirror: CommandLine, backup: TemplateCopy, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest"})
    assert (await dcs_mirror("submit-request", hei, *BOOK, "--course", course.code)).code == 1
    assert (await dcs_mirror("submit-request", hei, *BOOK)).code == 1
    await scripted(sandbox)
    await backup.back_up()
    assert (await dcs_mirror("calls", "settle", "2", "--send-again")).code == 0
    await backup.restore()
    sent = written(sandbox)
    refused = await dcs_mirror("calls", "settle", "2", "--send-again")
    assert (refused.code, written(sandbox)) == (1, sent)
    assert "the database was restored after it" in told(refused)
    found = await dcs_mirror("calls", "settle", "1", "--json")
    assert (found.code, found.json["request_ids"]) == (0, [course.items[-1].request_id])


async def test_a4_readiness_calls_no_number_of_before_known(
    dcs_mirror: CommandLine, backup: TemplateCopy, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    assert (await dcs_mirror("amend-course", hei, course.code, "--students", "0")).code == 0
    ready = ("readiness", "--hei", hei, "--all", "--json")

    async def verdict() -> str:
        rows = (await dcs_mirror(*ready)).json
        return str(next(row["verdict"] for row in rows if row["course_code"] == course.code))

    assert await verdict() == "blocks"
    assert (await dcs_mirror("restored")).code == 0
    assert await verdict() == "unknown"


async def test_a6_call_ids_are_not_handed_out_twice(
    dcs_mirror: CommandLine, backup: TemplateCopy, course: Course, hei: str
) -> None:
    amend = ("amend-course", hei, course.code, "--students")
    await backup.back_up()
    assert (await dcs_mirror(*amend, "1")).code == 0
    await backup.restore()
    assert (await dcs_mirror("restored")).code == 0
    assert (await dcs_mirror(*amend, "2", "--json")).json["call_id"] > 1_000_000_000
    calls = (await dcs_mirror("calls", "--json")).json
    assert (await dcs_mirror("calls", "settle", str(calls[-1]["call_id"]))).code == 1


async def test_a1_nothing_is_sent_if_the_database_is_restored_while_a_write_is_completed(
    sandbox: RunningSandbox, database: str, hei: str, course: Course
) -> None:
    write = AmendCourse(hei_id=int(hei), course_code=course.code, weeks=3, students=7)
    async with open_runtime(settings_for(sandbox), database) as runtime:
        await runtime.current_epoch()
        with pytest.raises(LockLost, match="restored or failed over meanwhile; nothing more was sent"):
            await send(runtime, runtime.client, write, epoch=uuid4(), course_id=course.id)
        assert (written(sandbox), (await handed_out(database))["call"]) == (0, 0)
        await send(runtime, runtime.client, write, epoch=await runtime.current_epoch(), course_id=course.id)
    assert course.students == 7


async def test_r2_restored_begins_an_epoch_each_time(dcs_mirror: CommandLine, database: str) -> None:
    """R2: for what cannot be noticed, such as a folder that was copied back."""
    epochs, given = [(await feed_state(database)).epoch], await handed_out(database)
    for _ in range(2):
        finished = await dcs_mirror("restored", "--json")
        assert finished.code == 0
        epochs.append(json.loads(finished.out)["epoch"])
        assert (await feed_state(database)).epoch == epochs[-1]
        after = await handed_out(database)
        assert all(after[table] >= given[table] + 1_000_000_000 for table in given)
        given = after
    assert len(set(epochs)) == 3
    said = await dcs_mirror("restored")
    assert (said.code, "a new epoch" in said.out, "--students" in said.out) == (0, True, True)
    assert (await dcs_mirror("sync")).code == 0
    assert (await feed_state(database)).epoch in said.out, "the sync notices nothing more"
    away = dcs_mirror.but(DCS_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (await away("restored")).code == 4


async def test_r2_a_course_that_the_backup_lacks_gets_another_key(
    dcs_mirror: CommandLine,
    backup: TemplateCopy,
    sandbox: RunningSandbox,
    institution: Institution,
    database: str,
) -> None:
    """R2: and no other course gets the key that it had."""
    query = "SELECT course_key FROM dcs.course WHERE course_code = $1"
    assert (await dcs_mirror("sync")).code == 0
    await backup.back_up()
    add_course(sandbox.world, institution, sandbox.world.dice, code="ART 7", items=0)
    assert (await dcs_mirror("sync")).code == 0
    async with look(database) as connection:
        before = await connection.fetchval(query, "ART 7")
    await backup.restore()
    add_course(sandbox.world, institution, sandbox.world.dice, code="ART 6", items=0)
    assert (await dcs_mirror("sync")).code == 0
    async with look(database) as connection:
        assert before not in [await connection.fetchval(query, code) for code in ("ART 6", "ART 7")]
