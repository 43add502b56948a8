"""Whether the connected role may do what a command needs; if not, one line with the statement that helps."""

from pathlib import Path

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.plain_text import first_few
from dcs_mirror.schema import membership
from dcs_mirror.schema.membership import MIGRATING, remedy

_RIGHTS = sql.load(Path(__file__).parent / "sql" / "rights.sql")
_LACKING = sql.load(Path(__file__).parent / "sql" / "lacking.sql")
_RIGHTS_OF = sql.load(Path(__file__).parent / "sql" / "role_rights.sql")
_OF_PUBLIC = sql.load(Path(__file__).parent / "sql" / "public_rights.sql")
_GRANTED = "SELECT jsonb_object_keys(a.parts) FROM dcs_mirror.applied AS a WHERE a.unit = $1"


async def require_access(connection: Connection) -> None:
    """Raise unless there is no mirror yet, or the role may look at its revision and nothing is a stranger's.

    Raises:
        DatabaseUnavailable: names the statement that gives access, or takes a schema from a stranger.
    """
    found = await _found(connection)
    _require_no_strangers(found)
    if found["is_there"] and not found["may_look"]:
        raise DatabaseUnavailable(
            f"permission denied: role {found['role']} may not read the mirror's tables; "
            f"{await _remedy(connection, found['writer_name'])}"
        )


async def require_may_serve(connection: Connection, *, asks: bool) -> None:
    """Raise unless the role has every right that `serve` needs, or there is no mirror of this release yet.

    Args:
        asks: whether `serve` asks the DCS by itself, and so needs what a sync needs.

    Raises:
        DatabaseUnavailable: names what the role lacks, and the statement that gives it.
    """
    found = await _found(connection)
    _require_no_strangers(found)
    if not found["is_there"]:
        return
    purpose = "writer" if asks else "web"
    lacks = ["SELECT on dcs_mirror.alembic_version"]
    if found["may_look"]:
        try:
            lacks = await lacking(connection, purpose)
        except asyncpg.UndefinedTableError:  # the schema of an early release
            return
        except asyncpg.InsufficientPrivilegeError:
            lacks = ["SELECT on dcs_mirror.applied"]
    if not lacks:
        return
    otherwise = ", or leave out DCS_API_USERNAME and let workers ask the DCS" if asks else ""
    raise DatabaseUnavailable(
        f"permission denied: role {found['role']} may not serve the mirror, it lacks {first_few(lacks)}; "
        f"{await _remedy(connection, found[f'{purpose}_name'])}{otherwise}"
    )


async def lacking(connection: Connection, purpose: str, role: str | None = None) -> list[str]:
    """Return which rights of one of the mirror's roles another role lacks, such as ``SELECT on dcs.course``.

    Args:
        purpose: that of the mirror's role, as in ``dcs_mirror.role``.
        role: the other role; None for the connected one.
    """
    name = role or await connection.fetchval("SELECT current_user")
    found: list[str] = await connection.fetchval(*_LACKING.bind({"purpose": purpose, "role": name}))
    return found


async def exceeding(connection: Connection, purpose: str, role: str) -> list[str]:
    """Return which rights in the mirror's schemas one of its roles has that no migration granted it.

    Args:
        purpose: the role's, as in ``dcs_mirror.role``.
        role: its name.
    """
    granted = {row[0] for row in await connection.fetch(_GRANTED, purpose)}
    if not granted:  # the migration could not grant them yet
        return []
    rows = await connection.fetch(*_RIGHTS_OF.bind({"role": role}))
    return sorted({row["part"] for row in rows} - granted)


async def of_everyone(connection: Connection) -> list[str]:
    """Return which rights in the mirror's schemas PUBLIC has, and so every role, that no migration grants."""
    return [row["part"] for row in await connection.fetch(*_OF_PUBLIC.bind({}))]


async def require_owner(connection: Connection, command: str) -> None:
    """Raise unless the role may change the mirror's tables and views as their owner.

    Raises:
        DatabaseUnavailable: names the owner, and the statement that makes the role one.
    """
    found = await _found(connection)
    if found["is_there"] and not found["owns"]:
        raise DatabaseUnavailable(
            f"permission denied: {command} needs the account that owns the mirror: connect as "
            f"{found['owner']}, or as an administrator: `GRANT {found['owner']} TO {found['role']}`. "
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
            "a schema with a name of the mirror's schemas belongs to another role, which could drop its "
            "contents and run code with this account's rights. Drop the schema. If it is to be the mirror's, "
            "connect as its owner, or as an administrator: "
            f"{'; '.join(f'`{statement}`' for statement in found['of_strangers'])}. Nothing was changed"
        )


def _require_own_queue(found: asyncpg.Record) -> None:
    if strangers := found["strangers_in_queue"]:
        raise DatabaseUnavailable(
            f"the schema dcs_queue, or something in it, belongs to another role ({', '.join(strangers)}), "
            "which could run code with this account's rights. As an administrator: `DROP SCHEMA dcs_queue "
            "CASCADE`. Then run `dcs-mirror migrate`, which makes it again. No job of the workers is lost. "
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
            f"{found['database']}. Run `dcs-mirror migrate` as the role that is to own the mirror, or as an "
            f"administrator: `GRANT CREATE ON DATABASE {found['database']} TO {found['role']}`"
        )


async def writer_role(connection: Connection) -> str | None:
    """Return the name of the role that may write, as the tables' rights name it; None if there is none."""
    name: str | None = (await _found(connection))["writer_name"]
    return name


async def _remedy(connection: Connection, group: str | None) -> str:
    """Return what gives the connected role the rights of one of the mirror's roles, the group.

    None stands for one without any right, as after a restore without rights.
    """
    if group is None:
        return MIGRATING
    return remedy(await membership.look(connection, group))


async def _found(connection: Connection) -> asyncpg.Record:
    row = await connection.fetchrow(*_RIGHTS.bind({}))
    assert row is not None  # noqa: S101 - it always returns one
    return row
