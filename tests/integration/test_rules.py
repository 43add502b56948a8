"""The rules of identity and completeness, each on the smallest reading that shows it."""

from datetime import timedelta

import pytest

from dcs_mirror.reconcile.apply import RolledOverMeanwhile, Rules, apply
from dcs_mirror.reconcile.staging import make_tables
from dcs_mirror.reconcile.steps import run_steps
from dcs_mirror.snapshot import Content, LookedUp
from dcs_mirror.store.database import Connection
from tests.support.readings import HEI, START, current, history, item, keys, land, live, reading
from tests.support.walk import assert_feed_replays

NEXT = "2026-2027"


async def test_r1_a_current_id_goes_before_everything_else(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10), item(11)]}))
    before = await keys(connection)
    await land(connection, reading({"A": [item(10, content_guid="guid-11"), item(11, 10)]}, night=1))
    assert await keys(connection) == before


async def test_r1_r2_a_previous_id_rewrites_in_place(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10), item(11)]}))
    before = await keys(connection)
    outcome = await land(connection, reading({"A": [item(21, 10), item(20, 11)]}, year=NEXT, night=1))
    assert (outcome.renumbered, outcome.added, outcome.removed) == (2, 0, 0)
    assert await keys(connection) == {21: before[10], 20: before[11]}
    assert await history(connection) == {(10, 21, "previous-year-id"), (11, 20, "previous-year-id")}


async def test_r2_ids_of_any_year_lead_to_todays_in_one_step(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}))
    key = (await keys(connection))[10]
    for year in range(1, 5):
        what = reading({"A": [item(10 + year, 9 + year)]}, year=f"{2025 + year}-{2026 + year}", night=year)
        await land(connection, what)
    assert [await current(connection, request_id) for request_id in range(10, 15)] == [14] * 5
    assert await keys(connection) == {14: key}
    assert {old for old, _, _ in await history(connection)} == {10, 11, 12, 13}


async def test_r1_an_id_of_the_history_recognises_the_item(connection: Connection) -> None:
    """Upstream names an id two years old as the previous one."""
    await land(connection, reading({"A": [item(10)]}))
    await land(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    key = (await keys(connection))[20]
    await land(connection, reading({"A": [item(30, 10)]}, year="2027-2028", night=2))
    assert await keys(connection) == {30: key}
    assert await current(connection, 20) == 30


async def test_r1_a_guid_recognises_what_names_no_previous_id(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10, content_guid="AbC")]}))
    key = (await keys(connection))[10]
    await land(connection, reading({"B": [item(20, content_guid="aBc")]}, year=NEXT, night=1))
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
    await land(connection, reading({"A": [item(i, content_guid=guid) for guid, i in stored]}))
    what = reading({"A": [item(i, content_guid=guid) for guid, i in incoming]}, year=NEXT, night=1)
    outcome = await land(connection, what)
    assert (outcome.renumbered, outcome.added, outcome.removed) == (0, len(incoming), len(stored))


async def test_r3_of_two_claims_the_same_course_goes_first_then_the_lower_id(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10), item(11)], "B": []}))
    before = await keys(connection)
    what = reading({"B": [item(20, 10)], "A": [item(23, 10), item(22, 11), item(21, 11)]}, year=NEXT, night=1)
    outcome = await land(connection, what)
    after = await keys(connection)
    assert (after[23], after[21]) == (before[10], before[11])
    assert (outcome.renumbered, outcome.added) == (2, 2)
    assert await current(connection, 10) == 23
    assert await current(connection, 11) == 21


async def test_r5_a_course_under_a_new_id_is_recognised_by_its_code_when_the_year_advances(
    connection: Connection,
) -> None:
    await land(connection, reading({"A": [item(10)], "B": []}, ids={"A": 1, "B": 2}))
    before = await connection.fetch("SELECT course_key, course_code FROM dcs.course ORDER BY course_code")
    # The ids of the two are swapped for the codes, too: an id goes before a code.
    what = reading({"A": [item(20, 10)], "B": []}, ids={"A": 7, "B": 8}, year=NEXT, night=1)
    await land(connection, what)
    after = await connection.fetch("SELECT course_key, course_code FROM dcs.course ORDER BY course_code")
    assert after == before


async def test_r5_in_the_same_year_a_new_id_is_a_new_course(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}, ids={"A": 1}))
    await land(connection, reading({"A": [item(10)]}, ids={"A": 2}, night=1))
    rows = await connection.fetch("SELECT course_id, removed_at IS NULL AS live FROM dcs.course ORDER BY 1")
    assert [tuple(row) for row in rows] == [(1, False), (2, True)]


async def test_r1_a_twin_takes_nothing_from_a_course_that_was_not_read(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10, content_guid="same")], "B": []}))
    before = await keys(connection)
    twin = [item(11, content_guid="same")]
    await land(connection, reading({"A": Content.UNREAD, "B": twin}, night=1))
    await land(connection, reading({"A": [item(10, content_guid="same")], "B": twin}, night=2))
    assert (await keys(connection))[10] == before[10]
    assert set(await live(connection)) == {10, 11}


async def test_r6_what_is_not_carried_over_is_removed_and_keeps_its_last_id(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10), item(11)]}))
    await land(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    assert await current(connection, 11) == 11
    assert set(await live(connection)) == {20}


async def test_r7_a_year_that_goes_backwards_is_held(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}, year=NEXT))
    outcome = await land(connection, reading({"A": [item(9)]}, year="2025-2026", night=1))
    assert outcome.outcome == "held"
    assert "2025-2026" in (outcome.error or "")
    assert "--accept-year" in (outcome.error or "")
    assert set(await live(connection)) == {10}


async def test_r7_a_later_year_that_never_was_is_taken_back_where_an_operator_accepts_it(
    connection: Connection,
) -> None:
    await land(connection, reading({"A": [item(10), item(11)]}))
    before = await keys(connection)
    wrong = reading({"A": [item(10), item(11)]}, year="2052-2053", night=1)
    assert [(await land(connection, wrong)).outcome for _ in range(2)] == ["held", "complete"]
    right = reading({"A": [item(10), item(11)]}, night=2)
    assert (await land(connection, right)).outcome == "held"
    assert (await land(connection, right, accept_year=True)).outcome == "complete"
    assert await connection.fetchval("SELECT academic_year FROM dcs.institution") == "2025-2026"
    assert await connection.fetchval("SELECT count(*) FROM dcs.rollover") == 0
    await land(connection, reading({"A": [item(21, 10), item(20, 11)]}, year=NEXT, night=3))
    assert await keys(connection) == {21: before[10], 20: before[11]}
    assert await connection.fetchval("SELECT renumbered FROM dcs.rollover") == 2


async def test_r8_ids_that_swap_places_pass_the_unique_index(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10), item(11), item(12)]}, ids={"A": 1}))
    before = await keys(connection)
    what = reading({"A": [item(11, 10), item(12, 11), item(13, 12)]}, ids={"A": 1}, year=NEXT, night=1)
    assert (await land(connection, what)).outcome == "held"
    await land(connection, what)
    # A current id goes before a previous one (R1): 11 and 12 are still themselves.
    after = await keys(connection)
    assert (after[11], after[12]) == (before[11], before[12])


async def test_r8_a_reading_that_stays_mixed_is_held_once(connection: Connection) -> None:
    """A rollover that takes long is over by the next run; what looks mixed then, too, is how upstream is."""
    await land(connection, reading({"A": [item(10)], "B": [item(11)]}))
    mixed = {"A": [item(10)], "B": [item(21, 11)]}
    outcome = await land(connection, reading(mixed, year=NEXT, night=1))
    assert (outcome.outcome, (outcome.error or "")[:3]) == ("held", "R8:")
    assert set(await live(connection)) == {10, 11}
    assert (await land(connection, reading(mixed, year=NEXT, night=2))).outcome == "complete"
    assert set(await live(connection)) == {10, 21}


async def test_c5_a_refreshed_course_outlives_an_older_list(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}, order=100))
    what = reading({"NEW": [item(11)]}, whole=False, list_complete=False, order=300, night=1)
    await land(connection, what)
    await land(connection, reading({"A": [item(10)]}, order=200, night=2))
    assert set(await live(connection)) == {10, 11}


async def test_c5_a_looked_up_item_outlives_an_older_answer(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}, order=100))
    at = START + timedelta(days=1)
    fresh = LookedUp(10, item(10, notes="fresh"), fetched_at=at, order=300)
    what = reading({}, whole=False, list_complete=False, order=300, night=1, looked_up=[fresh])
    await land(connection, what)
    await land(connection, reading({"A": [item(10, notes="stale")]}, order=200, night=2))
    await land(connection, reading({"A": []}, order=250, night=2))
    assert await connection.fetchval("SELECT notes FROM dcs.content_item WHERE removed_at IS NULL") == "fresh"


async def test_c5_an_older_list_brings_no_course_back(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)], "B": [item(11)]}, order=100))
    await land(connection, reading({"A": [item(10)]}, order=300, night=1))
    await land(connection, reading({"A": [item(10)], "B": [item(11)]}, order=200, night=2))
    assert set(await live(connection)) == {10}


async def test_r5_r7_a_refreshed_part_is_of_its_institutions_year(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}, year=NEXT))
    older = reading({"A": [item(10)]}, year="2025-2026", night=1, whole=False, list_complete=False)
    assert (await land(connection, older)).outcome == "held"
    later = reading({"A": []}, year="2027-2028", night=1, whole=False, list_complete=False)
    with pytest.raises(RolledOverMeanwhile):
        await apply(connection, later, run_id=1, rules=Rules(1.0), now=later.started_at)


async def test_r4_an_item_that_kept_its_id_is_asked_for_once(connection: Connection) -> None:
    looked_up = [LookedUp(50, item(50))]
    await land(connection, reading({"A": [item(10)]}))
    await land(connection, reading({}, whole=False, list_complete=False, looked_up=looked_up))
    what = reading({"A": [item(20, 10)]}, year=NEXT, night=1)
    await land(connection, what, answers={50: item(50)})
    again = reading({"A": [item(20, 10)], "B": []}, year=NEXT, night=2)
    await land(connection, again)
    assert again.looked_up == []
    await assert_feed_replays(connection)


async def test_an_old_id_answered_to_a_look_up_sets_nothing_back(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}))
    await land(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    what = reading({}, whole=False, list_complete=False, looked_up=[LookedUp(20, item(10))], night=2)
    await land(connection, what)
    assert await current(connection, 10) == 20
    assert set(await live(connection)) == {20}


async def test_a_first_sync_learns_last_years_ids(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10, 5)]}))
    assert await current(connection, 5) == 10


async def test_an_id_that_was_replaced_is_not_taken_back(connection: Connection) -> None:
    """An answer from before the rollover that comes after it."""
    await land(connection, reading({"A": [item(10)]}))
    await land(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    before = await keys(connection)
    outcome = await land(connection, reading({"A": [item(10)]}, year=NEXT, night=2))
    assert (outcome.renumbered, outcome.removed, outcome.added) == (0, 0, 0)
    assert await keys(connection) == before
    await land(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=3))
    assert await keys(connection) == before


async def test_c1_only_a_whole_answer_proves_absence(connection: Connection) -> None:
    contents = {"A": [item(10)], "B": [item(11)], "C": [item(12)], "D": [item(13)]}
    await land(connection, reading(contents))
    what = reading({"A": [], "B": Content.UNREAD, "C": Content.UNASKED}, list_complete=False, night=1)
    outcome = await land(connection, what)
    assert outcome.removed == 1
    assert set(await live(connection)) == {11, 12, 13}


async def test_c1_a_course_that_the_complete_list_lacks_goes_with_its_items(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)], "B": [item(11)]}))
    outcome = await land(connection, reading({"A": Content.UNREAD}, night=1))
    assert outcome.removed == 1
    assert set(await live(connection)) == {10}


async def test_c6_what_comes_back_is_restored_under_its_key(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)], "B": [item(11)]}))
    before = await live(connection)
    await land(connection, reading({"A": []}, night=1))
    assert await live(connection) == {}
    outcome = await land(connection, reading({"A": [item(10)], "B": [item(11)]}, night=2))
    assert (outcome.added, await live(connection)) == (2, before)
    kinds = "SELECT kind FROM dcs.change WHERE entity = 'content_item' AND key = $1 ORDER BY change_id"
    rows = await connection.fetch(kinds, before[10][0])
    assert [row["kind"] for row in rows] == ["added", "removed", "restored"]
    await assert_feed_replays(connection)


async def test_an_item_that_moves_keeps_its_key_also_when_its_old_course_was_not_read(
    connection: Connection,
) -> None:
    await land(connection, reading({"A": [item(10)], "B": []}))
    ((key, _),) = (await live(connection)).values()
    await land(connection, reading({"A": Content.UNREAD, "B": [item(10)]}, night=1))
    assert await live(connection) == {10: (key, "B")}
    digest = await connection.fetchval("SELECT digest FROM dcs_mirror.course WHERE course_code = 'A'")
    assert digest is None  # A's last answer still lists the item: it must be read again


async def test_an_item_listed_in_two_courses_stays_where_it_is(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)], "B": []}))
    both = {"A": [item(10)], "B": [item(10)]}
    await land(connection, reading(both, night=1))
    await land(connection, reading({"A": Content.UNCHANGED, "B": [item(10)]}, night=2))
    assert (await live(connection))[10][1] == "A"
    # And when A lets go of it, B's answer is read again although it did not change.
    digest = await connection.fetchval("SELECT digest FROM dcs_mirror.course WHERE course_code = 'B'")
    assert digest is None
    await land(connection, reading({"A": [], "B": [item(10)]}, night=3))
    assert (await live(connection))[10][1] == "B"


async def test_c5_a_fresher_reading_is_not_overwritten(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10, notes="old")]}, order=1))
    await land(connection, reading({"A": [item(10, notes="fresh")]}, order=9, night=1))
    await land(connection, reading({"A": [item(10, notes="stale")], "B": []}, order=5, night=2))
    assert await connection.fetchval("SELECT notes FROM dcs.content_item") == "fresh"
    assert await connection.fetchval("SELECT count(*) FROM dcs.course") == 1


async def test_a_renamed_code_shows_in_the_items_and_their_feed(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}))
    what = reading({"A": Content.UNCHANGED}, codes={"A": "A/2"}, night=1)
    outcome = await land(connection, what)
    assert (outcome.changed, (await live(connection))[10][1]) == (1, "A/2")
    await assert_feed_replays(connection)


async def test_s1_a_status_change_has_the_interval_in_which_it_happened(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)], "B": []}))
    await land(connection, reading({"A": Content.UNREAD, "B": []}, night=1))
    await land(connection, reading({"A": [item(10, content_status="Pending")], "B": []}, night=2))
    row = await connection.fetchrow("SELECT * FROM dcs.status_change")
    assert row is not None
    assert (row["from_status"], row["to_status"]) == ("Active", "Pending")
    # The night between could not read the course: the old status was last seen in the first.
    assert (row["observed_at"] - row["last_seen_at"]).days == 2


async def test_s1_a_night_that_changed_nothing_counts_as_having_seen_the_status(
    connection: Connection,
) -> None:
    await land(connection, reading({"A": [item(10)]}))
    await land(connection, reading({"A": Content.UNCHANGED}, night=1))
    await land(connection, reading({"A": [item(10, content_status="Pending")]}, night=2))
    row = await connection.fetchrow("SELECT observed_at - last_seen_at AS length FROM dcs.status_change")
    assert row is not None
    assert row["length"].days == 1


async def test_r4_what_slept_through_years_is_asked_for_by_its_last_id(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10), item(11), item(12)]}))
    before = await keys(connection)
    # Two Junes later nothing names 10 to 12; asked for, 10 is 30 now, 11 stands in the list, 12 is gone.
    what = reading({"A": [item(30, 20), item(31, 21)]}, year="2027-2028", night=800)
    outcome = await land(connection, what, answers={10: item(30, 20), 11: item(31, 21)})
    after = await keys(connection)
    assert (outcome.renumbered, outcome.added, outcome.removed) == (2, 0, 1)
    assert (after[30], after[31]) == (before[10], before[11])
    assert [await current(connection, i) for i in (10, 20, 11, 21, 12)] == [30, 30, 31, 31, 12]
    assert {(10, 30, "request-id-lookup"), (20, 30, "previous-year-id")} <= await history(connection)
    assert {found.request_id for found in what.looked_up} == {10, 11, 12}


async def test_r4_an_item_in_no_course_is_asked_for_when_the_year_advanced(connection: Connection) -> None:
    looked_up = [LookedUp(50, item(50))]
    await land(connection, reading({"A": [item(10)]}))
    await land(connection, reading({}, whole=False, list_complete=False, looked_up=looked_up))
    before = await keys(connection)
    what = reading({"A": [item(20, 10)]}, year=NEXT, night=1)
    await land(connection, what, answers={50: item(60, 50)})
    assert await keys(connection) == {20: before[10], 60: before[50]}


async def test_r4_without_an_answer_nothing_is_gone_and_the_next_night_asks_again(
    connection: Connection,
) -> None:
    await land(connection, reading({"A": [item(10)]}))
    before = await keys(connection)
    what = reading({"A": [item(30, 20)]}, year="2027-2028", night=800)
    what.looked_up = [LookedUp(10, None, answered=False)]
    outcome = await land(connection, what)
    assert outcome.removed == 0
    assert await connection.fetchval("SELECT digest FROM dcs_mirror.course") is None
    again = reading({"A": [item(30, 20)]}, year="2027-2028", night=801)
    await land(connection, again)
    assert [found.request_id for found in again.looked_up] == [10]
    assert (await keys(connection))[10] == before[10]


async def test_r4_an_id_that_was_asked_for_twice_counts_once(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)]}))
    looked_up = [LookedUp(77, None, answered=False), LookedUp(77, None)]
    outcome = await land(connection, reading({"A": [item(10)]}, night=1, looked_up=looked_up))
    assert outcome.outcome == "complete"


async def test_a_step_does_not_run_without_one_of_its_parameters(connection: Connection) -> None:
    async with connection.transaction():
        await make_tables(connection)
        with pytest.raises(KeyError, match="recheck_days"):
            await run_steps(connection, ("620",), {"hei_id": HEI, "after_status_change": 0})


async def test_r4_a_course_that_failed_in_june_is_asked_for_when_it_can_be_read(
    connection: Connection,
) -> None:
    await land(connection, reading({"A": [item(10)], "B": [item(11)]}))
    before = await keys(connection)
    what = reading({"A": [item(20, 10)], "B": Content.UNREAD}, year=NEXT, night=1)
    await land(connection, what)
    assert set(await live(connection)) == {20, 11}
    later = reading({"A": Content.UNCHANGED, "B": [item(21)]}, year=NEXT, night=2)
    await land(connection, later, answers={11: item(21)})
    assert (await keys(connection))[21] == before[11]


async def test_r4_what_a_partial_answer_of_the_new_year_does_not_name_is_asked_for(
    connection: Connection,
) -> None:
    """A new request has no GUID yet, and not every item names its previous id: only asking tells."""
    bare: dict[str, object] = {"content_guid": None}
    await land(connection, reading({"A": [item(10, None, **bare)]}))
    before = await keys(connection)
    what = reading({"A": [item(20, None, **bare)]}, year=NEXT, night=1)
    what.courses[0].content, what.courses[0].digest = Content.PARTIAL, None
    await land(connection, what, answers={10: item(20, None, **bare)})
    assert await keys(connection) == {20: before[10]}
    assert await history(connection) == {(10, 20, "request-id-lookup")}


async def test_r4_a_course_refreshed_after_a_failed_june_loses_nothing_unasked(
    connection: Connection,
) -> None:
    bare = {"content_guid": None}
    await land(connection, reading({"A": [item(10, **bare), item(11, **bare)]}))
    before = await keys(connection)
    await land(connection, reading({"A": Content.UNREAD}, year=NEXT, night=1))
    what = reading({"A": [item(20, **bare)]}, year=NEXT, night=2, whole=False, list_complete=False)
    outcome = await land(connection, what, answers={10: item(20, **bare)})
    assert {found.request_id for found in what.looked_up} == {10, 11}
    assert await keys(connection) == {20: before[10], 11: before[11]}
    assert set(await live(connection)) == {20}
    assert (outcome.renumbered, outcome.added, outcome.removed) == (1, 0, 1)


async def test_r4_a_course_first_met_in_mid_rollover_is_read_again_in_the_new_year(
    connection: Connection,
) -> None:
    """Its ids were taken for last year's; that its answer did not change since cannot tell."""
    await land(connection, reading({"A": [item(10)]}))
    await land(connection, reading({"A": [item(10)], "B": [item(21, 11)]}, night=1))
    met = await keys(connection)
    assert await _known_by_digest(connection) == {"A", "B"}
    await land(connection, reading({"A": [item(20, 10)], "B": Content.UNCHANGED}, year=NEXT, night=2))
    assert await _known_by_digest(connection) == {"A"}
    what = reading({"A": Content.UNCHANGED, "B": [item(21, 11)]}, year=NEXT, night=3)
    outcome = await land(connection, what)
    assert (what.repeated, what.looked_up) == (False, [])
    assert (outcome.added, outcome.changed, outcome.removed, outcome.renumbered) == (0, 0, 0, 0)
    assert await connection.fetchval("SELECT min(academic_year) FROM dcs_mirror.content_item") == NEXT
    assert await keys(connection) == {20: met[10], 21: met[21]}
    assert await _known_by_digest(connection) == {"A", "B"}


async def _known_by_digest(connection: Connection) -> set[str]:
    """The codes of the courses whose answer need not be parsed where it is the one applied last."""
    rows = await connection.fetch("SELECT course_code FROM dcs_mirror.course WHERE digest IS NOT NULL")
    return {row["course_code"] for row in rows}


async def test_a_rollover_under_way_is_read_again_whole(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10)], "B": [item(11)]}))
    for mixed in (
        reading({"A": [item(10)], "B": [item(21, 11)]}, night=1),
        reading({"A": [item(10)], "B": [item(21, 11)]}, year=NEXT, night=1),
    ):
        with pytest.raises(RolledOverMeanwhile):
            await apply(connection, mixed, run_id=1, rules=Rules(1.0), now=mixed.started_at)
        assert set(await live(connection)) == {10, 11}


async def test_r8_a_second_rollover_that_only_a_look_up_tells_is_read_again_whole(
    connection: Connection,
) -> None:
    """A year was missed, and the next one begins between a course's answer and the look-ups."""
    bare = {"content_guid": None}
    await land(connection, reading({"A": [item(10, **bare)]}))
    before = await keys(connection)
    looked_up = [LookedUp(10, item(30, 20, **bare))]
    mixed = reading({"A": [item(20, **bare)]}, year=NEXT, night=1, looked_up=looked_up)
    with pytest.raises(RolledOverMeanwhile):
        await apply(connection, mixed, run_id=1, rules=Rules(1.0), now=mixed.started_at)
    again = reading({"A": [item(30, 20, **bare)]}, year="2027-2028", night=1)
    await land(connection, again, answers={10: item(30, 20, **bare)})
    assert await keys(connection) == {30: before[10]}


async def test_r8_a_new_item_with_a_live_ones_guid_that_was_asked_for_alone_is_read_again_whole(
    connection: Connection,
) -> None:
    """R1: it may be last year's item of a rollover; under a key of its own it could not take that one's."""
    await land(connection, reading({"A": [item(10, content_guid="a")]}))
    before = await keys(connection)
    alone = reading(
        {}, whole=False, list_complete=False, night=1, looked_up=[LookedUp(20, item(20, content_guid="a"))]
    )
    with pytest.raises(RolledOverMeanwhile):
        await apply(connection, alone, run_id=1, rules=Rules(1.0), now=alone.started_at)
    again = [LookedUp(20, item(20, content_guid="a"))]
    await land(connection, reading({"A": [item(20, content_guid="a")]}, year=NEXT, night=1, looked_up=again))
    assert await keys(connection) == {20: before[10]}


async def test_a_new_item_with_a_live_ones_guid_is_itself_in_the_same_year(connection: Connection) -> None:
    await land(connection, reading({"A": [item(10, content_guid="a")]}))
    before = await keys(connection)
    looked_up = [LookedUp(20, item(20, content_guid="a"))]
    await land(connection, reading({"A": [item(10, content_guid="a")]}, night=1, looked_up=looked_up))
    after = await keys(connection)
    assert after[10] == before[10]
    assert set(after) == {10, 20}


async def test_r10_the_rollover_is_recorded_with_its_counts(connection: Connection) -> None:
    stored = {"A": [item(10), item(11), item(12), item(13)], "B": [item(14)]}
    await land(connection, reading(stored))
    rolled = [item(20, 10), item(21, 10), item(22), item(33, 23)]
    what = reading({"A": rolled, "B": Content.UNREAD}, year=NEXT, night=1)
    await land(connection, what, answers={13: item(33, 23)})
    later = reading({"A": Content.UNCHANGED, "B": [item(24, 14)]}, year=NEXT, night=2)
    await land(connection, later)
    row = await connection.fetchrow("SELECT * FROM dcs.rollover")
    assert row is not None
    assert dict(row) | {"observed_at": None} == {
        "hei_id": 209,
        "academic_year": NEXT,
        "previous_year": "2025-2026",
        "renumbered": 3,
        "new": 2,
        "not_carried_over": 2,
        "looked_up": 1,
        "conflicts": 1,
        "observed_at": None,
    }
