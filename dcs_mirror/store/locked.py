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


async def describe(connection: Connection, target_id: int, error: session.Answer) -> str:
    """Describe an error that the table of a registered column raised; its savepoint was rolled back.

    Raises:
        Exception: ``error`` itself, if the session does not answer any more.
    """
    message = await session.describe_if_alive(connection, error)
    if not isinstance(error, asyncpg.LockNotAvailableError):
        return message
    table = await connection.fetchval(_TABLE, target_id)
    return f"{message}; locked by {blockers.described(await blockers.locking(connection, table or 0))}"
