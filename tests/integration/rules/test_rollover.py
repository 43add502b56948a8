"""The academic year of a reading, and a rollover that happens while it is made (R7, R8, R10)."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, LookedUp
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.required import RolloverDetected
from tests.support.readings import NEXT, apply_reading, item, keys, live, reading


async def test_r7_a_year_that_goes_backwards_is_held(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, year=NEXT))
    outcome = await apply_reading(connection, reading({"A": [item(9)]}, year="2025-2026", night=1))
    assert outcome.outcome == "held"
    assert "2025-2026" in (outcome.error or "")
    assert "--accept-year" in (outcome.error or "")
    assert set(await live(connection)) == {10}


async def test_r7_a_later_year_that_never_was_is_taken_back_where_an_operator_accepts_it(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11)]}))
    before = await keys(connection)
    wrong = reading({"A": [item(10), item(11)]}, year="2052-2053", night=1)
    assert [(await apply_reading(connection, wrong)).outcome for _ in range(2)] == ["held", "complete"]
    right = reading({"A": [item(10), item(11)]}, night=2)
    assert (await apply_reading(connection, right)).outcome == "held"
    assert (await apply_reading(connection, right, accept_year=True)).outcome == "complete"
    assert await connection.fetchval("SELECT academic_year FROM dcs.institution") == "2025-2026"
    assert await connection.fetchval("SELECT count(*) FROM dcs.rollover") == 0
    await apply_reading(connection, reading({"A": [item(21, 10), item(20, 11)]}, year=NEXT, night=3))
    assert await keys(connection) == {21: before[10], 20: before[11]}
    assert await connection.fetchval("SELECT renumbered FROM dcs.rollover") == 2


async def test_r8_ids_that_swap_places_pass_the_unique_index(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11), item(12)]}, ids={"A": 1}))
    before = await keys(connection)
    what = reading({"A": [item(11, 10), item(12, 11), item(13, 12)]}, ids={"A": 1}, year=NEXT, night=1)
    assert (await apply_reading(connection, what)).outcome == "held"
    await apply_reading(connection, what)
    # A current id goes before a previous one (R1): 11 and 12 are still themselves.
    after = await keys(connection)
    assert (after[11], after[12]) == (before[11], before[12])


async def test_r8_a_reading_that_stays_mixed_is_held_once(connection: Connection) -> None:
    """A rollover that takes long is over by the next run; what looks mixed then, too, is how upstream is."""
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}))
    mixed = {"A": [item(10)], "B": [item(21, 11)]}
    outcome = await apply_reading(connection, reading(mixed, year=NEXT, night=1))
    assert (outcome.outcome, (outcome.error or "")[:3]) == ("held", "R8:")
    assert set(await live(connection)) == {10, 11}
    assert (await apply_reading(connection, reading(mixed, year=NEXT, night=2))).outcome == "complete"
    assert set(await live(connection)) == {10, 21}


async def test_r5_r7_a_refreshed_part_is_of_its_institutions_year(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, year=NEXT))
    older = reading({"A": [item(10)]}, year="2025-2026", night=1, is_full=False, list_complete=False)
    assert (await apply_reading(connection, older)).outcome == "held"
    later = reading({"A": []}, year="2027-2028", night=1, is_full=False, list_complete=False)
    with pytest.raises(RolloverDetected):
        await apply(connection, later, run_id=1, options=ApplyOptions(1.0), now=later.started_at)


async def test_a_rollover_under_way_is_read_again_whole(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}))
    for mixed in (
        reading({"A": [item(10)], "B": [item(21, 11)]}, night=1),
        reading({"A": [item(10)], "B": [item(21, 11)]}, year=NEXT, night=1),
    ):
        with pytest.raises(RolloverDetected):
            await apply(connection, mixed, run_id=1, options=ApplyOptions(1.0), now=mixed.started_at)
        assert set(await live(connection)) == {10, 11}


async def test_r8_a_second_rollover_that_only_a_look_up_tells_is_read_again_whole(
    connection: Connection,
) -> None:
    """A year was missed, and the next one begins between a course's answer and the look-ups."""
    bare = {"content_guid": None}
    await apply_reading(connection, reading({"A": [item(10, **bare)]}))
    before = await keys(connection)
    looked_up = [LookedUp(10, item(30, 20, **bare))]
    mixed = reading({"A": [item(20, **bare)]}, year=NEXT, night=1, looked_up=looked_up)
    with pytest.raises(RolloverDetected):
        await apply(connection, mixed, run_id=1, options=ApplyOptions(1.0), now=mixed.started_at)
    again = reading({"A": [item(30, 20, **bare)]}, year="2027-2028", night=1)
    await apply_reading(connection, again, answers={10: item(30, 20, **bare)})
    assert await keys(connection) == {30: before[10]}


async def test_r8_r2_what_a_held_reading_lists_by_an_older_id_is_the_item_that_was_looked_up(
    connection: Connection,
) -> None:
    """It gets no second key, both ids are its own, and its course is read again next time."""
    bare = {"content_guid": None}
    await apply_reading(connection, reading({"A": [item(10, **bare), item(11)]}))
    before = await keys(connection)
    looked_up = [LookedUp(10, item(30, 20, **bare))]
    for night, outcome in ((1, "held"), (2, "complete")):
        mixed = reading({"A": [item(20, **bare), item(21, 11)]}, year=NEXT, night=night, looked_up=looked_up)
        assert (await apply_reading(connection, mixed)).outcome == outcome
    assert await keys(connection) == {30: before[10], 21: before[11]}
    old = await connection.fetch("SELECT old_request_id, item_key FROM dcs.request_id_history")
    assert {tuple(row) for row in old} == {(10, before[10]), (20, before[10]), (11, before[11])}
    # The DCS took its rollover back, and lists what it listed: that counts, because it is newer.
    taken_back = reading({"A": [item(20, **bare), item(21, 11)]}, year=NEXT, night=3)
    await apply_reading(connection, taken_back)
    assert await keys(connection) == {20: before[10], 21: before[11]}


async def test_r8_r1_a_new_item_with_a_live_ones_guid_that_was_asked_for_alone_is_read_again_whole(
    connection: Connection,
) -> None:
    """R1: it may be last year's item of a rollover; under a key of its own it could not take that one's."""
    await apply_reading(connection, reading({"A": [item(10, content_guid="a")]}))
    before = await keys(connection)
    alone = reading(
        {}, is_full=False, list_complete=False, night=1, looked_up=[LookedUp(20, item(20, content_guid="a"))]
    )
    with pytest.raises(RolloverDetected):
        await apply(connection, alone, run_id=1, options=ApplyOptions(1.0), now=alone.started_at)
    again = [LookedUp(20, item(20, content_guid="a"))]
    await apply_reading(
        connection, reading({"A": [item(20, content_guid="a")]}, year=NEXT, night=1, looked_up=again)
    )
    assert await keys(connection) == {20: before[10]}


async def test_r10_the_rollover_is_recorded_with_its_counts(connection: Connection) -> None:
    stored = {"A": [item(10), item(11), item(12), item(13)], "B": [item(14)]}
    await apply_reading(connection, reading(stored))
    rolled = [item(20, 10), item(21, 10), item(22), item(33, 23)]
    what = reading({"A": rolled, "B": Content.UNREAD}, year=NEXT, night=1)
    await apply_reading(connection, what, answers={13: item(33, 23)})
    later = reading({"A": Content.UNCHANGED, "B": [item(24, 14)]}, year=NEXT, night=2)
    await apply_reading(connection, later)
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
