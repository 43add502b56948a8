"""PostgreSQL stops in the midst of a push: what was sent, answered and left unknown is told (A6)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dcs_mirror.database import retry
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.requests.push import READ_AT_ONCE, PushReport, PushRequest, push
from dcs_mirror.runtime import Runtime, open_runtime
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.schema import migrate
from dcs_mirror.writes import service
from dcs_mirror.writes.batch import E, SentEntry
from tests.acceptance.writing.conftest import NOW
from tests.support.command import CommandLine, Finished, command_line
from tests.support.faulty import Fault, FaultySandbox, Hold, faulty
from tests.support.running import settings_for
from tests.support.sessions import PATIENCE
from tests.support.writing import told

WHO = ("--academic-name", "Jo Hill", "--email", "jo@example.ac.uk", "--book")
NEVER_ANSWERED = b"<html>Bad gateway</html>"


class Unseen:
    """A display that shows nothing."""

    def began(self, total: int) -> None:
        """Nothing to show."""

    def landed(self, sent: SentEntry[E]) -> None:
        """Nothing to show."""


@pytest.fixture
async def front(sandbox: RunningSandbox) -> AsyncIterator[FaultySandbox]:
    async with faulty(sandbox) as served:
        yield served


@pytest.fixture
async def dcs_mirror(tmp_path: Path, front: FaultySandbox, own_server: EmbeddedServer) -> CommandLine:
    await migrate.migrate(own_server.url())
    return command_line(tmp_path, front, own_server.url()).but(DCS_NOW=NOW, DCS_CONCURRENCY="1")


async def stopped(
    dcs_mirror: CommandLine, front: FaultySandbox, server: EmbeddedServer, method: str, *arguments: str
) -> Finished:
    """Run a push whose first call gets no answer, and whose second is answered after the server stopped."""
    front.faults[:] = [Fault(method, NEVER_ANSWERED, status=502, times=1)]
    hold = Hold(method, is_answered=True)
    front.holds[:] = [hold]
    process = await dcs_mirror.start(*arguments)
    async with asyncio.timeout(PATIENCE):
        await hold.came.wait()
    await asyncio.to_thread(server.stop)
    hold.released.set()
    out, err = await process.communicate()
    await asyncio.to_thread(server.start)
    assert b"Traceback" not in err, err.decode()
    return Finished(process.returncode or 0, out.decode(), err.decode())


async def test_a6_what_a_push_did_before_postgresql_stopped_is_told_for_each_row(
    dcs_mirror: CommandLine,
    front: FaultySandbox,
    own_server: EmbeddedServer,
    sandbox: RunningSandbox,
    institution: Institution,
    course: Course,
    hei: str,
    tmp_path: Path,
) -> None:
    other = add_course(sandbox.world, institution, sandbox.world.dice, code="LAW 2", items=0)
    third = add_course(sandbox.world, institution, sandbox.world.dice, code="LAW 3", items=0)
    for each in (other, third):
        edit_course(sandbox.world, each, CourseChanges(students=40, duration=12))
    pages = "\n".join(f"{course.code},Emma,{n}0-{n}9" for n in range(1, 4))
    (tmp_path / "list.csv").write_text(f"Course,Title,Pages\n{pages}\n{other.code},Emma,1-20\n")
    submit = ("requests", "push", hei, "--from", "list.csv", *WHO)
    outcomes = {"unanswered": 1, "taken": 1, "not sent": 2}

    done = await stopped(dcs_mirror, front, own_server, "SubmitRequest", *submit, "--json")
    assert (done.code, done.json["outcomes"]) == (4, outcomes), done
    (made,) = [item.request_id for item in sandbox.world.items.values() if item.submission]
    assert [row["request_id"] for row in done.json["rows"]] == [None, made, None, None]
    assert "PostgreSQL at" in told(done)
    assert "run the same command again" in told(done)
    assert done.json["error"] in told(done)

    again = await dcs_mirror(*submit, "--json")
    assert again.json["counts"] == {"unsettled": 1, "already there": 1, "submit": 2}
    assert (again.code, again.json["outcomes"]) == (1, {"taken": 2})

    (tmp_path / "list.csv").write_text(f"Course,Title,Pages\n{pages}\n".replace("Emma", "Persuasion"))
    done = await stopped(dcs_mirror, front, own_server, "SubmitRequest", *submit)
    assert (done.code, "PostgreSQL at" in told(done)) == (4, True), done
    assert "3 rows: 3 submit\nsubmitted: 1 unanswered, 1 taken, 1 not sent" in done.out

    (tmp_path / "numbers.csv").write_text(
        f"Course,Students\n{course.code},31\n{other.code},32\n{third.code},33\n"
    )
    numbers = ("students", "push", hei, "--from", "numbers.csv", "--json")
    done = await stopped(dcs_mirror, front, own_server, "AmendCourse", *numbers)
    assert (done.code, done.json["outcomes"]) == (4, outcomes | {"not sent": 1}), done
    assert {row["course_code"]: row["outcome"] for row in done.json["rows"]}[other.code] == "taken"
    assert "PostgreSQL at" in told(done)
    assert (await dcs_mirror(*numbers)).json["outcomes"] == {"taken": 3}


async def test_a6_a_server_that_stops_before_the_courses_are_read_back_is_waited_for_once(
    front: FaultySandbox,
    own_server: EmbeddedServer,
    sandbox: RunningSandbox,
    institution: Institution,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await migrate.migrate(own_server.url())
    courses = READ_AT_ONCE + 2
    codes = [
        add_course(sandbox.world, institution, sandbox.world.dice, code=f"LAW {n}", items=0).code
        for n in range(courses)
    ]
    rows = "".join(f"{code},Book {n},1-20\n" for n, code in enumerate(codes))
    (tmp_path / "list.csv").write_text(f"Course,Title,Pages\n{rows}")
    shared = {"academic_name": "Jo Hill", "email": "jo@example.ac.uk", "is_book": True}
    wanted = PushRequest(institution.id, tmp_path / "list.csv", defaults=shared)
    last = Hold(f"Book%20{courses - 1}", is_answered=True)
    front.holds.append(last)

    async def stop() -> None:
        await last.came.wait()
        await asyncio.to_thread(own_server.stop)
        monkeypatch.setattr(retry, "RETRY_SECONDS", 0.3)
        last.released.set()

    read_back, read = service.read_back, []

    async def counted(runtime: Runtime, hei_id: int, **what: Any) -> str | None:
        read.append(what)
        return await read_back(runtime, hei_id, **what)

    monkeypatch.setattr(service, "read_back", counted)
    begun: list[PushReport] = []
    async with (
        open_runtime(settings_for(front, concurrency=1), own_server.url()) as runtime,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(stop())
        report = await push(runtime, wanted, Unseen(), begun.append)
    assert [each.outcome for each in report.sent] == ["taken"] * courses
    assert "cannot be reached" in (report.not_read_back or "")
    assert (report.exit_code, begun, len(read)) == (1, [report], READ_AT_ONCE)
