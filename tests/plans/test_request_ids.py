"""Stored ids of any year to today's, in bulk: as cheap as a join written by hand, and on the indexes."""

import json
from typing import Any

import pytest

from bench.join import BY_HAND, THROUGH_THE_VIEW, fill
from dcs_mirror.database.connections import Connection

ITEMS = 20_000


@pytest.fixture
async def filled(connection: Connection) -> Connection:
    await fill(connection, ITEMS)
    return connection


async def plan(connection: Connection, query: str) -> Any:
    return json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {query}"))[0]["Plan"]


async def test_the_view_joins_as_cheaply_as_a_join_written_by_hand(filled: Connection) -> None:
    through, by_hand = await plan(filled, THROUGH_THE_VIEW), await plan(filled, BY_HAND)
    assert through["Total Cost"] <= 1.2 * by_hand["Total Cost"]
    assert await filled.fetch(f"{THROUGH_THE_VIEW} ORDER BY 1") == await filled.fetch(f"{BY_HAND} ORDER BY 1")


async def test_a_few_ids_are_found_by_index(filled: Connection) -> None:
    for query in (
        "SELECT current_request_id FROM dcs.request_id WHERE request_id = 7",
        "SELECT current_request_id FROM dcs.request_id WHERE request_id IN (7, 8, 30001) AND hei_id = 209",
    ):
        assert "Seq Scan" not in json.dumps(await plan(filled, query))


async def test_the_function_and_the_view_agree_on_every_id(filled: Connection) -> None:
    different = await filled.fetchval(
        f"SELECT count(*) FROM ({THROUGH_THE_VIEW}) AS v (id, today)"
        " WHERE today IS DISTINCT FROM dcs.current_request_id(id)"
    )
    assert different == 0
    assert await filled.fetchval("SELECT dcs.current_request_id(7)") == ITEMS + 7
    assert await filled.fetchval("SELECT dcs.current_request_id(7, 1)") is None
