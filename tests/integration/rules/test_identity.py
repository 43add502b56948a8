"""Which item and which course is which from one reading to the next (R1-R3, R5, R6)."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, LookedUp
from tests.support.readings import NEXT, apply_reading, current, history, item, keys, live, reading
from tests.support.walk import assert_feed_replays


async def test_r1_a_current_id_goes_before_everything_else(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11)]}))
    before = await keys(connection)
    await apply_reading(connection, reading({"A": [item(10, content_guid="guid-11"), item(11, 10)]}, night=1))
    assert await keys(connection) == before


async def test_r1_r2_a_previous_id_rewrites_in_place(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11)]}))
    before = await keys(connection)
    outcome = await apply_reading(
        connection, reading({"A": [item(21, 10), item(20, 11)]}, year=NEXT, night=1)
    )
    assert (outcome.renumbered, outcome.added, outcome.removed) == (2, 0, 0)
    assert await keys(connection) == {21: before[10], 20: before[11]}
    assert await history(connection) == {(10, 21, "previous-year-id"), (11, 20, "previous-year-id")}


async def test_r2_ids_of_any_year_lead_to_todays_in_one_step(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    key = (await keys(connection))[10]
    for year in range(1, 5):
        what = reading({"A": [item(10 + year, 9 + year)]}, year=f"{2025 + year}-{2026 + year}", night=year)
        await apply_reading(connection, what)
    assert [await current(connection, request_id) for request_id in range(10, 15)] == [14] * 5
    assert await keys(connection) == {14: key}
    assert {old for old, _, _ in await history(connection)} == {10, 11, 12, 13}


async def test_r1_an_id_of_the_history_recognises_the_item(connection: Connection) -> None:
    """Upstream names an id two years old as the previous one."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    key = (await keys(connection))[20]
    await apply_reading(connection, reading({"A": [item(30, 10)]}, year="2027-2028", night=2))
    assert await keys(connection) == {30: key}
    assert await current(connection, 20) == 30


async def test_r1_a_guid_recognises_what_names_no_previous_id(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10, content_guid="AbC", extract_title="One")]}))
    key = (await keys(connection))[10]
    what = reading({"B": [item(20, content_guid="aBc", extract_title="One")]}, year=NEXT, night=1)
    await apply_reading(connection, what)
    assert [found.request_id for found in what.looked_up] == [10], "certain evidence goes first"
    assert await keys(connection) == {20: key}
    assert await history(connection) == {(10, 20, "content-guid")}


@pytest.mark.parametrize(
    ("stored", "incoming"),
    [
        ([("g", 10), ("g", 11)], [("g", 20)]),
        ([("g", 10)], [("g", 20), ("g", 21)]),
        ([("", 10)], [("", 20)]),
    ],
)
async def test_r1_a_guid_that_is_not_unique_both_ways_recognises_nothing(
    connection: Connection, stored: list[tuple[str, int]], incoming: list[tuple[str, int]]
) -> None:
    await apply_reading(connection, reading({"A": [item(i, content_guid=guid) for guid, i in stored]}))
    what = reading({"A": [item(i, content_guid=guid) for guid, i in incoming]}, year=NEXT, night=1)
    outcome = await apply_reading(connection, what)
    assert (outcome.renumbered, outcome.added, outcome.removed) == (0, len(incoming), len(stored))


async def test_r3_of_two_claims_the_same_course_goes_first_then_the_lower_id(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11)], "B": []}))
    before = await keys(connection)
    what = reading({"B": [item(20, 10)], "A": [item(23, 10), item(22, 11), item(21, 11)]}, year=NEXT, night=1)
    outcome = await apply_reading(connection, what)
    after = await keys(connection)
    assert (after[23], after[21]) == (before[10], before[11])
    assert (outcome.renumbered, outcome.added) == (2, 2)
    assert await current(connection, 10) == 23
    assert await current(connection, 11) == 21


async def test_r5_a_course_under_a_new_id_is_recognised_by_its_code_when_the_year_advances(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}, ids={"A": 1, "B": 2}))
    before = await connection.fetch("SELECT course_key, course_code FROM dcs.course ORDER BY course_code")
    # The ids of the two are swapped for the codes, too: an id goes before a code.
    what = reading({"A": [item(20, 10)], "B": []}, ids={"A": 7, "B": 8}, year=NEXT, night=1)
    await apply_reading(connection, what)
    after = await connection.fetch("SELECT course_key, course_code FROM dcs.course ORDER BY course_code")
    assert after == before


async def test_r5_in_the_same_year_a_new_id_is_a_new_course(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, ids={"A": 1}))
    await apply_reading(connection, reading({"A": [item(10)]}, ids={"A": 2}, night=1))
    rows = await connection.fetch("SELECT course_id, removed_at IS NULL AS live FROM dcs.course ORDER BY 1")
    assert [tuple(row) for row in rows] == [(1, False), (2, True)]


async def test_r1_a_twin_takes_nothing_from_a_course_that_was_not_read(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10, content_guid="same")], "B": []}))
    before = await keys(connection)
    twin = [item(11, content_guid="same")]
    await apply_reading(connection, reading({"A": Content.UNREAD, "B": twin}, night=1))
    await apply_reading(connection, reading({"A": [item(10, content_guid="same")], "B": twin}, night=2))
    assert (await keys(connection))[10] == before[10]
    assert set(await live(connection)) == {10, 11}


async def test_r6_what_is_not_carried_over_is_removed_and_keeps_its_last_id(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11)]}))
    await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    assert await current(connection, 11) == 11
    assert set(await live(connection)) == {20}


async def test_a_first_sync_learns_last_years_ids(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10, 5)]}))
    assert await current(connection, 5) == 10


async def test_a_renamed_code_shows_in_the_items_and_their_feed(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    what = reading({"A": Content.UNCHANGED}, codes={"A": "A/2"}, night=1)
    outcome = await apply_reading(connection, what)
    assert (outcome.changed, (await live(connection))[10][1]) == (1, "A/2")
    await assert_feed_replays(connection)


async def test_a_new_item_with_a_live_ones_guid_is_itself_in_the_same_year(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10, content_guid="a")]}))
    before = await keys(connection)
    looked_up = [LookedUp(20, item(20, content_guid="a"))]
    await apply_reading(
        connection, reading({"A": [item(10, content_guid="a")]}, night=1, looked_up=looked_up)
    )
    after = await keys(connection)
    assert after[10] == before[10]
    assert set(after) == {10, 20}
