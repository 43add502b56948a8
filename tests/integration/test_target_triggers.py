"""Triggers of registered tables are other people's code in the mirror's session (R9)."""

import asyncio

import asyncpg
import pytest

from dcs_mirror.database import session
from dcs_mirror.database.connections import UNREACHABLE, Connection, create_pool, open_connection
from dcs_mirror.downstream import targets
from tests.support.readings import NEXT, START, apply_reading, current, item, reading

SQLSTATES = [
    *("01000", "02000", "08001", "08006", "25006", "26000", "28000", "40001", "40P01", "53100", "53300"),
    *("55P03", "57014", "57P01", "57P02", "57P03", "57P05", "0A000", "P0001", "XX000", "ZZ999"),
]


@pytest.fixture
async def mirrored(connection: Connection) -> Connection:
    """A mirror of two items, and two registered tables that hold their ids."""
    await apply_reading(connection, reading({"A": [item(10, 5), item(11)]}))
    for table in ("readings", "others"):
        await connection.execute(f"CREATE TABLE {table} (request_id bigint)")
        await connection.execute(f"INSERT INTO {table} VALUES (10), (11)")
        await targets.add(connection, table, "request_id", now=START)
    return connection


async def add_trigger(connection: Connection, body: str, *, table: str = "readings") -> None:
    """Run ``body``, plpgsql, for every row of ``table`` that is updated; the operator has seen it."""
    await connection.execute(
        f"CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN new; END $$;"
        f"CREATE TRIGGER meddles BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION meddle()"
    )
    await targets.add(connection, table, "request_id", now=START)


async def june(connection: Connection) -> tuple[str, str]:
    """Roll the institution over; return its outcome and error."""
    what = reading({"A": [item(20, 10), item(21, 11)]}, year=NEXT, night=1)
    outcome = await apply_reading(connection, what)
    return outcome.outcome, outcome.error or ""


async def ids(connection: Connection, table: str) -> list[int]:
    return [row[0] for row in await connection.fetch(f"SELECT request_id FROM {table} ORDER BY 1")]


@pytest.mark.parametrize("sqlstate", SQLSTATES)
async def test_r9_an_error_of_any_class_is_that_columns_failure(mirrored: Connection, sqlstate: str) -> None:
    await add_trigger(mirrored, f"RAISE EXCEPTION 'no such luck' USING ERRCODE = '{sqlstate}';")
    outcome, error = await june(mirrored)
    assert (outcome, "public.readings.request_id: no such luck" in error) == ("partial", True)
    assert (await ids(mirrored, "readings"), await ids(mirrored, "others")) == ([10, 11], [20, 21])
    assert await current(mirrored, 10) == 20


async def test_r9_an_error_without_a_message_is_reported_too(mirrored: Connection) -> None:
    await add_trigger(mirrored, "RAISE EXCEPTION '' USING ERRCODE = '08006';")
    outcome, error = await june(mirrored)
    assert (outcome, "public.readings.request_id: an error without a message" in error) == ("partial", True)
    assert await current(mirrored, 10) == 20


async def test_r9_an_error_of_a_deferred_trigger_is_the_columns_failure(mirrored: Connection) -> None:
    await mirrored.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'could not connect' USING ERRCODE = '08001'; END $$;"
        "CREATE CONSTRAINT TRIGGER fails AFTER UPDATE ON readings DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    await targets.add(mirrored, "readings", "request_id", now=START)
    outcome, error = await june(mirrored)
    assert (outcome, "could not connect" in error) == ("partial", True)
    assert (await ids(mirrored, "readings"), await ids(mirrored, "others")) == ([10, 11], [20, 21])


async def test_r9_a_session_that_ended_is_no_columns_failure(mirrored: Connection, database: str) -> None:
    await add_trigger(mirrored, "PERFORM pg_terminate_backend(pg_backend_pid());")
    entered = await open_connection(database)
    with pytest.raises(UNREACHABLE):
        await june(entered)
    await entered.close()
    assert await current(mirrored, 10) == 10
    assert (await ids(mirrored, "readings"), await ids(mirrored, "others")) == ([10, 11], [10, 11])


async def test_r9_a_cancelled_run_does_not_wait_for_a_trigger(mirrored: Connection, database: str) -> None:
    await add_trigger(mirrored, "PERFORM pg_sleep(600);")
    async with create_pool(database) as pool, pool.acquire() as entered:
        working = asyncio.create_task(june(entered))
        asleep = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')"
        async with asyncio.timeout(60):
            while not await mirrored.fetchval(asleep):
                pass
            working.cancel()
            with pytest.raises(asyncio.CancelledError):
                await working
    assert await current(mirrored, 10) == 10
    assert await ids(mirrored, "readings") == [10, 11]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lock_timeout", "1234ms"),
        ("statement_timeout", "1h"),
        ("search_path", "elsewhere"),
        ("row_security", "on"),
        ("session_replication_role", "replica"),
        ("role", "pg_read_all_data"),
        ("session_authorization", "pg_read_all_data"),
        ("TimeZone", "Asia/Tokyo"),
    ],
)
@pytest.mark.parametrize("is_local", [True, False])
async def test_r9_what_a_trigger_sets_does_not_reach_the_mirrors_statements(
    mirrored: Connection, database: str, name: str, value: str, is_local: bool
) -> None:
    """The other table's statement trigger runs afterwards, with the settings of the mirror's session."""
    await add_trigger(mirrored, f"PERFORM set_config('{name}', '{value}', {is_local});")
    await mirrored.execute(
        "CREATE TABLE seen (setting text); GRANT ALL ON seen TO PUBLIC;"
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" INSERT INTO public.seen VALUES (current_setting('{name}')); RETURN NULL; END $$;"
        "CREATE TRIGGER looks AFTER UPDATE ON others EXECUTE FUNCTION look();"
    )
    await targets.add(mirrored, "others", "request_id", now=START)
    entered = await open_connection(database)
    before = await entered.fetchval(f"SELECT current_setting('{name}')")
    assert before != value
    outcome, error = await june(entered)
    assert (outcome, error) == ("complete", "")
    assert await entered.fetchval(f"SELECT current_setting('{name}')") == before
    await entered.close()
    expected = {"lock_timeout": "10s", "statement_timeout": "30min"}.get(name, before)
    assert await mirrored.fetchval("SELECT setting FROM seen") == expected
    assert (await ids(mirrored, "readings"), await ids(mirrored, "others")) == ([20, 21], [20, 21])


async def test_r9_a_trigger_that_never_ends_is_the_columns_failure(
    mirrored: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "STATEMENT_SECONDS", 1)
    await add_trigger(mirrored, "PERFORM pg_sleep(600);")
    outcome, error = await june(mirrored)
    assert (outcome, "statement timeout" in error) == ("partial", True)
    assert (await ids(mirrored, "readings"), await ids(mirrored, "others")) == ([10, 11], [20, 21])
    assert await mirrored.fetchval("SHOW statement_timeout") == "0"


async def test_r9_the_lock_timeout_ends_as_the_role_has_it(mirrored: Connection, database: str) -> None:
    """The feed is written after the columns, under a lock that others may hold."""
    await mirrored.execute(
        "CREATE TABLE seen (setting text);"
        "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO public.seen VALUES (current_setting('lock_timeout')); RETURN NULL; END $$;"
        "CREATE TRIGGER looks AFTER INSERT ON dcs_mirror.change EXECUTE FUNCTION look();"
    )
    entered = await asyncpg.connect(database, server_settings={"lock_timeout": "7min"})
    assert await june(entered) == ("complete", "")
    await entered.close()
    assert await mirrored.fetchval("SELECT setting FROM seen") == "7min"
