"""Least privilege: a role that migrates, one that syncs, and nothing more than each of them needs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy
import structlog

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import contract, migrate
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.roles import entered_as, login_role
from tests.support.walk import assert_views_equal

SYNC = "dcs-Sync@example.ac.uk"
"""As managed servers call an account: a name that needs quotes."""


@dataclass(frozen=True)
class Roles:
    """A database that one role migrated and another one keeps."""

    admin: Connection
    writer_url: str
    writer: str


@pytest.fixture
async def roles(template: str, empty_database: str) -> AsyncIterator[Roles]:
    admin = await asyncpg.connect(empty_database)
    try:
        async with login_role(admin, "DCS owner") as owner, login_role(admin, SYNC) as writer:
            database = await admin.fetchval("SELECT quote_ident(current_database())")
            await admin.execute(f"GRANT CREATE ON DATABASE {database} TO {owner}")
            await admin.execute(f"GRANT dcs_mirror_writer TO {writer}")
            await migrate.migrate(entered_as(empty_database, owner))
            yield Roles(admin, entered_as(empty_database, writer), writer)
    finally:
        await admin.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=3, courses=6, items=4), seed=3)) as running:
        yield running


@pytest.fixture
def dcs_mirror(roles: Roles, sandbox: RunningSandbox, tmp_path: Path) -> CommandLine:
    """The command line as the role that syncs."""
    return command_line(tmp_path, sandbox, roles.writer_url)


async def test_the_writer_may_all_that_a_year_needs(
    roles: Roles, dcs_mirror: CommandLine, sandbox: RunningSandbox
) -> None:
    truth = (await control(sandbox, "state"))["institutions"]
    hei, leaving = truth[0]["id"], truth[2]["id"]
    course = next(course for course in truth[0]["courses"] if course["items"])
    await roles.admin.execute(
        "CREATE TABLE shelf (request_id bigint);"
        f"GRANT SELECT, UPDATE ON shelf TO {roles.writer};"
        f"INSERT INTO shelf VALUES ({course['items'][0]['request-id']})"
    )
    may = dcs_mirror.but(DCS_NOW="2026-05-20T02:00:00Z")
    july = dcs_mirror.but(DCS_NOW="2026-07-20T02:00:00Z")
    august = dcs_mirror.but(DCS_NOW="2026-08-04T02:00:00Z")

    async def done(command: CommandLine, *arguments: str) -> None:
        finished = await command(*arguments)
        assert finished.code == 0, (arguments, finished)

    await done(may, "sync")
    await done(may, "targets", "add", "shelf", "request_id")
    await done(may, "refresh", str(hei), "--course", course["code"])
    await done(may, "refresh", str(hei), "--request", str(course["items"][0]["request-id"]))
    await done(may, "rehearse-rollover", str(hei))
    await control(sandbox, "rollover", hei=hei, new_course_ids=True, without_previous_id=0.3)
    await control(sandbox, "unsubscribe", hei=leaving)
    await control(sandbox, "random-edits", count=60, seed=5)
    await done(july, "sync")
    await control(sandbox, "recheck", hei=hei, kind="pending", share=0.9)
    await done(august, "sync")
    await done(august, "reconcile")
    for reading in (("status",), ("flags",), ("targets", "list"), ("resolve", "1")):
        assert (await august(*reading)).code in {0, 1}
    flag = await roles.admin.fetchval("SELECT min(flag_id) FROM dcs.recheck_flag")
    await done(august, "flags", "ack", str(flag), "--note", "asked")
    await done(august, "targets", "remove", "shelf", "request_id")
    assert await roles.admin.fetchval("SELECT count(*) FROM dcs.rollover") == 1
    state = await control(sandbox, "state")
    state["institutions"] = [i for i in state["institutions"] if i["id"] != leaving]
    await assert_views_equal(roles.admin, state)


NEVER = [
    "DELETE FROM dcs_mirror.content_item",
    "DELETE FROM dcs_mirror.change",
    "UPDATE dcs_mirror.change SET key = 0",
    "UPDATE dcs_mirror.status_change SET to_status = ''",
    "UPDATE dcs_mirror.sync_outcome SET error = ''",
    "UPDATE dcs_mirror.alembic_version SET version_num = '9999'",
    "TRUNCATE dcs_mirror.institution CASCADE",
    "DROP TABLE dcs_mirror.target",
    "DROP VIEW dcs.change",
    "ALTER TABLE dcs_mirror.course ADD COLUMN mine integer",
    "CREATE TABLE dcs_mirror.mine (id integer)",
    "CREATE TABLE dcs.mine (id integer)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
]
"""What only an owner or an administrator may."""


@pytest.mark.parametrize("statement", NEVER)
async def test_the_writer_may_nothing_else(roles: Roles, statement: str) -> None:
    writer = await asyncpg.connect(roles.writer_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await writer.execute(statement)
    finally:
        await writer.close()


async def test_the_writer_reads_every_table_and_deletes_from_few(roles: Roles) -> None:
    """Also from a table that a later migration adds: each must be thought of in the grants."""
    granted = await roles.admin.fetch(
        "SELECT table_name, array_agg(privilege_type::text) AS privileges"
        " FROM information_schema.role_table_grants"
        " WHERE grantee = 'dcs_mirror_writer' AND table_schema = 'dcs_mirror' GROUP BY table_name"
    )
    tables = await roles.admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'dcs_mirror'")
    by_table = {row["table_name"]: set(row["privileges"]) for row in granted}
    assert set(by_table) == {row["tablename"] for row in tables}
    assert {name for name, privileges in by_table.items() if "INSERT" not in privileges} == {
        "alembic_version",
        "applied",
        "feed_state",
        "fleet",
        "reader",
        "role",
    }
    assert {name for name, privileges in by_table.items() if "DELETE" in privileges} == {
        "account",
        "target",
        "rollover",
        "quarantine",
        "unit_update",
        "job",
        "refresh_request",
        "worker",
    }


SERVED = {
    "alembic_version", "applied", "account", "institution", "course", "content_item", "sync_run",
    "sync_outcome", "change", "recheck_flag", "target", "target_report", "job", "worker", "fleet",
    "refresh_request", "lock",
}  # fmt: skip
"""The private tables that who serves may read."""

TOUCHABLE = """
SELECT r.name, format('%I.%I', n.nspname, c.relname) AS what
FROM unnest($1::text[]) AS r (name)
CROSS JOIN pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname ~ '^dcs'
WHERE CASE c.relkind
          WHEN 'S' THEN has_sequence_privilege(r.name, c.oid, 'SELECT, UPDATE, USAGE')
          ELSE has_table_privilege(
                   r.name, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
            OR has_any_column_privilege(r.name, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
  AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND has_schema_privilege(r.name, n.oid, 'USAGE')
"""
CALLABLE = """
SELECT r.name, format('%I.%I', n.nspname, f.proname) AS what
FROM unnest($1::text[]) AS r (name)
CROSS JOIN pg_proc AS f
JOIN pg_namespace AS n ON n.oid = f.pronamespace AND n.nspname ~ '^dcs'
WHERE has_schema_privilege(r.name, n.oid, 'USAGE') AND has_function_privilege(r.name, f.oid, 'EXECUTE')
"""
ENTERED = """
SELECT r.name, n.nspname AS what
FROM unnest($1::text[]) AS r (name)
JOIN pg_namespace AS n ON n.nspname ~ '^dcs' AND has_schema_privilege(r.name, n.oid, 'USAGE, CREATE')
"""


async def test_each_role_may_touch_what_is_its_own_and_nothing_of_the_queue(roles: Roles) -> None:
    admin = roles.admin
    views = {
        f"dcs.{row[0]}" for row in await admin.fetch("SELECT viewname FROM pg_views WHERE schemaname = 'dcs'")
    }
    async with login_role(admin, "dcs_stranger") as stranger, login_role(admin, "dcs_library") as library:
        await admin.execute(
            "INSERT INTO dcs_mirror.institution (hei_id, subscribed, first_seen_at, changed_at)"
            " VALUES (108, true, now(), now())"
        )
        await contract.add_reader(admin, library, [108])
        kinds = ["dcs_reader", "dcs_requester", "dcs_web", library, stranger]
        may: dict[str, dict[str, set[str]]] = {kind: {} for kind in kinds}
        for key, query in (("enter", ENTERED), ("touch", TOUCHABLE), ("call", CALLABLE)):
            for kind in kinds:
                may[kind][key] = {row["what"] for row in await admin.fetch(query, [kind])}
        own = f"dcs_{library}"
        assert may["dcs_reader"]["enter"] == may["dcs_requester"]["enter"] == {"dcs"}
        assert may["dcs_reader"]["touch"] == views
        assert "dcs.request_refresh" not in may["dcs_reader"]["call"] >= {"dcs.current_request_id"}
        assert may["dcs_requester"]["touch"] == {"dcs.refresh_request", "dcs.institution"}
        assert may["dcs_requester"]["call"] == {"dcs.request_refresh"}
        assert may["dcs_web"]["enter"] == {"dcs", "dcs_mirror"}
        assert may["dcs_web"]["touch"] - views == {
            f"dcs_mirror.{table}" for table in SERVED | {"account_action", "role", "call"}
        }
        assert may["dcs_web"]["touch"] >= views
        assert "dcs.request_refresh" not in may["dcs_web"]["call"]
        assert may[library]["enter"] == {own}
        assert may[library]["touch"] == {view.replace("dcs.", f"{own}.", 1) for view in views}
        assert f"{own}.request_refresh" not in may[library]["call"] >= {f"{own}.current_request_id"}
        assert may[stranger] == {"enter": set(), "touch": set(), "call": set()}
        for kind in kinds:
            assert not {what for key in may[kind] for what in may[kind][key] if what.startswith("dcs_queue")}
        await contract.remove_reader(admin, library)


async def test_who_serves_reads_what_it_answers_from_and_only_adds_to_the_record(
    roles: Roles, empty_database: str
) -> None:
    admin = roles.admin
    assert not await admin.fetch(
        "SELECT FROM pg_roles WHERE rolname = 'dcs_web'"
        " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolcanlogin OR rolreplication OR rolbypassrls)"
    )
    granted = await admin.fetch(
        "SELECT privilege_type || ' ' || table_name FROM information_schema.role_table_grants"
        " WHERE grantee = 'dcs_web' AND table_schema = 'dcs_mirror'"
    )
    added = {"INSERT refresh_request", "INSERT account_action", "INSERT lock", "UPDATE lock"}
    assert {row[0] for row in granted} == {f"SELECT {table}" for table in SERVED} | added
    async with login_role(admin, "dcs_serve") as web:
        await admin.execute(f"GRANT dcs_web TO {web}")
        connection = await asyncpg.connect(entered_as(empty_database, web))
        try:
            await connection.fetch("SELECT hei_id, state FROM dcs_mirror.call")
            for statement in (
                *NEVER,
                "SELECT details FROM dcs_mirror.account_action",
                "UPDATE dcs_mirror.account_action SET details = '{}'",
                "DELETE FROM dcs_mirror.account_action",
                "INSERT INTO dcs_mirror.account (name, may) VALUES ('me', '{write}')",
                "UPDATE dcs_mirror.account SET hei_ids = NULL",
                "DELETE FROM dcs_mirror.account",
                "SELECT * FROM dcs_mirror.call",
                "SELECT FROM dcs_mirror.course_students",
                "SELECT FROM dcs_mirror.notification",
                "SELECT FROM dcs_mirror.quarantine",
                "INSERT INTO dcs_mirror.job (kind) VALUES ('sync')",
                "UPDATE dcs_mirror.refresh_request SET finished_at = now()",
                "UPDATE dcs_mirror.fleet SET paused_until = now()",
                "SELECT nextval('dcs_mirror.content_item_item_key_seq')",
                "SELECT dcs.request_refresh(108)",
                "SELECT FROM dcs_queue.jobs",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        finally:
            await connection.close()


async def test_a_migration_of_the_writer_is_refused_in_one_line(
    dcs_mirror: CommandLine, empty_database: str, roles: Roles
) -> None:
    await roles.admin.execute("DROP SCHEMA dcs, dcs_mirror, dcs_queue CASCADE")
    for command in ("migrate", "sync"):
        finished = await dcs_mirror(command)
        assert finished.code == 4
        assert "permission denied" in finished.err.splitlines()[-1]


async def test_without_the_right_to_create_roles_the_migration_says_what_to_run(
    template: str, empty_database: str
) -> None:
    """As on a managed server: the roles are out of the way only inside the transaction."""
    names = ("dcs_reader", "dcs_mirror_writer")
    admin = await asyncpg.connect(empty_database)
    try:
        async with login_role(admin, "dcs_owner") as owner:
            database = await admin.fetchval("SELECT quote_ident(current_database())")
            await admin.execute(f"GRANT CREATE ON DATABASE {database} TO {owner}")
            await admin.execute(f"CREATE SCHEMA dcs_mirror AUTHORIZATION {owner}")

            def upgrade(connection: sqlalchemy.Connection) -> None:
                for name in names:
                    migrate.run_script(connection, f"ALTER ROLE {name} RENAME TO {name}_away")
                migrate.run_script(connection, f"SET LOCAL ROLE {owner}")
                migrate.upgrade(connection)
                migrate.run_script(connection, "RESET ROLE")
                for name in names:
                    migrate.run_script(connection, f"ALTER ROLE {name}_away RENAME TO {name}")

            with structlog.testing.capture_logs() as logged:
                await migrate.run_in_transaction(empty_database, upgrade)
            assert [line["sql"] for line in logged] == [
                "CREATE ROLE dcs_reader LOGIN",
                "CREATE ROLE dcs_mirror_writer",
            ]
            assert not await admin.fetchval(
                "SELECT has_schema_privilege('dcs_mirror_writer', 'dcs_mirror', 'USAGE')"
            )
            await migrate.migrate(entered_as(empty_database, owner))
            assert await admin.fetchval(
                "SELECT has_schema_privilege('dcs_mirror_writer', 'dcs_mirror', 'USAGE')"
            )
    finally:
        await admin.close()
