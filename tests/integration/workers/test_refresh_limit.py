"""An account may ask for so many refreshes in an hour, however many it asks for at once."""

import asyncio

from dcs_mirror.database.connections import connect
from dcs_mirror.jobs import queue
from tests.support.readings import HEI, apply_reading, reading


async def test_who_asks_at_once_gets_no_more_than_who_asks_in_turn(database: str) -> None:
    async with connect(database) as connection:
        await apply_reading(connection, reading({"A": []}))

        async def ask(by: str) -> int | None:
            async with connect(database) as own:
                return await queue.ask_refresh(own, HEI, course="A", request_id=None, by=by, most=3)

        # Another's requests neither count nor wait.
        asked = await asyncio.gather(*(ask("account one") for _ in range(10)), ask("account other"))
        assert sorted(each is not None for each in asked[:-1]) == [False] * 7 + [True] * 3
        assert asked[-1] is not None
        by = await connection.fetch(
            "SELECT requested_by, count(*) FROM dcs.refresh_request GROUP BY requested_by ORDER BY 1"
        )
        assert [tuple(row) for row in by] == [("account one", 3), ("account other", 1)]
