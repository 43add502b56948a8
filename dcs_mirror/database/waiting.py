"""Work that waits for a lock of others: told while it waits, and ended if that takes too long.

A session of others may lock a table of the mirror, or rows of it, and never end. Nothing of the mirror's sets
a time-out for its own tables, so without this a night would wait for ever, and say nothing. What has a
time-out of its own, such as work on registered tables (R9), is through before anybody looks here.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar, cast

import anyio
import structlog

from dcs_mirror.database import blockers
from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection, open_connection
from dcs_mirror.errors import RunEnded

T = TypeVar("T")

LOOK_SECONDS = 12.0
"""How often work that goes on is looked at. What waits for less is not told: any time-out is shorter."""
MOST_SECONDS = 600.0
"""How long a lock is waited for: as long as for the mirror's own, see :mod:`~dcs_mirror.database.locks`."""

# Who waits for a row waits for the transaction that changed it, and holds a lock on the row meanwhile.
_WAITING = """
SELECT coalesce(format('%I.%I', n.nspname, c.relname), 'the mirror') AS "table",
       extract(epoch FROM clock_timestamp() - w.waitstart)::float8 AS seconds
FROM pg_locks AS w
LEFT JOIN pg_locks AS r ON r.pid = w.pid AND r.locktype = 'tuple' AND r.granted
LEFT JOIN pg_class AS c ON c.oid = coalesce(w.relation, r.relation)
LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE w.pid = $1 AND NOT w.granted AND w.waitstart IS NOT NULL
LIMIT 1
"""

log = structlog.get_logger()


class DatabaseBlocked(RunEnded):
    """Another session locks tables or rows of the mirror, and did not end in time."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """For what a session waits, since how many seconds, and who holds it, in words."""

    table: str
    seconds: float
    held_by: str


class Waits:
    """Watches over a program's work on one database.

    Args:
        url: its address. The watching has one connection of its own: those of a pool may all wait.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._told: set[tuple[str, str]] = set()
        self._looking = anyio.Lock()

    async def watch(self, connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do ``work`` on a connection; tell if it waits for a lock of others, and for whom.

        Raises:
            DatabaseBlocked: if that took longer than ``MOST_SECONDS``; names the table and the session.
            Exception: what ``work`` raised.
        """
        done: list[T] = []
        failures: list[Exception] = []
        async with anyio.create_task_group() as group:
            pid = cast("ServerConnection", connection).pid  # a pool's proxy passes it on
            group.start_soon(self._look, pid, failures, group.cancel_scope)
            try:
                done.append(await work(connection))
            except Exception as error:  # noqa: BLE001 - raised again below, outside the task group
                failures.append(error)
            group.cancel_scope.cancel()
        if failures:
            raise failures[0]
        return done[0]

    async def _look(self, pid: int, failures: list[Exception], scope: anyio.CancelScope) -> None:
        while True:
            await anyio.sleep(LOOK_SECONDS)
            found = None
            # Whatever it is, the work meets it, too, or goes on unwatched: it must not fail because of this.
            with suppress(Exception):
                async with self._looking:
                    found = await self._waiting(pid)
            if found is None or found.seconds < LOOK_SECONDS:
                continue
            if found.seconds >= MOST_SECONDS:
                failures.append(
                    DatabaseBlocked(
                        f"{found.table} was locked for {found.seconds:.0f} s by {found.held_by}: wait until "
                        "that session has ended, or end it, and run this again; what was applied before stays"
                    )
                )
                scope.cancel()
                return
            if (found.table, found.held_by) not in self._told:
                self._told.add((found.table, found.held_by))
                log.warning(
                    "waiting for another session, which locks what the mirror needs",
                    table=found.table,
                    held_by=found.held_by,
                )

    async def _waiting(self, pid: int) -> _Waiting | None:
        connection = await open_connection(self._url)
        try:
            row = await connection.fetchrow(_WAITING, pid)
            if row is None:
                return None
            return _Waiting(**row, held_by=blockers.described(await blockers.blocking(connection, pid)))
        finally:
            connection.terminate()
