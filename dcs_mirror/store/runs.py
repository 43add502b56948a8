"""Runs: a row for each, written when it begins and when it ends, and a lock while it is under way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import anyio
import asyncpg

from dcs_mirror.database import connections, locks, sql
from dcs_mirror.database.waiting import Waits

_MARK_DEAD_RUNS = sql.load(Path(__file__).parent / "mark_dead_runs.sql")
_START = "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ($1, $2) RETURNING run_id"
# One statement, so that nobody sees the row without who has the run under way.
_START_HELD = """
INSERT INTO dcs_mirror.sync_run (kind, started_at, held_by) VALUES ($1, $2, dcs_mirror.hold())
RETURNING run_id, held_by
"""
_HOLD_AGAIN = """
UPDATE dcs_mirror.sync_run SET held_by = dcs_mirror.hold() WHERE run_id = ANY ($1::bigint[])
RETURNING run_id, held_by
"""
_OTHER_SYNC = sql.load(Path(__file__).parent / "other_sync.sql")
_RELEASE = "SELECT pg_advisory_unlock(split_part($1, ' ', 3)::bigint)"


class RunLocks:
    """The locks of a program's runs, on a connection of their own.

    They end with the connection, so a run that nobody holds is dead. The connection is opened when the first
    run begins.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._waits = Waits(url)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._held_by: dict[int, str] = {}
        self._turn = anyio.Lock()

    async def begin(self, kind: str, *, now: datetime) -> int:
        """Write the row of a run of ``kind`` (sync, refresh, reconcile) and lock it; return its run id.

        Runs whose program is gone are marked as interrupted first.
        """

        async def write(connection: connections.Connection) -> asyncpg.Record | None:
            await connection.execute(*_MARK_DEAD_RUNS.bind({"observed_at": now}))
            return await connection.fetchrow(_START_HELD, kind, now)

        async with self._turn:
            row = await self._waits.watch(await self._connected(), write)
            assert row is not None  # noqa: S101 - an INSERT of one row returns it
            run_id: int = row["run_id"]
            self._held_by[run_id] = row["held_by"]
        return run_id

    async def try_alone(self) -> str | None:
        """Take the lock of a sync of all institutions; return in words who else syncs them, None if nobody.

        If the connection is lost, so is the lock: a sync that begins then overlaps this one, which does no
        harm.
        """

        async def take(connection: connections.Connection) -> str | None:
            async with connection.transaction():
                other = await other_sync(connection, None)
                if other is None and await locks.try_session(connection, locks.SYNC, 0):
                    return None
            return other if other == "workers" else await locks.holder(connection, locks.SYNC, 0)

        async with self._turn:
            return await self._waits.watch(await self._connected(), take)

    async def release_alone(self) -> None:
        """Release the lock of a sync of all institutions."""
        async with self._turn:
            if self._connection is not None and not self._connection.is_closed():
                await locks.release_session(self._connection, locks.SYNC, 0)

    async def reacquire_if_lost(self) -> None:
        """Take the locks again if their connection was lost; else do nothing."""
        async with self._turn:
            await self._connected()

    async def release(self, run_id: int) -> None:
        """Release the lock of a run."""
        async with self._turn:
            held_by = self._held_by.pop(run_id, None)
            if held_by and self._connection is not None and not self._connection.is_closed():
                await self._connection.execute(_RELEASE, held_by)

    def terminate(self) -> None:
        """Cut the connection: the locks end with it."""
        if self._connection is not None:
            self._connection.terminate()

    async def close(self) -> None:
        """Release all locks."""
        if self._connection is not None:
            await connections.close_gracefully(self._connection)

    async def _connected(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Return the connection; if it is new or was lost, with the locks of the runs under way."""
        if self._connection is None or self._connection.is_closed():
            opening = partial(connections.open_connection, self._url)
            self._connection = await connections.when_free(opening)
            held = sorted(self._held_by)
            rows = await self._waits.watch(self._connection, lambda c: c.fetch(_HOLD_AGAIN, held))
            self._held_by |= {row["run_id"]: row["held_by"] for row in rows}
        return self._connection


@asynccontextmanager
async def hold_run_locks(url: str) -> AsyncIterator[RunLocks]:
    """Hold the locks of the program's runs until the context ends."""
    run_locks = RunLocks(url)
    try:
        yield run_locks
    finally:
        await run_locks.close()


async def other_sync(connection: connections.Connection, run_id: int | None) -> str | None:
    """Return who else syncs all institutions, ``workers`` or ``a program``; None if nobody does.

    No other begins until the transaction ends.

    Args:
        connection: in a transaction.
        run_id: the own run, if there is one already.
    """
    await locks.lock_row(connection, locks.BEGIN_SYNC)
    other: str | None = await connection.fetchval(*_OTHER_SYNC.bind({"run_id": run_id}))
    return other


async def start(connection: connections.Connection, kind: str, *, now: datetime) -> int:
    """Record that a run of ``kind`` began, in the transaction that will end it too; return its run id."""
    run_id = await connection.fetchval(_START, kind, now)
    return int(run_id)


async def finish(
    connection: connections.Connection,
    run_id: int,
    *,
    outcome: str,
    requests: int,
    error: str | None,
    now: datetime,
) -> None:
    """Record how a run ended: complete, partial, failed or interrupted."""
    await connection.execute(
        "UPDATE dcs_mirror.sync_run SET finished_at = $2, outcome = $3, requests = $4, error = $5"
        " WHERE run_id = $1",
        run_id,
        now,
        outcome,
        requests,
        error,
    )
