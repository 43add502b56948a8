"""Two stored items turn out to be one: the ids of both lead to the living request (R2, R4, R9)."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from tests.support.readings import (
    NEXT,
    START,
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


@pytest.fixture
async def mirror(connection: Connection) -> Connection:
    """A mirror that rewrites a table of links to the requests 10 to 12."""
    await connection.execute(
        "CREATE TABLE public.link (request_id bigint); INSERT INTO public.link VALUES (10), (11), (12)"
    )
    await targets.add(connection, "public.link", "request_id", now=START)
    return connection


async def links(connection: Connection) -> list[int]:
    rows = await connection.fetch("SELECT request_id FROM public.link ORDER BY ctid")
    return sorted(row["request_id"] for row in rows)


async def next_year(
    connection: Connection, what: InstitutionReading, *, asked: tuple[int, ...] = (10, 11)
) -> None:
    """A reading in whose course A the request 30 stands, with which the DCS answers each id asked for."""
    answers = {i: LookedUp(i, item(30, 20), course_id("A")) for i in asked}
    await apply_reading(connection, what, answers=answers)


@pytest.mark.parametrize("position", [10, 11])
async def test_r4_r2_r9_of_two_items_that_are_one_that_of_its_course_stays(
    position: int, mirror: Connection
) -> None:
    """R4: whatever the order of their ids; R2, R9: the ids of the other lead to it, and its rows follow."""
    other = 21 - position
    await apply_reading(mirror, reading({"A": [item(position)], "B": [item(other)]}))
    before = await keys(mirror)
    what = reading({"A": [item(30, 20)], "B": []}, year=NEXT, night=1)
    await next_year(mirror, what)
    assert await live(mirror) == {30: (before[position], "A")}
    assert [await current(mirror, i) for i in (10, 11, 20, 30)] == [30] * 4
    assert {(position, 30, "request-id-lookup"), (other, 30, "request-id-lookup")} <= await history(mirror)
    assert await links(mirror) == [12, 30, 30]
    await assert_feed_replays(mirror)
    # If the DCS lists the other again, it is an item of its own again (C6), and its id is its own.
    await apply_reading(mirror, reading({"A": [item(30, 20)], "B": [item(other)]}, year=NEXT, night=2))
    assert await live(mirror) == {30: (before[position], "A"), other: (before[other], "B")}
    assert await current(mirror, other) == other


async def test_r4_of_two_items_that_are_one_the_one_with_its_guid_goes_first(mirror: Connection) -> None:
    """R4: the key stays with the content, whatever the courses."""
    await apply_reading(mirror, reading({"A": [item(10)], "B": [item(11, content_guid="GUID-30")]}))
    before = await keys(mirror)
    await next_year(mirror, reading({"A": [item(30, 20)], "B": []}, year=NEXT, night=1))
    assert await live(mirror) == {30: (before[11], "A")}
    assert [await current(mirror, i) for i in (10, 11)] == [30, 30]


@pytest.mark.parametrize("first", [10, 11])
async def test_r4_of_two_items_elsewhere_that_are_one_the_one_that_was_seen_first_stays(
    first: int, mirror: Connection
) -> None:
    """R4: downstream has known that key for longer. The same reading again changes nothing (R8)."""
    await apply_reading(mirror, reading({"B": [item(first)], "C": []}))
    await apply_reading(mirror, reading({"B": [item(first)], "C": [item(21 - first)]}, night=1))
    before = await keys(mirror)
    what = reading({"A": [item(30, 20)], "B": [], "C": []}, year=NEXT, night=2)
    await next_year(mirror, what)
    assert (await live(mirror))[30] == (before[first], "A")
    assert [await current(mirror, i) for i in (10, 11)] == [30, 30]
    again = await apply_reading(mirror, what)
    assert (again.changed, again.removed, again.renumbered) == (0, 0, 0)


async def test_r2_r9_an_id_listed_beside_its_replacement_leads_to_it_when_it_is_gone(
    mirror: Connection,
) -> None:
    """R2: 10 was replaced by 11, is listed once more in a stale answer, and then is not."""
    await apply_reading(mirror, reading({"A": [item(11, 10)], "B": []}))
    stale = reading({"A": [item(10)], "B": [item(11, 10)]}, night=1)
    await apply_reading(mirror, stale)
    assert [await current(mirror, i) for i in (10, 11)] == [10, 11]
    await mirror.execute("UPDATE public.link SET request_id = 10 WHERE request_id = 11")
    await apply_reading(mirror, reading({"A": [item(11, 10)], "B": []}, night=2))
    assert [await current(mirror, i) for i in (10, 11)] == [11, 11]
    assert await links(mirror) == [11, 11, 12]
    # R6: if both are gone, each keeps its own id; and if the one comes back, the other leads to it again.
    await mirror.execute("UPDATE public.link SET request_id = 10")
    await apply_reading(mirror, reading({"A": [], "B": []}, night=3))
    assert [await current(mirror, i) for i in (10, 11)] == [10, 11]
    assert await links(mirror) == [10, 10, 10]
    await apply_reading(mirror, reading({"A": [item(11, 10)], "B": []}, night=4))
    assert [await current(mirror, i) for i in (10, 11)] == [11, 11]
    assert await links(mirror) == [11, 11, 11]


@pytest.mark.parametrize("position", [10, 11])
async def test_r4_c1_an_item_that_was_answered_as_another_is_gone_whatever_its_course_says(
    position: int, mirror: Connection
) -> None:
    """R4, C1: its course was read in part, but its own id was answered with the other item."""
    other = 21 - position
    await apply_reading(mirror, reading({"A": [item(position)], "B": [item(other)]}))
    before = await keys(mirror)
    what = reading({"A": [item(30, 20)], "B": []}, year=NEXT, night=1)
    what.courses[1].content, what.courses[1].digest = Content.PARTIAL, None
    await next_year(mirror, what)
    assert await live(mirror) == {30: (before[position], "A")}
    assert [await current(mirror, i) for i in (10, 11)] == [30, 30]
    assert await links(mirror) == [12, 30, 30]
    await assert_feed_replays(mirror)


async def test_r2_a_look_up_tells_what_the_id_of_a_removed_item_is_now(mirror: Connection) -> None:
    """R2, A7: ``refresh --request`` of an id that no live item has or had."""
    await apply_reading(mirror, reading({"A": [item(10)], "B": [item(12)]}))
    await apply_reading(mirror, reading({"A": [], "B": [item(12)]}, night=1))
    looked_up = [LookedUp(10, item(12), course_id("B"))]
    what = reading({}, is_full=False, list_complete=False, looked_up=looked_up, night=2)
    await apply_reading(mirror, what)
    assert await current(mirror, 10) == 12
    assert await links(mirror) == [11, 12, 12]
