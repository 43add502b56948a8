"""What a reconciliation collects for registered columns (R9): only what is needed."""

from datetime import UTC, datetime

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from tests.support.readings import HEI, apply_reading, item, reading

ITEMS = 20

COLLECTED = "SELECT count(*) FROM pg_temp.rewritten_id"


@pytest.mark.parametrize(
    ("is_registered", "only", "collected"),
    [(False, None, 0), (True, HEI + 1, 0), (True, HEI, ITEMS), (True, None, ITEMS)],
    ids=["no column", "a column of another institution", "its column", "a column of all"],
)
async def test_ids_are_collected_only_for_columns_that_may_hold_them(
    connection: Connection, *, is_registered: bool, only: int | None, collected: int
) -> None:
    if is_registered:
        await connection.execute("CREATE TABLE public.list (request_id bigint)")
        await targets.add(connection, "public.list", "request_id", hei_id=only, now=datetime.now(UTC))
    items = [item(1_000 + place, 100_000 + place) for place in range(ITEMS)]
    async with connection.transaction():
        await apply_reading(connection, reading({"A": items}))
        assert await connection.fetchval(COLLECTED) == collected
