"""What downstream runs stays on its index, whatever the tables' size."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from bench.questions import CURSOR, HEI, LINKS, QUESTIONS, SEARCHES, fill, links
from dcs_mirror.database.connections import Connection
from dcs_mirror.links import check as checking
from dcs_mirror.schema import contract, search
from dcs_mirror.schema.readers import schema_of

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

BY_INDEX = {
    "changes since an instant": "change_observed",
    "changes of an institution": "change_institution",
    "items as of a day": "change_observed",
}
OF_AN_INSTITUTION = "SELECT i.item_key FROM dcs.content_item AS i WHERE i.hei_id = 108 AND i.is_openable"
SCANS = """
SELECT pg_stat_get_xact_numscans('dcs_mirror.content_item'::regclass),
       pg_stat_get_xact_numscans('dcs_mirror.content_item_words'::regclass)
"""


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
async def test_the_query_reads_no_table_from_end_to_end(query: str, connection: Connection) -> None:
    await connection.execute("SET enable_seqscan = off")
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {query}"))
    assert "Seq Scan" not in json.dumps(plan)


@pytest.mark.parametrize("restricted", [False, True], ids=["all institutions", "one institution"])
async def test_no_question_of_a_reader_reads_a_large_table_from_end_to_end(
    connection: Connection, *, restricted: bool
) -> None:
    """Among twenty thousand items, planned with the rights of the role that asks, nothing switched off."""
    await fill(connection, 20_000)
    role = "dcs_reader"
    if restricted:
        role = f"dcs_plans_{secrets.token_hex(4)}"
        await contract.add_reader(connection, role, [HEI])
    try:
        await connection.execute(f"SET ROLE {role}")
        for name, question in {**QUESTIONS, "openable": OF_AN_INSTITUTION}.items():
            own = question.replace("dcs.", f"{schema_of(role)}.") if restricted else question
            assert await connection.fetch(own), f"there is no such row, so the plan says nothing: {own}"
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {own}"))
            scanned = {
                node["Relation Name"] for node in nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"
            }
            large = {"content_item", "change", "request_id_history"}
            assert not scanned & (large | {"course"} if question == OF_AN_INSTITUTION else large), own
            if name in BY_INDEX:
                assert BY_INDEX[name] in {node.get("Index Name") for node in nodes(plan[0]["Plan"])}, own
            # What runs within a function is stored whole before it is returned.
            functions = {node.get("Function Name") for node in nodes(plan[0]["Plan"])}
            assert functions <= {None, "jsonb_each", "jsonb_populate_record"}, own
            if name.startswith("changes since") and not restricted:
                sorts = [node for node in nodes(plan[0]["Plan"]) if "Sort Key" in node]
                assert sorts[0]["Node Type"] == "Incremental Sort", own
            if name == "items as of a day":
                plan = json.loads(await connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT json) {own}"))
                _assert_only_what_is_asked_for_is_worked_out(plan[0]["Plan"])
        feed = f"{schema_of(role) if restricted else 'dcs'}.change"
        await _assert_a_range_reads_nothing_else(connection, feed)
        page = f"SELECT * FROM {feed} ORDER BY change_id LIMIT 10"
        plan = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT json) {page}"))
        (item,) = [n for n in nodes(plan[0]["Plan"]) if n.get("Index Name") == "content_item_pkey"]
        assert item["Actual Loops"] == 10, "the details of rows that are not returned are put together, too"
    finally:
        await connection.execute("RESET ROLE")
        if restricted:
            await contract.remove_reader(connection, role)
            await connection.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("restricted", [False, True], ids=["all institutions", "one institution"])
async def test_words_of_titles_are_found_by_their_index(
    database: str, connection: Connection, *, restricted: bool
) -> None:
    """What runs within a function shows in no plan, so the scans of the transaction are counted, too."""
    await fill(connection, 20_000)
    await search.arrange(database, wanted=True)
    role = "dcs_reader"
    if restricted:
        role = f"dcs_plans_{secrets.token_hex(4)}"
        await contract.add_reader(connection, role, [HEI])
    try:
        for question in SEARCHES.values():
            own = question.replace("dcs.", f"{schema_of(role)}.") if restricted else question
            async with connection.transaction():
                before = tuple(await connection.fetchrow(SCANS) or ())
                await connection.execute(f"SET LOCAL ROLE {role}")
                assert await connection.fetch(own), f"there is no such row: {own}"
                plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {own}"))
                found = list(nodes(plan[0]["Plan"]))
                wanted = "content_item_pkey" if restricted else "content_item_words"
                assert wanted in {node.get("Index Name") for node in found}, own
                functions = {node.get("Function Name") for node in found}
                assert functions - {None} == ({"search_keys"} if restricted else set()), own
                await connection.execute("RESET ROLE")
                after = tuple(await connection.fetchrow(SCANS) or ())
                assert after == (before[0], before[1] + 1), own
    finally:
        if restricted:
            await contract.remove_reader(connection, role)
            await connection.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("scope", [None, [HEI, HEI + 1]], ids=["all institutions", "some institutions"])
async def test_a_list_of_links_is_looked_up_by_indexes(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, scope: list[int] | None
) -> None:
    """Ten thousand lines among twenty thousand items, as the statement is run, with its arguments."""
    await fill(connection, 20_000)
    asked: list[tuple[str, tuple[object, ...]]] = []
    fetch = connection.fetch

    async def noted(query: str, *arguments: Any, **options: Any) -> Any:
        asked.append((query, arguments))
        return await fetch(query, *arguments, **options)

    monkeypatch.setattr(connection, "fetch", noted)
    found = await checking.check(connection, links(20_000), scope=scope)
    known = sum(link.item_key is not None for link in found)
    assert known == 3 * LINKS / 4 if scope is None else 0 < known < LINKS / 4
    query, arguments = asked[0]
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {query}", *arguments))
    scanned = {node["Relation Name"] for node in nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"}
    assert not scanned & {"content_item", "change", "request_id_history", "course"}


async def _assert_a_range_reads_nothing_else(connection: Connection, feed: str) -> None:
    ids = f"change_id > {CURSOR} AND change_id <= {CURSOR} + 20000"
    asked = f"SELECT * FROM {feed} WHERE {ids} ORDER BY change_id"
    assert await connection.fetch(asked)
    plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {asked}"))
    conditions = [node["Index Cond"] for node in nodes(plan[0]["Plan"]) if "Index Cond" in node]
    assert any("change_id >" in condition and "change_id <=" in condition for condition in conditions)


def _assert_only_what_is_asked_for_is_worked_out(plan: dict[str, Any]) -> None:
    """Each item is looked up in hash tables, and no column is made that is not returned."""
    assert plan["Node Type"] == "Append", "all columns are filled in once more above the two parts"
    (scan,) = [node["Filter"] for node in nodes(plan) if "hashed SubPlan" in node.get("Filter", "")]
    assert scan.count("hashed SubPlan") == 2
    assert "first_seen_at <=" not in scan, "rows are read to their end"
    assert "in_text" not in json.dumps(plan), "ISBNs and ISSNs are worked out"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)
