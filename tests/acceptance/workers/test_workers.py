"""Workers share the work of a sync: each institution once, within the limits, and as one process does it."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import CommandLine, Process, command_line
from tests.support.control import control
from tests.support.roles import entered_as, login_role
from tests.support.sessions import look, until
from tests.support.walk import assert_feed_replays, assert_views_equal

OUTCOMES = "SELECT hei_id, count(*) AS times FROM dcs.sync_outcome GROUP BY hei_id"
RUNS = "SELECT kind, outcome FROM dcs.sync_run ORDER BY run_id"
SHOWN = (
    "SELECT hei_id, name, subscribed, last_sync_outcome FROM dcs.institution ORDER BY 1",
    "SELECT hei_id, course_id, course_code, name, lecturer, removed_at IS NULL FROM dcs.course ORDER BY 1, 2",
    (
        "SELECT i.hei_id, c.course_code, i.request_id, i.title, i.author, i.content_status, i.content_url"
        " FROM dcs.content_item AS i LEFT JOIN dcs.course AS c USING (course_key) ORDER BY 1, 3"
    ),
    "SELECT hei_id, kind, entity, count(*) FROM dcs.change GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
)
"""What two mirrors of the same world show alike: all but keys and times."""
FEED = "SELECT kind, entity, key, count(*) FROM dcs.change GROUP BY 1, 2, 3 HAVING count(*) > 1"


@asynccontextmanager
async def working(dcs_mirror: CommandLine, *, count: int = 1) -> AsyncIterator[list[Process]]:
    """So many workers, which are told to stop at the end and then end with 0."""
    workers = [await dcs_mirror.start("worker") for _ in range(count)]
    try:
        yield workers
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.send_signal(signal.SIGTERM)
        ended = [await asyncio.wait_for(worker.communicate(), 15) for worker in workers]
    for worker, (_, err) in zip(workers, ended, strict=True):
        assert worker.returncode in {0, -signal.SIGKILL}, err.decode()
        assert b"Traceback" not in err, err.decode()


async def test_three_workers_do_what_one_process_does_each_institution_once(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    world = build_world(Sizes(institutions=12, courses=6, items=3), seed=4)
    async with running_sandbox(world, latency=0.01) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database).but(DCS_CONCURRENCY="6")
        async with working(dcs_mirror, count=3):
            done = await dcs_mirror("enqueue", "sync", "--wait", "--json")
        calls = sum(sandbox.stats.methods.values())
        assert done.code == 0, done.err
        assert {each["outcome"] for each in done.json["institutions"]} == {"complete"}
        assert len(done.json["institutions"]) == 12
        truth = await control(sandbox, "state")
        await assert_views_equal(connection, truth)
        await assert_feed_replays(connection)
        assert {row["times"] for row in await connection.fetch(OUTCOMES)} == {1}
        assert await connection.fetch(FEED) == []
        assert sandbox.stats.peak_in_flight <= 6
        row = await connection.fetchrow("SELECT * FROM dcs.sync_run")
        assert row is not None
        assert (row["kind"], row["outcome"], row["requests"]) == ("sync", "complete", calls)


@pytest.mark.parametrize("institutions", [8, pytest.param(40, marks=pytest.mark.long)])
async def test_r2_c5_a_night_survives_a_killed_worker_one_that_is_told_to_stop_and_a_lost_server(
    tmp_path: Path, own_server: EmbeddedServer, institutions: int
) -> None:
    """R2, C5: nothing twice in the feed, nothing left out, and what one process makes of the same world."""
    world = build_world(Sizes(institutions=institutions, courses=12, items=3), seed=4)
    await migrate.migrate(own_server.url())
    single = await database_beside(own_server, "single")
    async with running_sandbox(world) as sandbox:
        assert (await command_line(tmp_path, sandbox, single)("sync")).code == 0
    async with running_sandbox(world, latency=0.1) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, own_server.url()).but(DCS_CONCURRENCY="6")
        async with working(dcs_mirror, count=3) as workers:
            waiting = await dcs_mirror.start("enqueue", "sync")
            await waiting.communicate()
            await until_calls(sandbox, 3 * institutions // 2)
            workers[0].send_signal(signal.SIGKILL)
            await until_calls(sandbox, 3 * institutions)
            workers[1].send_signal(signal.SIGTERM)
            await asyncio.wait_for(workers[1].communicate(), 10)
            assert workers[1].returncode == 0
            await until_calls(sandbox, 4 * institutions)
            await asyncio.to_thread(own_server.stop)
            await asyncio.to_thread(own_server.start)
            async with look(own_server.url()) as connection:
                await until(connection, "SELECT outcome IS NOT NULL FROM dcs.sync_run", seconds=240)
        async with look(own_server.url()) as connection, look(single) as other:
            assert [tuple(row) for row in await connection.fetch(RUNS)] == [("sync", "complete")]
            await assert_views_equal(connection, await control(sandbox, "state"))
            await assert_feed_replays(connection)
            assert {row["times"] for row in await connection.fetch(OUTCOMES)} == {1}
            assert await connection.fetchval("SELECT count(*) FROM dcs.sync_outcome") == institutions
            assert await connection.fetch(FEED) == []
            for query in SHOWN:
                assert await connection.fetch(query) == await other.fetch(query)
            # What a killed or stopped worker was reading, or the server's end cut off, is read again.
            again = "SELECT count(*) FROM dcs_mirror.job WHERE attempts > 1 OR state <> 'done'"
            assert await connection.fetchval(again) <= 4
            assert sandbox.stats.methods["GetCourses"] <= institutions + 3 * 4
            assert sandbox.stats.peak_in_flight <= 6


async def test_sql_asks_for_a_refresh_and_sees_it_within_two_seconds(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=2, items=2), seed=1)) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        assert (await dcs_mirror("sync")).code == 0
        hei_id = await connection.fetchval("SELECT min(hei_id) FROM dcs.institution")
        async with login_role(connection, "reading_lists") as role, working(dcs_mirror):
            await connection.execute(f"GRANT dcs_requester TO {role}")
            async with look(entered_as(database, role)) as requester:
                assert (await dcs_mirror("enqueue", "refresh", str(hei_id), "--wait")).code == 0
                ended: asyncio.Queue[str] = asyncio.Queue()
                await requester.add_listener("dcs_refresh", lambda *told: ended.put_nowait(str(told[3])))
                took = []
                for seed in range(3):
                    await control(sandbox, "random-edits", count=5, seed=seed)
                    began = time.monotonic()
                    refresh_id = await requester.fetchval("SELECT dcs.request_refresh($1)", hei_id)
                    assert await asyncio.wait_for(ended.get(), 20) == str(refresh_id)
                    took.append(time.monotonic() - began)
                row = await requester.fetchrow(
                    "SELECT * FROM dcs.refresh_request WHERE refresh_id = $1", refresh_id
                )
                assert row is not None
                assert (row["outcome"], row["requested_by"], row["error"]) == ("complete", role, None)
                assert min(took) < 2, "the machine may be busy with other tests, but not always"
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await requester.fetch("SELECT FROM dcs_mirror.job")


async def test_a_hundred_who_ask_at_once_get_one_reading_and_who_asks_meanwhile_gets_a_later_one(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with running_sandbox(
        build_world(Sizes(institutions=1, courses=4, items=2), seed=1), latency=0.2
    ) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        assert (await dcs_mirror("sync")).code == 0
        hei_id = await connection.fetchval("SELECT min(hei_id) FROM dcs.institution")
        ask = "SELECT dcs.request_refresh($1) FROM generate_series(1, 100)"
        await connection.fetch(ask, hei_id)
        async with working(dcs_mirror):
            await until(connection, "SELECT bool_and(started_at IS NOT NULL) FROM dcs.refresh_request")
            await control(sandbox, "random-edits", count=5, seed=3)
            late = await connection.fetchval("SELECT dcs.request_refresh($1)", hei_id)
            await until(connection, "SELECT bool_and(finished_at IS NOT NULL) FROM dcs.refresh_request")
        assert await connection.fetchval("SELECT count(*) FROM dcs.sync_run WHERE kind = 'refresh'") == 2
        first, second = await connection.fetch(
            "SELECT started_at, finished_at, count(*) AS asked, max(refresh_id) AS last"
            " FROM dcs.refresh_request GROUP BY 1, 2 ORDER BY 1"
        )
        assert (first["asked"], second["asked"], second["last"]) == (100, 1, late)
        await assert_views_equal(connection, await control(sandbox, "state"))


async def until_calls(sandbox: RunningSandbox, calls: int) -> None:
    """Wait until the sandbox was called so often."""
    async with asyncio.timeout(30):
        while sum(sandbox.stats.methods.values()) < calls:  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(0.02)


async def database_beside(server: EmbeddedServer, name: str) -> str:
    """Make another database with the mirror's schema on the same server; return its address."""
    parts = urlsplit(server.url())
    async with look(server.url()) as connection:
        await connection.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(parts._replace(path=f"/{name}"))
    await migrate.migrate(url)
    return url
