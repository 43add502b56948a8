"""The mirror's sessions, as the server sees them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import asyncpg

from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.retry import Database

T = TypeVar("T")

PATIENCE = 60
"""Seconds after which something that should end is taken not to."""

END_SESSIONS = """
SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'dcs-mirror'
"""
"""Ends the mirror's sessions, and returns when they are gone."""

NO_RUNS = """
CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'no run today' USING ERRCODE = '{sqlstate}'; END $$;
CREATE TRIGGER fails BEFORE INSERT ON dcs_mirror.sync_run FOR EACH ROW EXECUTE FUNCTION public.fail();
"""
"""Makes the beginning of every run fail with an error of this class."""

_WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'dcs-mirror'
                 AND $1 = ANY (pg_blocking_pids(pid)))
"""
_WORKING = """
SELECT EXISTS (SELECT FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle')
"""
_LANDED = "SELECT count(*) FROM dcs.sync_outcome WHERE outcome = 'complete'"
_LEFT = """
SELECT (SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'dcs-mirror')
     + (SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory'
          AND l.pid NOT IN (SELECT pid FROM pg_stat_activity WHERE application_name <> 'dcs-mirror'))
"""


def on(connection: Connection) -> Database:
    """Work on this connection, which nothing repeats."""

    async def do(work: Callable[[Connection], Awaitable[T]]) -> T:
        return await work(connection)

    return do


@asynccontextmanager
async def look(url: str) -> AsyncIterator[Connection]:
    """A connection for looking, or for standing in the mirror's way."""
    connection = await asyncpg.connect(url, connection_class=ServerConnection)
    try:
        yield connection
    finally:
        await connection.close()


async def until(connection: Connection, condition: str, *, seconds: float = PATIENCE) -> None:
    """Returns when a statement gives true."""
    async with asyncio.timeout(seconds):
        while not await connection.fetchval(condition):  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(0.05)


async def waits_for(connection: Connection, other: Connection) -> None:
    """Returns when a session of the mirror's waits for a lock that ``other`` holds."""
    async with asyncio.timeout(PATIENCE):
        while not await connection.fetchval(_WAITING, other.get_server_pid()):
            pass


async def landed(connection: Connection, count: int) -> None:
    """Returns when so many institutions were applied whole, in all runs together."""
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(_LANDED) < count:
            pass


async def all_idle(connection: Connection) -> None:
    """Returns when every other session has given its answer, and waits for a question."""
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(_WORKING):
            pass


async def all_gone(connection: Connection) -> None:
    """Returns when no session and no advisory lock of the mirror's is left.

    ``connection`` is in no transaction: within one, PostgreSQL goes on showing the same sessions.
    """
    async with asyncio.timeout(PATIENCE):
        while await connection.fetchval(_LEFT):
            pass


async def execute(url: str, statement: str) -> None:
    """Run a statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
