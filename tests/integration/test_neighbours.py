"""A role without rights in the mirror's database cannot stop a night with what every role may do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from dcs_mirror.database import connections
from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import command_line
from tests.support.control import control
from tests.support.roles import entered_as, login_role

LOCKABLE = """
SELECT DISTINCT format('%I.%I', n.nspname, c.relname)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN aclexplode(c.relacl) AS a
WHERE a.grantee = 0 AND a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE') AND c.relkind IN ('r', 'p', 'v')
"""
FALSE = """
SELECT pg_notify('dcs_asked', 'x'), pg_notify('dcs_queue', 'x'), pg_notify('dcs_queue', json_build_object(
    'channel', 'dcs_queue', 'sent_at', now(), 'type', 'cancellation_event',
    'ids', (SELECT json_agg(n) FROM generate_series(1, 500) AS n))::text)
"""


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=2, items=3), seed=3)) as running:
        yield running


async def test_locks_that_every_role_may_take_hold_up_nothing(
    sandbox: RunningSandbox, database: str, connection: Connection, tmp_path: Path
) -> None:
    dcs_mirror = command_line(tmp_path, sandbox, database)
    hei = (await control(sandbox, "state"))["institutions"][0]["id"]
    assert (await dcs_mirror.but(DCS_NOW="2026-05-20")("sync")).code == 0
    await connection.execute(
        "CREATE TABLE reading (request_id bigint);"
        "INSERT INTO reading SELECT request_id FROM dcs_mirror.content_item"
    )
    assert (await dcs_mirror("targets", "add", "reading", "request_id", "--hei", str(hei))).code == 0
    async with login_role(connection, "dcs_stranger") as role:
        stranger = await asyncpg.connect(entered_as(database, role))
        lockable = [row[0] for row in await stranger.fetch(LOCKABLE)]
        assert "pg_catalog.pg_settings" in lockable
        await stranger.execute("BEGIN; LOCK TABLE " + ", ".join(lockable) + " IN ACCESS EXCLUSIVE MODE")
        await control(sandbox, "rollover", hei=hei)
        june = dcs_mirror.but(DCS_NOW="2026-06-20")
        async with asyncio.timeout(60):
            for command in (("sync",), ("rehearse-rollover", str(hei)), ("doctor",), ("targets", "list")):
                assert (await june(*command)).code == 0
        await stranger.close()


async def test_a_sync_waits_for_a_connection_that_others_have_taken_and_needs_two(
    sandbox: RunningSandbox, own_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate.migrate(own_server.url())
    admin = await asyncpg.connect(own_server.url())
    await admin.execute("ALTER SYSTEM SET max_connections = 12")
    await admin.close()
    await asyncio.to_thread(own_server.stop)
    await asyncio.to_thread(own_server.start)
    admin = await asyncpg.connect(own_server.url())
    async with login_role(admin, "dcs_sync") as role, login_role(admin, "dcs_stranger") as other:
        await admin.execute(f"GRANT dcs_mirror_writer TO {role}")
        url = entered_as(own_server.url(), role)
        taken = await _take_all(entered_as(own_server.url(), other))
        dcs_mirror = command_line(tmp_path, sandbox, url)
        looked = await dcs_mirror("status")
        assert looked.code == 4
        assert "others take all connections of the server: keep some for the mirror's role" in looked.err
        waiting = asyncio.create_task(dcs_mirror("sync"))
        assert not (await asyncio.wait([waiting], timeout=1.0))[0]
        for session in taken[:2]:
            await session.close()
        finished = await waiting
        assert (finished.code, "outcome=complete" in finished.err) == (0, True)
        assert "waiting for a connection to PostgreSQL" in finished.err
        monkeypatch.setattr(connections, "FREE_SECONDS", 0.0)
        taken = taken[2:] + await _take_all(entered_as(own_server.url(), other))
        with pytest.raises(DatabaseUnavailable, match="keep some for the mirror's role"):
            async with connections.create_pool(url):
                pass
        for session in taken:
            await session.close()
    await admin.close()


async def _take_all(url: str) -> list[Connection]:
    """Open sessions until the server has no more for this role."""
    taken: list[Connection] = []
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            taken.append(await asyncpg.connect(url))
    return taken


async def test_a_full_queue_of_notifications_does_not_fail_the_night(
    sandbox: RunningSandbox, own_server: EmbeddedServer, tmp_path: Path
) -> None:
    await migrate.migrate(own_server.url())
    await asyncio.to_thread(own_server.stop)
    with (own_server._cluster / "postgresql.auto.conf").open("a") as settings:
        settings.write("max_notify_queue_pages = 64\n")
    await asyncio.to_thread(own_server.start)
    stranger, listener = [await asyncpg.connect(own_server.url()) for _ in range(2)]
    await listener.execute("LISTEN noise")
    await listener.execute("BEGIN")
    with pytest.raises(asyncpg.ProgramLimitExceededError, match="NOTIFY queue"):
        await _fill_queue(stranger)
    finished = await command_line(tmp_path, sandbox, own_server.url())("sync")
    assert (finished.code, "outcome=complete" in finished.err) == (0, True)
    dcs_mirror = command_line(tmp_path, sandbox, own_server.url())
    assert (await dcs_mirror("enqueue", "sync")).code == 0
    hei = await stranger.fetchval("SELECT min(hei_id) FROM dcs.institution")
    await stranger.fetchval("SELECT dcs.request_refresh($1)", hei)
    worker = await dcs_mirror("worker", "--once")
    assert (worker.code, "kind=sync outcome=complete" in worker.err) == (0, True)
    asked = await stranger.fetch("SELECT outcome FROM dcs.refresh_request")
    assert [row["outcome"] for row in asked] == ["complete"]
    with pytest.raises(asyncpg.ProgramLimitExceededError):
        await stranger.execute("SELECT pg_notify('noise', repeat('x', 7000)) FROM generate_series(1, 40)")
    await stranger.close()
    await listener.close()


async def test_false_notifications_cancel_no_job_of_a_worker(
    sandbox: RunningSandbox, database: str, connection: Connection, tmp_path: Path
) -> None:
    """Every role may send them, also those that the queue's own programs send each other."""
    dcs_mirror = command_line(tmp_path, sandbox, database)
    assert (await dcs_mirror("enqueue", "sync")).code == 0
    async with login_role(connection, "dcs_stranger") as role:
        stranger = await asyncpg.connect(entered_as(database, role))
        worker = asyncio.create_task(dcs_mirror("worker", "--once"))
        while not worker.done():
            await stranger.execute(FALSE)
        await stranger.close()
        assert worker.result().code == 0
    runs = await connection.fetch("SELECT outcome FROM dcs.sync_run")
    assert [row["outcome"] for row in runs] == ["complete"]
    canceled = "SELECT count(*) FROM dcs_queue.pgqueuer_log WHERE status IN ('canceled', 'exception')"
    assert await connection.fetchval(canceled) == 0


async def _fill_queue(connection: Connection) -> None:
    """Notify until the server refuses."""
    noise = "SELECT pg_notify('noise', n || repeat('x', 7000)) FROM generate_series(1, 4) AS n"
    while True:
        await connection.execute(noise)
