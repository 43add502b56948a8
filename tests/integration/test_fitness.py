"""Servers, databases and roles on which nothing can be mirrored are refused, and named by `doctor`."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import CommandLine, command_line
from tests.support.roles import entered_as, login_role, statements_in


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=1, courses=1, items=1), seed=3)) as running:
        yield running


@pytest.fixture
def dcs_mirror(database: str, sandbox: RunningSandbox, tmp_path: Path) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def findings(command: CommandLine, check: str = "database") -> list[tuple[str, str, str]]:
    """What `doctor` finds of a check: level, what, and what to do."""
    finished = await command("doctor", "--json")
    found = [f for f in finished.json["findings"] if f["check"] == check]
    return [(f["level"], f["found"], f["todo"] or "") for f in found]


async def test_a_database_of_another_encoding_is_refused(
    dcs_mirror: CommandLine, server_url: str, connection: Connection
) -> None:
    name = f"dcs_test_latin1_{os.getpid()}"
    await connection.execute(
        f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    )
    try:
        on_latin1 = dcs_mirror.but(
            DCS_DATABASE_URL=urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
        )
        for command in ("migrate", "sync"):
            finished = await on_latin1(command)
            assert finished.code == 4
            (line,) = [line for line in finished.err.splitlines() if "LATIN1" in line]
            assert "CREATE DATABASE … ENCODING 'UTF8'" in line
        problems = [found for found in await findings(on_latin1) if found[0] == "problem"]
        assert [("LATIN1" in what, "UTF8" in todo) for _, what, todo in problems] == [(True, True)]
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_role_whose_sessions_are_read_only_is_refused_with_the_statement_that_helps(
    dcs_mirror: CommandLine, database: str, empty_database: str, connection: Connection
) -> None:
    async with login_role(connection, "dcs_sync") as role:
        await connection.execute(
            f"GRANT dcs_mirror_writer TO {role}; ALTER ROLE {role} SET default_transaction_read_only = on"
        )
        command = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))
        refused = await command("migrate")
        assert (refused.code, "are read-only" in refused.err) == (4, True)
        ((_, what, todo),) = [found for found in await findings(command) if found[0] == "problem"]
        statement = statements_in(todo)
        assert ("are read-only" in what, statement in refused.err) == (True, True)
        assert (await command("sync")).code == 4
        await connection.execute(statement)
        assert [level for level, _, _ in await findings(command)] == ["ok"]
        assert (await command("sync")).code == 0


async def test_a_standby_is_refused(
    sandbox: RunningSandbox, own_server: EmbeddedServer, tmp_path: Path
) -> None:
    await migrate.migrate(own_server.url())
    await asyncio.to_thread(own_server.stop)
    signal = own_server._cluster / "standby.signal"
    signal.touch()
    if os.geteuid() == 0:
        os.chown(signal, own_server._cluster.stat().st_uid, own_server._cluster.stat().st_gid)
    await asyncio.to_thread(own_server.start)
    on_standby = command_line(tmp_path, sandbox, own_server.url())
    refused = await on_standby("migrate")
    assert (refused.code, "is a standby" in refused.err) == (4, True)
    problems = [found for found in await findings(on_standby) if found[0] == "problem"]
    assert [("is a standby" in what, "primary" in todo) for _, what, todo in problems] == [(True, True)]


async def test_limits_of_the_role_are_told(
    dcs_mirror: CommandLine, database: str, connection: Connection
) -> None:
    async with login_role(connection, "dcs_sync", "CONNECTION LIMIT 3") as role:
        await connection.execute(
            f"GRANT dcs_mirror_writer TO {role}; ALTER ROLE {role} SET statement_timeout = '20min';"
            f"ALTER ROLE {role} SET idle_session_timeout = '1h'"
        )
        command = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))
        warned = [found for found in await findings(command) if found[0] == "warning"]
        assert ["3 connections" in warned[0][1], "statement_timeout" in warned[1][1]] == [True, True]
        for _, _, todo in warned:
            await connection.execute(statements_in(todo))
        assert [level for level, _, _ in await findings(command)] == ["ok"]


@pytest.mark.parametrize(
    "membership",
    [
        "CREATE ROLE {role}_group; GRANT {role}_group TO {role}",
        "GRANT dcs_mirror_writer TO {role}; {no_inherit}",
        "ALTER ROLE {role} NOINHERIT",
        "ALTER ROLE {role} NOINHERIT; GRANT dcs_mirror_writer TO {role}",
        "CREATE ROLE {role}_group NOINHERIT; GRANT {role}_group TO {role}; GRANT {writer} TO {role}_group",
    ],
)
@pytest.mark.parametrize("may_see", [True, False])
async def test_the_grant_that_doctor_names_helps(
    dcs_mirror: CommandLine, database: str, connection: Connection, membership: str, may_see: bool
) -> None:
    newer = await connection.fetchval("SELECT current_setting('server_version_num')::integer >= 160000")
    async with login_role(connection, "dcs_sync") as role:
        no_inherit = f"GRANT dcs_mirror_writer TO {role} WITH INHERIT FALSE"
        no_inherit = no_inherit if newer else f"ALTER ROLE {role} NOINHERIT"
        await connection.execute(
            membership.format(role=role, no_inherit=no_inherit, writer="dcs_mirror_writer")
        )
        if may_see:
            await connection.execute(
                f"GRANT USAGE ON SCHEMA dcs_mirror TO {role};"
                f"GRANT SELECT ON dcs_mirror.alembic_version TO {role}"
            )
        try:
            command = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))
            check = "privileges" if may_see else "schema"
            ((level, _, todo),) = await findings(command, check)
            assert (level, todo.partition(": ")[0]) == ("problem", "as an administrator")
            await connection.execute(statements_in(todo))
            assert [level for level, _, _ in await findings(command, "privileges")] == ["ok"]
        finally:
            await connection.execute(f"DROP ROLE IF EXISTS {role}_group")


async def test_a_writer_that_was_made_after_the_migration_needs_another_one(
    dcs_mirror: CommandLine, database: str, connection: Connection
) -> None:
    async with login_role(connection, "dcs_sync") as role:
        await connection.execute(
            f"GRANT dcs_mirror_writer TO {role};"
            "REVOKE ALL ON SCHEMA dcs, dcs_mirror FROM dcs_mirror_writer;"
            "REVOKE ALL ON ALL TABLES IN SCHEMA dcs, dcs_mirror FROM dcs_mirror_writer"
        )
        command = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, role))
        ((level, _, todo),) = await findings(command, "schema")
        assert (level, "run `dcs-mirror migrate`" in todo, "GRANT" in todo) == ("problem", True, False)
        assert (await dcs_mirror("migrate")).code == 0
        assert [level for level, _, _ in await findings(command, "privileges")] == ["ok"]


async def test_members_without_the_readers_rights_are_named_with_the_statement(
    dcs_mirror: CommandLine, connection: Connection
) -> None:
    async with login_role(connection, "dcs_lists", "NOINHERIT") as role:
        await connection.execute(f"GRANT dcs_reader TO {role}")
        ((level, _, todo),) = await findings(dcs_mirror, "dcs_reader")
        assert (level, role in todo) == ("warning", True)
        await connection.execute(statements_in(todo))
        session = await asyncpg.connect(entered_as(dcs_mirror.environment["DCS_DATABASE_URL"], role))
        assert await session.fetchval("SELECT count(*) FROM dcs.course") == 0
        await session.close()
        assert [level for level, _, _ in await findings(dcs_mirror, "dcs_reader")] == ["ok"]
