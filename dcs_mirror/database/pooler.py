"""Connection poolers between the mirror and the server: session mode works, other modes are refused."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import asyncpg

from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.errors import DatabaseUnavailable

PROBES = 4
"""Sessions that look whether one of them gets the server's session of another. Each keeps its own busy, so
that the next one gets the next that the pooler has idle."""
PROBE_SECONDS = 3
"""A pool in session mode that is full lets a further connection wait."""

_PID = "SELECT pg_catalog.pg_backend_pid()"
_HELD = """
SELECT count(*) FROM pg_catalog.pg_stat_activity
WHERE datname = pg_catalog.current_database() AND usename = session_user AND backend_type = 'client backend'
"""

LOST = (
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.DuplicatePreparedStatementError,
)
"""What the server answers about a prepared statement that another session made, or that is in another one."""


def refusal(place: str) -> DatabaseUnavailable:
    """Return the error for a pooler in another mode than session mode."""
    return DatabaseUnavailable(
        f"PostgreSQL at {place} is behind a connection pooler in transaction or statement mode. In these "
        "modes a session loses its settings, locks and temporary tables. Connect to the server itself, or "
        "to a pool in session mode (PgBouncer: pool_mode=session for this database or user)"
    )


async def given_at_once(reconnect: Callable[[], Awaitable[ServerConnection]], most: int) -> int:
    """Return how many connections a pooler gives this role at once: its own programs hold some of them.

    A pool in session mode that is full lets the next one wait, here for ``PROBE_SECONDS``.

    Args:
        reconnect: opens a further connection, beside one that is open.
        most: how many are opened at most.
    """
    others = list[ServerConnection]()
    try:
        with suppress(asyncpg.PostgresConnectionError, asyncpg.TooManyConnectionsError, OSError):
            while len(others) < most:
                with anyio.fail_after(PROBE_SECONDS):
                    others.append(await reconnect())
        held: int = await others[0].fetchval(_HELD) if others else 0
    finally:
        for other in others:
            other.terminate()
    return max(held, 1 + len(others))


async def require_session_mode(
    connection: ServerConnection, reconnect: Callable[[], Awaitable[ServerConnection]], place: str
) -> None:
    """Raise unless the session is the connection's alone.

    Args:
        connection: behind a pooler, idle, with its ``pid``.
        reconnect: opens a further connection of the same kind.
        place: the server, for the error.

    Raises:
        DatabaseUnavailable: if the pooler gives the session to others between transactions.
    """
    others = list[ServerConnection]()
    try:
        with anyio.move_on_after(PROBE_SECONDS):
            for _ in range(PROBES):
                others.append(await reconnect())
                await others[-1].execute("BEGIN")
                if await others[-1].fetchval(_PID) == connection.pid:
                    raise refusal(place)
        if await connection.fetchval(_PID) != connection.pid:
            raise refusal(place)
    except (asyncpg.ProtocolViolationError, asyncpg.PostgresConnectionError, *LOST) as error:
        if isinstance(error, LOST) or "pooling mode" in str(error):  # PgBouncer names statement mode
            raise refusal(place) from None
        raise
    except (asyncpg.TooManyConnectionsError, TimeoutError):
        pass  # the pool is full, which says nothing of its mode
    finally:
        for other in others:
            other.terminate()
