"""Rewrite registered columns of downstream tables in the mirror's own transaction (R9)."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import structlog

from dcs_mirror.database import locks, session, sql
from dcs_mirror.database.connections import UNREACHABLE, Connection
from dcs_mirror.database.session import SessionSettings
from dcs_mirror.reconcile import pipeline
from dcs_mirror.reconcile.parameters import InstitutionScope
from dcs_mirror.reconcile.staging import make_tables
from dcs_mirror.reconcile.steps import fetch_row, run_step
from dcs_mirror.store import locked, stale
from dcs_mirror.store.patience import Patience
from dcs_mirror.store.table_code import Registered, TableRefused, Watched, read_registered

_REPORT = """
INSERT INTO dcs_mirror.target_report AS r (target_id, hei_id, rewritten, error, reported_at)
SELECT g.target_id, $2, $3, $4, $5
FROM dcs_mirror.target AS g
WHERE g.target_id = $1
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

_PHASE = pipeline.REGISTERED_COLUMNS
_COLUMN_FIELDS = ("table_schema", "table_name", "column_name", "kind", "hei_column", "is_unfiltered")

MOST_ENDS = 5
"""How often work on a column may end the mirror's session before it is the column's failure: fewer may be
a restart of the server, or somebody who ends the mirror's sessions one after the other."""

log = structlog.get_logger()


class ColumnMemory:
    """What a run remembers of registered columns: tables that were not free, and sessions that ended.

    A trigger may end its session, and the error is that of a server that was lost. The run repeats its work,
    so only its memory tells the two apart: a column that ends session after session is left out.

    Attributes:
        patience: what the program remembers of tables that were not free.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self.patience = patience or Patience()
        self._ends: Counter[tuple[int, int | None]] = Counter()

    def refused(self, target_id: int) -> str | None:
        """Say why a column is not to be touched any more in this run; None if it is."""
        ends = max((n for (column, _), n in self._ends.items() if column == target_id), default=0)
        if ends < MOST_ENDS:
            return None
        return (
            f"the mirror's session ended {ends} times while it worked on this column. This run leaves the "
            "column out. Look for a trigger or a function of the table that ends sessions"
        )

    def require(self, target_id: int) -> None:
        """Raise if a column is not to be touched any more in this run.

        Raises:
            TableRefused: says why.
        """
        if (refused := self.refused(target_id)) is not None:
            raise TableRefused(refused)

    @contextmanager
    def noting(self, target_id: int, hei_id: int | None) -> Iterator[None]:
        """Note if the session ends meanwhile; the same institution's work may be repeated."""
        try:
            yield
        except UNREACHABLE:
            self._ends[target_id, hei_id] += 1
            raise


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
    connection: Connection,
    hei_id: int,
    *,
    now: datetime,
    every: bool = False,
    memory: ColumnMemory | None = None,
) -> list[ColumnRewrite]:
    """Rewrite every column registered for an institution by the temporary table ``rewritten_id``.

    Call it inside the transaction that changes the mirror's own ids. Every column has a savepoint of its
    own: if one fails, it is reported, does not hold up the others, and is tried again with all ids of
    earlier years next time.

    Args:
        every: whether to add all ids of earlier years to the temporary table first.
        memory: what the run remembers of registered columns.

    Returns:
        One entry for every column; none if there are no ids to rewrite.
    """
    if every or await connection.fetchval(_FAILED_BEFORE, hei_id):
        await run_step(connection, _PHASE["collect_all_rewritten_ids"], InstitutionScope(hei_id))
    if not await connection.fetchval("SELECT EXISTS (SELECT FROM rewritten_id)"):
        return []
    targets = await read_registered(connection, hei_id=hei_id)
    if any(target.is_unfiltered for target in targets):
        await run_step(connection, _PHASE["mark_shared_ids"], InstitutionScope(hei_id))
    done, before, memory = [], await session.settings(connection), memory or ColumnMemory()
    for target in targets:
        target_id, refused = target.target_id, memory.refused(target.target_id)
        if refused is not None:
            rewriting = ColumnRewrite(target.name, 0, 0.0, refused)
        else:
            with memory.noting(target_id, hei_id):
                rewriting = await _rewrite(connection, hei_id, target, before, memory.patience)
        if rewriting.rows or rewriting.error:
            report = (target_id, hei_id, rewriting.rows, rewriting.error, now)
            await connection.execute(_REPORT, *report)
        else:
            await connection.execute(_RECOVERED, target_id, hei_id, now)
        done.append(rewriting)
    return done


async def rewrite_stored(
    connection: Connection, hei_id: int, *, now: datetime, memory: ColumnMemory
) -> list[ColumnRewrite]:
    """Rewrite all ids of earlier years of one institution, in a transaction under its lock.

    Args:
        connection: not in a transaction.
        memory: what the run remembers of registered columns.
    """
    async with connection.transaction():
        await make_tables(connection)
        await locks.lock_row(connection, locks.INSTITUTION, hei_id)
        return await rewrite(connection, hei_id, now=now, every=True, memory=memory)


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
    connection: Connection,
    hei_id: int,
    column: Registered,
    before: SessionSettings,
    patience: Patience,
) -> ColumnRewrite:
    name, target_id = column.name, column.target_id
    values = {field: getattr(column, field) for field in _COLUMN_FIELDS} | {"hei_id": hei_id}
    statements = await fetch_row(connection, _PHASE["rewrite_statement"], values)
    started = time.monotonic()
    try:
        async with connection.transaction():
            await session.confine(connection, lock_seconds=patience.seconds(column))
            rewriting = await connection.prepare(statements["rewriting"])
            async with Watched(connection, column):
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
        if isinstance(error, asyncpg.LockNotAvailableError):
            patience.spend(column)
        message = await locked.describe(connection, target_id, error)
        log.warning("a registered column could not be rewritten", column=name, hei_id=hei_id, error=message)
        return ColumnRewrite(name, 0, time.monotonic() - started, message)
    assert left is not None  # noqa: S101 - an aggregate returns one row
    problem = stale.describe(**left)
    if problem is not None:
        log.warning("a registered column is still out of date", column=name, hei_id=hei_id, error=problem)
    return ColumnRewrite(
        name, sql.row_count(rewriting.get_statusmsg() or "0"), time.monotonic() - started, problem
    )
