"""An institution that withdraws is deleted whole, and nothing of another one is touched."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import CommandLine, command_line
from tests.support.control import control, misbehave
from tests.support.roles import entered_as, login_role
from tests.support.running import sync
from tests.support.walk import assert_feed_replays, assert_views_equal

MAY, JUNE = datetime(2026, 5, 20, 1, tzinfo=UTC), datetime(2026, 6, 9, 1, tzinfo=UTC)
JULY, AUGUST = datetime(2026, 7, 30, 1, tzinfo=UTC), datetime(2026, 8, 4, 1, tzinfo=UTC)

Rows = dict[str, list[str]]


SIZES = Sizes(institutions=2, courses=6, items=5)


@pytest.fixture
async def one_night(database: str) -> AsyncIterator[RunningSandbox]:
    """Two institutions, mirrored once."""
    async with running_sandbox(build_world(SIZES, seed=8)) as running:
        await sync(running, database, now=MAY)
        yield running


@pytest.fixture
async def sandbox(database: str, connection: Connection) -> AsyncIterator[RunningSandbox]:
    """Two institutions over a June and an August, so that every table holds rows of both."""
    async with running_sandbox(build_world(SIZES, seed=8)) as running:
        heis = await institutions(running)
        await connection.execute(
            "CREATE TABLE shared (hei integer, request_id bigint); CREATE TABLE shelf (request_id bigint)"
        )
        await sync(running, database, now=MAY)
        await connection.execute(
            "INSERT INTO shared SELECT hei_id, request_id FROM dcs.content_item;"
            "INSERT INTO shelf SELECT request_id FROM dcs.content_item"
        )
        for hei in heis:
            table, column = f"shelf_{hei}", "request_id"
            await connection.execute(f"CREATE TABLE {table} AS SELECT * FROM shelf")
            await connection.execute(
                "INSERT INTO dcs_mirror.target (table_schema, table_name, column_name, hei_id, added_at)"
                " VALUES ('public', $1, $2, $3, $4)",
                table,
                column,
                hei,
                MAY,
            )
        await connection.execute(
            "INSERT INTO dcs_mirror.target (table_schema, table_name, column_name, hei_column, added_at)"
            " VALUES ('public', 'shared', 'request_id', 'hei', $1)",
            MAY,
        )
        for night in (JUNE, JULY, AUGUST):
            for hei in heis:
                if night is JUNE:
                    await control(running, "rollover", hei=hei)
                if night is AUGUST:
                    await control(running, "recheck", hei=hei, kind="pending", share=1.0)
            await sync(running, database, now=night)
        await connection.execute(
            "INSERT INTO dcs_mirror.call"
            " (hei_id, method, parameters, state, sent_at, last_course_key, last_item_key)"
            " SELECT hei_id, 'SubmitCourse', '{}', 'answered', now(), 0, 0 FROM dcs_mirror.institution"
        )
        await connection.execute(
            "INSERT INTO dcs_mirror.notification"
            " (message_id, recipient, event, hei_id, occurred_at, title, plain, body, made_at)"
            " SELECT gen_random_uuid(), 'r', 'flags', hei_id, now(), '', '', '', now()"
            " FROM dcs_mirror.institution;"
            "INSERT INTO dcs_mirror.told SELECT 'r', 'flags', hei_id, 1, now() FROM dcs_mirror.institution;"
            "INSERT INTO dcs_mirror.job (kind, hei_id, state, enqueued_at)"
            " SELECT 'refresh', hei_id, 'failed', now() FROM dcs_mirror.institution;"
            "INSERT INTO dcs_mirror.account_action (acted_at, account, action, hei_id)"
            " SELECT now(), 'reading-lists', 'refresh', hei_id FROM dcs_mirror.institution;"
            "SELECT dcs.request_refresh(hei_id) FROM dcs_mirror.institution"
        )
        await misbehave(running, {"kind": "no-ids", "method": "GetCourses", "entries": 1})
        await sync(running, database, now=AUGUST)
        await misbehave(running)
        await sync(running, database, now=AUGUST)
        yield running


@pytest.fixture
def dcs_mirror(sandbox: RunningSandbox, database: str, tmp_path: Path) -> CommandLine:
    return command_line(tmp_path, sandbox, database)


async def institutions(sandbox: RunningSandbox) -> tuple[int, int]:
    leaving, staying = ((i["id"]) for i in (await control(sandbox, "state"))["institutions"])
    return leaving, staying


async def rows_of(connection: Connection, hei_id: int) -> Rows:
    """The rows of an institution in every table that can tell whose a row is."""
    tables = await connection.fetch(
        "SELECT c.table_name FROM information_schema.columns AS c"
        " JOIN information_schema.tables AS t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'dcs_mirror' AND c.column_name = 'hei_id' AND t.table_type = 'BASE TABLE'"
    )
    found = {}
    for (table,) in tables:
        rows = await connection.fetch(
            f"SELECT t::text AS row FROM dcs_mirror.{table} AS t WHERE hei_id = $1 ORDER BY 1", hei_id
        )
        found[table] = [row["row"] for row in rows]
    return found


async def downstream_rows(connection: Connection, hei_id: int) -> list[asyncpg.Record]:
    return await connection.fetch(
        f"SELECT hei, request_id FROM shared UNION ALL SELECT 0, request_id FROM shelf_{hei_id} ORDER BY 1, 2"
    )


async def test_a_purge_deletes_all_of_one_institution_and_nothing_else(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    leaving, staying = await institutions(sandbox)
    gone, kept = await rows_of(connection, leaving), await rows_of(connection, staying)
    for table, rows in gone.items():
        assert rows, f"no row of {table} to purge: let this test fill it"
        assert kept[table], f"no row of {table} to keep"
    theirs = await downstream_rows(connection, leaving)
    others = await connection.fetch("SELECT * FROM dcs_mirror.sync_run ORDER BY run_id")
    lists = await connection.fetch(
        "SELECT * FROM dcs_mirror.target WHERE hei_id IS DISTINCT FROM $1", leaving
    )

    finished = await dcs_mirror("purge", str(leaving), "--yes-delete", str(leaving), "--json")
    assert finished.code == 0
    assert "the next sync mirrors it again" in finished.err
    purged = finished.json
    assert purged["hei_id"] == leaving
    assert purged["deleted"] == {table: len(rows) for table, rows in gone.items()}

    after = await rows_of(connection, leaving)
    tombstone = after.pop("sync_outcome")
    assert {table: rows for table, rows in after.items() if rows} == {}
    assert len(tombstone) == 1
    assert await rows_of(connection, staying) == kept
    assert await downstream_rows(connection, leaving) == theirs
    assert await connection.fetch("SELECT * FROM dcs_mirror.target") == lists
    assert (await connection.fetch("SELECT * FROM dcs_mirror.sync_run ORDER BY run_id"))[:-1] == others
    run = await connection.fetchrow("SELECT * FROM dcs.sync_run ORDER BY run_id DESC LIMIT 1")
    outcome = await connection.fetchrow("SELECT * FROM dcs.sync_outcome WHERE hei_id = $1", leaving)
    assert run is not None
    assert outcome is not None
    assert (run["kind"], run["outcome"], run["run_id"]) == ("purge", "complete", purged["run_id"])
    assert (outcome["run_id"], outcome["outcome"]) == (run["run_id"], "purged")
    assert (outcome["removed"], outcome["courses"]) == (len(gone["content_item"]), 0)
    assert f"{len(gone['content_item'])} content_item" in outcome["error"]
    await assert_feed_replays(connection)


async def test_a_purged_institution_that_is_still_listed_comes_back_under_other_keys(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection
) -> None:
    leaving, _ = await institutions(sandbox)
    last = await connection.fetchrow(
        "SELECT max(change_id) AS change, max(item_key) AS item FROM dcs.change, dcs.content_item"
    )
    assert last is not None
    assert (await dcs_mirror("purge", str(leaving), "--yes-delete", str(leaving))).code == 0
    assert (await dcs_mirror.but(DCS_NOW="2026-08-05T02:00:00Z")("sync")).code == 0
    await assert_views_equal(connection, await control(sandbox, "state"))
    await assert_feed_replays(connection)
    fresh = "SELECT min(item_key) FROM dcs.content_item WHERE hei_id = $1"
    assert await connection.fetchval(fresh, leaving) > last["item"]
    fresh = "SELECT min(change_id) FROM dcs.change WHERE hei_id = $1"
    assert await connection.fetchval(fresh, leaving) > last["change"]


async def test_nothing_is_deleted_unless_the_id_is_typed_again(
    one_night: RunningSandbox, database: str, tmp_path: Path, connection: Connection
) -> None:
    dcs_mirror = command_line(tmp_path, one_night, database)
    leaving, staying = await institutions(one_night)
    before = await rows_of(connection, leaving)
    for typed in ("", "yes\n", "1\n"):
        finished = await dcs_mirror("purge", str(leaving), typed=typed)
        assert finished.code == 2
        assert "nothing was deleted" in finished.err
    finished = await dcs_mirror("purge", str(leaving), "--yes-delete", str(staying))
    assert (finished.code, "nothing was deleted" in finished.err) == (2, True)
    assert await rows_of(connection, leaving) == before


async def test_the_id_typed_again_deletes(
    one_night: RunningSandbox, database: str, tmp_path: Path, connection: Connection
) -> None:
    dcs_mirror = command_line(tmp_path, one_night, database)
    leaving, _ = await institutions(one_night)
    finished = await dcs_mirror("purge", str(leaving), typed=f"{leaving}\n")
    assert finished.code == 0
    assert "6 courses" in finished.err
    assert await connection.fetchval("SELECT count(*) FROM dcs.institution") == 1


async def test_an_unknown_institution_is_refused_before_anything_is_asked(
    database: str, tmp_path: Path, connection: Connection
) -> None:
    finished = await command_line(tmp_path, database=database)("purge", "99999", "--yes-delete", "99999")
    assert finished.code == 1
    assert "does not know institution 99999" in finished.err
    assert await connection.fetchval("SELECT count(*) FROM dcs.sync_run WHERE kind = 'purge'") == 0


async def test_the_account_that_syncs_may_not_purge(
    one_night: RunningSandbox, database: str, tmp_path: Path, connection: Connection
) -> None:
    dcs_mirror = command_line(tmp_path, one_night, database)
    leaving, _ = await institutions(one_night)
    before = await rows_of(connection, leaving)
    async with login_role(connection, "dcs_sync") as writer:
        await connection.execute(f"GRANT dcs_mirror_writer TO {writer}")
        as_writer = dcs_mirror.but(DCS_DATABASE_URL=entered_as(database, writer))
        finished = await as_writer("purge", str(leaving), "--yes-delete", str(leaving))
    assert finished.code == 4
    assert "permission denied" in finished.err
    assert await rows_of(connection, leaving) == before
