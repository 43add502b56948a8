"""Items of an earlier year that nothing names any more are asked for by their ids (R4)."""

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, LookedUp
from tests.support.readings import (
    NEXT,
    apply_reading,
    course_id,
    current,
    history,
    item,
    keys,
    live,
    reading,
)
from tests.support.walk import assert_feed_replays


async def test_r4_an_item_that_kept_its_id_is_asked_for_once(connection: Connection) -> None:
    looked_up = [LookedUp(50, item(50))]
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({}, is_full=False, list_complete=False, looked_up=looked_up))
    what = reading({"A": [item(20, 10)]}, year=NEXT, night=1)
    await apply_reading(connection, what, answers={50: item(50)})
    again = reading({"A": [item(20, 10)], "B": []}, year=NEXT, night=2)
    await apply_reading(connection, again)
    assert again.looked_up == []
    await assert_feed_replays(connection)


async def test_c5_an_old_id_answered_to_a_look_up_sets_nothing_back(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    what = reading({}, is_full=False, list_complete=False, looked_up=[LookedUp(20, item(10))], night=2)
    await apply_reading(connection, what)
    assert await current(connection, 10) == 20
    assert set(await live(connection)) == {20}


async def test_r4_what_slept_through_years_is_asked_for_by_its_last_id(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11), item(12)]}))
    before = await keys(connection)
    # Two Junes later nothing names 10 to 12; asked for, 10 is 30 now, 11 stands in the list, 12 is gone.
    what = reading({"A": [item(30, 20), item(31, 21)]}, year="2027-2028", night=800)
    outcome = await apply_reading(connection, what, answers={10: item(30, 20), 11: item(31, 21)})
    after = await keys(connection)
    assert (outcome.renumbered, outcome.added, outcome.removed) == (2, 0, 1)
    assert (after[30], after[31]) == (before[10], before[11])
    assert [await current(connection, i) for i in (10, 20, 11, 21, 12)] == [30, 30, 31, 31, 12]
    assert {(10, 30, "request-id-lookup"), (20, 30, "previous-year-id")} <= await history(connection)
    assert {found.request_id for found in what.looked_up} == {10, 11, 12}


async def test_r4_an_item_in_no_course_is_asked_for_when_the_year_advanced(connection: Connection) -> None:
    looked_up = [LookedUp(50, item(50))]
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({}, is_full=False, list_complete=False, looked_up=looked_up))
    before = await keys(connection)
    what = reading({"A": [item(20, 10)]}, year=NEXT, night=1)
    await apply_reading(connection, what, answers={50: item(60, 50)})
    assert await keys(connection) == {20: before[10], 60: before[50]}


async def test_r4_without_an_answer_nothing_is_gone_and_the_next_night_asks_again(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    before = await keys(connection)
    what = reading({"A": [item(30, 20)]}, year="2027-2028", night=800)
    what.looked_up = [LookedUp(10, None, answered=False)]
    outcome = await apply_reading(connection, what)
    assert outcome.removed == 0
    assert await connection.fetchval("SELECT digest FROM dcs_mirror.course") is None
    again = reading({"A": [item(30, 20)]}, year="2027-2028", night=801)
    await apply_reading(connection, again)
    assert [found.request_id for found in again.looked_up] == [10]
    assert (await keys(connection))[10] == before[10]


async def test_r4_an_id_that_was_asked_for_twice_counts_once(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    looked_up = [LookedUp(77, None, answered=False), LookedUp(77, None)]
    outcome = await apply_reading(connection, reading({"A": [item(10)]}, night=1, looked_up=looked_up))
    assert outcome.outcome == "complete"


async def test_r4_a_course_that_failed_in_june_is_asked_for_when_it_can_be_read(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}))
    before = await keys(connection)
    what = reading({"A": [item(20, 10)], "B": Content.UNREAD}, year=NEXT, night=1)
    await apply_reading(connection, what)
    assert set(await live(connection)) == {20, 11}
    later = reading({"A": Content.UNCHANGED, "B": [item(21)]}, year=NEXT, night=2)
    await apply_reading(connection, later, answers={11: item(21)})
    assert (await keys(connection))[21] == before[11]


async def test_r4_what_a_partial_answer_of_the_new_year_does_not_name_is_asked_for(
    connection: Connection,
) -> None:
    """A new request has no GUID yet, and not every item names its previous id: only asking tells."""
    bare: dict[str, object] = {"content_guid": None}
    await apply_reading(connection, reading({"A": [item(10, None, **bare)]}))
    before = await keys(connection)
    what = reading({"A": [item(20, None, **bare)]}, year=NEXT, night=1)
    what.courses[0].content, what.courses[0].digest = Content.PARTIAL, None
    await apply_reading(connection, what, answers={10: item(20, None, **bare)})
    assert await keys(connection) == {20: before[10]}
    assert await history(connection) == {(10, 20, "request-id-lookup")}


async def test_r4_a_course_refreshed_after_a_failed_june_loses_nothing_unasked(
    connection: Connection,
) -> None:
    bare = {"content_guid": None}
    await apply_reading(connection, reading({"A": [item(10, **bare), item(11, **bare)]}))
    before = await keys(connection)
    await apply_reading(connection, reading({"A": Content.UNREAD}, year=NEXT, night=1))
    what = reading({"A": [item(20, **bare)]}, year=NEXT, night=2, is_full=False, list_complete=False)
    outcome = await apply_reading(connection, what, answers={10: item(20, **bare)})
    assert {found.request_id for found in what.looked_up} == {10, 11}
    assert await keys(connection) == {20: before[10], 11: before[11]}
    assert set(await live(connection)) == {20}
    assert (outcome.renumbered, outcome.added, outcome.removed) == (1, 0, 1)


async def test_r4_a_course_first_met_in_mid_rollover_is_read_again_in_the_new_year(
    connection: Connection,
) -> None:
    """Its ids were taken for last year's; that its answer did not change since cannot tell."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(21, 11)]}, night=1))
    met = await keys(connection)
    assert await _known_by_digest(connection) == {"A", "B"}
    await apply_reading(
        connection, reading({"A": [item(20, 10)], "B": Content.UNCHANGED}, year=NEXT, night=2)
    )
    assert await _known_by_digest(connection) == {"A"}
    what = reading({"A": Content.UNCHANGED, "B": [item(21, 11)]}, year=NEXT, night=3)
    outcome = await apply_reading(connection, what)
    assert (what.is_reread, what.looked_up) == (False, [])
    assert (outcome.added, outcome.changed, outcome.removed, outcome.renumbered) == (0, 0, 0, 0)
    assert await connection.fetchval("SELECT min(academic_year) FROM dcs_mirror.content_item") == NEXT
    assert await keys(connection) == {20: met[10], 21: met[21]}
    assert await _known_by_digest(connection) == {"A", "B"}


async def _known_by_digest(connection: Connection) -> set[str]:
    """The codes of the courses whose answer need not be parsed where it is the one applied last."""
    rows = await connection.fetch("SELECT course_code FROM dcs_mirror.course WHERE digest IS NOT NULL")
    return {row["course_code"] for row in rows}


async def test_c5_a_course_is_read_again_if_its_answer_lacks_an_item_that_was_looked_up_into_it(
    connection: Connection,
) -> None:
    """C5: the item came after the answer, and may be gone before the next one, which looks the same."""
    loose = [LookedUp(50, item(50))]
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}, looked_up=loose))
    into_b = [LookedUp(50, item(50), course_id("B"))]
    edited = {"A": [item(10, notes="1")], "B": [item(11, notes="1")]}
    await apply_reading(connection, reading(edited, night=1, looked_up=into_b))
    assert (await live(connection))[50][1] == "B"
    rows = await connection.fetch("SELECT course_code FROM dcs_mirror.course WHERE digest IS NULL")
    assert [row["course_code"] for row in rows] == ["B"]
    await apply_reading(connection, reading(edited, night=2))
    assert set(await live(connection)) == {10, 11}
