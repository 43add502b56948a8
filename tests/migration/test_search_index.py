"""The index for searches: made if asked for, kept, built beside writers, and mended if interrupted."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bench.questions import fill
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.schema import catalogue, migrate, search
from tests.support.command import command_line
from tests.support.roles import entered_as, login_role
from tests.support.sessions import look, waits_for

STATE = """
SELECT i.indisvalid FROM pg_index AS i
WHERE i.indexrelid = to_regclass('dcs_mirror.content_item_words')
"""
ANOTHER = """
DROP INDEX dcs_mirror.content_item_words;
CREATE INDEX content_item_words ON dcs_mirror.content_item (title)
"""
RENAMED = "UPDATE dcs_mirror.content_item SET title = 'Torts' WHERE item_key = 7"


async def test_migrate_makes_keeps_tells_and_drops_it(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    command = command_line(tmp_path, database=database)

    async def told(*options: str) -> str:
        finished = await command("migrate", *options)
        assert finished.code == 0, finished
        return str(finished.err)

    assert "index" not in await told()
    assert "titles are searched by an index of" in await told("--with-search")
    made = await connection.fetchval("SELECT 'dcs_mirror.content_item_words'::regclass::oid")
    assert await catalogue.differences(connection) == []
    await connection.execute("DROP VIEW dcs.rollover")
    assert "titles are searched by an index of" in await told()
    assert "building" not in await told("--with-search")
    assert made == await connection.fetchval("SELECT 'dcs_mirror.content_item_words'::regclass::oid")
    assert "titles are searched without an index" in await told("--without-search")
    assert "index" not in await told()
    assert await connection.fetchval(STATE) is None


@pytest.mark.parametrize(
    "left",
    [
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'dcs_mirror.content_item_words'::regclass",
        ANOTHER,
    ],
    ids=["not valid", "another one"],
)
async def test_one_that_no_search_can_use_is_built_again_by_any_migration(
    left: str, tmp_path: Path, database: str, connection: Connection
) -> None:
    await search.arrange(database, wanted=True)
    await connection.execute(left)
    doctor = await command_line(tmp_path, database=database)("doctor", "--json")
    (found,) = [finding for finding in doctor.json["findings"] if finding["check"] == "search"]
    assert (found["level"], "`dcs-mirror migrate`" in found["todo"]) == ("warning", True)
    index = await search.arrange(database, wanted=None)
    assert index is not None
    assert index.is_ready


async def test_it_is_built_beside_those_who_write_and_one_that_was_interrupted_is_mended(
    database: str, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_WATCH_SECONDS", 0.05)
    await fill(connection, 500)
    async with look(database) as reader, look(database) as writer:
        await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM dcs.content_item")
        await writer.execute("BEGIN; UPDATE dcs_mirror.content_item SET title = 'Zymurgy' WHERE item_key = 8")
        with capture_logs() as logged:
            building = asyncio.create_task(search.arrange(database, wanted=True))
            await waits_for(connection, writer)
            await writer.execute("SET lock_timeout = '1s'")
            await writer.execute(f"{RENAMED}; COMMIT")
            await waits_for(connection, reader)
            # Neither a write nor another migration waits for it.
            assert await writer.execute(RENAMED) == "UPDATE 1"
            unfinished = await search.arrange(database, wanted=None)
            assert unfinished is not None
            assert not unfinished.is_ready
            assert await migrate.migrate(database) is False
            building.cancel()
            await asyncio.wait([building])
        assert building.cancelled()
        assert f"pid {reader.get_server_pid()}" in str(logged)
        assert await connection.fetchval(STATE) is False
        await reader.execute("COMMIT")
        both = await asyncio.gather(*(search.arrange(database, wanted=True) for _ in range(2)))
        assert all(index is not None and index.is_ready for index in both)
        found = "SELECT array_agg(i.item_key ORDER BY i.item_key) FROM dcs.search_items('{}') AS i"
        await connection.execute("SET enable_seqscan = off")
        assert await connection.fetchval(found.format("torts")) == [7]
        assert await connection.fetchval(found.format("zymurgy")) == [8]


async def test_only_the_owner_makes_it(tmp_path: Path, database: str, connection: Connection) -> None:
    async with login_role(connection, "dcs_sync") as role:
        await connection.execute(f"GRANT dcs_mirror_writer TO {role}")
        as_role = command_line(tmp_path, database=entered_as(database, role))
        finished = await as_role("migrate", "--with-search")
        assert (finished.code, "needs the account that owns the mirror" in finished.err) == (4, True), (
            finished
        )
        assert (await as_role("migrate", "--without-search")).code == 0, "there is nothing to drop"
    assert await connection.fetchval(STATE) is None


async def test_what_the_server_refuses_is_told_in_one_line_and_can_be_done_again(
    database: str, connection: Connection
) -> None:
    await fill(connection, 500)
    await connection.execute(
        "CREATE FUNCTION public.full() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;"
        " CREATE EVENT TRIGGER full_disk ON ddl_command_start WHEN TAG IN ('CREATE INDEX')"
        " EXECUTE FUNCTION public.full()"
    )
    with pytest.raises(DatabaseUnavailable, match=r"is not finished: no room .*migrate\s+again") as raised:
        await search.arrange(database, wanted=True)
    assert "\n" not in str(raised.value)
    await connection.execute("DROP EVENT TRIGGER full_disk")
    index = await search.arrange(database, wanted=True)
    assert index is not None
    assert index.is_ready
