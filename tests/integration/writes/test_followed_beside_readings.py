"""What is kept of a request does not lag behind a reading that is applied while its call ends (A7)."""

import asyncio

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.reading import LookedUp
from dcs_mirror.store.unseen import unseen_requests
from dcs_mirror.writes import journal
from tests.support.readings import HEI, START, apply_reading, item, reading
from tests.support.sessions import waits_for
from tests.support.writing import request, unfollowed

FATE = "SELECT s.item_key, s.state FROM dcs.submitted_request AS s"


async def test_a7_a_call_that_ends_while_its_item_changes_is_followed_by_the_next_sync(
    database: str, connection: Connection
) -> None:
    """The reading has looked at the calls and has not ended: neither it nor the call's end sees the other."""
    await apply_reading(connection, reading({"A": [item(1, content_status="Pending")]}))
    async with connect(database) as reader, connect(database) as feed:
        call_id = await journal.begin(connection, request(HEI), now=START)
        async with feed.transaction():
            await locks.lock_row(feed, locks.CHANGE)
            decided = reading({"A": [item(1, content_status="Active", content_url="https://x")]}, night=1)
            applied = asyncio.create_task(apply_reading(reader, decided))
            await waits_for(connection, feed)
            async with asyncio.timeout(10):
                await journal.end(connection, call_id, journal.CallEnd("answered", request_id=1), now=START)
        await applied
        assert [tuple(row) for row in await connection.fetch(FATE)] == [(None, "waiting")]
        (unseen,) = await unseen_requests(connection, HEI)
    night = reading({"A": [item(1, content_status="Active", content_url="https://x")]}, night=2)
    night.looked_up = [LookedUp(unseen.request_id, night.courses[0].items[0])]
    await apply_reading(connection, night)
    assert [row["state"] for row in await connection.fetch(FATE)] == ["open"]
    assert await unfollowed(connection) == []
