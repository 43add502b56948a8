"""What the dashboard asks stays on its indexes, whatever the tables' size."""

import json
from datetime import UTC, datetime, timedelta

from bench.questions import HEI, fill
from dcs_mirror.database.connections import Connection
from dcs_mirror.schema import search
from dcs_mirror.web.dashboard.site import SETTINGS, STATEMENTS
from tests.plans.test_plans import nodes

LARGE = {"content_item", "change", "request_id_history"}
NO_SEARCH = dict.fromkeys(
    (
        "item_keys",
        "call_ids",
        "words",
        "patterns",
        "course_key",
        "status",
        "licence",
        "source",
        "year",
        "flag",
        "state",
        "licence_year",
        "assigned",
    )
)
VALUES = {
    "hei_id": HEI, "item_key": 108, "refresh_id": 1, "by_licence": False,
    "now": datetime(2026, 8, 6, tzinfo=UTC),
    "written": "0-306-40615-2", "guids": ["5b3c1d2e-0000-4000-8000-000000000108"], "request_id": 108,
    "is_descending": True, "skip": 0, "most": 51, "sort": "",
    "academic_year": "2026-2027", "what": "not_carried_over", "found_keys": [], "only_listed": True,
    "only_failed": True, "kinds": ["added", "restored"], "run_id": 1, "is_wrong": True,
    "stale": timedelta(hours=36),
    "recorded_at": datetime(2026, 8, 4, tzinfo=UTC),
    "accepted_before": datetime(2026, 7, 30, tzinfo=UTC), "started_at": datetime(2026, 8, 4, tzinfo=UTC),
}  # fmt: skip
CASES: dict[str, dict[str, object]] = {
    "items by words": {"patterns": ["%contract%", "%law%"]},
    "items by a number": {"patterns": ["%1984%"], "found_keys": [108]},
    "items by a facet": {"status": "Active", "licence": "x", "source": "x", "year": "x"},
    "items by flags": {"flag": "new"},
    "items by words of titles": {"words": "contract", "hei_id": None, "found_keys": [108]},
    "items by their keys": {"item_keys": [1, 2, 3], "hei_id": None},
}
"""Further ways in which `items` and `facets` are asked."""
REQUESTED = """
UPDATE dcs_mirror.content_item
SET date_created = changed_at,
    content_status = CASE item_key % 100 WHEN 3 THEN 'New Request' ELSE 'Rejected' END
WHERE item_key % 100 IN (3, 13);
INSERT INTO dcs_mirror.call (
    hei_id, method, parameters, state, sent_at, request_id, last_course_key, last_item_key, item_key,
    request_state
)
SELECT hei_id, 'SubmitRequest', '{}', 'answered', changed_at, request_id, 0, 0, item_key, 'rejected'
FROM dcs_mirror.content_item WHERE item_key % 1000 = 13;
"""


async def test_no_statement_of_the_dashboard_reads_a_large_table_from_end_to_end(
    database: str, connection: Connection
) -> None:
    """Among twenty thousand items, as people of all institutions and of one ask, with pages' settings."""
    await fill(connection, 20_000)
    await search.arrange(database, wanted=True)
    asked = [(name, {**NO_SEARCH, **VALUES}) for name in STATEMENTS]
    for case, values in CASES.items():
        asked += [(name, {**NO_SEARCH, **VALUES, **values, "case": case}) for name in ("items", "facets")]
    asked.append(("titled", {**NO_SEARCH, **VALUES, "hei_id": None, "words": "contract", "most": 1001}))
    asked.append(("requests", {**NO_SEARCH, **VALUES, "hei_id": None, "call_ids": [1], "case": "found"}))
    asked.append(("link_items", {**VALUES, "item_keys": list(range(1, 51)), "case": "a page"}))
    async with connection.transaction():
        await connection.execute(SETTINGS)
        for name, values in asked:
            for hei_ids in (None, [HEI]):
                query, *arguments = STATEMENTS[name].bind({**values, "hei_ids": hei_ids})
                plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {query}", *arguments))
                scanned = {
                    node["Relation Name"]
                    for node in nodes(plan[0]["Plan"])
                    if node["Node Type"] == "Seq Scan"
                }
                assert not scanned & LARGE, (name, values.get("case"), hei_ids)


async def test_to_count_requests_of_all_institutions_reads_no_item(connection: Connection) -> None:
    """What became of each is kept with its call: the item is for the rows of a page (D139)."""
    values = {**NO_SEARCH, **VALUES, "hei_id": None, "hei_ids": None}
    read = {}
    async with connection.transaction():
        await connection.execute(SETTINGS)
        for case, patterns in (("all", None), ("found by words", ["%contract%"])):
            query, *arguments = STATEMENTS["request_counts"].bind({**values, "patterns": patterns})
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {query}", *arguments))
            read[case] = {node.get("Relation Name") for node in nodes(plan[0]["Plan"])} - {None}
    assert read == {"all": {"call"}, "found by words": {"call", "content_item"}}


async def test_requests_of_the_dcs_are_counted_and_ordered_by_their_index(connection: Connection) -> None:
    """No item is read for their dates; whatever words are looked for, calls are looked up in a hash table.

    The planner cannot know how many items have some words. Where it expected a single one, it read all calls
    again for each item: for 20,000 items, five minutes.
    """
    await fill(connection, 20_000)
    await connection.execute(REQUESTED)
    await connection.execute("VACUUM ANALYZE")
    values = {**NO_SEARCH, **VALUES, "hei_id": None, "hei_ids": None, "sort": "made_at"}
    async with connection.transaction():
        await connection.execute(SETTINGS)
        for patterns, index in ((None, "Index Only Scan"), (["%contract%", "%law%"], "Bitmap Index Scan")):
            query, *arguments = STATEMENTS["dcs_requests"].bind({**values, "patterns": patterns})
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT json) {query}", *arguments))
            found = list(nodes(plan[0]["Plan"]))
            assert [n["Node Type"] for n in found if n.get("Index Name") == "content_item_requested"] == [
                index
            ]
            assert [n for n in found if "(hashed SubPlan " in n.get("Filter", "")], patterns
