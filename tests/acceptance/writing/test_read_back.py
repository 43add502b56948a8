"""What the DCS accepted is told, even if PostgreSQL fails before the mirror has read it back (A6, A7)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.model import Course
from dcs_mirror.schema import migrate
from tests.support.command import CommandLine, Finished, command_line
from tests.support.faulty import FaultySandbox, Hold, faulty
from tests.support.roles import entered_as, login_role
from tests.support.scripted import scripted
from tests.support.sessions import END_SESSIONS, NO_RUNS, PATIENCE, look
from tests.support.writing import BOOK, told

NOW = "2026-03-02T10:20+00:00"
ANSWERED, READ_BACK = "SubmitRequest", "GetCourseContent"


@pytest.fixture
async def front(sandbox: RunningSandbox) -> AsyncIterator[FaultySandbox]:
    async with faulty(sandbox) as served:
        yield served


@pytest.fixture
def dcs_mirror(tmp_path: Path, front: FaultySandbox, database: str) -> CommandLine:
    return command_line(tmp_path, front, database).but(DCS_NOW=NOW, DCS_TIMEOUT="60")


async def finished(
    dcs_mirror: CommandLine, front: FaultySandbox, *arguments: str, where: str, meanwhile: Awaitable[object]
) -> Finished:
    """Run a command, and ``meanwhile`` while the first answer to a call that holds ``where`` is kept back."""
    hold = Hold(where, is_answered=True)
    front.holds.append(hold)
    process = await dcs_mirror.start(*arguments)
    async with asyncio.timeout(PATIENCE):
        await hold.came.wait()
    await meanwhile
    hold.released.set()
    out, err = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in err, err.decode()
    return Finished(process.returncode, out.decode(), err.decode())


def new_request(sandbox: RunningSandbox) -> int:
    """Return the id of the only request that was submitted to the sandbox."""
    (request_id,) = [item.request_id for item in sandbox.world.items.values() if item.submission]
    return request_id


def assert_told(done: Finished, sandbox: RunningSandbox, *words: str) -> None:
    """The request's id is printed as JSON, the exit code is 1, and one line says what is wrong."""
    assert done.code == 1, done
    assert done.json["request_id"] == new_request(sandbox)
    assert "the DCS accepted it, but the mirror does not show it yet" in told(done)
    for word in words:
        assert word in told(done)
        assert word in done.json["not_read_back"]


@pytest.mark.parametrize("as_json", [True, False])
async def test_a6_a_server_that_stops_after_the_answer_does_not_hide_the_request(
    tmp_path: Path,
    front: FaultySandbox,
    sandbox: RunningSandbox,
    hei: str,
    own_server: EmbeddedServer,
    as_json: bool,
) -> None:
    await migrate.migrate(own_server.url())
    dcs_mirror = command_line(tmp_path, front, own_server.url()).but(DCS_NOW=NOW)
    stopped = asyncio.to_thread(own_server.stop)
    submit = ("submit-request", hei, *BOOK, *(("--json",) if as_json else ()))
    done = await finished(dcs_mirror, front, *submit, where=ANSWERED, meanwhile=stopped)
    if as_json:
        assert_told(done, sandbox, "PostgreSQL at", "cannot be reached")
    else:
        assert done.out == f"request {new_request(sandbox)} submitted (call 1)\n"
        assert (done.code, "does not show it yet" in told(done)) == (1, True)
    await asyncio.to_thread(own_server.start)
    (call,) = (await dcs_mirror.but(DCS_DATABASE_URL=own_server.url())("calls", "--json")).json
    assert call["state"] == "sent"  # its end could not be recorded: it must be settled


async def test_a6_sessions_that_are_ended_after_the_answer_do_not_hide_the_request(
    dcs_mirror: CommandLine,
    front: FaultySandbox,
    sandbox: RunningSandbox,
    course: Course,
    hei: str,
    connection: Connection,
) -> None:
    """The server is there again at once: the mirror shows the request, only the journal lacks its answer."""
    submit = ("submit-request", hei, *BOOK, "--course", course.code, "--json")
    ended = connection.execute(END_SESSIONS)
    done = await finished(dcs_mirror, front, *submit, where=ANSWERED, meanwhile=ended)
    assert (done.code, done.json["request_id"]) == (0, new_request(sandbox)), done
    assert "the outcome of a call could not be recorded" in done.err
    assert await connection.fetchval(
        "SELECT title FROM dcs.content_item WHERE request_id = $1", done.json["request_id"]
    )


@pytest.mark.parametrize("sqlstate", ["57P01", "08006", "25006", "42501", "53100", "55P03", "57014", "P0001"])
async def test_a6_a_run_that_cannot_begin_does_not_hide_the_request(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, connection: Connection, sqlstate: str
) -> None:
    await connection.execute(NO_RUNS.format(sqlstate=sqlstate))
    assert_told(await dcs_mirror("submit-request", hei, *BOOK, "--json"), sandbox, "no run today")
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert (call["state"], call["request_id"]) == ("answered", new_request(sandbox))


@pytest.mark.parametrize(
    ("table", "where"), [("sync_run", ANSWERED), ("course_students", READ_BACK), ("call", READ_BACK)]
)
async def test_a6_a_lock_timeout_after_the_answer_does_not_hide_the_request(
    dcs_mirror: CommandLine,
    front: FaultySandbox,
    sandbox: RunningSandbox,
    database: str,
    hei: str,
    connection: Connection,
    table: str,
    where: str,
) -> None:
    name = urlsplit(database).path.removeprefix("/")
    await connection.execute(f"ALTER DATABASE {name} SET lock_timeout = '200ms'")
    async with look(database) as other, other.transaction():
        locked = other.execute(f"LOCK TABLE dcs_mirror.{table} IN ACCESS EXCLUSIVE MODE")
        submit = ("submit-request", hei, *BOOK, "--json")
        done = await finished(dcs_mirror, front, *submit, where=where, meanwhile=locked)
    assert_told(done, sandbox, "lock timeout")


@pytest.mark.parametrize("table", ["sync_run", "sync_outcome", "course_students", "call"])
async def test_a6_a_privilege_that_is_missing_after_the_answer_does_not_hide_the_request(
    dcs_mirror: CommandLine,
    front: FaultySandbox,
    sandbox: RunningSandbox,
    database: str,
    hei: str,
    connection: Connection,
    table: str,
) -> None:
    async with login_role(connection, "writes") as role:
        await connection.execute(f"GRANT dcs_mirror_writer TO {role}")
        writer = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))
        revoked = connection.execute(f"REVOKE ALL ON dcs_mirror.{table} FROM dcs_mirror_writer")
        submit = ("submit-request", hei, *BOOK, "--json")
        done = await finished(writer, front, *submit, where=ANSWERED, meanwhile=revoked)
    assert_told(done, sandbox, f"permission denied for table {table}")


async def test_a6_what_is_sent_again_is_told_as_well(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, connection: Connection
) -> None:
    await scripted(sandbox, {"kind": "status", "status": 503, "method": "SubmitRequest"})
    assert (await dcs_mirror("submit-request", hei, *BOOK)).code == 1
    await scripted(sandbox)
    await connection.execute(NO_RUNS.format(sqlstate="57P01"))
    done = await dcs_mirror("calls", "settle", "1", "--send-again")
    assert done.code == 1
    assert "was sent again as call 2, which the DCS accepted" in done.out
    call = (await dcs_mirror("calls", "--json")).json[1]
    assert f" as request {call['request_id']}\n" in done.out
    assert "the mirror does not show it yet" in told(done)
