"""Code of a registered table that its triggers and expressions do not name is not run, but told (R9)."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from dcs_mirror.database.connections import Connection
from tests.support.registered import World, everything, look, owned_table, register

DOMAIN = "CREATE DOMAIN lists.an_id AS bigint CHECK (lists.same(value) > 0);"
RANGE = (
    "CREATE FUNCTION lists.apart(a bigint, b bigint) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS"
    " $$ BEGIN PERFORM lists.run(); RETURN a - b; END $$;"
    "CREATE TYPE lists.span AS RANGE (subtype = bigint, subtype_diff = lists.apart);"
)
FILL = (
    "CREATE INDEX ON lists.reading (request_id); INSERT INTO lists.reading (request_id, s)"
    " SELECT 10, {made} FROM generate_series(1, 2000) AS g"  # enough to split pages again
)
CASCADE = (
    "ALTER TABLE lists.reading ADD UNIQUE (request_id);"
    "CREATE TABLE lists.copy (request_id bigint REFERENCES lists.reading (request_id) ON UPDATE CASCADE)"
    " PARTITION BY RANGE (request_id); CREATE TABLE lists.part PARTITION OF lists.copy DEFAULT;"
    "INSERT INTO lists.copy VALUES (10)"
)
CAST = (
    "CREATE TYPE lists.mood AS ENUM ('calm');"
    "CREATE FUNCTION lists.number(lists.mood) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN 11; END';"
    "CREATE FUNCTION lists.feel(bigint) RETURNS lists.mood LANGUAGE plpgsql"
    " AS $$ BEGIN RETURN 'calm'; END $$;"
    "CREATE CAST (lists.mood AS bigint) WITH FUNCTION lists.number AS IMPLICIT;"
    "CREATE CAST (bigint AS lists.mood) WITH FUNCTION lists.feel AS ASSIGNMENT;"
    "ALTER TABLE lists.reading ADD UNIQUE (request_id);"
    "CREATE DOMAIN lists.felt AS lists.mood; CREATE TABLE lists.copy"
    " (request_id lists.felt REFERENCES lists.reading (request_id){on_update});"
    "INSERT INTO lists.copy VALUES ('calm')"
)
NOTHING = "SELECT"


class Case(NamedTuple):
    """What the operator saw, and what the owner does then."""

    seen: str
    later: str


CASES = {
    "a domain in an array that text becomes": Case(
        NOTHING,
        f"{DOMAIN} ALTER TABLE lists.reading"
        " ADD CHECK (('{' || request_id::text || '}')::lists.an_id[] IS NOT NULL)",
    ),
    "a domain in a row that text becomes": Case(
        NOTHING,
        f"{DOMAIN} CREATE TYPE lists.pair AS (a lists.an_id, b text);"
        "ALTER TABLE lists.reading ADD CHECK (('(' || request_id::text || ',x)')::lists.pair IS NOT NULL)",
    ),
    "a cast to JSON": Case(
        NOTHING,
        "CREATE TYPE lists.mood AS ENUM ('calm');"
        "CREATE FUNCTION lists.as_json(x lists.mood) RETURNS json LANGUAGE plpgsql IMMUTABLE AS"
        " $$ BEGIN PERFORM lists.run(); RETURN '1'; END $$;"
        "CREATE CAST (lists.mood AS json) WITH FUNCTION lists.as_json;"
        "ALTER TABLE lists.reading ADD mood lists.mood DEFAULT 'calm';"
        "ALTER TABLE lists.reading ADD CHECK (JSON_ARRAY(mood) IS NOT NULL)",
    ),
    "a trigger of a table whose rows follow": Case(
        CASCADE,
        "CREATE TRIGGER t AFTER UPDATE ON lists.copy FOR EACH ROW EXECUTE FUNCTION lists.react()",
    ),
    "a constraint of a part of it": Case(
        CASCADE,
        "ALTER TABLE lists.part ADD CHECK (lists.same(request_id) > 0)",
    ),
    "a cast that a foreign key compares with": Case(
        CAST.format(on_update=""),
        "CREATE OR REPLACE FUNCTION lists.number(lists.mood) RETURNS bigint LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM lists.run(); RETURN 11; END'",
    ),
    "a cast that a foreign key writes with": Case(
        CAST.format(on_update=" ON UPDATE CASCADE").replace("RETURN 11", "RETURN 10"),
        "CREATE OR REPLACE FUNCTION lists.feel(bigint) RETURNS lists.mood LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM lists.run(); RETURN 'calm'; END $$",
    ),
    "the default that a foreign key sets": Case(
        "ALTER TABLE lists.reading ADD UNIQUE (request_id); CREATE TABLE lists.copy (request_id bigint"
        " REFERENCES lists.reading (request_id) ON UPDATE SET DEFAULT DEFERRABLE INITIALLY DEFERRED);"
        "INSERT INTO lists.copy VALUES (10)",
        "ALTER TABLE lists.copy ALTER request_id SET DEFAULT lists.same(11)",
    ),
    "a domain that a constraint names": Case(
        "CREATE DOMAIN lists.an_id AS bigint;"
        "ALTER TABLE lists.reading ADD CHECK (request_id::lists.an_id > 0)",
        "ALTER DOMAIN lists.an_id ADD CHECK (lists.same(value) > 0)",
    ),
    "a domain that a trigger names": Case(
        "CREATE DOMAIN lists.an_id AS bigint;"
        "CREATE FUNCTION lists.pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER t BEFORE UPDATE ON lists.reading FOR EACH ROW"
        " WHEN (new.request_id::lists.an_id > 0) EXECUTE FUNCTION lists.pass()",
        "ALTER DOMAIN lists.an_id ADD CHECK (lists.same(value) > 0)",
    ),
    "a function's default argument": Case(
        "CREATE FUNCTION lists.plus(x bigint, y bigint DEFAULT 0) RETURNS bigint IMMUTABLE LANGUAGE plpgsql"
        " AS 'BEGIN RETURN x; END'; ALTER TABLE lists.reading ADD CHECK (lists.plus(request_id) > 0)",
        "CREATE OR REPLACE FUNCTION lists.plus(x bigint, y bigint DEFAULT lists.run())"
        " RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN x; END'",
    ),
}
SLOW_CASES = {
    "a range type under two domains": Case(
        NOTHING,
        f"{RANGE} CREATE DOMAIN lists.one AS lists.span; CREATE DOMAIN lists.two AS lists.one;"
        "ALTER TABLE lists.reading ADD s lists.two DEFAULT '[1,2)';"
        "CREATE INDEX ON lists.reading USING gist (s);" + FILL.format(made="lists.span(g, g + 1)"),
    ),
    "a range in a row": Case(
        NOTHING,
        f"{RANGE} CREATE TYPE lists.pair AS (s lists.span); ALTER TABLE lists.reading ADD s lists.pair;"
        "CREATE INDEX ON lists.reading USING gist (((s).s));"
        + FILL.format(made="ROW(lists.span(g, g + 1))::lists.pair"),
    ),
}


@pytest.fixture
async def world(connection: Connection, database: str) -> AsyncIterator[World]:
    async with owned_table(connection, database) as owned:
        yield owned


@pytest.mark.parametrize(
    "case",
    [
        *(pytest.param(case, id=name) for name, case in CASES.items()),
        *(pytest.param(case, id=name, marks=pytest.mark.long) for name, case in SLOW_CASES.items()),
    ],
)
async def test_r9_what_the_owner_hides_is_not_run_but_told(world: World, case: Case) -> None:
    """And it would run: an ordinary statement that does what the mirror does runs it."""
    await world.owner.execute(case.seen)
    await register(world.url)
    assert await look(world.url) == {}
    later = case.later
    if world.owner.get_server_version().major < 16:
        later = later.replace("JSON_ARRAY", "json_build_array")
    await world.owner.execute(later)
    so_far = await world.ran()
    said = await everything(world.url)
    assert await world.ran() == so_far
    assert all("not run, because" in line for line in said), said
    await world.admin.execute("UPDATE lists.reading SET request_id = 30 WHERE request_id = 10")
    assert await world.ran() > so_far
