"""What is replaced after the mirror looked at a registered table leaves nothing behind, and is told (R9)."""

import itertools
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.store import table_code
from dcs_mirror.store.table_code import Registered, TableCode, look
from tests.support.readings import HEI
from tests.support.registered import NAME, World, june, owned_table, register
from tests.support.registered import look as check

CHANGED = "the code that lists.reading runs was replaced while the mirror worked on it"
STEAL = (
    "CREATE FUNCTION lists.steal() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
    " PERFORM lists.run(); UPDATE dcs_mirror.institution SET name = 'stolen'; END $$;"
    "CREATE FUNCTION lists.thief(x bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS"
    " $$ BEGIN PERFORM lists.steal(); RETURN x; END $$;"
)
REACT = (
    "CREATE OR REPLACE FUNCTION lists.react() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN {does}; RETURN new; END $$;"
)
CALM, THIEF = REACT.format(does="NULL"), REACT.format(does="PERFORM lists.steal()")
TRIGGER = "CREATE TRIGGER t BEFORE UPDATE ON lists.{} FOR EACH ROW EXECUTE FUNCTION lists.react();"
# What a rollback does not undo: statements that the session prepared do something else from now on.
SPOIL = REACT.format(
    does="PERFORM lists.run();"
    "FOR n IN 1..500 LOOP BEGIN"
    " EXECUTE format('DEALLOCATE __asyncpg_stmt_%s__', to_hex(n));"
    " EXECUTE format('PREPARE __asyncpg_stmt_%s__ AS SELECT lists.steal()', to_hex(n));"
    " EXCEPTION WHEN OTHERS THEN END; END LOOP;"
    "RAISE EXCEPTION 'spoiled'"
)


class Case(NamedTuple):
    """What was seen, what the owner does once the mirror has looked, and before it looks again."""

    seen: str
    between: str
    after: str = "SELECT"


CASES = {
    "a function that is put back afterwards": Case(CALM + TRIGGER.format("reading"), THIEF, CALM),
    "a trigger of a child table": Case(
        THIEF + "CREATE TABLE lists.child () INHERITS (lists.reading);"
        "INSERT INTO lists.child (request_id) VALUES (10); GRANT ALL ON lists.child TO PUBLIC",
        TRIGGER.format("child"),
    ),
    "a trigger of a table whose rows follow": Case(
        "ALTER TABLE lists.reading ADD UNIQUE (request_id);"
        "CREATE TABLE lists.copy (request_id bigint REFERENCES lists.reading (request_id) ON UPDATE CASCADE);"
        "INSERT INTO lists.copy VALUES (10)",
        TRIGGER.format("copy"),
    ),
    "statistics": Case(
        "SELECT", "CREATE STATISTICS lists.s ON (request_id + lists.thief(1)) FROM lists.reading"
    ),
    "a constraint of a domain": Case(
        "CREATE DOMAIN lists.an_id AS bigint; ALTER TABLE lists.reading ALTER request_id TYPE lists.an_id",
        "ALTER DOMAIN lists.an_id ADD CHECK (lists.thief(value) > 0) NOT VALID",
    ),
}


@pytest.fixture
async def world(connection: Connection, database: str) -> AsyncIterator[World]:
    async with owned_table(connection, database) as owned:
        await owned.owner.execute(STEAL)
        yield owned


def act(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the owner act right after the mirror's first look, and right before its second one."""
    looks = itertools.count()

    async def look_and_act(session: Connection, column: Registered) -> TableCode:
        turn = next(looks)
        if turn == 1:
            await world.owner.execute(case.after)
        found = await look(session, column)
        if turn == 0:
            await world.owner.execute(case.between)
        return found

    monkeypatch.setattr(table_code, "look", look_and_act)


async def is_stolen(world: World) -> bool:
    found: bool = await world.admin.fetchval("SELECT bool_or(name = 'stolen') FROM dcs_mirror.institution")
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_r9_what_is_replaced_between_look_and_run_is_undone_and_told(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.owner.execute(case.seen)
    await register(world.url)
    act(world, case, monkeypatch)
    outcome, error = await june(world.url)
    assert await world.ran() > 0, "this case runs nothing"
    assert not await is_stolen(world)
    assert (outcome, NAME in error) == ("partial", True)
    assert CHANGED in error
    assert (await world.ids())[:2] == ["10", "11"]
    assert await world.admin.fetchval("SELECT count(*) FROM dcs.content_item WHERE request_id > 19") == 2


async def test_r9_an_error_of_replaced_code_leaves_no_statement_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error rolls back to before the column, but not what the session prepared."""
    await world.owner.execute(CALM + TRIGGER.format("reading"))
    await register(world.url)
    act(world, Case("", SPOIL), monkeypatch)
    outcome, error = await june(world.url)
    assert (outcome, "spoiled" in error) == ("partial", True)
    assert await world.admin.fetchval("SELECT count(*) FROM dcs.content_item WHERE request_id > 19") == 2
    assert not await is_stolen(world)


async def test_r9_what_is_replaced_while_a_column_is_read_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seven = "CREATE FUNCTION lists.seven(x int) RETURNS int IMMUTABLE LANGUAGE sql RETURN 7"
    await world.owner.execute(seven)
    case = Case("", "CREATE STATISTICS lists.s ON (n + lists.seven(1)) FROM lists.reading")
    await register(world.url)
    act(world, case, monkeypatch)
    assert CHANGED in (await check(world.url))[HEI][NAME]
