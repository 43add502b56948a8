"""Runs: one row for each, written when it begins and when it ends, and a lock that tells it is under way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import anyio
import asyncpg

from dcs_mirror import sql
from dcs_mirror.store import database

_MARK_DEAD_RUNS = sql.load(Path(__file__).parent / "mark_dead_runs.sql")
_START = "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ($1, $2) RETURNING run_id"
# One statement, so that nobody sees the row before it is locked.
_START_LOCKED = _START + ", pg_advisory_lock(hashtext('dcs_mirror.run'), run_id::integer)"
_LOCK = "SELECT pg_advisory_lock(hashtext('dcs_mirror.run'), $1::integer)"


class Presence:
    """A run's lock, on a connection of its own: gone when the program is, or the server."""

    def __init__(self, url: str, connection: "asyncpg.Connection[asyncpg.Record]", run_id: int) -> None:
        self.run_id = run_id
        self._url = url
        self._connection = connection
        self._renewing = anyio.Lock()

    async def keep(self) -> None:
        """Takes the lock again where its connection was lost; else does nothing."""
        async with self._renewing:
            if self._connection.is_closed():
                self._connection = await database.opened(self._url)
                await self._connection.execute(_LOCK, self.run_id)

    async def end(self) -> None:
        """Gives the lock back."""
        await database.closed(self._connection)


@asynccontextmanager
async def begun(url: str, kind: str, *, now: datetime) -> AsyncIterator[Presence]:
    """Begins a run of ``kind`` (sync, refresh, reconcile): writes its row and holds its lock until the end.

    Runs of which the program is gone are marked as interrupted first.
    """
    connection = await database.opened(url)
    try:
        await connection.execute(*_MARK_DEAD_RUNS.bound({"observed_at": now}))
        presence = Presence(url, connection, await connection.fetchval(_START_LOCKED, kind, now))
    except BaseException:
        await database.closed(connection)
        raise
    try:
        yield presence
    finally:
        await presence.end()


async def start(connection: database.Connection, kind: str, *, now: datetime) -> int:
    """Records that a run of ``kind`` began, in the transaction that will end it too; returns its run id."""
    run_id = await connection.fetchval(_START, kind, now)
    return int(run_id)


async def finish(
    connection: database.Connection,
    run_id: int,
    *,
    outcome: str,
    requests: int,
    error: str | None,
    now: datetime,
) -> None:
    """Records how a run ended: complete, partial, failed or interrupted."""
    await connection.execute(
        "UPDATE dcs_mirror.sync_run SET finished_at = $2, outcome = $3, requests = $4, error = $5"
        " WHERE run_id = $1",
        run_id,
        now,
        outcome,
        requests,
        error,
    )
