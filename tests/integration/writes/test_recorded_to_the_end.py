"""The outcome of a call is recorded although its task is cancelled meanwhile (A6)."""

import asyncio

import pytest

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.runtime import open_runtime
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.writes import journal, service
from tests.support.control import misbehave
from tests.support.running import settings_for
from tests.support.writing import arrived, request

WAITS = """
SELECT EXISTS (SELECT FROM pg_locks AS l WHERE NOT l.granted AND l.relation = 'dcs_mirror.call'::regclass)
"""


async def test_a6_a_cancellation_while_the_outcome_is_recorded_does_not_lose_it(
    database: str, connection: Connection
) -> None:
    async with (
        running_sandbox(build_world(Sizes(institutions=1, courses=1, items=1))) as sandbox,
        open_runtime(settings_for(sandbox), database) as runtime,
        connect(database) as neighbour,
    ):
        (hei_id,) = sandbox.world.institutions
        write = request(hei_id)
        lock = neighbour.transaction()
        await misbehave(sandbox, {"kind": "slow-start", "method": "SubmitRequest", "seconds": 1})
        async with asyncio.timeout(60):
            task = asyncio.create_task(service.carry_out(runtime, write))
            await arrived(sandbox)
            await lock.start()
            await neighbour.execute("LOCK TABLE dcs_mirror.call IN SHARE MODE")
            while not await connection.fetchval(WAITS):
                pass
            for _ in range(3):
                task.cancel()
                await asyncio.wait([task], timeout=0.05)
            assert not task.done()
            await lock.rollback()
            with pytest.raises(asyncio.CancelledError):
                await task
        (call,) = await journal.listed(connection)
        assert call.state == "answered"
        assert call.request_id is not None
        assert sandbox.world.items[call.request_id].details.title == "Emma"
