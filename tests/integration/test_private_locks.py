"""Locks that only the mirror's roles can take: nobody else stops a night, and who stops it is told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from structlog.testing import capture_logs

from dcs_mirror.database import blockers, locks
from dcs_mirror.database.connections import Connection, connect, create_pool
from dcs_mirror.errors import LockNotFree
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.store.runs import hold_run_locks
from tests.support.roles import entered_as, login_role
from tests.support.running import sync
from tests.support.sessions import look

NOW = datetime(2026, 3, 2, tzinfo=UTC)
HELD = "SELECT count(*) FROM dcs_mirror.sync_run WHERE dcs_mirror.is_held(held_by)"
NUMBERS = """
SELECT (l.classid::bigint << 32) | l.objid::bigint FROM pg_locks AS l
JOIN pg_database AS d ON d.oid = l.database AND d.datname = current_database()
WHERE l.locktype = 'advisory' AND l.pid <> pg_backend_pid()
"""
OLD_NAMES = (
    "migrate",
    "unit_update",
    "students",
    "call",
    "courses",
    "submitting",
    "run",
    "institution",
    "change",
)


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=2, items=2), seed=5)) as running:
        yield running


@pytest.fixture
async def stranger(database: str, connection: Connection) -> AsyncIterator[Connection]:
    """A session of a role that was given nothing."""
    async with login_role(connection, "stranger") as role:
        opened = await asyncpg.connect(entered_as(database, role))
        try:
            yield opened
        finally:
            await opened.close()


async def test_a_role_without_rights_that_takes_advisory_locks_stops_nothing(
    sandbox: RunningSandbox, database: str, stranger: Connection
) -> None:
    """It takes what earlier releases waited for, and each number that it sees in pg_locks."""
    for name in OLD_NAMES:
        await stranger.execute("SELECT pg_advisory_lock(hashtext($1))", f"dcs_mirror.{name}")
        await stranger.execute(
            "SELECT pg_advisory_lock(hashtext($1), n) FROM generate_series(1, 300) AS n", f"dcs_mirror.{name}"
        )
    assert (await sync(sandbox, database)).exit_code == 0
    assert (await sync(sandbox, database)).exit_code == 0


@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN; LOCK TABLE dcs_mirror.lock IN ACCESS SHARE MODE",
        "SELECT FROM dcs_mirror.lock FOR UPDATE",
        "INSERT INTO dcs_mirror.lock (name, id) VALUES ('institution', 1)",
        "SELECT dcs_mirror.hold()",
        "BEGIN; LOCK TABLE dcs_mirror.alembic_version IN ACCESS SHARE MODE",
        "BEGIN; LOCK TABLE dcs.content_item IN ACCESS SHARE MODE",
    ],
)
async def test_a_role_without_rights_can_lock_nothing_that_the_mirror_waits_for(
    stranger: Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await stranger.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN; LOCK TABLE dcs.content_item IN SHARE MODE",
        "SELECT FROM dcs.feed_state FOR UPDATE",
        "SELECT FROM dcs.institution FOR KEY SHARE",
        "BEGIN; LOCK TABLE dcs_mirror.lock IN ACCESS SHARE MODE",
    ],
)
async def test_a_reader_can_lock_nothing_that_a_night_waits_for(
    connection: Connection, statement: str
) -> None:
    await connection.execute("SET ROLE dcs_reader")
    with pytest.raises(asyncpg.PostgresError, match=r"permission denied|not allowed"):
        await connection.execute(statement)


async def test_a_run_is_dead_once_its_session_is_though_a_stranger_holds_its_number(
    database: str, connection: Connection, stranger: Connection
) -> None:
    """The number is in pg_locks, for everybody to see, and whoever waits for it gets it in the end."""
    async with hold_run_locks(database) as runs:
        await runs.begin("sync", now=NOW)
        assert await connection.fetchval(HELD) == 1
        (number,) = [row[0] for row in await stranger.fetch(NUMBERS)]
        waiting = asyncio.create_task(stranger.execute("SELECT pg_advisory_lock($1)", number))
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        assert await connection.fetchval(HELD) == 1
    await waiting
    assert await connection.fetchval(HELD) == 0
    async with hold_run_locks(database) as runs:
        await runs.begin("sync", now=NOW)
    outcomes = await connection.fetch("SELECT outcome FROM dcs.sync_run ORDER BY run_id")
    assert [row["outcome"] for row in outcomes] == ["interrupted", None]


async def test_a_lock_of_a_session_is_one_sessions_until_it_ends_or_goes_back_to_its_pool(
    database: str, connection: Connection
) -> None:
    async with create_pool(database) as pool:
        async with pool.acquire() as holder:
            assert await locks.try_session(holder, locks.STUDENTS, 7)
            assert not await locks.try_session(connection, locks.STUDENTS, 7)
            assert await locks.try_session(connection, locks.STUDENTS, 8)
            assert await locks.try_session(connection, locks.UNIT_UPDATE, 7)
        assert await locks.try_session(connection, locks.STUDENTS, 7)


async def test_of_sessions_that_try_at_once_one_gets_the_lock(database: str) -> None:
    async with create_pool(database) as pool:
        sessions = [await pool.acquire() for _ in range(6)]
        for turn in range(20):
            got = await asyncio.gather(*(locks.try_session(s, locks.STUDENTS, turn) for s in sessions))
            assert got.count(True) == 1, turn
        for session in sessions:
            await pool.release(session)


@pytest.mark.parametrize("is_new", [False, True])
async def test_who_holds_a_lock_is_told_while_it_is_waited_for_and_in_the_error(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr(locks, "ATTEMPT_SECONDS", 0.2)
    if not is_new:
        await locks_row(connection, 3)
    async with look(database) as other, other.transaction(), connect(database) as waiting:
        await locks_row(other, 3)
        who = f"(pid {other.get_server_pid()}, since "
        with capture_logs() as logged, pytest.raises(LockNotFree) as raised:
            async with waiting.transaction():
                await locks.lock_row(waiting, locks.INSTITUTION, 3)
        assert who in str(raised.value)
        assert "institution 3" in str(raised.value)
        (told,) = logged
        assert who in told["held_by"]


async def test_who_holds_a_lock_of_a_session_is_told(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(locks, "ATTEMPT_SECONDS", 0.1)
    async with connect(database) as holder:
        await locks.lock_session(holder, locks.COURSES, 3)
        with pytest.raises(
            LockNotFree, match=rf"dcs-mirror of role \w+ \(pid {holder.get_server_pid()}, since"
        ):
            await locks.lock_session(connection, locks.COURSES, 3)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 30)
    await locks.lock_session(connection, locks.COURSES, 3)


async def test_waiting_leaves_the_transaction_and_its_lock_timeout_as_they_were(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "ATTEMPT_SECONDS", 0.1)
    await connection.execute("SET lock_timeout = '77s'")
    async with look(database) as other:
        held = other.transaction()
        await held.start()
        await locks_row(other, 3)
        async with connection.transaction():
            await connection.execute("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT 1 AS n")
            waiting = asyncio.create_task(locks.lock_row(connection, locks.INSTITUTION, 3))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await held.commit()
            await waiting
            assert await connection.fetchval("SELECT n FROM staged") == 1
            assert await connection.fetchval("SELECT current_setting('lock_timeout')") == "77s"
            async with look(database) as third, third.transaction():
                assert await third.fetchval(locks._TRY_ROW, "institution", 3) is None


def test_what_a_session_calls_itself_is_told_without_control_characters() -> None:
    session = blockers.Session(7, "a\x1b[31m", "p\nq\x07", None)
    assert str(session) == "p?q? of role a?[31m (pid 7)"
    assert blockers.described([]) == "a session that has just ended, or that this role cannot see"


async def locks_row(connection: Connection, hei_id: int) -> None:
    await connection.execute(locks._LOCK_ROW, "institution", hei_id)
