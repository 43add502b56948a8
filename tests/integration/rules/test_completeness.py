"""What a reading proves: absence, freshness, and where an item is (C1, C5, C6)."""

from datetime import timedelta

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, LookedUp
from tests.support.readings import START, apply_reading, course_id, item, live, reading
from tests.support.walk import assert_feed_replays


async def test_c5_a_refreshed_course_outlives_an_older_list(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    what = reading({"NEW": [item(11)]}, is_full=False, list_complete=False, order=300, night=1)
    await apply_reading(connection, what)
    await apply_reading(connection, reading({"A": [item(10)]}, order=200, night=2))
    assert set(await live(connection)) == {10, 11}


async def test_c5_a_looked_up_item_outlives_an_older_answer(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    at = START + timedelta(days=1)
    fresh = LookedUp(10, item(10, notes="fresh"), course_id("A"), fetched_at=at, reading_order=300)
    what = reading({}, is_full=False, list_complete=False, order=300, night=1, looked_up=[fresh])
    await apply_reading(connection, what)
    await apply_reading(connection, reading({"A": [item(10, notes="stale")]}, order=200, night=2))
    await apply_reading(connection, reading({"A": []}, order=250, night=2))
    assert await connection.fetchval("SELECT notes FROM dcs.content_item WHERE removed_at IS NULL") == "fresh"


async def test_c5_an_older_list_brings_no_course_back(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}, order=100))
    await apply_reading(connection, reading({"A": [item(10)]}, order=300, night=1))
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}, order=200, night=2))
    assert set(await live(connection)) == {10}


async def test_c1_only_a_whole_answer_proves_absence(connection: Connection) -> None:
    contents = {"A": [item(10)], "B": [item(11)], "C": [item(12)], "D": [item(13)]}
    await apply_reading(connection, reading(contents))
    what = reading({"A": [], "B": Content.UNREAD, "C": Content.UNASKED}, list_complete=False, night=1)
    outcome = await apply_reading(connection, what)
    assert outcome.removed == 1
    assert set(await live(connection)) == {11, 12, 13}


async def test_c1_a_course_that_the_complete_list_lacks_goes_with_its_items(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}))
    outcome = await apply_reading(connection, reading({"A": Content.UNREAD}, night=1))
    assert outcome.removed == 1
    assert set(await live(connection)) == {10}


async def test_c6_what_comes_back_is_restored_under_its_key(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}))
    before = await live(connection)
    await apply_reading(connection, reading({"A": []}, night=1))
    assert await live(connection) == {}
    outcome = await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)]}, night=2))
    assert (outcome.added, await live(connection)) == (2, before)
    kinds = "SELECT kind FROM dcs.change WHERE entity = 'content_item' AND key = $1 ORDER BY change_id"
    rows = await connection.fetch(kinds, before[10][0])
    assert [row["kind"] for row in rows] == ["added", "removed", "restored"]
    await assert_feed_replays(connection)


async def test_an_item_that_moves_keeps_its_key_also_when_its_old_course_was_not_read(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    ((key, _),) = (await live(connection)).values()
    await apply_reading(connection, reading({"A": Content.UNREAD, "B": [item(10)]}, night=1))
    assert await live(connection) == {10: (key, "B")}
    digest = await connection.fetchval("SELECT digest FROM dcs_mirror.course WHERE course_code = 'A'")
    assert digest is None  # A's last answer still lists the item: it must be read again


async def test_an_item_listed_in_two_courses_stays_where_it_is(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    both = {"A": [item(10)], "B": [item(10)]}
    await apply_reading(connection, reading(both, night=1))
    await apply_reading(connection, reading({"A": Content.UNCHANGED, "B": [item(10)]}, night=2))
    assert (await live(connection))[10][1] == "A"
    # And when A lets go of it, B's answer is read again although it did not change.
    digest = await connection.fetchval("SELECT digest FROM dcs_mirror.course WHERE course_code = 'B'")
    assert digest is None
    await apply_reading(connection, reading({"A": [], "B": [item(10)]}, night=3))
    assert (await live(connection))[10][1] == "B"


async def test_c5_a_fresher_reading_is_not_overwritten(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10, notes="old")]}, order=1))
    await apply_reading(connection, reading({"A": [item(10, notes="fresh")]}, order=9, night=1))
    await apply_reading(connection, reading({"A": [item(10, notes="stale")], "B": []}, order=5, night=2))
    assert await connection.fetchval("SELECT notes FROM dcs.content_item") == "fresh"
    assert await connection.fetchval("SELECT count(*) FROM dcs.course") == 1
