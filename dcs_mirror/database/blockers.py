"""Who stands in the way: who holds what another session waits for, for messages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from dcs_mirror.database.connections import Connection

# To a role without pg_read_all_stats, PostgreSQL does not tell since when sessions of other roles are there.
_SESSIONS = """
SELECT a.pid, a.usename AS account, a.application_name AS program,
       coalesce(a.xact_start, a.backend_start) AS since
FROM pg_stat_activity AS a
WHERE a.pid = ANY ($1::integer[])
ORDER BY a.pid
"""
_BLOCKING = "SELECT pg_blocking_pids($1::integer)"
# A prepared transaction belongs to no session: its locks have no pid. Its lock on itself says which it is.
_PREPARED_BLOCKING = """
SELECT DISTINCT x.gid, x.owner AS account, x.prepared AS since
FROM pg_locks AS w
JOIN pg_locks AS h
  ON h.granted AND h.pid IS NULL
 AND (h.locktype, h.database, h.relation, h.page, h.tuple, h.transactionid, h.classid, h.objid, h.objsubid)
     IS NOT DISTINCT FROM
     (w.locktype, w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid, w.objsubid)
JOIN pg_locks AS t
  ON t.pid IS NULL AND t.locktype = 'transactionid' AND t.virtualtransaction = h.virtualtransaction
JOIN pg_prepared_xacts AS x ON x.transaction = t.transactionid
WHERE w.pid = $1 AND NOT w.granted
ORDER BY x.prepared
"""
# Whoever only reads keeps nobody from reading or changing rows.
_LOCKING = """
SELECT array_agg(DISTINCT h.pid)
FROM pg_locks AS h
JOIN pg_database AS d ON d.oid = h.database AND d.datname = current_database()
WHERE h.granted AND h.relation = $1 AND h.mode <> 'AccessShareLock' AND h.pid <> pg_backend_pid()
"""
_PREPARED_LOCKING = """
SELECT DISTINCT x.gid, x.owner AS account, x.prepared AS since
FROM pg_locks AS h
JOIN pg_database AS d ON d.oid = h.database AND d.datname = current_database()
JOIN pg_locks AS t
  ON t.pid IS NULL AND t.locktype = 'transactionid' AND t.virtualtransaction = h.virtualtransaction
JOIN pg_prepared_xacts AS x ON x.transaction = t.transactionid
WHERE h.granted AND h.pid IS NULL AND h.relation = $1 AND h.mode <> 'AccessShareLock'
ORDER BY x.prepared
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the server; ``since`` is when its transaction began, else the session, if that is told."""

    pid: int
    account: str | None
    program: str | None
    since: datetime | None

    def __str__(self) -> str:
        program = _printable(self.program) or "a program without a name"
        since = f", since {self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        return f"{program} of role {_printable(self.account) or 'unknown'} (pid {self.pid}{since})"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transaction that was prepared, and neither committed nor rolled back since; it survives a restart."""

    gid: str
    account: str
    since: datetime

    def __str__(self) -> str:
        return (
            f"the prepared transaction {_printable(self.gid)!r} of role {_printable(self.account)} (since "
            f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC; end it with COMMIT PREPARED or "
            "ROLLBACK PREPARED)"
        )


Holder: TypeAlias = Session | Prepared
"""Who holds a lock."""


async def sessions(connection: Connection, pids: Collection[int]) -> list[Session]:
    """Return the sessions with these process ids that are still there."""
    return [Session(*row) for row in await connection.fetch(_SESSIONS, sorted(set(pids)))]


async def blocking(connection: Connection, pid: int) -> list[Holder]:
    """Return whom the session ``pid`` waits for at this moment."""
    pids = await connection.fetchval(_BLOCKING, pid)
    others = await connection.fetch(_PREPARED_BLOCKING, pid) if 0 in pids else []
    return [*await sessions(connection, pids), *(Prepared(*row) for row in others)]


async def locking(connection: Connection, table: int) -> list[Holder]:
    """Return who locks the table with this oid, or rows of it, against changes at this moment."""
    pids = await connection.fetchval(_LOCKING, table) or []
    return [*await sessions(connection, pids), *await prepared(connection, table)]


async def prepared(connection: Connection, table: int) -> list[Prepared]:
    """Return the prepared transactions that lock the table with this oid, or rows of it, against changes."""
    return [Prepared(*row) for row in await connection.fetch(_PREPARED_LOCKING, table)]


def described(found: Collection[Holder]) -> str:
    """Return them in words."""
    return ", ".join(map(str, found)) or "a session that has just ended, or that this role cannot see"


def _printable(name: str | None) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name or "")
