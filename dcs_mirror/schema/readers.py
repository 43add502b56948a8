"""Database roles that see only some institutions, each in a schema with the same views as the schema dcs.

Which institutions a role sees is in ``dcs_mirror.reader``, where its views look it up. So to add institutions
changes no view, and the views of others cost no more than before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import DatabaseUnavailable, MirrorError, SettingsError, UnknownInstitution

_SQL = Path(__file__).parent / "sql"
_FUNCTIONS = Path(__file__).parent.parent / "downstream" / "functions.sql"
_VIEWS = _SQL / "reader_views.sql"
_RIGHTS = _SQL / "reader_rights.sql"
_SEARCH = _SQL / "reader_search.sql"
FILES = (_VIEWS, _RIGHTS, _SEARCH)
"""What the schemas of readers are made from, besides the views and functions of the schema dcs."""

_PARTS = sql.load(_SQL / "reader_parts.sql")
_REMOVE = sql.load(_SQL / "reader_removal.sql")
_LONGEST_BYTES = 59  # PostgreSQL's 63, and the schema's name has four more than the role's

_LISTED = "SELECT r.role, r.hei_ids FROM dcs_mirror.reader AS r ORDER BY r.role"
_ADD = """
INSERT INTO dcs_mirror.reader AS r (role, hei_ids) VALUES ($1, $2)
ON CONFLICT (role) DO UPDATE
SET hei_ids = ARRAY (SELECT DISTINCT h.id FROM unnest(r.hei_ids || excluded.hei_ids) AS h (id) ORDER BY h.id)
"""
_FORGET = "DELETE FROM dcs_mirror.reader WHERE role = $1"
_UNKNOWN = """
SELECT array_agg(h.id ORDER BY h.id) FROM unnest($1::integer[]) AS h (id)
WHERE NOT EXISTS (SELECT FROM dcs_mirror.institution AS i WHERE i.hei_id = h.id)
"""
_SCHEMA_EXISTS = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)"
_ROLE_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
# Also as a member that does not inherit, who may take the other role on.
_SEES_ALL = """
SELECT r.rolsuper OR has_schema_privilege(r.oid, 'dcs', 'USAGE') OR EXISTS (
    SELECT FROM pg_namespace AS n CROSS JOIN aclexplode(n.nspacl) AS a
    WHERE n.nspname IN ('dcs', 'dcs_mirror') AND a.grantee <> 0 AND pg_has_role(r.oid, a.grantee, 'MEMBER'))
FROM pg_roles AS r WHERE r.rolname = $1
"""
_CREATE_ROLE = "SELECT format('CREATE ROLE %I LOGIN', $1::text)"
_CREATE_SCHEMA = "SELECT format('CREATE SCHEMA %I', $1::text)"
# The functions name the views of the schema dcs only.
_OWN_FUNCTIONS = r"SELECT regexp_replace($1, '\mdcs\.', quote_ident($2) || '.', 'g')"


@dataclass(frozen=True, slots=True)
class Reader:
    """A role that sees only some institutions."""

    role: str
    hei_ids: list[int]

    @property
    def schema(self) -> str:
        """The schema with its views and functions."""
        return schema_of(self.role)


def schema_of(role: str) -> str:
    """Return the name of a role's schema."""
    return f"dcs_{role}"


async def listed(connection: Connection) -> list[Reader]:
    """Return the restricted readers, by name."""
    return [Reader(*row) for row in await connection.fetch(_LISTED)]


async def parts(connection: Connection, role: str) -> Mapping[str, str]:
    """Return what makes up a role's schema, each with a digest."""
    rows = await connection.fetch(*_PARTS.bind({"schema_name": schema_of(role)}))
    return {row["part"]: row["digest"] for row in rows}


async def make_views(connection: Connection, role: str) -> bool:
    """Make a role's schema, its views and functions, or replace them; grant them to the role if it exists."""
    schema = schema_of(role)
    values = {"role": role, "schema_name": schema}
    if not await connection.fetchval(_SCHEMA_EXISTS, schema):
        await connection.execute(await connection.fetchval(_CREATE_SCHEMA, schema))
    await _run(connection, sql.load(_VIEWS), values)
    functions = _FUNCTIONS.read_text(encoding="utf-8")
    await connection.execute(await connection.fetchval(_OWN_FUNCTIONS, functions, schema))
    if await connection.fetchval(_ROLE_EXISTS, role):
        await _run(connection, sql.load(_RIGHTS), values)
        await _run(connection, sql.load(_SEARCH), values)
    return True


async def add(connection: Connection, role: str, hei_ids: Collection[int]) -> Reader:
    """Let a role see institutions, besides those that it sees already; create it if it does not exist.

    The role's views are not made here.

    Args:
        connection: in a transaction.

    Raises:
        SettingsError: if the role cannot be one that sees only some.
        UnknownInstitution: if the mirror does not know one of them.
        DatabaseUnavailable: if the role does not exist and this account may not create it.
    """
    _check_name(role)
    if unknown := await connection.fetchval(_UNKNOWN, sorted(hei_ids)):
        raise UnknownInstitution(unknown[0], "Nothing was changed")
    known = {reader.role for reader in await listed(connection)}
    if role not in known and await connection.fetchval(_SCHEMA_EXISTS, schema_of(role)):
        raise SettingsError(
            f"the schema {schema_of(role)!r} is there already: take another name for the role"
        )
    if not await connection.fetchval(_ROLE_EXISTS, role):
        await _create(connection, await connection.fetchval(_CREATE_ROLE, role))
    elif await connection.fetchval(_SEES_ALL, role):
        raise SettingsError(
            f"the role {role!r} may read every institution. It is a superuser, the mirror's own role, or a "
            "member of a role that may. Take another role, or revoke that membership"
        )
    await connection.execute(_ADD, role, sorted(set(hei_ids)))
    return next(reader for reader in await listed(connection) if reader.role == role)


async def remove(connection: Connection, role: str) -> None:
    """Drop a role's schema and forget the role, which itself stays.

    Args:
        connection: in a transaction.

    Raises:
        SettingsError: if it is no restricted reader.
        MirrorError: if other views or functions use those of the schema.
    """
    if role not in {reader.role for reader in await listed(connection)}:
        raise SettingsError(f"{role!r} is no reader of single institutions; see `dcs-mirror readers list`")
    try:
        await _run(connection, _REMOVE, {"schema_name": schema_of(role)})
    except asyncpg.DependentObjectsStillExistError as error:
        using = (error.detail or "other objects use it").splitlines()[0]
        raise MirrorError(
            f"the schema {schema_of(role)!r} is still used: {using}. Drop that first; nothing was changed"
        ) from None
    await connection.execute(_FORGET, role)


async def _create(connection: Connection, creation: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(creation)
    except asyncpg.InsufficientPrivilegeError:
        raise DatabaseUnavailable(
            f"the role does not exist, and this account may not create it. As an administrator: {creation}; "
            "then run this again. Nothing was changed"
        ) from None


async def _run(connection: Connection, statements: sql.Statement, values: sql.Values) -> None:
    """Run the statements that a statement returns."""
    for row in await connection.fetch(*statements.bind(values)):
        await connection.execute(row["statement"])


def _check_name(role: str) -> None:
    """Raise SettingsError if a role and a schema cannot have this name."""
    wrong = None
    if not role or role != role.strip() or not role.isprintable():
        wrong = "is empty, or has blanks around it or letters that cannot be shown"
    elif set(role) & set("'\"\\"):
        wrong = "has a quote or a backslash in it"
    elif len(role.encode()) > _LONGEST_BYTES:
        wrong = f"is longer than {_LONGEST_BYTES} bytes"
    elif role.startswith("pg_") or role in {"public", "none", "current_role", "current_user", "session_user"}:
        wrong = "is one that PostgreSQL keeps for itself"
    if wrong:
        raise SettingsError(f"the name of the role {wrong}")
