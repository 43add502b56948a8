"""Registered columns of downstream tables that hold request ids: add, list, remove (R9)."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from dcs_mirror.database.connections import Connection, describe
from dcs_mirror.errors import SettingsError
from dcs_mirror.store import restored
from dcs_mirror.store.stale import stale_rows

KINDS = ("integer", "bigint", "numeric", "text", "character varying")
"""The types of column that can hold request ids."""

_COLUMN = """
SELECT n.nspname, c.relname, c.relkind, a.attname,
       format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL) AS kind,
       has_schema_privilege(n.oid, 'USAGE') AS may_enter,
       has_column_privilege(c.oid, a.attnum, 'SELECT') AS may_read,
       has_column_privilege(c.oid, a.attnum, 'UPDATE') AS may_write,
       c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls
           AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE')) AS has_policies
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type AS y ON y.oid = a.atttypid
JOIN pg_roles AS r ON r.rolname = current_user
WHERE c.oid = to_regclass($1)
"""
_ADD = """
INSERT INTO dcs_mirror.target (table_schema, table_name, column_name, hei_id, hei_column, added_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (table_schema, table_name, column_name) DO UPDATE
SET hei_id = excluded.hei_id, hei_column = excluded.hei_column
"""
_LIST = """
SELECT t.target_id, t.table_schema, t.table_name, t.column_name, t.hei_id, t.hei_column, t.added_at,
       coalesce(sum(r.rewritten), 0)::bigint AS rewritten, max(r.reported_at) AS reported_at,
       string_agg(format('institution %s: %s', r.hei_id, r.error), '; ' ORDER BY r.hei_id)
           FILTER (WHERE r.error IS NOT NULL) AS error
FROM dcs_mirror.target AS t
LEFT JOIN dcs_mirror.target_report AS r USING (target_id)
GROUP BY t.target_id
ORDER BY t.target_id
"""
_UNKNOWN = """
SELECT format(
    'SELECT count(*) AS rows, (array_agg(DISTINCT %3$I::text))[1:20] AS examples FROM %1$I.%2$I AS t'
    ' WHERE %3$I::text ~ ''^[0-9]{1,18}$'''
    ' AND NOT EXISTS (SELECT FROM dcs.request_id AS r WHERE r.request_id = t.%3$I::text::bigint)',
    $1::text, $2::text, $3::text)
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A registered column, and the filter that says which institution a row's id belongs to."""

    table_schema: str
    table_name: str
    column_name: str
    hei_id: int | None = None
    hei_column: str | None = None


async def add(
    connection: Connection,
    table: str,
    column: str,
    *,
    hei_id: int | None = None,
    hei_column: str | None = None,
    now: datetime,
) -> Target:
    """Register ``column`` of ``table``; registering it again changes its filter.

    Args:
        connection: a connection to the mirror.
        table: the table's name as in SQL, with its schema, in double quotes if necessary.
        column: the column's plain name.
        hei_id: the only institution whose ids the table holds.
        hei_column: the integer column that holds each row's institution.
        now: the time of the registration.

    Raises:
        SettingsError: if the table or column does not exist, has the wrong type, or may not be updated.
    """
    found = await _column(connection, table, column)
    name = f"{found['nspname']}.{found['relname']}"
    if found["relkind"] not in (b"r", b"p"):
        raise SettingsError(f"{name} is not a table: register the table that holds the ids")
    if found["attname"] is None:
        raise SettingsError(f"{name} has no column {column!r}")
    if found["kind"] not in KINDS:
        raise SettingsError(
            f"{name}.{column} is of type {found['kind']}; a column of request ids must be {', '.join(KINDS)}"
        )
    if not (found["may_enter"] and found["may_read"] and found["may_write"]):
        role = await connection.fetchval("SELECT current_user")
        raise SettingsError(
            f"the mirror's role may not read and update {name}.{column}: "
            f"GRANT USAGE ON SCHEMA … and GRANT SELECT, UPDATE ON {name} TO {role}"
        )
    if found["has_policies"]:
        role = await connection.fetchval("SELECT current_user")
        raise SettingsError(
            f"{name} has row security, which may hide rows from the mirror's role: "
            f"ALTER ROLE {role} BYPASSRLS"
        )
    if hei_column is not None:
        filtered = await _column(connection, table, hei_column)
        if filtered["attname"] is None or filtered["kind"] not in (
            "smallint",
            "integer",
            "bigint",
            "numeric",
        ):
            raise SettingsError(f"{name} has no integer column {hei_column!r} that could hold institutions")
    target = Target(found["nspname"], found["relname"], column, hei_id, hei_column)
    await restored.current_epoch(connection, now=now)
    await connection.execute(
        _ADD, target.table_schema, target.table_name, column, target.hei_id, target.hei_column, now
    )
    return target


async def listed(connection: Connection) -> list[dict[str, object]]:
    """Return every registered column, with the result of its last rewriting, and what it holds now.

    ``out_of_date_rows`` counts rows with an id of an earlier year. ``unknown_rows`` counts rows with an id
    that the mirror has never seen, ``unknown_examples`` lists up to 20 such ids. They are None if the table
    cannot be read.
    """
    targets = []
    for row in await connection.fetch(_LIST):
        target: dict[str, object] = dict(row) | {
            "unknown_rows": None,
            "unknown_examples": None,
            "out_of_date_rows": None,
        }
        del target["target_id"]
        names = (row["table_schema"], row["table_name"], row["column_name"])
        statement = await connection.fetchval(_UNKNOWN, *names)
        try:
            unknown = await connection.fetchrow(statement)
            stale = await stale_rows(connection, row["target_id"])
        except asyncpg.PostgresError as error:
            target["error"] = target["error"] or describe(error)
        else:
            assert unknown is not None  # noqa: S101 - an aggregate returns one row
            target |= {
                "unknown_rows": unknown["rows"],
                "unknown_examples": unknown["examples"] or [],
                "out_of_date_rows": sum(found.rows for found in stale),
            }
        targets.append(target)
    return targets


async def remove(connection: Connection, table: str, column: str) -> None:
    """Unregister a column. Its table may have been dropped.

    Raises:
        SettingsError: if it is not registered.
    """
    parts = await _identifier(connection, table)
    deleted = await connection.execute(
        "DELETE FROM dcs_mirror.target WHERE table_name = $1 AND column_name = $2"
        " AND table_schema = coalesce($3, (SELECT nspname FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($4)), 'public')",
        parts[-1],
        column,
        parts[-2] if len(parts) > 1 else None,
        table,
    )
    if deleted == "DELETE 0":
        raise SettingsError(f"{table}.{column} is not registered; see `dcs-mirror targets list`")


async def _column(connection: Connection, table: str, column: str) -> asyncpg.Record:
    """Return what the catalogue says about a table and one of its columns.

    Raises:
        SettingsError: if there is no such table, or the mirror's role may not see it.
    """
    await _identifier(connection, table)
    try:
        found = await connection.fetchrow(_COLUMN, table, column)
    except asyncpg.InsufficientPrivilegeError as error:
        role = await connection.fetchval("SELECT current_user")
        raise SettingsError(
            f"the mirror's role may not see {table} ({describe(error)}): "
            f"GRANT USAGE ON SCHEMA … and GRANT SELECT, UPDATE ON {table} TO {role}"
        ) from None
    if found is None:
        raise SettingsError(f"there is no table {table}; name it with its schema, as in SQL")
    return found


async def _identifier(connection: Connection, table: str) -> list[str]:
    """Return the parts of a table's name as SQL parses it.

    Raises:
        SettingsError: if it is not a valid name, or has more than two parts.
    """
    try:
        parts: list[str] = await connection.fetchval("SELECT parse_ident($1)", table)
    except asyncpg.PostgresError as error:
        raise SettingsError(f"{table!r} is not a valid table name: {describe(error)}") from None
    if len(parts) > 2:
        raise SettingsError(f"{table!r} contains a database name; give schema.table")
    return parts
