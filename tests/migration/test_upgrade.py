"""A database that an earlier release filled for a year is upgraded: nothing is lost, and the mirror goes on.

Every release has a dump in `data/` and the statements of its readers in `readers/`. A new revision needs no
change here; a new release adds its two files (make_year.py).
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import running_sandbox
from dcs_mirror.schema import catalogue, migrate
from tests.migration.upstream import world_of
from tests.support.control import control
from tests.support.running import sync
from tests.support.walk import assert_views_equal
from tests.support.writing import unfollowed

HERE = Path(__file__).parent
RELEASES = sorted(file.stem for file in (HERE / "data").glob("*.sql"))

COLUMNS = """
SELECT c.oid::regclass::text AS relation, array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v') AND n.nspname !~ '^pg_|^information_schema$' AND c.relname <> 'alembic_version'
GROUP BY c.oid
"""

NUMBERED = """
SELECT c.oid::regclass::text AS relation, quote_ident(a.attname) AS column,
       pg_get_serial_sequence(c.oid::regclass::text, a.attname) AS sequence
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attidentity <> ''
WHERE c.relnamespace = 'dcs_mirror'::regnamespace
"""

Rows = list[asyncpg.Record]


class Stored(NamedTuple):
    """A database as a release left it."""

    release: str
    url: str
    connection: Connection


@pytest.fixture(params=RELEASES)
async def stored(request: pytest.FixtureRequest, empty_database: str) -> AsyncIterator[Stored]:
    restoring = await asyncpg.connect(empty_database)
    await restoring.execute((HERE / "data" / f"{request.param}.sql").read_text(encoding="utf-8"))
    await restoring.close()
    connection = await asyncpg.connect(empty_database, server_settings={"timezone": "UTC"})
    yield Stored(request.param, empty_database, connection)
    await connection.close()


async def columns(connection: Connection) -> dict[str, list[str]]:
    """The columns of every table and view that is no system's own, in their order."""
    return {row["relation"]: row["columns"] for row in await connection.fetch(COLUMNS)}


async def request_ids(connection: Connection) -> dict[int, int]:
    """The request id of every item that is not removed, by the item's key."""
    rows = await connection.fetch("SELECT * FROM dcs.content_item WHERE removed_at IS NULL")
    return {row["item_key"]: row["request_id"] for row in rows}


async def contents(connection: Connection, of: dict[str, list[str]]) -> dict[str, list[str]]:
    """Every row of the columns, as text, in an order of its own."""
    found = {}
    for relation, names in of.items():
        texts = ", ".join(f'"{name}"::text' for name in names)
        rows = await connection.fetch(f"SELECT ROW({texts})::text AS line FROM {relation} ORDER BY 1")
        found[relation] = [row["line"] for row in rows]
    return found


def reader_of(release: str) -> list[str]:
    """The statements that readers of that release may rely on."""
    script = (HERE / "readers" / f"{release}.sql").read_text(encoding="utf-8")
    return [statement for statement in script.split(";") if statement.strip()]


async def answers(connection: Connection, release: str) -> list[Rows]:
    return [await connection.fetch(statement) for statement in reader_of(release)]


async def test_the_year_has_rows_in_every_table_and_the_reader_reads_every_view(stored: Stored) -> None:
    known = await columns(stored.connection)
    empty = [name for name, rows in (await contents(stored.connection, known)).items() if not rows]
    assert empty == []
    prepared = [await stored.connection.prepare(statement) for statement in reader_of(stored.release)]
    read = [[attribute.name for attribute in statement.get_attributes()] for statement in prepared]
    views = {name: names for name, names in known.items() if name.startswith("dcs.")}
    assert [name for name, names in views.items() if names not in read] == []


async def test_nothing_is_lost_and_views_say_what_they_said(stored: Stored) -> None:
    """Not by the upgrade, and not by doing it again."""
    known = await columns(stored.connection)
    before = await contents(stored.connection, known)
    for _ in range(2):
        await migrate.migrate(stored.url)
        assert await migrate.schema_state(stored.connection) is migrate.SchemaState.CURRENT
        assert await catalogue.differences(stored.connection) == []
        assert await contents(stored.connection, known) == before
        assert await unfollowed(stored.connection) == []
        now = await columns(stored.connection)
        assert [v for v in known if v.startswith("dcs.") and now[v][: len(known[v])] != known[v]] == []


async def test_an_old_programs_reader_still_reads(stored: Stored) -> None:
    before = await answers(stored.connection, stored.release)
    await migrate.migrate(stored.url)
    async with stored.connection.transaction():
        await stored.connection.execute("SET LOCAL ROLE dcs_reader")
        assert await answers(stored.connection, stored.release) == before


async def test_numbers_go_on_above_those_that_were_given(stored: Stored) -> None:
    connection = stored.connection
    given = {
        (relation, column): await connection.fetchval(
            f"SELECT greatest((SELECT last_value FROM {sequence}), max({column})) FROM {relation}"
        )
        for relation, column, sequence in await connection.fetch(NUMBERED)
    }
    assert len(given) >= 9
    await migrate.migrate(stored.url)
    following = {
        (relation, column): await connection.fetchval("SELECT nextval($1::text::regclass)", sequence)
        for relation, column, sequence in await connection.fetch(NUMBERED)
    }
    assert [name for name, last in given.items() if following[name] <= last] == []


async def test_the_mirror_goes_on_with_it(stored: Stored) -> None:
    """The next night changes nothing, what is added gets new keys, and June keeps the old ones."""
    connection = stored.connection
    await migrate.migrate(stored.url)
    tonight: datetime = await connection.fetchval("SELECT max(started_at) FROM dcs.sync_run") + timedelta(
        days=1
    )
    before = await request_ids(connection)
    last_change = await connection.fetchval("SELECT max(change_id) FROM dcs.change")
    world = await world_of(connection)
    async with running_sandbox(world) as sandbox:
        report = await sync(sandbox, stored.url, now=tonight)
        assert report.outcome == "complete"
        assert {(o.added, o.removed, o.renumbered) for o in report.institutions} == {(0, 0, 0)}
        assert await assert_views_equal(connection, await control(sandbox, "state")) > 1000

        hei = next(i.id for i in world.institutions.values() if i.subscribed)
        course = next(c for c in world.institutions[hei].courses.values() if c.status == "Active")
        made = await control(sandbox, "add", hei=hei, kind="item", course_id=course.id)
        await sync(sandbox, stored.url, now=tonight + timedelta(days=1))
        key = await connection.fetchval(
            "SELECT item_key FROM dcs.content_item WHERE request_id = $1", made["request_id"]
        )
        assert key > await connection.fetchval(
            "SELECT max(item_key) FROM dcs.content_item WHERE item_key <> $1", key
        )

        await control(sandbox, "rollover", hei=hei, new_course_ids=True)
        report = await sync(sandbox, stored.url, now=tonight + timedelta(days=2))
        assert report.outcome == "complete"
        assert sum(o.renumbered for o in report.institutions) > 10
        await assert_views_equal(connection, await control(sandbox, "state"))
    after = await request_ids(connection)
    assert after.keys() >= before.keys()
    assert sum(after[key] != request_id for key, request_id in before.items()) > 10
    stale = (
        "SELECT count(*) FROM library.reading_list AS r"
        " WHERE r.request_id <> dcs.current_request_id(r.request_id, r.hei_id)"
    )
    assert await connection.fetchval(stale) == 0
    feed = await connection.fetch("SELECT change_id FROM dcs.change WHERE run_id = $1", report.run_id)
    assert min(row["change_id"] for row in feed) > last_change
