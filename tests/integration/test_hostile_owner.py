"""The owner of a registered table, or of a schema, stops no night and gains no right (R9)."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection, connect, create_pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.downstream import targets
from dcs_mirror.errors import DatabaseUnavailable, SettingsError
from dcs_mirror.reading import InstitutionReading
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.proof import prove
from dcs_mirror.reconcile.registered_columns import MOST_ENDS, ColumnMemory
from dcs_mirror.reconcile.stored import rehearse
from dcs_mirror.schema import migrate
from dcs_mirror.store import table_code
from dcs_mirror.store.held import held_rows
from dcs_mirror.store.table_code import Registered, TableCode, look
from tests.support.readings import HEI, NEXT, START, apply_reading, item, reading, start_run
from tests.support.roles import entered_as, login_role

OPTIONS = ApplyOptions(removal_guard=1.0)
NAME = "lists.reading.request_id"


@pytest.fixture
async def mirror(connection: Connection, database: str) -> AsyncIterator[str]:
    """A mirror of two items and two registered tables; its address, entered as the role that syncs."""
    await apply_reading(connection, reading({"A": [item(10, 5), item(11)]}))
    async with login_role(connection, "dcs_sync") as role:
        await connection.execute(
            f"GRANT dcs_mirror_writer TO {role}; CREATE SCHEMA lists; GRANT USAGE ON SCHEMA lists TO {role};"
            "CREATE TABLE lists.reading (n serial, request_id bigint);"
            "CREATE TABLE lists.other (n serial, request_id bigint);"
            "INSERT INTO lists.reading (request_id) VALUES (10), (11);"
            "INSERT INTO lists.other (request_id) VALUES (10), (11);"
            f"GRANT ALL ON ALL TABLES IN SCHEMA lists TO {role}"
        )
        url = entered_as(database, role)
        await register(url, "reading")
        await register(url, "other")
        yield url
        await connection.execute("DROP SCHEMA lists CASCADE")


def june() -> InstitutionReading:
    return reading({"A": [item(20, 10), item(21, 11)]}, year=NEXT, night=1)


async def register(url: str, table: str) -> None:
    async with connect(url) as session:
        await targets.add(session, f"lists.{table}", "request_id", now=START)


async def ids(connection: Connection, table: str) -> list[int]:
    return [
        row[0] for row in await connection.fetch(f"SELECT request_id::bigint FROM lists.{table} ORDER BY n")
    ]


async def test_r9_a_schema_that_is_closed_in_june_fails_its_columns_alone(
    mirror: str, connection: Connection
) -> None:
    async with connect(mirror) as session:
        role = await session.fetchval("SELECT current_user")
        await connection.execute(f"REVOKE USAGE ON SCHEMA lists FROM {role}")
        (rehearsed, _) = (await rehearse(session, HEI, now=START)).columns
        outcome = await apply_reading(session, june())
        closed, _ = await targets.listed(session)
        held, _ = await held_rows(session, HEI, [20])
    denied = "permission denied for schema lists"
    assert denied in str(rehearsed.error)
    assert (outcome.outcome, denied in str(outcome.error)) == ("partial", True)
    assert denied in closed["error"]
    assert (held.column, held.rows, denied in str(held.error)) == (NAME, None, True)
    assert (
        await connection.fetchval("SELECT count(*) FROM dcs_mirror.content_item WHERE request_id > 19") == 2
    )


async def test_r9_an_index_that_is_added_while_the_mirror_looks_waits_until_it_has_looked(
    mirror: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planner would evaluate its condition, with the mirror's rights."""
    await connection.execute(
        "CREATE FUNCTION lists.run() RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS"
        " $$ BEGIN RAISE 'run by %', session_user; END $$; SET lock_timeout = '100ms'"
    )

    async def then_add(session: Connection, column: Registered) -> TableCode:
        found = await look(session, column)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await connection.execute(f"CREATE INDEX ON lists.{column.table_name} (n) WHERE lists.run()")
        return found

    monkeypatch.setattr(table_code, "look", then_add)
    async with create_pool(mirror) as pool:
        assert not any((await prove(RetryingPool(pool), None, now=START)).values())


async def test_r9_a_trigger_that_ends_sessions_fails_its_column_and_not_the_night(
    mirror: str, connection: Connection
) -> None:
    """The trigger was seen; what its function calls is not watched."""
    await connection.execute(
        "CREATE FUNCTION lists.helper() RETURNS void LANGUAGE sql AS 'SELECT';"
        "CREATE FUNCTION lists.react() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM lists.helper(); RETURN new; END $$;"
        "CREATE TRIGGER t BEFORE UPDATE ON lists.reading FOR EACH ROW EXECUTE FUNCTION lists.react()"
    )
    await register(mirror, "reading")
    await connection.execute(
        "CREATE OR REPLACE FUNCTION lists.helper() RETURNS void LANGUAGE sql AS"
        " 'SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())'"
    )
    run_id, rolled_over = await start_run(connection, START), june()
    async with create_pool(mirror) as pool:
        database, memory = RetryingPool(pool), ColumnMemory()
        outcome = await database(
            lambda session: apply(
                session, rolled_over, run_id=run_id, options=OPTIONS, now=START, memory=memory
            )
        )
        told = await prove(database, None, now=START, memory=ColumnMemory())
    assert (outcome.outcome, NAME in str(outcome.error)) == ("partial", True)
    assert f"session ended {MOST_ENDS} times" in str(outcome.error)
    assert list(told[HEI]) == [NAME]
    assert f"session ended {MOST_ENDS} times" in told[HEI][NAME]
    assert (await ids(connection, "reading"), await ids(connection, "other")) == ([10, 11], [20, 21])


async def test_r9_a_long_error_of_a_trigger_is_cut(mirror: str, connection: Connection) -> None:
    await connection.execute(
        "CREATE FUNCTION lists.react() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '%', repeat('x', 1000000); END $$;"
        "CREATE TRIGGER t BEFORE UPDATE ON lists.reading FOR EACH ROW EXECUTE FUNCTION lists.react()"
    )
    await register(mirror, "reading")
    async with connect(mirror) as session:
        assert 1000 < len((await apply_reading(session, june())).error or "") < 2000


async def test_r9_a_number_that_rounds_ids_is_refused(mirror: str, connection: Connection) -> None:
    await connection.execute("ALTER TABLE lists.reading ALTER request_id TYPE numeric(12,-1)")
    with pytest.raises(SettingsError, match=r"its type is numeric\(12,-1\)"):
        await register(mirror, "reading")
    async with connect(mirror) as session:
        assert "numeric(12,-1)" in str((await apply_reading(session, june())).error)
    assert await ids(connection, "reading") == [10, 10]


PLANTED = {
    "a schema": "CREATE SCHEMA dcs_mirror",
    "the schema of views": "CREATE SCHEMA dcs",
    "a table with a trigger": "CREATE SCHEMA dcs_mirror;"
    "CREATE TABLE dcs_mirror.alembic_version (version_num varchar(32) PRIMARY KEY);"
    "CREATE FUNCTION dcs_mirror.ran() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM nextval('public.ran'); RETURN new; END $$;"
    "CREATE TRIGGER t BEFORE INSERT ON dcs_mirror.alembic_version EXECUTE FUNCTION dcs_mirror.ran()",
    "a view": "CREATE SCHEMA dcs_mirror;"
    "CREATE VIEW dcs_mirror.alembic_version AS SELECT nextval('public.ran')::text AS version_num",
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
async def test_a_schema_that_somebody_else_made_first_is_refused_and_nothing_in_it_is_run(
    empty_database: str, planted: str
) -> None:
    admin = await asyncpg.connect(empty_database)
    database = await admin.fetchval("SELECT quote_ident(current_database())")
    await admin.execute("CREATE SEQUENCE public.ran; GRANT ALL ON public.ran TO PUBLIC")
    async with (
        login_role(admin, "dcs_owner", "SUPERUSER" if "TRIGGER" in planted else "") as owner,
        login_role(admin, "dcs_stranger") as stranger,
    ):
        await admin.execute(f"GRANT CREATE ON DATABASE {database} TO {owner}, {stranger}")
        session = await asyncpg.connect(entered_as(empty_database, stranger))
        await session.execute(planted)
        for schema in await session.fetch("SELECT nspname FROM pg_namespace WHERE nspname ~ '^dcs'"):
            await session.execute(
                f"GRANT ALL ON SCHEMA {schema[0]} TO PUBLIC;"
                f"GRANT ALL ON ALL TABLES IN SCHEMA {schema[0]} TO PUBLIC"
            )
        await session.close()
        with pytest.raises(DatabaseUnavailable, match=rf"ALTER SCHEMA dcs\w* OWNER TO {owner}"):
            await migrate.migrate(entered_as(empty_database, owner))
        assert not await admin.fetchval("SELECT is_called FROM public.ran")
        await admin.execute(f"DROP OWNED BY {stranger} CASCADE")
        await migrate.migrate(entered_as(empty_database, owner))
        await admin.execute("DROP SCHEMA dcs, dcs_mirror CASCADE")
    await admin.close()


async def test_a_schema_that_an_administrator_made_is_taken(empty_database: str) -> None:
    admin = await asyncpg.connect(empty_database)
    async with login_role(admin, "dcs_owner") as owner:
        database = await admin.fetchval("SELECT quote_ident(current_database())")
        await admin.execute(
            f"CREATE SCHEMA dcs_mirror; GRANT ALL ON SCHEMA dcs_mirror TO {owner};"
            f"GRANT CREATE ON DATABASE {database} TO {owner}"
        )
        await migrate.migrate(entered_as(empty_database, owner))
        assert await admin.fetchval("SELECT count(*) FROM dcs.institution") == 0
        await admin.execute("DROP SCHEMA dcs, dcs_mirror CASCADE")
    await admin.close()
