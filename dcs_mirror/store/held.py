"""Rows of registered columns that hold given request ids: what loses its item with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dcs_mirror.database import session, sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.store.patience import FIRST_SECONDS
from dcs_mirror.store.table_code import TableRefused, Watched, read_registered

_HELD_ROWS = sql.load(Path(__file__).parent / "held_rows.sql")

SHOWN = 5
"""How many of the ids are named."""


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Rows of one registered column that hold one of the ids; the first ids; why they cannot be counted."""

    column: str
    rows: int | None
    request_ids: list[int]
    error: str | None = None


async def held_rows(connection: Connection, hei_id: int, request_ids: Sequence[int]) -> list[HeldRows]:
    """Count the rows of every registered column that hold one of an institution's ids. Changes nothing.

    Args:
        connection: not in a transaction.
        hei_id: the institution; columns that are registered for another one are left out.
        request_ids: ids of this year and of earlier ones.
    """
    found = []
    for target in await read_registered(connection, hei_id=hei_id):
        column = f"{target.table_schema}.{target.table_name}.{target.column_name}"
        statement = await connection.fetchval(*_HELD_ROWS.bind(target))
        try:
            async with connection.transaction(readonly=True):
                await session.confine(connection, lock_seconds=FIRST_SECONDS)
                counting = await connection.prepare(statement)
                async with Watched(connection, target):
                    row = await counting.fetchrow(hei_id, list(request_ids), SHOWN)
        except TableRefused as refusal:
            found.append(HeldRows(column, None, [], str(refusal)))
        except session.ANSWERS as error:
            message = await session.describe_if_alive(connection, error)
            found.append(HeldRows(column, None, [], message))
        else:
            assert row is not None  # noqa: S101 - an aggregate returns one row
            found.append(HeldRows(column, row["rows"], list(row["request_ids"])))
    return found
