"""A restore that nobody announced: noticed by where the database is, and nothing is handed out twice (R2)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
import structlog

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.reconcile.purge import purge
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import ItemChanges, add_course, add_item, edit_item
from dcs_mirror.store import restored
from tests.support.control import control
from tests.support.restoring import Dump, DumpIntoNewDatabase, TemplateCopy, feed_state, handed_out
from tests.support.roles import entered_as, login_role
from tests.support.running import sync
from tests.support.sessions import look
from tests.support.walk import assert_feed_replays, assert_views_equal

NOW = datetime(2026, 5, 20, 2, tzinfo=UTC)
KEYS = "SELECT item_key FROM dcs.content_item UNION ALL SELECT course_key FROM dcs.course"
ORIGIN = "SELECT origin FROM dcs_mirror.feed_state"
BEGAN_AT = "SELECT began_at FROM dcs_mirror.feed_state"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=3, items=3), seed=11)) as running:
        yield running


def grow(sandbox: RunningSandbox) -> None:
    """Let every institution get a course and two requests, and change the status of a third."""
    world = sandbox.world
    for institution in world.institutions.values():
        course = add_course(world, institution, world.dice, code=None, items=1)
        item = add_item(world, institution, world.dice, course, ItemChanges(content_status="Active"))
        edit_item(world, item, ItemChanges(content_status="Archived"))


def warnings(logged: list[structlog.typing.EventDict]) -> list[structlog.typing.EventDict]:
    return [line for line in logged if line["log_level"] == "warning"]


async def keys(url: str) -> set[int]:
    async with look(url) as connection:
        return {row[0] for row in await connection.fetch(KEYS)}


@pytest.mark.parametrize("kind", [TemplateCopy, Dump, DumpIntoNewDatabase])
async def test_r2_no_number_is_handed_out_twice_after_a_restore_that_nobody_announced(
    sandbox: RunningSandbox, database: str, kind: type[TemplateCopy | Dump]
) -> None:
    """R2: also if one backup is restored a second time."""
    await sync(sandbox, database, now=NOW)
    backup, seen, last, epochs = kind(database), await keys(database), await handed_out(database), []
    for _ in range(2):
        await backup.back_up()
        grow(sandbox)
        await sync(sandbox, database, now=NOW.replace(day=21))
        given, state = await handed_out(database), await feed_state(database)
        assert all(given[table] > last[table] for table in ("content_item", "course", "change", "sync_run"))
        seen |= await keys(database)
        await backup.restore()

        grow(sandbox)
        with structlog.testing.capture_logs() as logged:
            assert (await sync(sandbox, database, now=NOW.replace(day=22))).outcome == "complete"
        (warning,) = warnings(logged)
        assert "another database" in warning["noticed"] or "tables that were made anew" in warning["noticed"]
        last = await handed_out(database)
        assert all(last[table] >= given[table] + 1_000_000_000 for table in given)
        after = await feed_state(database)
        assert after.high_water > state.high_water
        epochs += [state.epoch, after.epoch]
        async with look(database) as connection:
            await assert_views_equal(connection, await control(sandbox, "state"))
            await assert_feed_replays(connection)
        new = await keys(database) - seen
        assert new
        assert min(new) > max(given["content_item"], given["course"])
        assert max(new) < 2**53, "it is exact in JSON"
    assert len(set(epochs)) == 3
    await backup.drop()


async def test_r2_one_backup_that_is_restored_twice_gives_out_other_numbers_each_time(
    sandbox: RunningSandbox, database: str
) -> None:
    await sync(sandbox, database, now=NOW)
    dump, given = Dump(database), []
    await dump.back_up()
    for _ in range(3):
        await dump.restore()
        before = await keys(database)
        grow(sandbox)
        await sync(sandbox, database, now=NOW.replace(day=21))
        given.append(await keys(database) - before)
    assert all(given)
    assert len(set.union(*given)) == sum(map(len, given))
    await dump.drop()


async def test_r2_the_first_run_takes_over_where_it_is_and_says_nothing(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    """The first after the upgrade: nothing is known that could differ."""
    epoch = (await feed_state(database)).epoch
    for _ in range(2):
        with structlog.testing.capture_logs() as logged:
            await sync(sandbox, database, now=NOW)
        assert warnings(logged) == []
        assert (await feed_state(database)).epoch == epoch
        assert {part.split("=")[0] for part in (await connection.fetchval(ORIGIN)).split()} == {
            "cluster",
            "timeline",
            "database",
            "table",
        }
    assert max((await handed_out(database)).values()) < 1_000_000


async def test_r2_several_programs_notice_one_restore_once(sandbox: RunningSandbox, database: str) -> None:
    await sync(sandbox, database, now=NOW)
    copy = TemplateCopy(database)
    await copy.back_up()
    await copy.restore()
    opened = [await asyncpg.connect(database) for _ in range(8)]
    await opened[0].execute("SET default_transaction_isolation = 'repeatable read'")
    async with look(database) as other:
        lock = other.transaction()
        await lock.start()
        await other.execute("SELECT FROM dcs_mirror.feed_state FOR UPDATE")
        with structlog.testing.capture_logs() as logged:
            noticing = asyncio.gather(*(restored.current_epoch(each, now=NOW) for each in opened))
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
            async with asyncio.timeout(60):
                while await other.fetchval(waiting, other.get_server_pid()) < 1:
                    pass
            await lock.rollback()
            epochs = await noticing
    assert len(set(epochs)) == 1
    assert len(warnings(logged)) == 1
    for each in opened:
        await each.close()


async def test_r2_a_copy_that_runs_beside_the_original_has_an_epoch_of_its_own(
    sandbox: RunningSandbox, database: str
) -> None:
    """Blue and green: what either of them hands out, the other does not."""
    await sync(sandbox, database, now=NOW)
    copy = TemplateCopy(database)
    await copy.back_up()
    original, shared = await feed_state(database), await keys(database)
    for day in (21, 22):
        grow(sandbox)
        for url in (database, copy.url):
            assert (await sync(sandbox, url, now=NOW.replace(day=day))).outcome == "complete"
    assert (await feed_state(database)).epoch == original.epoch
    assert (await feed_state(copy.url)).epoch != original.epoch
    assert await keys(database) & await keys(copy.url) == shared
    await copy.drop()


async def test_r2_a_role_that_is_told_less_notices_what_it_can_and_never_alternates(
    sandbox: RunningSandbox, database: str
) -> None:
    """As on a managed server: who may not call a function leaves its part out, and keeps what others know."""
    async with look(database) as admin, login_role(admin, "dcs_sync") as writer:
        await admin.execute(f"GRANT dcs_mirror_writer TO {writer}")
        for function in ("pg_control_system()", "pg_walfile_name(pg_lsn)"):
            await admin.execute(f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC")
        as_writer = entered_as(database, writer)
        await sync(sandbox, as_writer, now=NOW)
        assert "cluster" not in await admin.fetchval(ORIGIN)
        epoch = (await feed_state(database)).epoch
        for url in (database, as_writer, database):
            await sync(sandbox, url, now=NOW)
            assert "cluster" in await admin.fetchval(ORIGIN)
        assert (await feed_state(database)).epoch == epoch
        before = await handed_out(database)
        await admin.execute("UPDATE dcs_mirror.feed_state SET origin = replace(origin, 'table=', 'table=1')")
        grow(sandbox)
        await sync(sandbox, as_writer, now=NOW)
        after = await handed_out(database)
        assert (await feed_state(database)).epoch != epoch
        assert all(after[table] >= before[table] + 1_000_000_000 for table in before)


@pytest.mark.parametrize("part", ["cluster", "timeline", "database", "table"])
async def test_r2_each_part_of_where_it_is_is_noticed(
    database: str, connection: Connection, part: str
) -> None:
    """R2: another cluster is one that was upgraded or copied by files, another timeline a fail-over."""
    epoch = await restored.current_epoch(connection, now=NOW)
    await connection.execute(
        "UPDATE dcs_mirror.feed_state SET origin = regexp_replace(origin, $1, $2)",
        rf"{part}=\S+",
        f"{part}=1",
    )
    with structlog.testing.capture_logs() as logged:
        assert await restored.current_epoch(connection, now=NOW) != epoch
    (warning,) = warnings(logged)
    assert "(1, now " in warning["noticed"]
    assert await connection.fetchval(BEGAN_AT) == NOW


async def test_r2_a_sequence_that_a_logical_copy_left_behind_moves_on_too(
    database: str, connection: Connection
) -> None:
    """Logical replication copies rows and no sequences."""
    await connection.execute("ALTER SEQUENCE dcs_mirror.change_change_id_seq RESTART")
    await restored.begin_epoch(connection, now=NOW)
    assert (await handed_out(database))["change"] > 10**12


async def test_r2_a_run_id_that_is_larger_than_a_locks_key_still_locks(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    """Two more runs, the second of which marks a dead one and not the living."""
    await restored.begin_epoch(connection, now=NOW)
    dead = await connection.fetchval(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ('sync', $1) RETURNING run_id", NOW
    )
    assert dead > 2**32
    assert (await sync(sandbox, database, now=NOW)).outcome == "complete"
    rows = await connection.fetch("SELECT run_id, outcome FROM dcs.sync_run ORDER BY run_id")
    assert [row["outcome"] for row in rows] == ["interrupted", "complete"]


async def test_r2_what_hands_out_a_number_without_a_run_notices_too(
    sandbox: RunningSandbox, database: str
) -> None:
    await sync(sandbox, database, now=NOW)
    async with look(database) as connection:
        await connection.execute("CREATE TABLE shelf (request_id bigint)")
        changed = "UPDATE dcs_mirror.feed_state SET origin = replace(origin, 'table=', 'table=1')"
        await connection.execute(changed)
        await targets.add(connection, "shelf", "request_id", now=NOW)
        assert await connection.fetchval("SELECT target_id FROM dcs_mirror.target") > 1_000_000_000
        await connection.execute(changed)
        before = await connection.fetchval("SELECT max(run_id) FROM dcs.sync_run")
        purged = await purge(connection, min(sandbox.world.institutions), now=NOW)
        assert purged.run_id > before + 1_000_000_000
