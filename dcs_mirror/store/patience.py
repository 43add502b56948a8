"""How long tables of others are waited for: once for each table, then hardly (R9).

A session that locks a registered table and never ends would otherwise hold up each institution of a night for
as long as the first one.
"""

import time

from dcs_mirror.store.table_code import Registered

FIRST_SECONDS = 10.0
"""How long to wait for a table, or rows of it, that another session locks."""
LATER_SECONDS = 0.1
"""How long to wait for a table that was not free before: if it is free by now, it is rewritten."""
REMEMBERED_SECONDS = 600.0
"""After how long a table is waited for again: a worker's nights are days apart."""


class Patience:
    """What a program remembers of tables that were not free."""

    def __init__(self) -> None:
        self._spent_at: dict[tuple[str, str], float] = {}

    def seconds(self, column: Registered) -> float:
        """Return how many seconds to wait for the table of a column."""
        return LATER_SECONDS if self._is_spent(column) else FIRST_SECONDS

    def spend(self, column: Registered) -> None:
        """Remember that the table of a column was not free in that time."""
        if not self._is_spent(column):
            self._spent_at[column.table_schema, column.table_name] = time.monotonic()

    def _is_spent(self, column: Registered) -> bool:
        spent_at = self._spent_at.get((column.table_schema, column.table_name))
        return spent_at is not None and time.monotonic() - spent_at < REMEMBERED_SECONDS
