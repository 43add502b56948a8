"""The schema of the workers' queue: nobody else's code runs in it, and it is made again if it is gone."""

from collections.abc import AsyncIterator

import pytest

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.doctor.database import check
from dcs_mirror.errors import DatabaseUnavailable, SchemaMismatch
from dcs_mirror.jobs import queue, waiting
from dcs_mirror.jobs.dispatch import dispatch
from dcs_mirror.schema import migrate
from dcs_mirror.settings import Settings
from tests.integration.workers.test_fleet import START
from tests.support.readings import HEI, apply_reading, item, reading
from tests.support.roles import login_role
from tests.support.sessions import look, on

QUEUED = "SELECT count(*) FROM dcs_queue.pgqueuer"
COUNT = "SELECT count(*) FROM pg_class WHERE relnamespace = 'dcs_queue'::regnamespace"


@pytest.fixture
async def stranger(connection: Connection) -> AsyncIterator[str]:
    async with login_role(connection, "dcs_stranger") as role:
        yield role


@pytest.mark.parametrize(
    "taken",
    [
        "ALTER SCHEMA dcs_queue OWNER TO {}",
        "ALTER TABLE dcs_queue.pgqueuer OWNER TO {}",
        "ALTER TABLE dcs_queue.pgqueuer_log OWNER TO {}",
        "ALTER FUNCTION dcs_queue.fn_pgqueuer_changed() OWNER TO {}",
        "ALTER TYPE dcs_queue.pgqueuer_status OWNER TO {}",
        "CREATE VIEW dcs_queue.more AS SELECT 1 AS n; ALTER VIEW dcs_queue.more OWNER TO {}",
    ],
)
async def test_a_queue_of_another_role_is_refused_until_it_is_made_again(
    connection: Connection, database: str, stranger: str, taken: str
) -> None:
    await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
    await connection.execute(taken.format(stranger))
    with pytest.raises(
        DatabaseUnavailable, match=rf"another role \({stranger}\).*DROP SCHEMA dcs_queue CASCADE"
    ):
        async with migrate.connect_to_mirror(database):
            pass
    with pytest.raises(DatabaseUnavailable, match="belongs to another role"):
        await migrate.migrate(database)
    found = await check(Settings.model_validate({"database_url": database}))
    (schema,) = [finding for finding in found if finding.check == "schema"]
    assert (schema.level, "DROP SCHEMA dcs_queue" in str(schema.todo)) == ("problem", True)
    await connection.execute("DROP SCHEMA dcs_queue CASCADE")
    await migrate.migrate(database)
    await dispatch(connection, "15 2 * * *", now=START)
    assert await connection.fetchval(QUEUED) == 1, "what waits is not lost"


async def test_who_may_become_the_mirrors_owner_may_own_the_queue(
    connection: Connection, database: str, stranger: str
) -> None:
    """An owner that is a group: one of its members ran the migration that made the queue."""
    owner = await connection.fetchval(
        "SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class"
        " WHERE oid = 'dcs_mirror.alembic_version'::regclass"
    )
    await connection.execute(f"GRANT {owner} TO {stranger}; ALTER SCHEMA dcs_queue OWNER TO {stranger}")
    async with migrate.connect_to_mirror(database):
        pass


@pytest.mark.parametrize("is_upgrade", [False, True])
async def test_no_migration_makes_the_queue_in_a_schema_of_another_role(
    empty_database: str, is_upgrade: bool
) -> None:
    if is_upgrade:
        await migrate.migrate(empty_database)
        await migrate.run_in_transaction(empty_database, lambda session: migrate.downgrade(session, "0009"))
    async with look(empty_database) as admin, login_role(admin, "dcs_stranger") as role:
        await admin.execute(
            f"DROP SCHEMA IF EXISTS dcs_queue CASCADE; CREATE SCHEMA dcs_queue AUTHORIZATION {role}"
        )
        with pytest.raises(DatabaseUnavailable, match="belongs to another role"):
            await migrate.migrate(empty_database)
        assert await admin.fetchval(COUNT) == 0


@pytest.mark.parametrize(
    "gone", ["SCHEMA dcs_queue", "TABLE dcs_queue.pgqueuer", "TABLE dcs_queue.pgqueuer_log"]
)
async def test_migrate_makes_a_queue_again_that_a_backup_lacked(
    connection: Connection, database: str, gone: str
) -> None:
    await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
    was = await connection.fetchval(COUNT)
    await connection.execute(f"DROP {gone} CASCADE")
    if gone != "TABLE dcs_queue.pgqueuer_log":
        with pytest.raises(SchemaMismatch, match="Run `dcs-mirror migrate`"):
            await queue.enqueue_sync(connection, queue.SyncOptions(resume=True), now=START)
        found = await check(Settings.model_validate({"database_url": database}))
        assert any("queue is missing" in finding.found for finding in found)
    assert await migrate.migrate(database) is False
    assert await connection.fetchval(COUNT) == was
    await dispatch(connection, "15 2 * * *", now=START)
    assert await connection.fetchval(QUEUED) == 1
    assert await connection.fetchval(
        "SELECT has_table_privilege('dcs_mirror_writer', 'dcs_queue.pgqueuer', 'INSERT')"
    )


async def test_a_refresh_that_is_dropped_before_it_began_is_not_done(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(1)]}))
    for course in (None, "A"):
        await connection.execute("SELECT dcs.request_refresh($1, $2)", HEI, course)
    await dispatch(connection, "15 2 * * *", now=START)
    first, second = await queue.open_jobs(connection)
    await queue.drop(connection, first.job_id, now=START)
    await dispatch(connection, "15 2 * * *", now=START)
    assert [job.job_id for job in await queue.open_jobs(connection)] == [second.job_id]
    rows = await connection.fetch("SELECT * FROM dcs.refresh_request ORDER BY outcome")
    assert [(row["outcome"], row["error"]) for row in rows] == [("failed", "dropped by hand"), (None, None)]
    assert rows[0]["started_at"] is None


async def test_dropping_a_failed_refresh_leaves_what_was_asked_for_since(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(1)]}))
    await connection.execute("SELECT dcs.request_refresh($1)", HEI)
    failed = await connection.fetchval(
        "INSERT INTO dcs_mirror.job (kind, hei_id, state, enqueued_at, finished_at)"
        " VALUES ('refresh', $1, 'failed', now(), now()) RETURNING job_id",
        HEI,
    )
    await queue.drop(connection, failed, now=START)
    assert await connection.fetchval("SELECT finished_at IS NULL FROM dcs.refresh_request")


async def test_two_transactions_of_a_role_ask_for_no_more_than_one_may(
    connection: Connection, database: str
) -> None:
    await apply_reading(connection, reading({"A": [item(1)]}))
    ask = f"SELECT dcs.request_refresh({HEI}, 'c' || g) FROM generate_series(1, 600) AS g"
    async with connect(database) as second:
        await second.execute("SET lock_timeout = '200ms'")
        async with connection.transaction():
            await connection.execute(ask)
            with pytest.raises(Exception, match="lock timeout"):
                await second.execute(ask)
        with pytest.raises(Exception, match="which is the most"):
            await second.execute(ask)
    assert await connection.fetchval("SELECT count(*) FROM dcs.refresh_request") == 600


async def test_waiting_for_what_was_purged_or_pruned_says_that_it_was_dropped(connection: Connection) -> None:
    job_id = await queue.enqueue_sync(connection, queue.SyncOptions(), now=START)
    await connection.execute("DELETE FROM dcs_mirror.job")
    (ended,) = await waiting.wait_for_jobs(on(connection), [job_id])
    assert (ended.job_id, ended.state, ended.error) == (job_id, "failed", "it was dropped")
    assert str((await waiting.report_of(on(connection), ended)).error) == "it was dropped"
    gone = waiting.Ended(job_id, 999, "done", None, None, None)
    assert str((await waiting.report_of(on(connection), gone)).error) == "it was dropped"
    with pytest.raises(waiting.Told, match="it was dropped"):
        await waiting.reconciled(on(connection), [job_id])
