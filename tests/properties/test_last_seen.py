"""Readings found by the histories in which the mirror forgot when it last saw something."""

from datetime import datetime, timedelta

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, LookedUp
from tests.support.readings import NEXT, START, apply_reading, item, live, reading

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
