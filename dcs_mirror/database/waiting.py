"""Work that waits for a lock of others, or for a server that is silent: told, and ended if it takes too long.

A session of others may lock a table of the mirror, or rows of it, and never end. Nothing of the mirror's sets
a time-out for its own tables, so without this a night would wait for ever, and say nothing. What has a
time-out of its own, such as work on registered tables (R9), is through before anybody looks here.

A server that is frozen, or whose machine was lost, ends no session either: the work would wait for ever, too.
That it takes no new connections tells it from a statement that takes long.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import anyio
import structlog

from dcs_mirror.database import blockers
from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection, open_connection
from dcs_mirror.errors import DatabaseUnavailable, RunEnded

T = TypeVar("T")

LOOK_SECONDS = 12.0
"""How often work that goes on is looked at. What waits for less is not told: any time-out is shorter."""
MOST_SECONDS = 600.0
"""How long an answer is waited for, or a lock: as for the mirror's own, :mod:`~dcs_mirror.database.locks`."""
ANSWER_SECONDS = 60.0
"""How long one look may take: longer than it takes to connect to any of several hosts."""

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


class DatabaseSilent(RunEnded, DatabaseUnavailable):
    """The server has not answered for long: it is frozen, or its machine was lost."""


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
        self._silent_since: float | None = None
        self._looking = anyio.Lock()

    async def watch(self, connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do ``work`` on a connection; tell if it waits for a lock of others, and for whom, or for an answer.

        Raises:
            DatabaseBlocked: if the lock took longer than ``MOST_SECONDS``; names the table and the session.
            DatabaseSilent: if the server answered nobody for as long.
            Exception: what ``work`` raised.
        """
        done: list[T] = []
        failures: list[Exception] = []
        async with anyio.create_task_group() as group:
            server = cast("ServerConnection", connection)  # a pool's proxy passes all on
            group.start_soon(self._look, server, failures, group.cancel_scope)
            try:
                done.append(await work(connection))
                self._silent_since = None
            except Exception as error:  # noqa: BLE001 - raised again below, outside the task group
                failures.append(error)
            group.cancel_scope.cancel()
        if failures:
            raise failures[0]
        return done[0]

    async def _look(
        self, server: ServerConnection, failures: list[Exception], scope: anyio.CancelScope
    ) -> None:
        began = time.monotonic()
        while True:
            await anyio.sleep(LOOK_SECONDS)
            error: RunEnded | None = None
            # Whatever it is, the work meets it, too, or goes on unwatched: it must not fail because of this.
            try:
                async with self._looking:
                    with anyio.fail_after(ANSWER_SECONDS):
                        found = await self._waiting(server.pid)
            except OSError:  # a time-out is one
                if not server.is_pooled:  # a pooler also lets those wait for whom it has no session
                    error = self._of_silence(began)
            except Exception:  # noqa: BLE001 - see above
                self._silent_since = None
            else:
                self._silent_since, error = None, self._of_lock(found)
            if error:
                failures.append(error)
                if isinstance(error, DatabaseSilent):
                    server.terminate()  # else the driver waits until the server has heard of the cancellation
                scope.cancel()
                return

    def _of_silence(self, began: float) -> DatabaseSilent | None:
        """Tell once that the server is silent, whichever work saw it; the error if it is so for long.

        It counts from the end of the first look, because this program may have stood still meanwhile itself,
        and not from before the work ``began``.
        """
        now = time.monotonic()
        if self._silent_since is None:
            self._silent_since = now
            log.warning("PostgreSQL gives no answer, and takes no new connection: is it frozen?")
        seconds = now - max(self._silent_since, began)
        if seconds < MOST_SECONDS:
            return None
        return DatabaseSilent(
            f"PostgreSQL has answered nobody for {seconds:.0f} s. Look whether its machine and its "
            "processes run, then run this again. What was applied before stays"
        )

    def _of_lock(self, found: _Waiting | None) -> DatabaseBlocked | None:
        """Tell once for what a session waits, and who holds it; the error if it waited for long."""
        if found is None or found.seconds < LOOK_SECONDS:
            return None
        if found.seconds >= MOST_SECONDS:
            return DatabaseBlocked(
                f"{found.table} was locked for {found.seconds:.0f} s by {found.held_by}. Wait until "
                "that session has ended, or end it, and run this again. What was applied before stays"
            )
        if (found.table, found.held_by) not in self._told:
            self._told.add((found.table, found.held_by))
            log.warning(
                "waiting for another session, which locks what the mirror needs",
                table=found.table,
                held_by=found.held_by,
            )
        return None

    async def _waiting(self, pid: int) -> _Waiting | None:
        connection = await open_connection(self._url)
        try:
            row = await connection.fetchrow(_WAITING, pid)
            if row is None:
                return None
            return _Waiting(**row, held_by=blockers.described(await blockers.blocking(connection, pid)))
        finally:
            connection.terminate()
