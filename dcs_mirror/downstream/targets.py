"""Registered columns of downstream tables that hold request ids: add, list, remove (R9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from dcs_mirror.database import session
from dcs_mirror.database.connections import Connection, describe
from dcs_mirror.errors import SettingsError
from dcs_mirror.store import column_rights, restored, table_code
from dcs_mirror.store.patience import FIRST_SECONDS
from dcs_mirror.store.stale import stale_rows
from dcs_mirror.store.table_code import HEI_KINDS, ID_KINDS, Registered, TableRefused

_DEFAULT_SCHEMA = "public"
"""Where a table is whose name is given without a schema."""

_NOT_TABLES = {
    b"v": "a view",
    b"m": "a materialized view",
    b"f": "a foreign table",
    b"S": "a sequence",
    b"i": "an index",
    b"I": "an index",
    b"c": "a type",
    b"t": "a table of the server's own",
}
_OWN_SCHEMAS = ("dcs_mirror", "dcs")

_COLUMN = """
SELECT n.nspname, c.relname, c.relkind, a.attname, a.attgenerated <> '' AS is_generated,
       n.nspname ~ '^pg_' OR n.nspname = 'information_schema' AS is_system,
       c.relpersistence = 't' AS is_temporary,
       format_type(coalesce(nullif(y.typbasetype, 0), y.oid), NULL) AS kind
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type AS y ON y.oid = a.atttypid
WHERE n.nspname = $1 AND c.relname = $2
"""
_ADD = """
INSERT INTO dcs_mirror.target
    (table_schema, table_name, column_name, hei_id, hei_column, added_at, seen_code)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (table_schema, table_name, column_name) DO UPDATE
SET hei_id = excluded.hei_id, hei_column = excluded.hei_column, seen_code = excluded.seen_code
"""
_LIST = """
SELECT t.target_id, t.table_schema, t.table_name, t.column_name, t.hei_id, t.hei_column, t.added_at,
       t.seen_code,
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
    """A registered column, the filter that says which institution a row's id belongs to, and what would run.

    Attributes:
        role: the mirror's role, with whose rights the code of the table runs.
        owners: of the table and its partitions.
        code: its triggers, rules, policies, and expressions that call functions, a line each.
    """

    table_schema: str
    table_name: str
    column_name: str
    hei_id: int | None
    hei_column: str | None
    role: str
    owners: Sequence[str]
    code: Sequence[str]


async def add(
    connection: Connection,
    table: str,
    column: str,
    *,
    hei_id: int | None = None,
    hei_column: str | None = None,
    now: datetime,
) -> Target:
    """Register ``column`` of ``table``; registering it again changes its filter and what counts as seen.

    The code that the table would run is kept: what is not as it was is not run until the column is
    registered again.

    Args:
        connection: a connection to the mirror.
        table: the table's name as in SQL, with its schema if it is not `public`, quoted if necessary.
        column: the column's plain name.
        hei_id: the only institution whose ids the table holds.
        hei_column: the integer column that holds each row's institution.
        now: the time of the registration.

    Raises:
        SettingsError: if the table or column does not exist, has the wrong type, or may not be updated, or
            if code of others would run with more rights than an ordinary role has.
    """
    found = await _column(connection, table, column)
    name = f"{found['nspname']}.{found['relname']}"
    _check_kind(found, name)
    if found["attname"] is None:
        raise SettingsError(f"{name} has no column {column!r}")
    if found["kind"] not in ID_KINDS:
        raise SettingsError(
            f"{name}.{column} is of type {found['kind']}; a column of request ids must be "
            f"{', '.join(ID_KINDS)}"
        )
    if found["is_generated"]:
        raise SettingsError(
            f"{name}.{column} is a generated column: register the column that it follows from"
        )
    if hei_column is not None:
        filtered = await _column(connection, table, hei_column)
        if filtered["attname"] is None or filtered["kind"] not in HEI_KINDS:
            raise SettingsError(f"{name} has no integer column {hei_column!r} that could hold institutions")
    lacks = await column_rights.lacking(connection, found["nspname"], found["relname"], column, hei_column)
    if lacks:
        raise SettingsError(
            f"the mirror's role may not read and update {name}.{column}; "
            f"as an administrator: {'; '.join(lacks)}"
        )
    await restored.current_epoch(connection, now=now)
    names = (found["nspname"], found["relname"], column, hei_id, hei_column)
    async with connection.transaction():
        await session.confine(connection, lock_seconds=FIRST_SECONDS)
        code = await table_code.look(connection, Registered(*names, seen_code=None))
        problem = table_code.objection(Registered(*names, seen_code=code.to_keep), code)
        if problem is not None:
            raise SettingsError(f"{name}: {problem}")
        await connection.execute(_ADD, *names, now, code.to_keep)
    return Target(*names, code.role, code.owners, code.shown)


async def listed(connection: Connection) -> list[dict[str, Any]]:
    """Return every registered column, with the result of its last rewriting, and what it holds now.

    ``out_of_date_rows`` counts rows with an id of an earlier year. ``unknown_rows`` counts rows with an id
    that the mirror has never seen, ``unknown_examples`` lists up to 20 such ids. They are None if the table
    cannot be read, or may not be read as it is. ``owners`` and ``code`` say what the table would run, with
    the mirror's rights, and ``refused`` why it is not run, if it is not.
    """
    targets = []
    for row in await connection.fetch(_LIST):
        target: dict[str, Any] = dict(row) | {
            "unknown_rows": None,
            "unknown_examples": None,
            "out_of_date_rows": None,
            "owners": [],
            "code": [],
            "refused": None,
        }
        del target["target_id"], target["seen_code"]
        try:
            target |= await _held(connection, row, target)
        except TableRefused as refused:
            target["refused"] = str(refused)
        except session.ANSWERS as error:
            message = await session.describe_if_alive(connection, error)
            target["error"] = target["error"] or message
        targets.append(target)
    return targets


async def _held(connection: Connection, row: asyncpg.Record, target: dict[str, Any]) -> dict[str, Any]:
    """Return what a registered column holds now; enter its table's owners and code into ``target`` before.

    Raises:
        TableRefused: if the table may not be read as it is.
        asyncpg.PostgresError: if it cannot be read.
    """
    registered = Registered.of(row)
    names = (row["table_schema"], row["table_name"], row["column_name"])
    async with connection.transaction(readonly=True):
        await session.confine(connection, lock_seconds=FIRST_SECONDS)
        await table_code.hold(connection, registered)
        code = await table_code.look(connection, registered)
        target |= {"owners": code.owners, "code": code.shown}
        counting = await connection.prepare(await connection.fetchval(_UNKNOWN, *names))
        async with table_code.Watched(connection, registered):
            unknown = await counting.fetchrow()
    assert unknown is not None  # noqa: S101 - an aggregate returns one row
    return {
        "unknown_rows": unknown["rows"],
        "unknown_examples": unknown["examples"] or [],
        "out_of_date_rows": sum(found.rows for found in await stale_rows(connection, row["target_id"])),
    }


async def remove(connection: Connection, table: str, column: str) -> None:
    """Unregister a column. Its table may have been dropped.

    Raises:
        SettingsError: if it is not registered.
    """
    deleted = await connection.execute(
        "DELETE FROM dcs_mirror.target WHERE table_schema = $1 AND table_name = $2 AND column_name = $3",
        *await _identifier(connection, table),
        column,
    )
    if deleted == "DELETE 0":
        raise SettingsError(f"{table}.{column} is not registered; see `dcs-mirror targets list`")


async def _column(connection: Connection, table: str, column: str) -> asyncpg.Record:
    """Return what the catalogue says about a table and one of its columns.

    Raises:
        SettingsError: if there is no such table.
    """
    found = await connection.fetchrow(_COLUMN, *await _identifier(connection, table), column)
    if found is None:
        raise SettingsError(f"there is no table {table}; name it with its schema, as in SQL")
    return found


def _check_kind(found: asyncpg.Record, name: str) -> None:
    """Raise unless what was found is a table of another system.

    Raises:
        SettingsError: says what it is.
    """
    if found["nspname"] in _OWN_SCHEMAS:
        raise SettingsError(f"{name} is the mirror's own: register a table of another system")
    if found["is_temporary"]:
        raise SettingsError(f"{name} is a temporary table: no night will find it")
    if found["is_system"]:
        raise SettingsError(f"{name} is the server's own: register a table of another system")
    if found["relkind"] not in (b"r", b"p"):
        what = _NOT_TABLES.get(found["relkind"], "something else")
        raise SettingsError(f"{name} is not a table but {what}: register the table that holds the ids")


async def _identifier(connection: Connection, table: str) -> tuple[str, str]:
    """Return schema and name of a table as SQL parses them.

    Raises:
        SettingsError: if it is not a valid name, or has more than two parts.
    """
    try:
        parts: list[str] = await connection.fetchval("SELECT parse_ident($1)", table)
    except asyncpg.PostgresError as error:
        raise SettingsError(
            f"{table!r} is not a valid table name: {describe(error)}; a name with blanks or capitals "
            "needs double quotes, as in SQL: 'lists.\"Reading List\"'"
        ) from None
    if len(parts) > 2:
        raise SettingsError(f"{table!r} contains a database name; give schema.table")
    return (parts[0] if len(parts) > 1 else _DEFAULT_SCHEMA, parts[-1])
