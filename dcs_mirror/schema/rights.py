"""Whether the connected role may do what a command needs; if not, one line with the statement that helps."""

from pathlib import Path

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import DatabaseUnavailable

_RIGHTS = sql.load(Path(__file__).parent / "sql" / "rights.sql")
_INHERITS_BY_GRANT = 160000
"""The version from which a membership says itself whether its rights are inherited."""


async def require_access(connection: Connection) -> None:
    """Raise unless there is no mirror yet, or the role may look at its revision.

    Raises:
        DatabaseUnavailable: names the statement that gives access.
    """
    found = await _found(connection)
    if found["is_there"] and not found["may_look"]:
        raise DatabaseUnavailable(
            f"permission denied: role {found['role']} may not read the mirror's tables; as an administrator: "
            f"{_membership(found)}"
        )


async def require_owner(connection: Connection, command: str) -> None:
    """Raise unless the role may change the mirror's tables and views as their owner.

    Raises:
        DatabaseUnavailable: names the owner, and the statement that makes the role one.
    """
    found = await _found(connection)
    if found["is_there"] and not found["owns"]:
        raise DatabaseUnavailable(
            f"permission denied: {command} needs the account that owns the mirror: connect as "
            f"{found['owner']}, or as an administrator: GRANT {found['owner']} TO {found['role']}. "
            "Nothing was changed"
        )


async def require_creator(connection: Connection) -> None:
    """Raise unless the role may create schemas.

    Raises:
        DatabaseUnavailable: names the statement that allows it.
    """
    found = await _found(connection)
    if not found["may_create"]:
        raise DatabaseUnavailable(
            f"permission denied: role {found['role']} may not create schemas in database "
            f"{found['database']}; as an administrator: GRANT CREATE ON DATABASE {found['database']} "
            f"TO {found['role']}"
        )


def _membership(found: asyncpg.Record) -> str:
    """Return the statement that gives the role the rights of those who sync."""
    if not found["is_member"]:
        return f"GRANT {found['writer']} TO {found['role']}"
    if found["server"] >= _INHERITS_BY_GRANT:
        return f"GRANT {found['writer']} TO {found['role']} WITH INHERIT TRUE"
    return f"ALTER ROLE {found['role']} INHERIT"


async def _found(connection: Connection) -> asyncpg.Record:
    row = await connection.fetchrow(*_RIGHTS.bind({}))
    assert row is not None  # noqa: S101 - it always returns one
    return row
