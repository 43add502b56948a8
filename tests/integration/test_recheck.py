"""The August recheck: what is flagged, what is not, and how a flag ends (S2-S6)."""

from datetime import UTC, datetime

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import flags
from dcs_mirror.reading import Content
from dcs_mirror.reconcile.stored import reconcile_stored
from tests.support.readings import HEI, START, apply_reading, current, item, night_of, reading
from tests.support.recheck import COVERED, EXCLUDED, night, state


async def changes(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM dcs.status_change"))


async def test_s2_a_nightly_mirror_flags_what_went_on_the_fourth_of_august(connection: Connection) -> None:
    for day in (1, 2, 3):
        assert await night(connection, 8, day) == 0
    assert await night(connection, 8, 4, "Pending", EXCLUDED) == 1
    assert await state(connection) == [("pending", 2026, None)]
    (flag,) = await flags.listed(connection)
    assert (flag.previous_status, flag.content_status) == ("Active", "Pending")
    assert (flag.licence_before, flag.licence) == (COVERED, EXCLUDED)
    assert (flag.course_code, flag.title) == ("A", "A title")


async def test_s2_a_mirror_that_last_ran_in_july_flags_in_september(connection: Connection) -> None:
    await night(connection, 7, 20)
    assert await night(connection, 9, 3, "Pending") == 1


async def test_s2_a_change_in_march_is_a_change_but_no_flag(connection: Connection) -> None:
    await night(connection, 3, 10)
    assert await night(connection, 3, 11, "Pending") == 0
    assert await changes(connection) == 1


async def test_s2_a_change_on_20_august_seen_nightly_is_no_flag(connection: Connection) -> None:
    await night(connection, 8, 19)
    assert await night(connection, 8, 20, "Pending") == 0
    assert await changes(connection) == 1


async def test_s2_the_window_begins_at_midnight_in_london(connection: Connection) -> None:
    """The nights are at 02:00 UTC, 03:00 in London: a change seen on 1 August may be of July or August."""
    await night(connection, 7, 30)
    assert await night(connection, 7, 31, "Pending") == 0
    await night(connection, 7, 31, "Active")
    assert await night(connection, 8, 1, "Pending") == 1


async def test_s2_the_window_ends_after_its_days(connection: Connection) -> None:
    """Fourteen days from 1 August, London: until 15 August 00:00, which is before that night's reading."""
    await night(connection, 8, 15)
    assert await night(connection, 8, 16, "Pending") == 0
    await night(connection, 8, 16, "Active", year=2027)


async def test_s2_an_interval_that_begins_in_the_window_touches_it(connection: Connection) -> None:
    await night(connection, 8, 14)
    assert await night(connection, 8, 25, "Pending") == 1


async def test_s2_the_hours_that_clocks_change_move_no_window(connection: Connection) -> None:
    """The last Sundays of October and March: civil time jumps, the window does not."""
    for before, after in (((10, 24), (10, 25)), ((10, 25), (10, 26))):
        await night(connection, *before)
        assert await night(connection, *after, "Pending") == 0
    for before, after in (((3, 27), (3, 28)), ((3, 28), (3, 29))):
        await night(connection, *before, year=2027)
        assert await night(connection, *after, "Pending", year=2027) == 0
    assert await state(connection) == []


async def test_s3_a_licence_that_stops_to_cover_is_flagged(connection: Connection) -> None:
    await night(connection, 8, 2)
    assert await night(connection, 8, 3, "Active", EXCLUDED) == 1
    assert await state(connection) == [("licence", 2026, None)]
    await night(connection, 8, 9, "Active", COVERED)
    assert await state(connection) == [("licence", 2026, "reinstated")]


async def test_s3_a_licence_that_begins_to_cover_is_no_flag(connection: Connection) -> None:
    await night(connection, 8, 2, "Active", EXCLUDED)
    assert await night(connection, 8, 3, "Active", COVERED) == 0
    assert await night(connection, 8, 4, "Active", "Covered by another licence") == 0


@pytest.mark.parametrize("licence", [None, "", "   "])
async def test_s3_a_licence_that_is_gone_covers_nothing(connection: Connection, licence: str | None) -> None:
    await night(connection, 8, 2)
    assert await night(connection, 8, 3, "Active", licence) == 1
    assert await state(connection) == [("licence", 2026, None)]
    await night(connection, 8, 9, "Active", COVERED)
    assert await state(connection) == [("licence", 2026, "reinstated")]


async def test_s3_one_gone_licence_after_another_is_one_flag(connection: Connection) -> None:
    await night(connection, 8, 2)
    assert await night(connection, 8, 3, "Active", None) == 1
    assert await night(connection, 8, 4, "Active", "") == 0
    assert await night(connection, 8, 5, "Active", EXCLUDED) == 0
    assert await state(connection) == [("licence", 2026, None)]


@pytest.mark.parametrize("licence", [EXCLUDED, "", None])
async def test_s3_what_was_not_covered_before_loses_nothing(
    connection: Connection, licence: str | None
) -> None:
    await night(connection, 8, 2, "Active", licence)
    assert await night(connection, 8, 3, "Active", "Other") == 0
    assert await night(connection, 8, 4, "Active", None) == 0


async def test_s3_a_licence_that_is_gone_in_march_is_no_flag(connection: Connection) -> None:
    await night(connection, 3, 10)
    assert await night(connection, 3, 11, "Active", None) == 0
    assert await changes(connection) == 1


async def test_s4_a_flag_follows_the_item_through_a_rollover(connection: Connection) -> None:
    await night(connection, 5, 20)
    assert await night(connection, 9, 10, "Pending", request_id=20, previous=10) == 1
    assert await connection.fetchval("SELECT request_id FROM dcs.recheck_flag") == 20
    assert await current(connection, 10) == 20


async def test_s4_an_open_flag_shows_the_new_id_after_the_next_june(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await night(connection, 6, 9, "Pending", year=2027, request_id=20, previous=10)
    assert await connection.fetchval("SELECT request_id FROM dcs.recheck_flag") == 20
    assert await state(connection) == [("pending", 2026, None)]


async def test_s5_the_same_item_is_flagged_again_next_year_only(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await night(connection, 8, 4, "Active")
    assert await state(connection) == [("pending", 2026, "reinstated")]
    await night(connection, 8, 2, year=2027)
    assert await night(connection, 8, 3, "Pending", year=2027) == 1
    assert await state(connection) == [("pending", 2026, "reinstated"), ("pending", 2027, None)]


async def test_s5_what_goes_again_within_one_window_opens_its_flag_again(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await night(connection, 8, 4, "Active")
    assert await night(connection, 8, 5, "Pending") == 1
    assert await state(connection) == [("pending", 2026, None)]


async def test_s5_every_way_out_of_pending_resolves_the_flag(connection: Connection) -> None:
    await apply_reading(
        connection, reading({"A": [item(i) for i in range(10, 15)]}, night=night_of(2026, 8, 2))
    )
    pending = [item(i, content_status="Pending") for i in range(10, 15)]
    assert (await apply_reading(connection, reading({"A": pending}, night=night_of(2026, 8, 3)))).flagged == 5
    ways = ["Active", "Archived", "Deleted", "Rejected"]
    rest = [item(i, content_status=status) for i, status in enumerate(ways, start=10)]
    await apply_reading(connection, reading({"A": rest}, night=night_of(2026, 8, 4)))
    rows = await connection.fetch("SELECT resolution FROM dcs.recheck_flag ORDER BY request_id")
    assert [row["resolution"] for row in rows] == [
        "reinstated",
        "archived",
        "deleted",
        "rejected",
        "removed",
    ]
    assert await flags.listed(connection) == []
    assert len(await flags.listed(connection, resolved=True)) == 5


async def test_s5_reconcile_opens_flags_that_an_earlier_release_left_resolved(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await connection.execute("UPDATE dcs_mirror.recheck_flag SET resolution = 'removed', resolved_at = now()")
    settled = await reconcile_stored(connection, HEI, recheck_days=14, now=START)
    assert (settled.flagged, settled.resolved) == (1, 0)
    assert await state(connection) == [("pending", 2026, None)]


async def test_s6_active_archived_active_is_an_edit_and_no_flag(connection: Connection) -> None:
    await night(connection, 8, 2)
    assert await night(connection, 8, 3, "Archived") == 0
    assert await night(connection, 8, 4, "Active") == 0


async def test_s6_an_item_first_seen_pending_is_no_flag(connection: Connection) -> None:
    assert await night(connection, 8, 3, "Pending") == 0
    assert await night(connection, 8, 4, "Pending") == 0


async def test_an_acknowledged_flag_stays_open_until_it_is_resolved(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    (flag,) = await flags.listed(connection)
    await flags.acknowledge(connection, flag.flag_id, note="asked the publisher", now=START)
    (flag,) = await flags.listed(connection)
    assert (flag.acknowledged_at, flag.acknowledged_note) == (START, "asked the publisher")


async def test_reconciling_again_raises_and_resolves_nothing(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await night(connection, 8, 4, "Active")
    await night(connection, 8, 5, "Active", EXCLUDED)
    before = await connection.fetch("SELECT xmin, * FROM dcs_mirror.recheck_flag ORDER BY flag_id")
    for _ in range(2):
        settled = await reconcile_stored(connection, HEI, recheck_days=14, now=START)
        assert (settled.flagged, settled.resolved) == (0, 0)
    assert await connection.fetch("SELECT xmin, * FROM dcs_mirror.recheck_flag ORDER BY flag_id") == before


async def test_reconciling_raises_what_was_not_raised(connection: Connection) -> None:
    """A longer window, set afterwards, finds what the recorded changes hold."""
    await night(connection, 8, 19)
    await night(connection, 8, 20, "Pending")
    assert (await reconcile_stored(connection, HEI, recheck_days=31, now=START)).flagged == 1


async def test_a_course_that_could_not_be_read_in_august_is_flagged_when_it_can(
    connection: Connection,
) -> None:
    await night(connection, 8, 2)
    for day in range(3, 20):
        what = reading({"A": Content.UNREAD}, night=night_of(2026, 8, day))
        await apply_reading(connection, what)
    assert await night(connection, 8, 20, "Pending") == 1


async def test_s5_a_flag_opens_again_if_the_answer_was_read_before_the_one_that_resolved_it_was_applied(
    connection: Connection,
) -> None:
    """S5: a crawl takes hours: what is read in it, and what is applied meanwhile, overlap."""
    await night(connection, 8, 1)
    await night(connection, 8, 3, "Pending")
    for status, fetched, applied in [("Active", 1, 4), ("Pending", 2, 5)]:
        what = reading({"A": [item(10, content_status=status, licence=COVERED)]})
        what.courses[0].fetched_at = datetime(2026, 8, 4, fetched, tzinfo=UTC)
        what.started_at = datetime(2026, 8, 4, applied, tzinfo=UTC)
        await apply_reading(connection, what)
    assert await state(connection) == [("pending", 2026, None)]
    await reconcile_stored(connection, HEI, recheck_days=14, now=datetime(2026, 8, 5, tzinfo=UTC))
    assert await state(connection) == [("pending", 2026, None)]


async def test_s5_a_flag_opens_again_after_a_clock_that_was_ahead_resolved_it(connection: Connection) -> None:
    await night(connection, 8, 1)
    await night(connection, 8, 3, "Pending")
    await night(connection, 9, 20)
    assert await state(connection) == [("pending", 2026, "reinstated")]
    assert await night(connection, 8, 5, "Pending") == 1
    assert await state(connection) == [("pending", 2026, None)]
    await night(connection, 8, 6)
    await reconcile_stored(connection, HEI, recheck_days=14, now=datetime(2026, 8, 7, tzinfo=UTC))
    assert await state(connection) == [("pending", 2026, "reinstated")]
