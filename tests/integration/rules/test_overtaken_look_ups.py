"""Look-ups that another reading overtook are asked again, and decide nothing if that does not help (C5)."""

import asyncio
from datetime import timedelta

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.required import LookupsOvertaken
from dcs_mirror.records import ContentItem
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.support.control import control
from tests.support.faulty import Hold, faulty
from tests.support.readings import START, apply_reading, course_id, item, live, reading, start_run
from tests.support.running import refresh, sync
from tests.support.walk import assert_feed_replays, assert_views_equal

AT = START + timedelta(days=1)


async def a_night_that_found_nothing_new(connection: Connection, *, first: int, last: int) -> None:
    """A reading that asked for its list at ``first``, and for the one content at ``last``."""
    again = reading({"A": Content.UNCHANGED}, order=first, night=1)
    again.name_unchanged = again.list_unchanged = True
    again.list_digest = await connection.fetchval("SELECT courses_digest FROM dcs_mirror.institution")
    again.courses[0].reading_order = last
    assert (await apply_reading(connection, again)).outcome == "complete"


def asked(request_id: int, found: ContentItem | None, order: int) -> InstitutionReading:
    """One look-up at ``order``, answered with an item in the course A or with "unknown"."""
    place = None if found is None else course_id("A")
    answer = LookedUp(request_id, found, place, fetched_at=AT, reading_order=order)
    return reading({}, is_full=False, list_complete=False, order=order, night=1, looked_up=[answer])


async def land(connection: Connection, what: InstitutionReading) -> tuple[str, str | None]:
    run_id = await start_run(connection, AT)
    outcome = await apply(connection, what, run_id=run_id, options=ApplyOptions(1.0), now=AT)
    return outcome.outcome, outcome.error


@pytest.mark.parametrize(
    ("request_id", "found"),
    [(10, item(10, notes="then")), (10, None), (11, item(11))],
    ids=["changed", "gone", "new"],
)
@pytest.mark.parametrize("order", [250, 350], ids=["before", "beside"])
async def test_c5_a_look_up_from_before_the_end_of_a_fresher_night_is_asked_again(
    request_id: int, found: ContentItem | None, order: int, connection: Connection
) -> None:
    """C5: overtaken twice, it counts as unanswered: nothing changes, and the outcome says so."""
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    await a_night_that_found_nothing_new(connection, first=300, last=400)
    before = await live(connection)
    what = asked(request_id, found, order)
    with pytest.raises(LookupsOvertaken) as overtaken:
        await land(connection, what)
    assert overtaken.value.request_ids == [request_id]
    what.is_asked_again = True
    outcome, error = await land(connection, what)
    assert (outcome, "C5" in str(error)) == ("partial", True)
    assert await live(connection) == before
    assert await connection.fetchval("SELECT notes FROM dcs.content_item") is None
    await assert_feed_replays(connection)


async def test_c5_a_look_up_from_after_a_fresher_night_is_applied(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    await a_night_that_found_nothing_new(connection, first=300, last=400)
    assert await land(connection, asked(11, item(11), 401)) == ("complete", None)
    assert set(await live(connection)) == {10, 11}


async def test_c5_a_look_up_of_what_a_refreshed_course_does_not_hold_any_more_is_asked_again(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    await apply_reading(connection, reading({"A": [item(10)]}, order=300, is_full=False, list_complete=False))
    with pytest.raises(LookupsOvertaken):
        await land(connection, asked(11, item(11), 200))
    assert await land(connection, asked(11, item(11), 301)) == ("complete", None)


async def test_c5_a_night_asks_its_look_ups_again_if_another_one_went_on_beside_them(
    connection: Connection,
) -> None:
    loose = [LookedUp(50, item(50), reading_order=101)]
    await apply_reading(connection, reading({"A": [item(10)]}, order=100, looked_up=loose))
    fresher = reading({"A": [item(10, notes="now")]}, order=300, night=1)
    fresher.courses[0].reading_order = 400
    await apply_reading(connection, fresher)
    slow = reading({"A": Content.UNREAD}, order=200, night=1)
    slow.looked_up = [LookedUp(50, None, reading_order=350)]
    with pytest.raises(LookupsOvertaken):
        await land(connection, slow)
    slow.looked_up = [LookedUp(50, item(50), reading_order=500)]
    slow.is_asked_again = True
    await land(connection, slow)
    assert set(await live(connection)) == {10, 50}


@pytest.mark.parametrize("is_known", [False, True])
async def test_c5_a_refresh_of_a_request_that_a_night_overtook_ends_with_what_the_dcs_has(
    is_known: bool, database: str, connection: Connection
) -> None:
    """C5: the answer is from before the request was closed, or made; the night in between is fresher."""
    world = build_world(Sizes(institutions=1, courses=1, items=2), seed=61)
    async with running_sandbox(world) as sandbox, faulty(sandbox) as upstream:
        (institution,) = (await control(upstream, "state"))["institutions"]
        (course,) = institution["courses"]
        hei_id, request_id = institution["id"], course["items"][0]["request-id"]
        if is_known:
            assert (await sync(upstream, database)).outcome == "complete"
        hold = Hold(f"Request-ID={request_id}", is_answered=True)
        upstream.holds.append(hold)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            slow = group.create_task(refresh(upstream, database, hei_id, request_id=request_id))
            await hold.came.wait()
            await control(upstream, "remove", hei=hei_id, request_id=request_id)
            assert (await sync(upstream, database)).outcome == "complete"
            hold.released.set()
        outcome = slow.result().institutions[0]
        assert outcome.outcome == "partial"
        assert outcome.error == f"request id {request_id} is not known to the DCS"
        asked_for = [call for call in upstream.calls if f"Request-ID={request_id}" in call]
        assert len(asked_for) == 2
        await assert_views_equal(connection, await control(sandbox, "state"))
        await assert_feed_replays(connection)
