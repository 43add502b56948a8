"""`readers`: a role that sees some institutions only, whatever it asks."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from bench.join import fill
from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError, SettingsError
from dcs_mirror.reconcile.purge import purge
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import contract, migrate, readers
from tests.support.command import command_line
from tests.support.control import control
from tests.support.roles import entered_as, login_role
from tests.support.running import sync
from tests.support.sessions import look

VIEWS = """
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'v' AND c.relname <> 'own_change' ORDER BY c.relname
"""
INSTITUTION = """
INSERT INTO dcs_mirror.institution (hei_id, subscribed, first_seen_at, changed_at)
VALUES ($1, true, now(), now()) ON CONFLICT DO NOTHING
"""
COLUMNS = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), col_description(a.attrelid, a.attnum)
FROM pg_attribute AS a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


@dataclass(frozen=True)
class Library:
    """A database with two institutions, and a role that sees one of them."""

    url: str
    admin: Connection
    role: str
    session: Connection
    own: int
    other: int

    @property
    def schema(self) -> str:
        return f"dcs_{self.role}"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=2, items=2), seed=5)) as running:
        yield running


@pytest.fixture
async def library(sandbox: RunningSandbox, database: str, connection: Connection) -> AsyncIterator[Library]:
    await sync(sandbox, database)
    own, other = (institution["id"] for institution in (await control(sandbox, "state"))["institutions"])
    for hei in (own, other):
        await control(sandbox, "rollover", hei=hei)
    await sync(sandbox, database)
    async with login_role(connection, "library") as role:
        await contract.add_reader(connection, role, [own])
        async with look(entered_as(database, role)) as session:
            yield Library(database, connection, role, session, own, other)


async def test_it_has_every_view_with_the_same_columns_and_comments(library: Library) -> None:
    admin = library.admin
    views = [row[0] for row in await admin.fetch(VIEWS, "dcs")]
    assert [row[0] for row in await admin.fetch(VIEWS, library.schema)] == views
    for view in views:
        assert await admin.fetch(COLUMNS, f"{library.schema}.{view}") == await admin.fetch(
            COLUMNS, f"dcs.{view}"
        )


async def test_every_view_shows_the_own_institution_whole_and_no_other(library: Library) -> None:
    for (view,) in await library.admin.fetch(VIEWS, "dcs"):
        columns = [row[0] for row in await library.admin.fetch(COLUMNS, f"dcs.{view}")]
        if "hei_id" not in columns:
            continue
        shown = "SELECT to_jsonb(v)::text AS row FROM {}.{} AS v {} ORDER BY 1"
        seen = await library.session.fetch(shown.format(library.schema, view, ""))
        assert seen == await library.admin.fetch(
            shown.format("dcs", view, f"WHERE hei_id = {library.own}")
        ), view
        if view in {"content_item", "course", "change", "request_id_history", "sync_outcome", "institution"}:
            assert seen, view


async def test_what_concerns_all_institutions_is_left_out_of_runs(library: Library) -> None:
    runs = await library.session.fetch(f"SELECT * FROM {library.schema}.sync_run")
    assert {(run["outcome"], run["requests"], run["error"]) for run in runs} == {(None, None, None)}
    assert {run["kind"] for run in runs} == {"sync"}
    await library.admin.execute(
        f"DELETE FROM dcs_mirror.sync_outcome WHERE hei_id = {library.own} AND run_id = {runs[0]['run_id']}"
    )
    assert len(await library.session.fetch(f"SELECT FROM {library.schema}.sync_run")) == len(runs) - 1
    (state,) = await library.session.fetch(f"SELECT * FROM {library.schema}.feed_state")
    assert state == await library.admin.fetchrow("SELECT * FROM dcs.feed_state")


async def test_ids_of_others_lead_nowhere(library: Library) -> None:
    """Also an id that both institutions have leads to the own item."""
    for table, column in (("content_item", "request_id"), ("request_id_history", "old_request_id")):
        rows = await library.admin.fetch(f"SELECT {column}, hei_id FROM dcs_mirror.{table}")
        for id_, hei_id in rows:
            found = await library.session.fetchval(f"SELECT {library.schema}.current_request_id($1)", id_)
            assert (found is None) == (hei_id != library.own)
    await library.admin.execute(
        "UPDATE dcs_mirror.content_item SET request_id = 999 WHERE item_key IN ("
        "SELECT min(item_key) FROM dcs_mirror.content_item GROUP BY hei_id)"
    )
    session, function = library.session, f"{library.schema}.current_request_id"
    assert (
        await session.fetchval(f"SELECT count(*) FROM {library.schema}.request_id WHERE request_id = 999")
        == 1
    )
    assert await session.fetchval(f"SELECT {function}(999)") == 999
    assert await session.fetchval(f"SELECT {function}(999, $1)", library.other) is None


async def test_a_condition_of_its_own_is_never_tried_on_rows_of_others(library: Library) -> None:
    """Functions that tell what they are given, and expressions that fail for another institution."""
    told: list[str] = []
    library.session.add_log_listener(lambda _, message: told.append(message.message))
    await library.session.execute(
        "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$"
        "BEGIN RAISE NOTICE 'seen %', $1; RETURN true; END $$"
    )
    for (view,) in await library.admin.fetch(VIEWS, library.schema):
        name = f"{library.schema}.{view}"
        columns = [row[0] for row in await library.admin.fetch(COLUMNS, name)]
        if "hei_id" not in columns:
            continue
        await library.session.execute(f"SELECT count(*) FROM {name} AS v WHERE pg_temp.leak(v.hei_id::text)")
        await library.session.execute(f"SELECT count(*) FROM {name} WHERE 1 / (hei_id - {library.other}) < 9")
        await library.session.execute(
            f"SELECT FROM {name} WHERE CASE hei_id WHEN {library.other} THEN 'x' ELSE '1' END::int > 0"
        )
    assert set(told) == {f"seen {library.own}"}
    # Details are put together above the barrier, from views that have the rows of all.
    told.clear()
    feed = f"{library.schema}.change AS v"
    await library.session.execute(f"SELECT FROM {feed} WHERE pg_temp.leak(v.details::text)")
    shown = await library.session.fetch(f"SELECT v.details::text FROM {feed}")
    assert set(told) == {f"seen {row['details']}" for row in shown}


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT FROM dcs.content_item",
        "SELECT dcs.current_request_id(1)",
        "SELECT FROM dcs_mirror.content_item",
        "SELECT FROM dcs_mirror.reader",
        "SELECT FROM {own}.own_change",
        "UPDATE dcs_mirror.reader SET hei_ids = '{{1,2}}'",
        "SET ROLE dcs_reader",
    ],
)
async def test_it_may_nothing_else(library: Library, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await library.session.execute(statement.format(own=library.schema))


async def test_statistics_tell_nothing(library: Library) -> None:
    """The names of the mirror's roles are no secret: `doctor` tells them to every account."""
    await library.admin.execute("ANALYZE")
    seen = await library.session.fetch("SELECT DISTINCT tablename FROM pg_stats WHERE schemaname ~ '^dcs'")
    assert {row["tablename"] for row in seen} == {"role"}


async def test_further_institutions_are_added_without_touching_the_views(library: Library) -> None:
    version = "SELECT array_agg(xmin::text ORDER BY oid) FROM pg_class WHERE relnamespace = $1::regnamespace"
    before = await library.admin.fetchval(version, library.schema)
    reader = await contract.add_reader(library.admin, library.role, [library.other])
    assert reader.hei_ids == sorted([library.own, library.other])
    assert await library.admin.fetchval(version, library.schema) == before
    count = "SELECT count(DISTINCT hei_id) FROM {}.course"
    assert await library.session.fetchval(count.format(library.schema)) == 2


async def test_a_later_migration_carries_new_columns_and_what_a_hand_dropped(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    views, functions, *others = contract.VIEWS
    changed = tmp_path / "views.sql"
    text = views.read_text(encoding="utf-8")
    column = "r.conflicts, r.observed_at\n"
    assert column in text
    changed.write_text(
        text.replace(column, "r.conflicts, r.observed_at, 7 AS lucky\n")
        + "\nCOMMENT ON COLUMN dcs.rollover.lucky IS 'Seven.';\n"
    )
    monkeypatch.setattr(contract, "VIEWS", (changed, functions, *others))
    await migrate.migrate(library.url)
    rows = await library.session.fetch(f"SELECT lucky, hei_id FROM {library.schema}.rollover")
    assert {tuple(row) for row in rows} == {(7, library.own)}
    await library.admin.execute(f"REVOKE ALL ON {library.schema}.course FROM {library.role}")
    await library.admin.execute(f"DROP VIEW {library.schema}.recheck_flag")
    await migrate.migrate(library.url)
    await library.session.fetch(f"SELECT FROM {library.schema}.course, {library.schema}.recheck_flag")


async def test_a_function_that_runs_with_its_owners_rights_is_not_given_to_it(
    library: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    views, functions, *others = contract.VIEWS
    changed = tmp_path / "functions.sql"
    changed.write_text(
        functions.read_text(encoding="utf-8")
        + "CREATE OR REPLACE FUNCTION dcs.all_items() RETURNS bigint LANGUAGE sql SECURITY DEFINER"
        " BEGIN ATOMIC SELECT count(*) FROM dcs_mirror.content_item; END;"
    )
    monkeypatch.setattr(contract, "VIEWS", (views, changed, *others))
    monkeypatch.setattr(readers, "_FUNCTIONS", changed)
    await migrate.migrate(library.url)
    assert await library.admin.fetchval("SELECT dcs.all_items() > 0")
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await library.session.execute(f"SELECT {library.schema}.all_items()")


async def test_only_the_reader_may_run_its_search(library: Library) -> None:
    rights = await library.admin.fetch(
        "SELECT a.grantee::regrole::text AS grantee FROM pg_proc AS p, aclexplode(p.proacl) AS a"
        " WHERE p.pronamespace = $1::regnamespace AND p.proname = 'search_keys' AND p.prosecdef",
        library.schema,
    )
    assert {row["grantee"] for row in rights} == {library.role, "postgres"}


async def test_single_ids_and_the_feed_are_found_by_index(connection: Connection) -> None:
    await fill(connection, 20_000)
    async with login_role(connection, "library") as role:
        hei = await connection.fetchval("SELECT min(hei_id) FROM dcs_mirror.content_item")
        await connection.execute(INSTITUTION, hei)
        await contract.add_reader(connection, role, [hei])
        await connection.execute("ANALYZE")
        await connection.execute(f"SET ROLE {role}")
        for query in (
            f"SELECT current_request_id FROM dcs_{role}.request_id WHERE request_id = 7",
            f"SELECT * FROM dcs_{role}.content_item WHERE item_key = 7",
            f"SELECT * FROM dcs_{role}.content_item WHERE request_id IN (7, 8, 30001)",
            f"SELECT * FROM dcs_{role}.change WHERE change_id > 7 ORDER BY change_id",
        ):
            plan = await connection.fetchval(f"EXPLAIN (FORMAT json) {query}")
            scanned = {node["Relation Name"] for node in nodes(json.loads(plan)[0]["Plan"])
                       if node["Node Type"] == "Seq Scan"}  # fmt: skip
            assert "content_item" not in scanned, query
        await connection.execute("RESET ROLE")


def nodes(plan: dict[str, object]) -> list[dict[str, object]]:
    below = plan.get("Plans", [])
    assert isinstance(below, list)
    return [plan, *(node for each in below for node in nodes(each))]


async def test_a_purge_takes_the_institution_from_its_readers(library: Library) -> None:
    await purge(library.admin, library.own, now=Clock().now())
    (reader,) = await readers.listed(library.admin)
    assert reader.hei_ids == []
    assert await library.session.fetch(f"SELECT FROM {library.schema}.content_item") == []


async def test_removing_it_ends_its_access_and_keeps_the_role(library: Library) -> None:
    await library.admin.execute(f"CREATE VIEW public.theirs AS SELECT * FROM {library.schema}.course")
    with pytest.raises(MirrorError, match="theirs"):
        await contract.remove_reader(library.admin, library.role)
    await library.admin.execute("DROP VIEW public.theirs")
    await contract.remove_reader(library.admin, library.role)
    assert await readers.listed(library.admin) == []
    with pytest.raises(asyncpg.PostgresError, match="does not exist"):
        await library.session.execute(f"SELECT FROM {library.schema}.course")
    with pytest.raises(SettingsError):
        await contract.remove_reader(library.admin, library.role)
    assert await migrate.migrate(library.url) is False


@pytest.mark.parametrize(
    "role",
    [
        "",
        " x",
        "x\n",
        "x'y",
        'x"y',
        "x\\y",
        "x" * 60,
        "pg_monitor",
        "public",
        "mirror",
        "dcs_reader",
        "postgres",
    ],
)
async def test_a_role_that_cannot_be_limited_is_refused(connection: Connection, role: str) -> None:
    await connection.execute(INSTITUTION, 7)
    with pytest.raises(SettingsError) as refused:
        await contract.add_reader(connection, role, [7])
    assert "\n" not in str(refused.value)
    assert await readers.listed(connection) == []


@pytest.mark.parametrize("inherits", ["INHERIT", "NOINHERIT"])
async def test_a_member_of_a_role_that_sees_all_is_refused(connection: Connection, inherits: str) -> None:
    await connection.execute(INSTITUTION, 7)
    async with login_role(connection, "member", inherits) as role:
        await connection.execute(f"GRANT dcs_reader TO {role}")
        with pytest.raises(SettingsError, match="every institution"):
            await contract.add_reader(connection, role, [7])


async def test_the_command_adds_lists_and_removes(library: Library, tmp_path: Path) -> None:
    dcs_mirror = command_line(tmp_path, database=library.url)
    name = f"Law Library {os.getpid()}"
    added = await dcs_mirror("readers", "add", name, "--hei", str(library.own), "--json")
    assert added.json == {"role": name, "schema": f"dcs_{name}", "hei_ids": [library.own]}
    listed = (await dcs_mirror("readers", "list", "--json")).json
    assert listed["readers"][0] == added.json
    assert (
        f": institution {library.own}, in the schema dcs_{name}" in (await dcs_mirror("readers", "list")).out
    )
    quoted = f'"dcs_{name}"'
    await library.admin.execute(f'SET ROLE "{name}"')
    items = await library.admin.fetchval(f"SELECT count(*) FROM {quoted}.content_item")
    assert (items > 0, await library.admin.fetchval(f"SELECT {quoted}.current_request_id(-1)")) == (
        True,
        None,
    )
    await library.admin.execute("RESET ROLE")
    unknown = await dcs_mirror("readers", "add", name, "--hei", "999")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == (
        "dcs-mirror: the mirror does not know institution 999; see `dcs-mirror status`. Nothing was changed\n"
    )
    for refused in (
        ("add", name),
        ("add", name, "--hei", "0"),
        ("remove", "no"),
    ):
        finished = await dcs_mirror("readers", *refused)
        assert (finished.code, finished.out) == (2, ""), refused
    removed = await dcs_mirror("readers", "remove", name)
    assert (removed.code, "the role itself stays" in removed.err) == (0, True)
    await library.admin.execute(f'DROP ROLE "{name}"')
