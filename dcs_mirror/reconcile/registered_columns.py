"""Registered downstream columns, rewritten in the mirror's own transaction (R9)."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
import structlog

from dcs_mirror.database import sql
from dcs_mirror.database.connections import UNREACHABLE, Connection, describe

_REWRITE = sql.load(Path(__file__).parent / "rewrite_target.sql")
_ALL_IDS = sql.load(Path(__file__).parent / "all_rewritten_ids.sql")
_REPORT = """
INSERT INTO dcs_mirror.target_report AS r (target_id, hei_id, rewritten, error, reported_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (target_id, hei_id) DO UPDATE
SET rewritten = excluded.rewritten, error = excluded.error, reported_at = excluded.reported_at
"""
_MENDED = """
UPDATE dcs_mirror.target_report
SET error = NULL, reported_at = $3
WHERE target_id = $1 AND hei_id = $2 AND error IS NOT NULL
"""
_FAILED_BEFORE = """
SELECT EXISTS (SELECT FROM dcs_mirror.target_report WHERE hei_id = $1 AND error IS NOT NULL)
"""
_TARGETS = """
SELECT target_id, format('%I.%I.%I', table_schema, table_name, column_name) AS name
FROM dcs_mirror.target
WHERE hei_id IS NULL OR hei_id = $1
ORDER BY target_id
"""

LOCK_SECONDS = 10
"""How long a column waits for rows that downstream holds; longer, and it is reported as failed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ColumnRewrite:
    """What was done to one column: rows rewritten in how many seconds, or why none could be."""

    column: str
    rows: int
    seconds: float
    error: str | None = None


async def rewrite(
    connection: Connection, hei_id: int, *, now: datetime, every: bool = False
) -> list[ColumnRewrite]:
    """Rewrites every column registered for an institution by the temporary table ``rewritten_id``.

    Each in a savepoint: one that fails is reported and holds nothing up, and is tried with all ids of
    earlier years the next time. Call it inside the transaction that changes the mirror's own ids.
    ``every`` adds all ids of earlier years to the table first.

    Returns:
        One entry for every column, none where there is nothing to rewrite by.
    """
    if every or await connection.fetchval(_FAILED_BEFORE, hei_id):
        await connection.execute(*_ALL_IDS.bind({"hei_id": hei_id}))
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM rewritten_id)"):
        return []
    done = []
    for target in await connection.fetch(_TARGETS, hei_id):
        rewriting = await _rewrite(connection, hei_id, target["target_id"], target["name"])
        if rewriting.rows or rewriting.error:
            report = (target["target_id"], hei_id, rewriting.rows, rewriting.error, now)
            await connection.execute(_REPORT, *report)
        else:
            await connection.execute(_MENDED, target["target_id"], hei_id, now)
        done.append(rewriting)
    return done


async def wait_for_locks(connection: Connection, seconds: int) -> None:
    """For the rest of the transaction, waits so long for what others hold; 0 is without limit."""
    await connection.execute("SELECT set_config('lock_timeout', $1, true)", f"{seconds}s")


async def _rewrite(connection: Connection, hei_id: int, target_id: int, name: str) -> ColumnRewrite:
    values = {"hei_id": hei_id, "target_id": target_id}
    statement = await connection.fetchval(*_REWRITE.bind(values))
    started = time.monotonic()
    try:
        async with connection.transaction():
            await wait_for_locks(connection, LOCK_SECONDS)
            status = await connection.execute(statement)
            # What a constraint of downstream's defers must fail here, not at the mirror's own commit.
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await wait_for_locks(connection, 0)
    except UNREACHABLE:
        raise
    except asyncpg.PostgresError as error:
        told = describe(error)
        log.warning("a registered column could not be rewritten", column=name, hei_id=hei_id, error=told)
        return ColumnRewrite(name, 0, time.monotonic() - started, told)
    return ColumnRewrite(name, sql.row_count(status), time.monotonic() - started)
