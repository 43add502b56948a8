"""Why a registered table did not answer, in words; who locks it, if that is why (R9)."""

import asyncpg

from dcs_mirror.database import blockers, session
from dcs_mirror.database.connections import Connection

_TABLE = """
SELECT c.oid
FROM dcs_mirror.target AS g
JOIN pg_namespace AS n ON n.nspname = g.table_schema
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = g.table_name
WHERE g.target_id = $1
"""
_LOCKED_OF_MIRROR = """
SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name
FROM pg_locks AS h
JOIN pg_database AS d ON d.oid = h.database AND d.datname = current_database()
JOIN pg_class AS c ON c.oid = h.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'dcs_mirror'
WHERE h.granted AND h.mode = 'AccessExclusiveLock' AND h.pid IS DISTINCT FROM pg_backend_pid()
ORDER BY c.oid
LIMIT 1
"""


async def describe(connection: Connection, target_id: int, error: session.Answer) -> str:
    """Describe an error that the table of a registered column raised; its savepoint was rolled back.

    Raises:
        Exception: ``error`` itself, if the session does not answer any more.
    """
    message = await session.describe_if_alive(connection, error)
    if not isinstance(error, asyncpg.LockNotAvailableError):
        return message
    holders = await blockers.locking(connection, await connection.fetchval(_TABLE, target_id) or 0)
    of_mirror = None if holders else await connection.fetchrow(_LOCKED_OF_MIRROR)
    if of_mirror is not None:
        holders = await blockers.locking(connection, of_mirror["oid"])
    which = f" ({of_mirror['name']} of the mirror itself)" if of_mirror and holders else ""
    return f"{message}{which}; locked by {blockers.described(holders)}: wait until it has ended, or end it"
