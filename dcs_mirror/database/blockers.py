"""Who stands in the way: the sessions that hold what another one waits for, for messages."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

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


async def sessions(connection: Connection, pids: Collection[int]) -> list[Session]:
    """Return the sessions with these process ids that are still there."""
    return [Session(*row) for row in await connection.fetch(_SESSIONS, sorted(set(pids)))]


async def blocking(connection: Connection, pid: int) -> list[Session]:
    """Return the sessions that the session ``pid`` waits for at this moment."""
    return await sessions(connection, await connection.fetchval(_BLOCKING, pid))


def described(found: Collection[Session]) -> str:
    """Return the sessions in words."""
    return ", ".join(map(str, found)) or "a session that has just ended, or that this role cannot see"


def _printable(name: str | None) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name or "")
