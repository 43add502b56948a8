"""A database that restarts, goes away, refuses or runs full while a sync is under way."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import asyncpg
import pytest
from structlog.testing import capture_logs

import dcs_mirror.sync.run
from dcs_mirror.cli.report import summary
from dcs_mirror.database import connections, retry
from dcs_mirror.database.connections import POOL_SIZE, Connection, create_pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.reading import InstitutionReading
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.reconcile.registered_columns import ColumnMemory
from dcs_mirror.sandbox import RunningSandbox, Sizes
from dcs_mirror.schema import migrate
from tests.support.command import command_line
from tests.support.control import control
from tests.support.faulty import FaultySandbox, Hold
from tests.support.running import sync
from tests.support.sandboxes import front_of_sandbox, sandbox_of
from tests.support.sessions import END_SESSIONS, PATIENCE, all_gone, all_idle, landed, look, waits_for
from tests.support.walk import assert_feed_replays, assert_views_equal

HOLD_FEED = "SELECT FROM dcs_mirror.lock WHERE name = 'change' FOR UPDATE"
HOLD_INSTITUTION = """
INSERT INTO dcs_mirror.lock AS l (name, id) VALUES ('institution', $1)
ON CONFLICT (name, id) DO UPDATE SET held_by = l.held_by WHERE false
"""
RUN_LOCKS = """
SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.query LIKE '%dcs_mirror.hold()%'
  AND a.datname = current_database()
"""


sandbox = sandbox_of(Sizes(institutions=3, courses=4, items=3), seed=19)
upstream = front_of_sandbox()


@pytest.fixture
async def hei_ids(sandbox: RunningSandbox) -> list[int]:
    return [institution["id"] for institution in (await control(sandbox, "state"))["institutions"]]


async def assert_mirrored(connection: Connection, sandbox: RunningSandbox | FaultySandbox) -> None:
    await assert_views_equal(connection, await control(sandbox, "state"))
    await assert_feed_replays(connection)


async def test_r8_sessions_that_are_ended_in_mid_apply_cost_nothing(
    upstream: FaultySandbox, hei_ids: list[int], database: str, connection: Connection
) -> None:
    """R8: what was under way is applied again, and the run is seen to be under way again."""
    late = Hold(f"GetCourses?hei={hei_ids[2]}")
    upstream.holds.append(late)
    running = asyncio.ensure_future(sync(upstream, database))
    async with look(database) as other, other.transaction():
        await other.execute(HOLD_FEED)
        await waits_for(connection, other)
        await connection.execute(END_SESSIONS)
    await landed(connection, 2)
    assert await connection.fetchval(RUN_LOCKS) == 1
    late.released.set()
    report = await running
    assert (report.outcome, report.exit_code) == ("complete", 0)
    assert all(outcome.added == outcome.content_items for outcome in report.institutions)
    assert await connection.fetchval("SELECT array_agg(outcome) FROM dcs.sync_run") == ["complete"]
    await assert_mirrored(connection, upstream)
    await all_gone(connection)


async def test_a_server_that_restarts_in_mid_run_is_waited_for(
    tmp_path: Path, upstream: FaultySandbox, hei_ids: list[int], own_server: EmbeddedServer
) -> None:
    late = Hold(f"GetCourses?hei={hei_ids[2]}")
    upstream.holds.append(late)
    url = own_server.url()
    await migrate.migrate(url)
    process = await command_line(tmp_path, upstream, url).start("sync")
    async with look(url) as connection:
        await landed(connection, 2)
    await asyncio.to_thread(own_server.stop)
    late.released.set()
    assert process.stderr is not None
    async for line in process.stderr:
        if b"trying again" in line:
            break
    await asyncio.to_thread(own_server.start)
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert b"complete: 3 of 3" in out
    async with look(own_server.url()) as connection:
        await assert_mirrored(connection, upstream)
        assert await connection.fetchval("SELECT outcome FROM dcs.sync_run") == "complete"


TOLD_TO_END = b"SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"


async def test_an_idle_session_that_is_told_to_end_and_used_before_it_does_costs_one_attempt(
    database: str,
) -> None:
    """A shutting down server says so to every session first, and cuts the connection afterwards."""
    attempts = []

    async def work(connection: Connection) -> None:
        attempts.append(connection)
        if len(attempts) == 1:
            told = b"E" + (len(TOLD_TO_END) + 4).to_bytes(4) + TOLD_TO_END
            connection._con._protocol.data_received(told)  # type: ignore[union-attr]  # not in the stubs
        await connection.execute("SELECT")

    async with create_pool(database) as pool:
        with capture_logs() as logs:
            await RetryingPool(pool)(work)
    assert len(attempts) == 2
    (told,) = [entry for entry in logs if entry["event"] == "PostgreSQL: trying again"]
    assert told["because"] == "the server ended the session"


async def test_an_outage_is_told_a_handful_of_times_however_much_work_it_fails(
    own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And as soon as the server is back the work is done."""
    monkeypatch.setattr(retry, "RETRY_SECONDS", 60)
    monkeypatch.setattr(retry, "TELL_SECONDS", 1)
    tried = []

    async def work(connection: Connection) -> None:
        tried.append(await connection.fetchval("SELECT 1"))

    async with create_pool(own_server.url()) as pool:
        database = RetryingPool(pool)
        await asyncio.to_thread(own_server.stop)
        with capture_logs() as logs:
            working = [asyncio.ensure_future(database(work)) for _ in range(60)]
            await asyncio.sleep(3)
            assert not tried
            await asyncio.to_thread(own_server.start)
            await asyncio.gather(*working)
    assert len(tried) == 60
    warnings = [entry for entry in logs if entry["event"] == "PostgreSQL: trying again"]
    assert 2 <= len(warnings) <= 8
    assert sum(entry.get("also_failed", 0) for entry in warnings) > 60


async def test_a_server_that_stays_away_ends_the_run_and_what_landed_stays(
    upstream: FaultySandbox,
    hei_ids: list[int],
    own_server: EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Exit 4, and the driver tells nothing on its own; the next run marks this one, and can resume it."""
    monkeypatch.setattr(retry, "RETRY_SECONDS", 0.3)
    late = Hold(f"GetCourses?hei={hei_ids[2]}")
    upstream.holds.append(late)
    url = own_server.url()
    await migrate.migrate(url)
    running = asyncio.ensure_future(sync(upstream, url))
    async with look(url) as connection:
        await landed(connection, 2)
        await all_idle(connection)  # the run knows it, too
    await asyncio.to_thread(own_server.stop)
    late.released.set()
    report = await running
    assert (report.outcome, report.exit_code, len(report.institutions)) == ("partial", 4, 2)
    assert summary(report).startswith("partial: 2 institutions applied, then the run ended\n")
    assert "PostgreSQL at" in str(report.error)
    assert [record.message for record in caplog.records if record.name.startswith("asyncpg")] == []
    await asyncio.to_thread(own_server.start)
    async with look(own_server.url()) as connection:
        assert await connection.fetchval("SELECT count(*) FROM dcs.institution") == 2
        report = await sync(upstream, own_server.url(), resume=True)
        assert [outcome.hei_id for outcome in report.institutions] == [hei_ids[2]]
        assert [
            row[0] for row in await connection.fetch("SELECT outcome FROM dcs.sync_run ORDER BY run_id")
        ] == [
            "interrupted",
            "complete",
        ]
        await assert_mirrored(connection, upstream)


async def test_r8_a_commit_whose_answer_is_lost_counts_once(
    sandbox: RunningSandbox, database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R8: it is repeated, finds everything done, and the outcome that was recorded first stands."""
    lost: set[int] = set()

    async def unlucky(
        connection: Connection,
        reading: InstitutionReading,
        *,
        run_id: int,
        options: ApplyOptions,
        now: datetime,
        unproven: Mapping[str, str] | None,
        memory: ColumnMemory,
    ) -> InstitutionOutcome:
        outcome = await apply(
            connection, reading, run_id=run_id, options=options, now=now, unproven=unproven, memory=memory
        )
        if reading.hei_id not in lost:
            lost.add(reading.hei_id)
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return outcome

    monkeypatch.setattr(dcs_mirror.sync.run, "apply", unlucky)
    report = await sync(sandbox, database)
    assert (report.outcome, len(lost)) == ("complete", 3)
    assert all(outcome.added == outcome.content_items != 0 for outcome in report.institutions)
    await assert_mirrored(connection, sandbox)


REFUSE = """
CREATE SEQUENCE public.attempts;
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.hei_id = {hei_id} AND nextval('public.attempts') <= {times} THEN
        RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{sqlstate}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON dcs_mirror.{table} FOR EACH ROW EXECUTE FUNCTION public.refuse();
"""
ALWAYS = 1_000_000


@pytest.mark.parametrize(
    ("sqlstate", "told"),
    [("53100", "free space on the disk"), ("53200", "lacks memory"), ("53400", "could not extend file")],
)
async def test_c2_a_server_without_room_fails_the_institution_and_says_why(
    sandbox: RunningSandbox,
    hei_ids: list[int],
    database: str,
    connection: Connection,
    sqlstate: str,
    told: str,
) -> None:
    """C2: the others land, nothing of this one does, and the next run mends it."""
    refuse = REFUSE.format(hei_id=hei_ids[1], times=ALWAYS, sqlstate=sqlstate, table="content_item")
    await connection.execute(refuse)
    report = await sync(sandbox, database)
    assert (report.outcome, report.exit_code) == ("partial", 1)
    failed = {o.hei_id: o.error for o in report.institutions if o.outcome == "failed"}
    assert failed.keys() == {hei_ids[1]}
    assert told in (failed[hei_ids[1]] or "")
    assert await connection.fetchval("SELECT count(*) FROM dcs.course WHERE hei_id = $1", hei_ids[1]) == 0
    assert await connection.fetchval("SELECT count(*) FROM dcs.institution") == 2
    await connection.execute("DROP TRIGGER refuse ON dcs_mirror.content_item")
    assert (await sync(sandbox, database)).exit_code == 0
    await assert_mirrored(connection, sandbox)


async def test_c2_a_disk_without_room_for_the_outcome_either_does_not_end_the_run(
    sandbox: RunningSandbox, hei_ids: list[int], database: str, connection: Connection
) -> None:
    """C2."""
    refuse = REFUSE.format(hei_id=hei_ids[0], times=ALWAYS, sqlstate="53100", table="sync_outcome")
    await connection.execute(refuse)
    report = await sync(sandbox, database)
    assert report.exit_code == 1
    assert {o.hei_id: o.outcome for o in report.institutions} == {
        hei_ids[0]: "failed",
        hei_ids[1]: "complete",
        hei_ids[2]: "complete",
    }
    assert (
        await connection.fetchval("SELECT array_agg(hei_id ORDER BY hei_id) FROM dcs.institution")
        == hei_ids[1:]
    )


@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "57P01", "25006"])
async def test_a_transaction_that_the_server_gives_up_is_done_again(
    sandbox: RunningSandbox, hei_ids: list[int], database: str, connection: Connection, sqlstate: str
) -> None:
    """A deadlock, a conflict, a shutdown, a standby: the next attempt may do better."""
    refuse = REFUSE.format(hei_id=hei_ids[1], times=1, sqlstate=sqlstate, table="course")
    await connection.execute(refuse)
    report = await sync(sandbox, database)
    assert (report.outcome, report.exit_code) == ("complete", 0)
    await assert_mirrored(connection, sandbox)


@pytest.mark.parametrize(
    ("setting", "told"),
    [("statement_timeout", "statement_timeout that is set"), ("lock_timeout", "lock_timeout that is set")],
)
async def test_c2_a_time_out_of_the_server_fails_the_institution_and_says_which(
    sandbox: RunningSandbox,
    hei_ids: list[int],
    database: str,
    connection: Connection,
    setting: str,
    told: str,
) -> None:
    """C2: the administrator limits statements, and somebody else holds one institution."""
    await connection.execute(f"ALTER DATABASE {urlsplit(database).path[1:]} SET {setting} = '2s'")
    async with look(database) as other, other.transaction():
        await other.execute(HOLD_INSTITUTION, hei_ids[0])
        report = await sync(sandbox, database)
    assert (report.outcome, report.exit_code) == ("partial", 1)
    assert {o.hei_id for o in report.institutions if o.outcome == "complete"} == set(hei_ids[1:])
    (failed,) = [o.error or "" for o in report.institutions if o.outcome == "failed"]
    assert told in failed
    assert (await sync(sandbox, database)).exit_code == 0
    await assert_mirrored(connection, sandbox)


async def test_the_pool_is_whole_after_its_work_was_cancelled(database: str, connection: Connection) -> None:
    """Every connection can be had again, none is in a transaction, and none stays when the pool is left."""
    async with create_pool(database) as pool:
        database_work = RetryingPool(pool)

        async def wait(connection: Connection) -> None:
            async with connection.transaction():
                await connection.execute(HOLD_FEED)

        async with look(database) as other, other.transaction():
            await other.execute(HOLD_FEED)
            async with anyio.create_task_group() as group:
                for _ in range(POOL_SIZE):
                    group.start_soon(database_work, wait)
                await waits_for(connection, other)
                group.cancel_scope.cancel()

        held = [await pool.acquire(timeout=PATIENCE) for _ in range(POOL_SIZE)]
        assert all([await each.fetchval("SELECT true") and not each.is_in_transaction() for each in held])
        for each in held:
            await pool.release(each)
        assert pool.get_size() == pool.get_idle_size() == POOL_SIZE
    await all_gone(connection)


async def test_a_server_that_cannot_watch_its_clients_is_worked_on_all_the_same(
    sandbox: RunningSandbox, database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server on such a system refuses the setting as this one refuses a value out of range."""
    monkeypatch.setitem(connections._LIVENESS, "client_connection_check_interval", "-1")
    assert (await sync(sandbox, database)).outcome == "complete"
