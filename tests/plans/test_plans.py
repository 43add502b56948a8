"""What downstream runs stays on its index, whatever the tables' size."""

import json

import pytest

from dcs_mirror.database.connections import Connection

QUERIES = {
    "an item by its id": "SELECT * FROM dcs.content_item WHERE request_id = 1",
    "an item by its key": "SELECT * FROM dcs.content_item WHERE item_key = 1",
    "the items of a course": "SELECT * FROM dcs.content_item WHERE course_key = 1",
    "a course by its code": "SELECT * FROM dcs.course WHERE hei_id = 209 AND course_code = 'ENG101'",
    "the items of a course code": "SELECT i.* FROM dcs.course AS c JOIN dcs.content_item AS i"
    " USING (course_key) WHERE c.hei_id = 209 AND c.course_code = 'ENG101'",
    "the feed from a cursor": "SELECT * FROM dcs.change WHERE change_id > 5 ORDER BY change_id LIMIT 100",
    "what an old id became": "SELECT * FROM dcs.request_id_history WHERE old_request_id = 1",
    "the history of an item": "SELECT * FROM dcs.request_id_history WHERE item_key = 1",
    "an item's statuses": "SELECT * FROM dcs.status_change WHERE item_key = 1 ORDER BY observed_at",
    "stored ids joined": "SELECT s.id, i.item_key FROM (VALUES (1::bigint), (2)) AS s (id)"
    " JOIN dcs.content_item AS i ON i.request_id = s.id",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
async def test_the_query_reads_no_table_from_end_to_end(query: str, connection: Connection) -> None:
    await connection.execute("SET enable_seqscan = off")
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {query}"))
    assert "Seq Scan" not in json.dumps(plan)
