"""A night: what a sync leaves in the views, for a world that is new, the same, or edited."""

from collections.abc import AsyncIterator

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.control import control
from tests.support.running import sync
from tests.support.sessions import until
from tests.support.versions import versions
from tests.support.walk import FeedReader, assert_feed_replays, assert_views_equal


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=4, courses=30, items=6), seed=7)) as running:
        yield running


@pytest.mark.parametrize(
    ("institutions", "courses"), [(8, 50), pytest.param(20, 100, marks=pytest.mark.long)]
)
async def test_every_field_of_a_large_world_is_mirrored(
    institutions: int, courses: int, database: str, connection: Connection
) -> None:
    sizes = Sizes(institutions=institutions, courses=courses, items=8)
    async with running_sandbox(build_world(sizes, seed=1)) as sandbox:
        report = await sync(sandbox, database)
        assert (report.outcome, report.exit_code) == ("complete", 0)
        compared = await assert_views_equal(connection, await control(sandbox, "state"))
    assert compared > institutions * courses * 8 * 30


async def test_an_unchanged_night_writes_nothing_but_the_run(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    await sync(sandbox, database)
    before = await versions(connection)
    report = await sync(sandbox, database)
    assert {(o.outcome, o.added, o.changed, o.removed) for o in report.institutions} == {
        ("complete", 0, 0, 0)
    }
    assert await versions(connection) == before
    runs = await connection.fetchval("SELECT count(*) FROM dcs.sync_run")
    outcomes = await connection.fetchval("SELECT count(*) FROM dcs.sync_outcome")
    assert (runs, outcomes) == (2, 8)


@pytest.fixture
async def connection_of_a_quiet_server(connection: Connection) -> AsyncIterator[Connection]:
    """A connection to a server whose log is written by the test alone, and written as servers write it.

    The log is the whole server's: autovacuum of any of its databases would be counted as the mirror's.
    """
    before = await connection.fetchval("SHOW full_page_writes")
    await connection.execute("ALTER SYSTEM SET full_page_writes = on")
    await connection.execute("ALTER SYSTEM SET autovacuum = off")
    await connection.execute("SELECT pg_reload_conf()")
    await until(
        connection,
        "SELECT NOT current_setting('autovacuum')::boolean AND NOT EXISTS "
        "(SELECT FROM pg_stat_activity WHERE backend_type LIKE 'autovacuum%')",
    )
    yield connection
    await connection.execute(f"ALTER SYSTEM SET full_page_writes = {before}")
    await connection.execute("ALTER SYSTEM RESET autovacuum")
    await connection.execute("SELECT pg_reload_conf()")


async def test_an_unchanged_night_writes_under_ten_kilobytes_of_wal_an_institution(
    sandbox: RunningSandbox, database: str, connection_of_a_quiet_server: Connection
) -> None:
    connection = connection_of_a_quiet_server
    await sync(sandbox, database)
    # What PostgreSQL notes once on each page after its load, as soon as the load itself is on disk.
    await connection.execute("CHECKPOINT")
    await connection.execute("VACUUM (FREEZE)")
    assert await _wal_of_a_sync(sandbox, database, connection) < 4 * 10_240
    # A day later a checkpoint has passed: every page touched is written whole again.
    await connection.execute("CHECKPOINT")
    assert await _wal_of_a_sync(sandbox, database, connection) < 4 * 10_240


@pytest.mark.parametrize("edits", [2, pytest.param(6, marks=pytest.mark.long)])
async def test_after_random_edits_the_views_equal_the_world_again(
    edits: int, sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    await sync(sandbox, database)
    reader = FeedReader()
    await reader.catch_up(connection)
    for seed in range(edits):
        keys = await _keys(connection)
        await control(sandbox, "random-edits", count=60, seed=seed)
        report = await sync(sandbox, database, accept_removals=True)
        assert report.outcome == "complete"
        truth = await control(sandbox, "state")
        await assert_views_equal(connection, truth)
        await reader.assert_equals_views(connection)
        await assert_feed_replays(connection)
        after = await _keys(connection)
        # The mirror's keys of surviving rows never change.
        assert {request_id: after[request_id] for request_id in keys} == keys
        repeated = await sync(sandbox, database)
        assert {(o.added, o.changed, o.removed) for o in repeated.institutions} == {(0, 0, 0)}


async def test_the_requests_in_flight_never_pass_the_limit(database: str) -> None:
    world = build_world(Sizes(institutions=6, courses=20, items=1), seed=3)
    async with running_sandbox(world, latency=0.01) as sandbox:
        await sync(sandbox, database, concurrency=7)
        stats = await control(sandbox, "stats")
    assert stats["peak_in_flight"] == 7


async def _wal_of_a_sync(sandbox: RunningSandbox, database: str, connection: Connection) -> int:
    before = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
    await sync(sandbox, database)
    return int(
        await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::pg_lsn)", before)
    )


async def _keys(connection: Connection) -> dict[int, int]:
    rows = await connection.fetch("SELECT request_id, item_key FROM dcs.content_item")
    return {row["request_id"]: row["item_key"] for row in rows}
