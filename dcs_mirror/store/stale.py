"""Rows of registered columns whose request id is out of date (R9)."""

from dataclasses import dataclass
from pathlib import Path

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.session import confine
from dcs_mirror.store.patience import Patience
from dcs_mirror.store.table_code import Watched, hold, read_registered

_STALE_ROWS = sql.load(Path(__file__).parent / "stale_rows.sql")


@dataclass(frozen=True, slots=True)
class StaleRows:
    """Rows of one column whose id is out of date, of one institution; those that nobody can attribute are
    ``shared``: the column has no filter, and another institution has, or had, the id too."""

    hei_id: int
    rows: int
    shared: int

    @property
    def problem(self) -> str | None:
        """What is wrong if they are left, None if there are none."""
        return describe(self.rows, self.shared)


async def stale_rows(
    connection: Connection,
    target_id: int,
    hei_ids: list[int] | None = None,
    *,
    patience: Patience | None = None,
) -> list[StaleRows]:
    """Count the rows of a registered column whose id is out of date, by institution; one read of the table.

    Args:
        connection: not in a transaction.
        hei_ids: only these institutions; None means all.
        patience: what the program remembers of tables that were not free.

    Raises:
        TableRefused: if the table may not be read as it is, or what it runs was replaced meanwhile.
        asyncpg.PostgresError: if the table cannot be read.
    """
    found = await read_registered(connection, target_id=target_id)
    if not found:  # unregistered meanwhile
        return []
    column, patience = found[0], patience or Patience()
    statement = await connection.fetchval(*_STALE_ROWS.bind(column))
    try:
        async with connection.transaction(readonly=True):
            await confine(connection, lock_seconds=patience.seconds(column))
            await hold(connection, column)
            counting = await connection.prepare(statement)
            async with Watched(connection, column):
                rows = await counting.fetch(hei_ids)
    except asyncpg.LockNotAvailableError:
        patience.spend(column)
        raise
    return [StaleRows(**row) for row in rows]


def describe(rows: int, shared: int) -> str | None:
    """Say what is wrong with rows that are out of date after the rewriting; None if there are none."""
    kept = rows - shared
    said = []
    if kept:
        said.append(
            f"{_count(kept)} an id of an earlier year: look for triggers, rules and policies of the table "
            "that keep it"
        )
    if shared:
        said.append(
            f"{_count(shared)} an id that several institutions have had: register the column with "
            "--hei-column, or with --hei"
        )
    return "; ".join(said) or None


def _count(rows: int) -> str:
    return "1 row holds" if rows == 1 else f"{rows} rows hold"
