"""What the driver is told about arrays is what the server would answer, and the driver does not ask."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from dcs_mirror.database.array_types import ARRAY_TYPES
from dcs_mirror.database.connections import Connection, open_connection

SEEN = """
SELECT $1::bigint[] AS keys, $2::integer[] AS numbers, $3::bytea[] AS digests, $4::date[] AS days
"""


@pytest.fixture
async def opened(server_url: str) -> AsyncIterator[Connection]:
    connection = await open_connection(server_url)
    yield connection
    await connection.close()


async def test_the_driver_is_told_what_the_server_would_answer(opened: Connection) -> None:
    numbers = [each["oid"] for each in ARRAY_TYPES]
    answers = await opened.fetch(opened._intro_query, numbers)  # type: ignore[union-attr]
    arrays = {row["oid"]: dict(row) for row in answers if row["oid"] in numbers}
    for told in ARRAY_TYPES:
        answer = arrays[told["oid"]]
        assert {name: answer[name] for name in told} == told


async def test_arrays_are_sent_and_read_without_a_question_to_the_server(opened: Connection) -> None:
    asked = list[str]()

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        asked.append(query.query)

    with opened.query_logger(note):
        row = await opened.fetchrow(SEEN, [2**40, None], [-1], [b"\x00\xff"], [])
        await asyncio.sleep(0)  # the driver tells it in the loop's next round
    assert asked == [SEEN]
    assert dict(row or {}) == {"keys": [2**40, None], "numbers": [-1], "digests": [b"\x00\xff"], "days": []}
