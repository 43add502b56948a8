"""A real PgBouncer before the server: session mode works as Debian installs it, other modes are refused."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from dcs_mirror.database import connections
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.command import command_line
from tests.support.services import pgbouncer

Settings: TypeAlias = dict[str, str | int]


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=3, items=3), seed=3)) as running:
        yield running


def place(database: str) -> dict[str, str]:
    """The host of a server's socket, as PgBouncer wants it."""
    return {"host": parse_qs(urlsplit(database).query)["host"][0], "user": "postgres"}


def through(port: int, database: str, parameters: str = "") -> str:
    return f"postgresql://postgres@127.0.0.1:{port}{urlsplit(database).path}{parameters}"


async def test_every_command_works_through_a_pool_in_session_mode(
    service_folder: Path, tmp_path: Path, empty_database: str, sandbox: RunningSandbox
) -> None:
    with pgbouncer(service_folder, place(empty_database), pool_mode="session") as port:
        dcs_mirror = command_line(tmp_path, sandbox, through(port, empty_database))
        for command in ("migrate", "sync", "sync", "status", "reconcile", "restored", "doctor"):
            finished = await dcs_mirror(command)
            assert finished.code == 0, finished


@pytest.mark.parametrize("reset", ["DISCARD ALL", ""])
async def test_the_sessions_settings_hold_whatever_was_there_before_and_after_a_return(
    service_folder: Path, database: str, reset: str
) -> None:
    settings: Settings = {"pool_mode": "session", "server_reset_query": reset, "default_pool_size": 2}
    with pgbouncer(service_folder, place(database), **settings) as port:
        url = through(port, database)
        before = await asyncpg.connect(url)
        await before.execute(
            "SET search_path = public; SET row_security = on; SET datestyle = German;"
            "CREATE TEMP TABLE course ();"
            "SET SESSION AUTHORIZATION pg_monitor; PREPARE __asyncpg_stmt_1__ AS SELECT 1"
        )
        await before.close()
        async with connections.create_pool(url) as pool:
            for _ in range(2):
                async with pool.acquire() as connection:
                    for name, value in connections.SESSION.items():
                        assert await connection.fetchval(f"SHOW {name}") == value, name
                    assert await connection.fetchval("SELECT session_user") == "postgres"
                    assert await connection.fetchval("SELECT to_regclass('pg_temp.course')") is None
                    await connection.execute("SET search_path = public; SET timezone = 'Asia/Tokyo'")


@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("hidden", [False, True])
async def test_other_modes_are_refused_by_name_before_anything_is_done(
    service_folder: Path,
    tmp_path: Path,
    empty_database: str,
    sandbox: RunningSandbox,
    mode: str,
    *,
    hidden: bool,
) -> None:
    """Also if the pooler ignores what it does not know, and has sessions idle that others left."""
    settings = {"ignore_startup_parameters": "extra_float_digits,options,search_path"} if hidden else {}
    with pgbouncer(service_folder, place(empty_database), pool_mode=mode, **settings) as port:
        url = through(port, empty_database)
        if hidden and mode == "transaction":
            async with AsyncExitStack() as stack:
                for _ in range(3):
                    other = await asyncpg.connect(url, statement_cache_size=0)
                    stack.push_async_callback(other.close)
                    await other.execute("BEGIN")
                    stack.push_async_callback(other.execute, "COMMIT")
        dcs_mirror = command_line(tmp_path, sandbox, url)
        for command in ("migrate", "sync", "status"):
            finished = await dcs_mirror(command)
            assert finished.code == 4
            lines = [line for line in finished.err.splitlines() if "pooler" in line]
            assert len(lines) == 1, finished
            (line,) = lines
            assert "transaction or statement mode" in line
            assert "pool_mode=session" in line
        assert (await dcs_mirror("doctor")).code == 1
    looking = await asyncpg.connect(empty_database)
    assert await looking.fetchval("SELECT to_regnamespace('dcs_mirror')") is None
    await looking.close()


async def test_a_parameter_that_the_pooler_refuses_is_named(service_folder: Path, database: str) -> None:
    with pgbouncer(service_folder, place(database), pool_mode="session") as port:
        url = through(port, database, "?options=-c%20statement_timeout%3D0")
        with pytest.raises(DatabaseUnavailable, match=r"options.*ignore_startup_parameters"):
            async with connections.connect(url):
                pass


async def test_a_pool_that_is_too_small_for_a_sync_is_red_in_doctor(
    service_folder: Path, tmp_path: Path, database: str, sandbox: RunningSandbox
) -> None:
    with pgbouncer(service_folder, place(database), pool_mode="session", default_pool_size=3) as port:
        finished = await command_line(tmp_path, sandbox, through(port, database))("doctor", "--json")
    assert finished.code == 1
    (red,) = [finding for finding in finished.json["findings"] if finding["level"] == "problem"]
    assert red["found"] == "the pooler gives the mirror 3 connections at once; a sync needs up to 8"
    assert "default_pool_size" in red["todo"]


async def test_what_the_mirrors_own_programs_hold_of_a_pool_is_not_missing(
    service_folder: Path, tmp_path: Path, database: str, sandbox: RunningSandbox
) -> None:
    with pgbouncer(service_folder, place(database), pool_mode="session", default_pool_size=8) as port:
        url = through(port, database)
        async with AsyncExitStack() as held:
            for _ in range(6):
                await held.enter_async_context(connections.connect(url))
            finished = await command_line(tmp_path, sandbox, url)("doctor", "--json")
    assert finished.code == 0, finished


async def test_what_the_pooler_itself_refuses_is_told_as_the_poolers(
    service_folder: Path, database: str
) -> None:
    with (
        pgbouncer(service_folder, place(database), pool_mode="session", max_client_conn=1) as port,
        pytest.raises(DatabaseUnavailable, match="so says the pooler before the server"),
    ):
        async with connections.connect(through(port, database)):
            pass


async def test_a_pool_in_session_mode_that_is_full_is_not_taken_for_another_mode(
    service_folder: Path, database: str
) -> None:
    settings: Settings = {"pool_mode": "session", "default_pool_size": 1}
    with pgbouncer(service_folder, place(database), **settings) as port:
        async with connections.connect(through(port, database)) as connection:
            assert await connection.fetchval("SELECT 1") == 1
