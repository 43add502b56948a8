"""The proof that registered columns hold no id of an earlier year (R9).

A run looks before it reads the DCS: one query a column finds the rows that are out of date, for all
institutions together. They are rewritten, institution by institution. What is left makes the outcome partial.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeAlias

import asyncpg
import structlog

from dcs_mirror.database import session
from dcs_mirror.database.connections import UNREACHABLE, Connection, describe
from dcs_mirror.database.retry import Database
from dcs_mirror.reconcile import registered_columns
from dcs_mirror.reconcile.registered_columns import ColumnMemory
from dcs_mirror.store import locked
from dcs_mirror.store.stale import stale_rows
from dcs_mirror.store.table_code import TableRefused

Unproven: TypeAlias = Mapping[int, Mapping[str, str]]
"""What is wrong with registered columns: institution -> column -> error."""

_TARGETS = """
SELECT target_id, format('%I.%I.%I', table_schema, table_name, column_name) AS name
FROM dcs_mirror.target
ORDER BY target_id
"""
_CONCERNED = """
SELECT i.hei_id
FROM dcs_mirror.institution AS i
JOIN dcs_mirror.target AS g ON g.target_id = $1 AND coalesce(g.hei_id, i.hei_id) = i.hei_id
WHERE CASE WHEN $2::integer[] IS NULL THEN i.subscribed ELSE i.hei_id = ANY ($2) END
"""
_REPORT = """
INSERT INTO dcs_mirror.target_report AS r (target_id, hei_id, rewritten, error, reported_at)
SELECT g.target_id, f.hei_id, 0, f.error, $4
FROM dcs_mirror.target AS g
CROSS JOIN unnest($2::integer[], $3::text[]) AS f (hei_id, error)
WHERE g.target_id = $1
ON CONFLICT (target_id, hei_id) DO UPDATE SET error = excluded.error, reported_at = excluded.reported_at
WHERE r.error IS DISTINCT FROM excluded.error
"""
_RECOVERED = """
UPDATE dcs_mirror.target_report
SET error = NULL, reported_at = $4
WHERE target_id = $1 AND error IS NOT NULL AND NOT hei_id = ANY ($3)
  AND ($2::integer[] IS NULL OR hei_id = ANY ($2))
"""

log = structlog.get_logger()


class _Column(NamedTuple):
    """What a look at one column found: errors by institution, and the institutions to rewrite it for."""

    errors: dict[int, str]
    to_rewrite: list[int]


async def prove(
    database: Database, hei_ids: list[int] | None, *, now: datetime, memory: ColumnMemory | None = None
) -> Unproven:
    """Look for rows of registered columns that are out of date, and rewrite them.

    Args:
        hei_ids: only these institutions; None means all.
        memory: what the run remembers of registered columns.

    Returns:
        What is left, or could not be looked at.
    """
    memory = memory or ColumnMemory()
    unproven: dict[int, dict[str, str]] = {}
    to_rewrite: set[int] = set()
    for target in await database(lambda connection: connection.fetch(_TARGETS)):
        found = await database(partial(_look, *target, hei_ids=hei_ids, now=now, memory=memory))
        to_rewrite.update(found.to_rewrite)
        for hei_id, error in found.errors.items():
            unproven.setdefault(hei_id, {})[target["name"]] = error
    for hei_id in sorted(to_rewrite):
        try:
            columns = await database(
                partial(registered_columns.rewrite_stored, hei_id=hei_id, now=now, memory=memory)
            )
        except UNREACHABLE:
            raise
        except asyncpg.PostgresError as error:  # such as a full disk, or a time-out of the mirror's role
            log.warning("registered columns could not be rewritten", hei_id=hei_id, error=describe(error))
            continue
        for column in columns:
            registered_columns.update(unproven.setdefault(hei_id, {}), column)
    return unproven


async def _look(
    target_id: int,
    name: str,
    connection: Connection,
    *,
    hei_ids: list[int] | None,
    now: datetime,
    memory: ColumnMemory,
) -> _Column:
    """Look at one column, and store what is wrong before anything is rewritten."""
    errors: dict[int, str] = {}
    to_rewrite: list[int] = []
    try:
        memory.require(target_id)
        # A session of the pool may have ended before, as by a restart: that is not the doing of the column.
        await connection.execute("SELECT")
        with memory.noting(target_id, None):
            rows = await stale_rows(connection, target_id, hei_ids, patience=memory.patience)
        for found in rows:
            if found.problem is not None:
                errors[found.hei_id] = found.problem
            if found.rows > found.shared:
                to_rewrite.append(found.hei_id)
    except (TableRefused, *session.ANSWERS) as refused:
        error = str(refused)
        if not isinstance(refused, TableRefused):
            error = f"it cannot be checked: {await locked.describe(connection, target_id, refused)}"
        log.warning("a registered column could not be checked", column=name, error=error)
        concerned = await connection.fetch(_CONCERNED, target_id, hei_ids)
        errors = {row["hei_id"]: error for row in concerned}
    await connection.execute(_RECOVERED, target_id, hei_ids, list(errors), now)
    await connection.execute(_REPORT, target_id, list(errors), list(errors.values()), now)
    return _Column(errors, to_rewrite)
