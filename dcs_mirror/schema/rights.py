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
    """Raise unless there is no mirror yet, or the role may look at its revision and nothing is a stranger's.

    Raises:
        DatabaseUnavailable: names the statement that gives access, or takes a schema from a stranger.
    """
    found = await _found(connection)
    _require_no_strangers(found)
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


async def require_no_strangers(connection: Connection) -> None:
    """Raise if a schema of the mirror's is there and belongs to somebody else.

    If there is a mirror, only that of the queue is looked at, because an earlier release had none.

    Raises:
        DatabaseUnavailable: names the statement that mends it.
    """
    _require_no_strangers(await _found(connection))


async def require_own_schemas(connection: Connection) -> None:
    """Raise if the schemas of a mirror that is to be made are there already and belong to somebody else.

    Their owner could have the mirror's statements run code of his, and drop whatever is made in them. A table
    of his with the name of the revision's makes no mirror.

    Raises:
        DatabaseUnavailable: names the statement that mends it.
    """
    found = await _found(connection)
    _require_own_schemas(found)
    _require_no_strangers(found)


def _require_no_strangers(found: asyncpg.Record) -> None:
    if not found["is_there"]:
        _require_own_schemas(found)
    _require_own_queue(found)


def _require_own_schemas(found: asyncpg.Record) -> None:
    if found["of_strangers"]:
        raise DatabaseUnavailable(
            "a schema of the mirror's is there already, and belongs to another role, which could run code "
            "with this account's rights and drop what is in it; drop it, or if it is to be the mirror's, "
            f"connect as its owner, or as an administrator: {'; '.join(found['of_strangers'])}. Nothing was "
            "changed"
        )


def _require_own_queue(found: asyncpg.Record) -> None:
    if strangers := found["strangers_in_queue"]:
        raise DatabaseUnavailable(
            f"the schema dcs_queue, or something in it, belongs to another role ({', '.join(strangers)}), "
            "which could run code with this account's rights; as an administrator: DROP SCHEMA dcs_queue "
            "CASCADE, and then run `dcs-mirror migrate`, which makes it again. What waits for workers is not "
            "lost by that. Nothing was changed"
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


async def writer_role(connection: Connection) -> str | None:
    """Return the name of the role that may write, as the tables' rights name it; None if there is none."""
    name: str | None = (await _found(connection))["writer_name"]
    return name


def joining(role: str, writer: str, *, is_member: bool, inherits: bool, is_by_grant: bool) -> str:
    """Return the statement that gives a role the rights of the writer, as things are.

    Args:
        role: the role, quoted.
        writer: the role of writers, quoted.
        is_member: whether it is a member already, without having its rights.
        inherits: whether the role is INHERIT.
        is_by_grant: whether each membership says so by itself, as from PostgreSQL 16 on.
    """
    join = f"GRANT {writer} TO {role}"
    if is_by_grant:
        return join if inherits and not is_member else f"{join} WITH INHERIT TRUE"
    if inherits:
        return join
    inherit = f"ALTER ROLE {role} INHERIT"
    return inherit if is_member else f"{join}; {inherit}"


def _membership(found: asyncpg.Record) -> str:
    """Return the statement that gives the connected role the rights of those who sync."""
    return joining(
        found["role"],
        found["writer"],
        is_member=found["is_member"],
        inherits=found["inherits"],
        is_by_grant=found["server"] >= _INHERITS_BY_GRANT,
    )


async def _found(connection: Connection) -> asyncpg.Record:
    row = await connection.fetchrow(*_RIGHTS.bind({}))
    assert row is not None  # noqa: S101 - it always returns one
    return row
