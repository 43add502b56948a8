"""Readings in which the mirror forgot when it last saw something."""

from datetime import datetime, timedelta

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, LookedUp
from tests.support.readings import NEXT, START, apply_reading, course_id, item, live, reading

PENDING = [item(10, content_status="Pending")]


async def last_seen(connection: Connection) -> datetime:
    """When the status of the one item that changed was last seen."""
    (row,) = await connection.fetch("SELECT last_seen_at FROM dcs.status_change")
    at: datetime = row["last_seen_at"]
    return at


def night(number: int) -> datetime:
    """The instant of a night's reading."""
    return START + timedelta(days=number)


async def test_s1_what_comes_back_was_last_seen_before_it_was_removed(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": []}, night=1))
    await apply_reading(connection, reading({"A": Content.UNCHANGED}, night=2))
    await apply_reading(connection, reading({"A": PENDING}, night=3))
    assert await last_seen(connection) == night(0)


async def test_s1_a_course_carried_over_by_its_code_was_last_seen_when_it_was_read(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, ids={"A": 1}))
    await apply_reading(connection, reading({"A": Content.UNREAD}, ids={"A": 1}, night=1))
    carried = [item(20, 10, content_status="Pending")]
    await apply_reading(connection, reading({"A": carried}, ids={"A": 7}, year=NEXT, night=2))
    assert await last_seen(connection) == night(0)


async def test_s1_a_course_that_was_not_read_one_night_is_read_again_although_it_did_not_change(
    connection: Connection,
) -> None:
    """Else the night that brings nothing new would not count as having seen it."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": Content.UNREAD}, night=1))
    assert await connection.fetchval("SELECT digest FROM dcs_mirror.course") is None
    await apply_reading(connection, reading({"A": [item(10)]}, night=2))
    await apply_reading(connection, reading({"A": PENDING}, night=3))
    assert await last_seen(connection) == night(2)


async def test_s1_a_course_that_an_incomplete_list_lacks_was_not_seen(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    await apply_reading(connection, reading({"B": Content.UNCHANGED}, list_complete=False, night=1))
    await apply_reading(connection, reading({"A": PENDING, "B": Content.UNCHANGED}, night=2))
    assert await last_seen(connection) == night(0)


async def test_s1_what_moves_out_of_a_closed_course_was_last_seen_when_that_was_read(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    await apply_reading(connection, reading({"A": Content.UNREAD, "B": Content.UNCHANGED}, night=1))
    await apply_reading(connection, reading({"B": PENDING}, night=2))
    assert await last_seen(connection) == night(0)


async def test_s1_no_status_was_seen_before_its_item(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": []}))
    for number, items in ((1, [item(10)]), (2, PENDING)):
        what = reading({"A": items}, night=number)
        what.courses[0].content, what.courses[0].digest = Content.PARTIAL, None
        await apply_reading(connection, what)
    assert await last_seen(connection) == night(1)


async def test_s1_what_no_course_holds_was_last_seen_when_a_look_up_answered(connection: Connection) -> None:
    """Nights whose look-up fails have not seen it, however well they read everything else."""
    await apply_reading(connection, reading({"A": []}, looked_up=[LookedUp(10, item(10))]))
    await apply_reading(connection, reading({"A": []}, night=1, looked_up=[LookedUp(10, item(10))]))
    for number in (2, 3):
        silence = [LookedUp(10, None, answered=False)]
        await apply_reading(connection, reading({"A": []}, night=number, looked_up=silence))
    found = [LookedUp(10, PENDING[0])]
    await apply_reading(connection, reading({"A": []}, night=4, looked_up=found))
    assert await last_seen(connection) == night(1)


async def test_s1_what_gets_a_course_was_last_seen_before_it_had_one(connection: Connection) -> None:
    """The course that it is in now says nothing of the time before."""
    await apply_reading(connection, reading({"A": []}, looked_up=[LookedUp(10, item(10))]))
    for number in (1, 2):
        silence = [LookedUp(10, None, answered=False)]
        await apply_reading(connection, reading({"A": []}, night=number, looked_up=silence))
    await apply_reading(connection, reading({"A": PENDING}, night=3))
    assert await last_seen(connection) == night(0)


async def test_s1_what_is_gone_from_no_course_was_last_seen_when_a_look_up_answered(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": []}, looked_up=[LookedUp(10, item(10))]))
    silence = [LookedUp(10, None, answered=False)]
    await apply_reading(connection, reading({"A": []}, night=1, looked_up=silence))
    await apply_reading(connection, reading({"A": []}, night=2, looked_up=[LookedUp(10, None)]))
    await apply_reading(connection, reading({"A": PENDING}, night=3))
    assert await last_seen(connection) == night(0)


async def test_s1_a_refresh_of_one_request_has_seen_it(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    noon = night(0) + timedelta(hours=10)
    alone = reading({}, at=noon, is_full=False, list_complete=False)
    alone.looked_up = [LookedUp(10, item(10), course_id("A"), fetched_at=noon, reading_order=10**9)]
    await apply_reading(connection, alone)
    await apply_reading(connection, reading({"A": PENDING}, night=1, order=10**9 + 1))
    assert await last_seen(connection) == noon


async def test_s1_what_stays_in_a_removed_course_was_last_seen_before_that_went(
    connection: Connection,
) -> None:
    """Its look-up got no answer, so it is not gone; nothing of it was read either."""
    await apply_reading(connection, reading({"A": [item(10)]}, ids={"A": 1}))
    for number, content in ((1, Content.UNREAD), (2, Content.UNCHANGED)):
        lost = reading({"B": content}, ids={"B": 2}, year=NEXT, night=number)
        lost.looked_up = [LookedUp(10, None, answered=False)]
        await apply_reading(connection, lost)
    found = [item(20, 10, content_status="Pending")]
    await apply_reading(connection, reading({"B": found}, ids={"B": 2}, year=NEXT, night=3))
    assert await last_seen(connection) == night(0)


async def test_s1_a_course_that_returns_has_not_been_read_meanwhile(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    gone = reading({"B": Content.UNCHANGED}, night=1, looked_up=[LookedUp(10, None, answered=False)])
    await apply_reading(connection, gone)
    await apply_reading(connection, reading({"A": Content.UNREAD, "B": Content.UNCHANGED}, night=2))
    await apply_reading(connection, reading({"A": PENDING, "B": Content.UNCHANGED}, night=3))
    assert await last_seen(connection) == night(0)


async def test_s1_what_a_complete_answer_lacks_was_not_seen_in_it(connection: Connection) -> None:
    """It stays because its look-up got no answer. What the answer does hold was seen."""
    both = [item(10), item(11)]
    await apply_reading(connection, reading({"A": both}))
    lacking = reading({"A": [item(11)]}, night=1, looked_up=[LookedUp(10, None, answered=False)])
    await apply_reading(connection, lacking)
    await apply_reading(connection, reading({"A": [*PENDING, item(11, content_status="Pending")]}, night=2))
    rows = await connection.fetch("SELECT request_id, last_seen_at FROM dcs.status_change")
    assert dict(map(tuple, rows)) == {10: night(0), 11: night(1)}


async def test_s1_what_an_incomplete_answer_holds_was_seen_in_it(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10), item(11)]}))
    part = reading({"A": [item(10)]}, night=1)
    part.courses[0].content, part.courses[0].digest = Content.PARTIAL, None
    await apply_reading(connection, part)
    await apply_reading(connection, reading({"A": [*PENDING, item(11, content_status="Pending")]}, night=2))
    rows = await connection.fetch("SELECT request_id, last_seen_at FROM dcs.status_change")
    assert dict(map(tuple, rows)) == {10: night(1), 11: night(0)}


async def test_s1_a_course_whose_code_another_has_was_not_read(connection: Connection) -> None:
    """W8: it is deleted, so nobody asks for its content; its items are looked up one by one."""
    await apply_reading(connection, reading({"A": [item(10)]}, ids={"A": 1}))
    codes, ids = {"A": "A", "new": "A"}, {"A": 1, "new": 2}
    for number in (1, 2):
        shadowed = reading({"A": Content.UNASKED, "new": []}, codes=codes, ids=ids, night=number)
        shadowed.courses[0].reading_order = shadowed.courses[0].fetched_at = None
        shadowed.looked_up = [LookedUp(10, None, answered=False)]
        await apply_reading(connection, shadowed)
    shadowed = reading({"A": Content.UNASKED, "new": []}, codes=codes, ids=ids, night=3)
    shadowed.courses[0].reading_order = shadowed.courses[0].fetched_at = None
    shadowed.looked_up = [LookedUp(10, PENDING[0], 1)]
    await apply_reading(connection, shadowed)
    assert await last_seen(connection) == night(0)


@pytest.mark.parametrize("looked_up", [False, True])
async def test_s1_no_interval_begins_after_it_ends(connection: Connection, *, looked_up: bool) -> None:
    """The clock was a day ahead and was set back."""
    for number, items in ((0, [item(10)]), (3, [item(10)]), (2, PENDING)):
        what = reading({"A": [] if looked_up else items}, night=number)
        if looked_up:
            what.looked_up = [LookedUp(10, items[0])]
        await apply_reading(connection, what)
    assert await last_seen(connection) == night(2)


async def test_s1_after_the_clock_was_set_back_intervals_begin_where_they_should(
    connection: Connection,
) -> None:
    for number, seen in ((30, item(10)), (1, item(10)), (2, item(10)), (3, PENDING[0])):
        await apply_reading(connection, reading({"A": []}, night=number, looked_up=[LookedUp(10, seen)]))
    assert await last_seen(connection) == night(2)


async def test_r8_the_same_look_up_again_writes_nothing(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": []}, looked_up=[LookedUp(10, item(10))]))
    what = reading({"A": []}, night=1, looked_up=[LookedUp(10, item(10))])
    await apply_reading(connection, what)
    versions = "SELECT xmin::text, ctid::text FROM dcs_mirror.content_item"
    before = await connection.fetch(versions)
    await apply_reading(connection, what)
    assert await connection.fetch(versions) == before
    assert await connection.fetchval("SELECT count(*) FROM dcs.change WHERE entity = 'content_item'") == 1


async def test_r8_a_course_that_was_never_read_is_not_written_again(connection: Connection) -> None:
    what = reading({"A": Content.UNREAD})
    await apply_reading(connection, what)
    versions = "SELECT xmin::text, ctid::text FROM dcs_mirror.course"
    before = await connection.fetch(versions)
    await apply_reading(connection, what)
    assert await connection.fetch(versions) == before


@pytest.mark.parametrize("course_id", [None, 77])
async def test_r4_an_answer_to_a_look_up_leaves_an_item_in_the_course_that_lists_it(
    connection: Connection, course_id: int | None
) -> None:
    """Whether the answer names no course, or one that is not listed."""
    await apply_reading(connection, reading({"A": [item(10)]}))
    what = reading({"A": [item(30, 20)]}, year="2027-2028", night=800)
    what.looked_up = [LookedUp(10, item(30, 20), course_id)]
    await apply_reading(connection, what)
    ((_, course_code),) = (await live(connection)).values()
    assert course_code == "A"
