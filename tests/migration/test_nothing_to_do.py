"""`dcs-mirror migrate` beside others: no DDL if nothing differs, no reader waits, and who is in the way."""

import asyncio
import os
from dataclasses import astuple
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.schema import migrate
from dcs_mirror.schema.role_names import RoleNames, recorded
from tests.support.command import command_line
from tests.support.roles import entered_as, login_role
from tests.support.sessions import look

VERSIONS = """
SELECT array_agg(v ORDER BY v) FROM (
    SELECT format('%s %s %s', c.relname, c.xmin, c.relacl) AS v FROM pg_class AS c
    WHERE c.relnamespace IN ('dcs'::regnamespace, 'dcs_mirror'::regnamespace)
    UNION ALL SELECT format('%s %s', p.proname, p.xmin) FROM pg_proc AS p
    WHERE p.pronamespace = 'dcs'::regnamespace
    UNION ALL SELECT format('%s %s', a.unit, a.xmin) FROM dcs_mirror.applied AS a) AS versions
"""
OPEN_READER = "BEGIN; SELECT count(*) FROM dcs.content_item; SELECT count(*) FROM dcs_mirror.sync_run"


async def test_with_nothing_to_do_nothing_is_written_and_a_reader_is_not_waited_for(
    database: str, connection: Connection
) -> None:
    before = await connection.fetchval(VERSIONS)
    async with look(database) as reader:
        await reader.execute(OPEN_READER)
        async with asyncio.timeout(30):
            assert await migrate.migrate(database) is False
    assert await connection.fetchval(VERSIONS) == before


async def test_with_nothing_to_do_no_right_to_create_anything_is_needed(
    database: str, connection: Connection, tmp_path: Path
) -> None:
    async with login_role(connection, "dcs_sync") as role:
        name = await connection.fetchval("SELECT quote_ident(current_database())")
        await connection.execute(f"REVOKE CREATE ON DATABASE {name} FROM PUBLIC, {role}")
        await connection.execute(f"GRANT dcs_mirror_writer TO {role}")
        finished = await command_line(tmp_path, database=entered_as(database, role))("migrate")
        assert (finished.code, "already up to date" in finished.err) == (0, True), finished


@pytest.mark.parametrize(
    ("by_hand", "named", "is_mended"),
    [
        (
            "DROP VIEW dcs.status_change",
            "dcs.status_change",
            "SELECT count(*) = 0 FROM dcs.status_change",
        ),
        (
            "ALTER VIEW dcs.rollover SET (security_invoker = true)",
            "dcs.rollover",
            "SELECT reloptions IS NULL FROM pg_class WHERE oid = 'dcs.rollover'::regclass",
        ),
        (
            "DROP FUNCTION dcs.current_request_id",
            "dcs.current_request_id(",
            "SELECT dcs.current_request_id(1) IS NULL",
        ),
        (
            "COMMENT ON VIEW dcs.course IS 'mine'",
            "dcs.course",
            "SELECT obj_description('dcs.course'::regclass) <> 'mine'",
        ),
        (
            "REVOKE ALL ON dcs.course FROM dcs_reader",
            "SELECT on dcs.course",
            "SELECT has_table_privilege('dcs_reader', 'dcs.course', 'SELECT')",
        ),
        (
            "REVOKE UPDATE ON dcs_mirror.lock FROM dcs_mirror_writer",
            "UPDATE on dcs_mirror.lock",
            "SELECT has_table_privilege('dcs_mirror_writer', 'dcs_mirror.lock', 'UPDATE')",
        ),
        (
            "REVOKE USAGE ON SCHEMA dcs FROM dcs_reader",
            "USAGE on dcs",
            "SELECT has_schema_privilege('dcs_reader', 'dcs', 'USAGE')",
        ),
    ],
)
async def test_what_a_hand_changed_is_put_back_and_named(
    database: str, connection: Connection, by_hand: str, named: str, is_mended: str
) -> None:
    await connection.execute(by_hand)
    with capture_logs() as logged:
        assert await migrate.migrate(database) is False
    assert named in logged[0]["what"]
    assert await connection.fetchval(is_mended)
    before = await connection.fetchval(VERSIONS)
    await migrate.migrate(database)
    assert await connection.fetchval(VERSIONS) == before


async def test_what_somebody_added_stays_and_is_no_difference(database: str, connection: Connection) -> None:
    async with login_role(connection, "auditor") as role:
        await connection.execute(
            f"GRANT USAGE ON SCHEMA dcs TO {role}; GRANT SELECT ON dcs.course TO {role};"
            "CREATE VIEW dcs.mine AS SELECT 1 AS one"
        )
        before = await connection.fetchval(VERSIONS)
        assert await migrate.migrate(database) is False
        assert await connection.fetchval(VERSIONS) == before
        assert await connection.fetchval("SELECT has_table_privilege($1, 'dcs.course', 'SELECT')", role)


@pytest.mark.parametrize(
    "todo", ["DROP VIEW dcs.status_change", "UPDATE dcs_mirror.alembic_version SET version_num = $$0002$$"]
)
async def test_who_is_in_the_way_is_named_and_readers_wait_no_longer_than_one_attempt(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch, todo: str
) -> None:
    monkeypatch.setattr(migrate, "PATIENCE_SECONDS", 4)  # two attempts of 2 s each
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.1)
    await connection.execute(todo)
    waited: list[float] = []

    async def read() -> None:
        async with look(database) as later:
            while True:
                began = asyncio.get_running_loop().time()
                for view in ("institution", "course", "content_item", "rollover"):
                    await later.fetchval(f"SELECT count(*) FROM dcs.{view}")
                waited.append(asyncio.get_running_loop().time() - began)
                await asyncio.sleep(0.05)

    async with look(database) as reader:
        await reader.execute("SET application_name = 'a report'")
        await reader.execute(OPEN_READER)
        reading = asyncio.create_task(read())
        with capture_logs() as logged, pytest.raises(DatabaseUnavailable) as refused:
            await migrate.migrate(database)
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()
    role = await connection.fetchval("SELECT current_user")
    who = f"a report of role {role} (pid {reader.get_server_pid()}, since"
    assert who in str(refused.value)
    assert "nothing was changed" in str(refused.value)
    assert refused.value.exit_code == 4
    assert who in next(line["in_the_way"] for line in logged if "in_the_way" in line)
    assert max(waited) < 4


async def test_it_is_done_as_soon_as_the_reader_has_ended(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.1)
    await connection.execute("DROP VIEW dcs.status_change")
    async with look(database) as reader:
        await reader.execute(OPEN_READER)
        running = asyncio.create_task(migrate.migrate(database))
        while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        await reader.execute("ROLLBACK")
        await running
    assert await connection.fetchval("SELECT count(*) FROM dcs.status_change") == 0


async def test_migrations_that_race_for_an_empty_database_all_end_well(empty_database: str) -> None:
    done = await asyncio.gather(*(migrate.migrate(empty_database) for _ in range(3)))
    assert True in done


async def test_two_mirrors_in_one_cluster_share_no_readers(
    template: str, empty_database: str, connection: Connection, database: str
) -> None:
    prefix = f"Lib {os.getpid()}-"
    names = RoleNames.with_prefix(prefix)
    try:
        await migrate.migrate(empty_database, prefix)
        async with look(empty_database) as other:
            assert await recorded(other) == names
            assert await other.fetchval(
                "SELECT has_table_privilege($1, 'dcs.course', 'SELECT')", names.reader
            )
            assert not await other.fetchval("SELECT has_schema_privilege('dcs_reader', 'dcs', 'USAGE')")
            # The database keeps the names: they need not be set again.
            assert await migrate.migrate(empty_database) is False
            assert await recorded(other) == names
        assert not await connection.fetchval("SELECT has_schema_privilege($1, 'dcs', 'USAGE')", names.reader)
        # Another prefix later: the roles before lose what they had.
        with capture_logs() as logged:
            await migrate.migrate(database, prefix)
        assert {line["now"] for line in logged if "former" in line} == {
            names.reader,
            names.writer,
            names.requester,
            names.web,
        }
        for role in ("dcs_reader", "dcs_mirror_writer"):
            assert not await connection.fetchval("SELECT has_schema_privilege($1, 'dcs', 'USAGE')", role)
        assert await connection.fetchval(
            "SELECT has_table_privilege($1, 'dcs_mirror.change', 'INSERT')", names.writer
        )
    finally:
        for url in (empty_database, database):
            async with look(url) as left:
                for role in astuple(names):
                    quoted = await left.fetchval("SELECT quote_ident($1)", role)
                    await left.execute(f"DROP OWNED BY {quoted}")
        for role in astuple(names):
            quoted = await connection.fetchval("SELECT quote_ident($1)", role)
            await connection.execute(f"DROP ROLE {quoted}")


@pytest.mark.parametrize("prefix", ["pg_x", " x", "x\x1b", "x" * 51])
async def test_a_prefix_that_no_role_can_have_is_refused(tmp_path: Path, prefix: str) -> None:
    finished = await command_line(tmp_path).but(DCS_ROLE_PREFIX=prefix)("migrate")
    assert (finished.code, finished.err.count("\n")) == (2, 1)
    assert "DCS_ROLE_PREFIX" in finished.err
