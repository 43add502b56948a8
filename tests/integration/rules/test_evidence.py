"""What counts as evidence that an incoming item is a stored one, and what waits for better (R1-R4, A7)."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from dcs_mirror.reconcile import apply as apply_module
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.required import RolloverDetected
from dcs_mirror.records import ContentItem
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
    start_run,
)


async def resolved(connection: Connection, *request_ids: int) -> dict[int, int | None]:
    """What the mirror says of ids of any year, which no two rows of the view may say."""
    rows = await connection.fetch(
        "SELECT request_id FROM dcs.request_id GROUP BY request_id, hei_id HAVING count(*) > 1"
    )
    assert not rows
    return {request_id: await current(connection, request_id) for request_id in request_ids}


async def assert_must_be_read_whole(connection: Connection, what: InstitutionReading) -> None:
    """Only a reading of the whole institution can tell what this one means."""
    run_id = await start_run(connection, what.started_at)
    options = ApplyOptions(1.0)
    with pytest.raises(RolloverDetected):
        await apply_module.apply(connection, what, run_id=run_id, options=options, now=what.started_at)


@pytest.mark.parametrize(
    "nil",
    ["00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "0" * 32, " ", "0"],
)
async def test_r1_a_guid_of_zeros_is_none(connection: Connection, nil: str) -> None:
    """What .NET sends if there is no content: requests without content have nothing in common."""
    same = {"content_guid": nil, "extract_title": "One"}
    await apply_reading(connection, reading({"A": [item(10, None, **same)], "B": []}))
    what = reading({"A": [], "B": [item(11, None, **same)]}, night=1)
    outcome = await apply_reading(connection, what)
    assert (outcome.added, outcome.removed, what.looked_up) == (1, 1, [])


@pytest.mark.parametrize(
    ("course", "came", "is_same"),
    [
        ("A", {}, True),
        ("B", {}, False),
        ("B", {"extract_title": "One"}, True),
        ("B", {"extract_title": "Two"}, False),
        ("B", {"identifier": "9780745321455", "page_range": "1-20"}, True),
        ("B", {"identifier": "9780745321455", "page_range": "21-40"}, False),
        ("B", {"identifier": "9780745321455"}, False),
    ],
)
async def test_r1_a_guid_counts_only_if_something_else_agrees(
    connection: Connection, course: str, came: dict[str, str], is_same: bool
) -> None:
    stored = item(10, content_guid="g", extract_title="One", identifier="9780745321455", page_range="1-20")
    await apply_reading(connection, reading({"A": [stored], "B": []}))
    before = await keys(connection)
    contents: dict[str, list[ContentItem]] = {"A": [], "B": []} | {
        course: [item(20, None, content_guid="g", **came)]
    }
    await apply_reading(connection, reading(contents, year=NEXT, night=1))
    assert ((await keys(connection)).get(20) == before[10]) == is_same


async def test_r1_r4_a_look_up_goes_before_a_guid(connection: Connection) -> None:
    """The GUID is that of a copy in another course; the item itself is in the course that failed."""
    await apply_reading(connection, reading({"A": [item(10, content_guid="g")], "B": []}))
    before = await keys(connection)
    own, copy = item(30, 20, content_guid="g"), item(31, 21, content_guid="g")
    later = "2027-2028"
    what = reading({"A": Content.UNREAD, "B": [copy]}, year=later, night=1)
    outcome = await apply_reading(connection, what, answers={10: LookedUp(10, own, course_id("A"))})
    assert outcome.outcome == "partial"
    assert (await keys(connection))[30] == before[10]
    await apply_reading(connection, reading({"A": [own], "B": [copy]}, year=later, night=2))
    after = await keys(connection)
    assert set(after) == {30, 31}
    assert after[30] == before[10]


async def test_r1_a_guid_decides_nothing_while_the_look_up_is_unanswered(connection: Connection) -> None:
    """A night without an answer leaves the item alone, and says so; the next one decides."""
    await apply_reading(connection, reading({"A": [item(10, content_guid="g")], "B": []}))
    before = await keys(connection)
    came = item(20, content_guid="g")
    unanswered = LookedUp(10, None, answered=False)
    what = reading({"A": [came], "B": []}, year=NEXT, night=1)
    outcome = await apply_reading(connection, what, answers={10: unanswered})
    assert outcome.outcome == "partial"
    assert "an item is not applied yet" in str(outcome.error)
    assert await keys(connection) == before
    outcome = await apply_reading(connection, reading({"A": [came], "B": []}, year=NEXT, night=2))
    assert (outcome.outcome, await keys(connection)) == ("complete", {20: before[10]})


async def test_r1_many_items_are_recognised_by_agreeing_guids_without_look_ups(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror that slept for years must not ask for every item by itself; what moved is asked for."""
    monkeypatch.setattr(apply_module, "GUIDS_FIRST_FROM", 3)
    stored = [item(n, content_guid=f"g{n}") for n in range(10, 15)]
    await apply_reading(connection, reading({"A": stored, "B": [item(15, content_guid="g15")]}))
    before = await keys(connection)
    came = [item(n + 10, n + 500, content_guid=f"g{n}") for n in range(10, 15)]
    what = reading({"A": [*came, item(25, 516, content_guid="g15")], "B": []}, year="2027-2028", night=1)
    await apply_reading(connection, what, answers={15: item(25, 516, content_guid="g15")})
    assert [found.request_id for found in what.looked_up] == [15]
    assert await keys(connection) == {n + 10: before[n] for n in range(10, 16)}


async def test_r3_a_claim_on_an_item_whose_course_failed_is_not_decided(connection: Connection) -> None:
    """Another course names the id; the item's own course may list the item that it belongs to."""
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    before = await keys(connection)
    claim, own = item(20, 10), item(21, 10)
    what = reading({"A": Content.UNREAD, "B": [claim]}, year=NEXT, night=1)
    outcome = await apply_reading(connection, what, answers={10: LookedUp(10, None, answered=False)})
    assert (outcome.outcome, await keys(connection)) == ("partial", before)
    await apply_reading(connection, reading({"A": [own], "B": [claim]}, year=NEXT, night=2))
    after = await keys(connection)
    assert after[21] == before[10] != after[20]


async def test_r3_a_look_up_decides_a_claim_on_an_item_whose_course_failed(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    before = await keys(connection)
    claim, own = item(20, 10), item(21, 10)
    what = reading({"A": Content.UNREAD, "B": [claim]}, year=NEXT, night=1)
    await apply_reading(connection, what, answers={10: LookedUp(10, own, course_id("A"))})
    after = await keys(connection)
    assert after[21] == before[10] != after[20]


async def test_r3_an_item_that_moved_from_a_course_that_failed_is_recognised(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    before = await keys(connection)
    moved = item(20, 10)
    what = reading({"A": Content.UNREAD, "B": [moved]}, year=NEXT, night=1)
    await apply_reading(connection, what, answers={10: LookedUp(10, moved, course_id("B"))})
    assert await live(connection) == {20: (before[10], "B")}


async def test_c5_an_older_answer_does_not_take_a_replaced_id_back(connection: Connection) -> None:
    """An answer from before the rollover that comes after it."""
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1, order=300))
    before = await keys(connection)
    outcome = await apply_reading(connection, reading({"A": [item(10)]}, year=NEXT, night=2, order=200))
    assert (outcome.renumbered, outcome.removed, outcome.added) == (0, 0, 0)
    assert await keys(connection) == before


async def test_r2_a_replaced_id_that_is_listed_again_is_current_again(connection: Connection) -> None:
    """The DCS took a rollover back but for the year; and then it came for good."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    before = await keys(connection)
    outcome = await apply_reading(connection, reading({"A": [item(10)]}, year=NEXT, night=2))
    assert (outcome.outcome, outcome.renumbered, outcome.removed, outcome.added) == ("complete", 1, 0, 0)
    assert await keys(connection) == {10: before[20]}
    assert await history(connection) == {(10, 10, "previous-year-id"), (20, 10, "request-id-returned")}
    assert await resolved(connection, 10, 20) == {10: 10, 20: 10}
    outcome = await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=3))
    assert (outcome.outcome, await keys(connection)) == ("complete", before)
    assert await resolved(connection, 10, 20) == {10: 20, 20: 20}


async def test_r2_r7_a_rollover_that_was_taken_back_and_accepted_leaves_nothing_out(
    connection: Connection,
) -> None:
    items = {"A": [item(10), item(11)], "B": [item(12)]}
    await apply_reading(connection, reading(items))
    before = await keys(connection)
    rolled = {"A": [item(20, 10), item(21, 11)], "B": [item(22, 12), item(23)]}
    await apply_reading(connection, reading(rolled, year=NEXT, night=1))
    outcome = await apply_reading(connection, reading(items, night=2), accept_year=True)
    assert outcome.outcome == "complete"
    assert {i: key for i, (key, _) in (await live(connection)).items()} == before
    await apply_reading(connection, reading(rolled, year=NEXT, night=3))
    assert set(await live(connection)) == {20, 21, 22, 23}
    assert {(await keys(connection))[n + 10] for n in (10, 11, 12)} == set(before.values())


async def test_r2_an_id_that_returns_beside_its_replacement_is_an_item_of_its_own(
    connection: Connection,
) -> None:
    """Whatever a whole reading lists is there after it."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    before = await keys(connection)
    outcome = await apply_reading(connection, reading({"A": [item(10), item(20, 10)]}, year=NEXT, night=2))
    after = await keys(connection)
    assert (outcome.outcome, set(after), after[20]) == ("complete", {10, 20}, before[20])
    assert await resolved(connection, 10, 20) == {10: 10, 20: 20}


async def test_r2_a_course_read_alone_does_not_take_an_id_back(connection: Connection) -> None:
    """Only a reading of the whole institution can tell what an id that came back means."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": [item(20, 10)]}, year=NEXT, night=1))
    what = reading({"A": [item(10)]}, year=NEXT, night=2, is_full=False, list_complete=False)
    await assert_must_be_read_whole(connection, what)


async def test_a7_r2_an_id_that_was_asked_for_leads_to_its_item(connection: Connection) -> None:
    """A submitted request that is first seen two rollovers later."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    came = item(32, 22, content_guid=None)
    looked_up = [LookedUp(12, came), LookedUp(11, came)]
    await apply_reading(connection, reading({"A": [item(10)]}, night=1, looked_up=looked_up))
    assert await resolved(connection, 11, 12, 22, 32) == {11: 32, 12: 32, 22: 32, 32: 32}


async def test_w9_a_request_looked_up_by_an_old_id_keeps_its_course(connection: Connection) -> None:
    """Its renumbering means that all of the institution must be read (R8)."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    found = LookedUp(10, item(30, 20), 4711)
    what = reading({}, is_full=False, list_complete=False, night=1, looked_up=[found])
    await assert_must_be_read_whole(connection, what)
    again = reading({"A": Content.UNREAD}, list_complete=False, night=1, looked_up=[found])
    await apply_reading(connection, again)
    assert [course for _, course in (await live(connection)).values()] == ["A"]
