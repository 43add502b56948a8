"""Rewrite registered columns of downstream tables in the mirror's own transaction (R9)."""

import time
from dataclasses import dataclass
from datetime import datetime

import structlog

from dcs_mirror.database import session, sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.session import SessionSettings
from dcs_mirror.reconcile import pipeline
from dcs_mirror.reconcile.parameters import InstitutionScope
from dcs_mirror.reconcile.staging import make_tables
from dcs_mirror.reconcile.steps import run_phases, run_step
from dcs_mirror.store import stale
from dcs_mirror.store.table_code import Registered, TableRefused, require_known

_REPORT = """
INSERT INTO dcs_mirror.target_report AS r (target_id, hei_id, rewritten, error, reported_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (target_id, hei_id) DO UPDATE
SET rewritten = excluded.rewritten, error = excluded.error, reported_at = excluded.reported_at
"""
_RECOVERED = """
UPDATE dcs_mirror.target_report
SET error = NULL, reported_at = $3
WHERE target_id = $1 AND hei_id = $2 AND error IS NOT NULL
"""
_FAILED_BEFORE = """
SELECT EXISTS (SELECT FROM dcs_mirror.target_report WHERE hei_id = $1 AND error IS NOT NULL)
"""
_TARGETS = """
SELECT target_id, format('%I.%I.%I', table_schema, table_name, column_name) AS name,
       hei_id IS NULL AND hei_column IS NULL AS is_unfiltered
FROM dcs_mirror.target
WHERE hei_id IS NULL OR hei_id = $1
ORDER BY target_id
"""

_PHASE = pipeline.REGISTERED_COLUMNS

LOCK_SECONDS = 10
"""How long to wait for rows that downstream locks; then the column is reported as failed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ColumnRewrite:
    """What was done to one column: rows rewritten, in how many seconds, and what went wrong.

    An error with ``rows`` means that further rows are still out of date.
    """

    column: str
    rows: int
    seconds: float
    error: str | None = None


async def rewrite(
    connection: Connection, hei_id: int, *, now: datetime, every: bool = False
) -> list[ColumnRewrite]:
    """Rewrite every column registered for an institution by the temporary table ``rewritten_id``.

    Call it inside the transaction that changes the mirror's own ids. Every column has a savepoint of its
    own: if one fails, it is reported, does not hold up the others, and is tried again with all ids of
    earlier years next time.

    Args:
        every: whether to add all ids of earlier years to the temporary table first.

    Returns:
        One entry for every column; none if there are no ids to rewrite.
    """
    if every or await connection.fetchval(_FAILED_BEFORE, hei_id):
        await run_step(connection, _PHASE["collect_all_rewritten_ids"], InstitutionScope(hei_id))
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM rewritten_id)"):
        return []
    targets = await connection.fetch(_TARGETS, hei_id)
    if any(target["is_unfiltered"] for target in targets):
        await run_step(connection, _PHASE["mark_shared_ids"], InstitutionScope(hei_id))
    done, before = [], await session.settings(connection)
    for target in targets:
        rewriting = await _rewrite(connection, hei_id, target["target_id"], target["name"], before)
        if rewriting.rows or rewriting.error:
            report = (target["target_id"], hei_id, rewriting.rows, rewriting.error, now)
            await connection.execute(_REPORT, *report)
        else:
            await connection.execute(_RECOVERED, target["target_id"], hei_id, now)
        done.append(rewriting)
    return done


async def rewrite_stored(connection: Connection, hei_id: int, *, now: datetime) -> list[ColumnRewrite]:
    """Rewrite all ids of earlier years of one institution, in a transaction under its lock.

    Args:
        connection: not in a transaction.
    """
    async with connection.transaction():
        await make_tables(connection)
        await run_phases(connection, (pipeline.LOCK,), InstitutionScope(hei_id))
        return await rewrite(connection, hei_id, now=now, every=True)


def update(errors: dict[str, str], rewriting: ColumnRewrite) -> None:
    """Replace what ``errors`` says about a column, by its name, by what its rewriting came to."""
    errors.pop(rewriting.column, None)
    if rewriting.error is not None:
        errors[rewriting.column] = rewriting.error


def describe(column: str, error: str) -> str:
    """Return the error of a column as an institution's outcome tells it."""
    return (
        f"registered column {column}: {error}; each sync tries again, and `dcs-mirror reconcile` does at once"
    )


async def _rewrite(
    connection: Connection, hei_id: int, target_id: int, name: str, before: SessionSettings
) -> ColumnRewrite:
    values = {"hei_id": hei_id, "target_id": target_id}
    statements = await connection.fetchrow(*_PHASE["rewrite_statement"].bind(values))
    if statements is None:  # unregistered meanwhile
        return ColumnRewrite(name, 0, 0.0)
    started = time.monotonic()
    try:
        async with connection.transaction():
            await session.confine(connection, lock_seconds=LOCK_SECONDS)
            rewriting = await connection.prepare(statements["rewriting"])
            await require_known(connection, Registered.of(statements))
            await rewriting.fetch()
            # A deferred constraint of a downstream table must fail here, not at the mirror's own commit.
            await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            await session.restore(connection, before)
            # Triggers and rules may have kept rows as they were, and nothing says so.
            left = await connection.fetchrow(statements["counting"])
    except TableRefused as refused:
        log.warning("a registered column was not rewritten", column=name, hei_id=hei_id, because=str(refused))
        return ColumnRewrite(name, 0, time.monotonic() - started, str(refused))
    except session.ANSWERS as error:
        message = await session.describe_if_alive(connection, error)
        log.warning("a registered column could not be rewritten", column=name, hei_id=hei_id, error=message)
        return ColumnRewrite(name, 0, time.monotonic() - started, message)
    assert left is not None  # noqa: S101 - an aggregate returns one row
    problem = stale.describe(**left)
    if problem is not None:
        log.warning("a registered column is still out of date", column=name, hei_id=hei_id, error=problem)
    return ColumnRewrite(
        name, sql.row_count(rewriting.get_statusmsg() or "0"), time.monotonic() - started, problem
    )
