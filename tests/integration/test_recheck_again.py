"""Flags that open again, or stay resolved, if their item was away or was put right (S5)."""

from datetime import UTC, datetime

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import flags
from tests.support.readings import START, apply_reading, item, night_of, reading
from tests.support.recheck import COVERED, EXCLUDED, away, night, state


@pytest.mark.parametrize(
    ("status", "licence", "kind"),
    [("Pending", COVERED, "pending"), ("Active", EXCLUDED, "licence"), ("Active", None, "licence")],
)
async def test_s5_the_flag_of_an_item_that_returns_is_open_again(
    connection: Connection, status: str, licence: str | None, kind: str
) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, status, licence)
    (flag,) = await flags.listed(connection)
    await flags.acknowledge(connection, flag.flag_id, note="asked the publisher", now=START)
    await away(connection, 8, 4)
    assert await state(connection) == [(kind, 2026, "removed")]
    assert await night(connection, 8, 5, status, licence) == 1
    assert await state(connection) == [(kind, 2026, None)]
    (flag,) = await flags.listed(connection)
    assert (flag.acknowledged_at, flag.acknowledged_note) == (START, "asked the publisher")
    assert (flag.resolved_at, flag.flagged_at.day) == (None, 3)


async def test_s5_the_flag_opens_again_long_after_the_window_and_a_rollover(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await away(connection, 8, 4)
    assert await night(connection, 6, 9, "Pending", year=2027, request_id=20, previous=10) == 1
    assert await state(connection) == [("pending", 2026, None)]
    assert await connection.fetchval("SELECT request_id FROM dcs.recheck_flag") == 20


async def test_s5_the_flag_opens_again_in_another_course(connection: Connection) -> None:
    """Removed for the time in which only its old course was read."""
    await apply_reading(connection, reading({"A": [item(10)], "B": []}, night=night_of(2026, 8, 2)))
    pending = [item(10, content_status="Pending")]
    await apply_reading(connection, reading({"A": pending, "B": []}, night=night_of(2026, 8, 3)))
    alone = reading({"A": []}, night=night_of(2026, 8, 4), is_full=False, list_complete=False)
    await apply_reading(connection, alone)
    assert await state(connection) == [("pending", 2026, "removed")]
    await apply_reading(connection, reading({"A": [], "B": pending}, night=night_of(2026, 8, 5)))
    assert await state(connection) == [("pending", 2026, None)]
    assert await connection.fetchval("SELECT course_code FROM dcs.recheck_flag") == "B"


@pytest.mark.parametrize(
    ("status", "licence"),
    [("Active", COVERED), ("Archived", COVERED), ("New Request", COVERED), ("Active", EXCLUDED)],
)
async def test_s5_what_returns_in_another_state_stays_resolved(
    connection: Connection, status: str, licence: str
) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await away(connection, 8, 4)
    await night(connection, 8, 20, status, licence)
    assert await state(connection) == [("pending", 2026, "removed")]


async def test_s5_what_was_put_right_while_it_was_away_stays_resolved(connection: Connection) -> None:
    """Pending again by a librarian's edit is another Pending than the one that was flagged."""
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await away(connection, 8, 4)
    await night(connection, 8, 20, "Archived")
    await night(connection, 9, 20, "Pending")
    assert await state(connection) == [("pending", 2026, "removed")]


async def test_s5_a_covering_licence_ends_what_was_flagged_while_the_item_was_away(
    connection: Connection,
) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Active", EXCLUDED)
    await away(connection, 8, 4)
    await night(connection, 8, 20, "Active", "Covered by another licence")
    assert await state(connection) == [("licence", 2026, "removed")]


async def read_at(connection: Connection, status: str, *, fetched: int, applied: int) -> None:
    """The item with this status, in an answer of one hour of 4 August that is applied at another."""
    what = reading({"A": [item(10, content_status=status, licence=COVERED)]})
    what.courses[0].fetched_at = datetime(2026, 8, 4, fetched, tzinfo=UTC)
    what.started_at = datetime(2026, 8, 4, applied, tzinfo=UTC)
    await apply_reading(connection, what)


async def test_s5_what_was_put_right_by_an_answer_from_before_the_removal_was_applied_stays_resolved(
    connection: Connection,
) -> None:
    """S5: the item was away and back within the hours of a slow reading; then it is Pending anew."""
    await night(connection, 8, 1)
    await night(connection, 8, 3, "Pending")
    gone = reading({"A": []})
    gone.started_at = datetime(2026, 8, 4, 6, tzinfo=UTC)
    await apply_reading(connection, gone)
    await read_at(connection, "Archived", fetched=5, applied=7)
    assert await night(connection, 9, 20, "Pending") == 0
    assert await state(connection) == [("pending", 2026, "removed")]


async def test_s5_what_was_put_right_after_a_clock_that_was_ahead_stays_resolved(
    connection: Connection,
) -> None:
    await night(connection, 8, 1)
    await night(connection, 8, 3, "Pending")
    await away(connection, 10, 4)
    await night(connection, 8, 20, "Archived")
    assert await night(connection, 9, 20, "Pending") == 0
    assert await state(connection) == [("pending", 2026, "removed")]


async def test_s5_a_change_that_is_no_way_out_of_the_flag_does_not_keep_it_resolved(
    connection: Connection,
) -> None:
    """S5: while the item is there, New Request leaves the flag open; so it does if it was away."""
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Pending")
    await away(connection, 8, 4)
    await night(connection, 8, 20, "New Request")
    assert await state(connection) == [("pending", 2026, "removed")]
    assert await night(connection, 9, 20, "Pending") == 1
    assert await state(connection) == [("pending", 2026, None)]


async def test_s5_any_licence_that_covers_reinstates(connection: Connection) -> None:
    await night(connection, 8, 2)
    assert await night(connection, 8, 3, "Active", EXCLUDED) == 1
    await night(connection, 8, 20, "Active", "Covered by another licence")
    assert await state(connection) == [("licence", 2026, "reinstated")]
    assert await night(connection, 8, 21, "Active", EXCLUDED) == 0
    assert await state(connection) == [("licence", 2026, "reinstated")]


async def test_s5_a_licence_that_is_lost_twice_shows_the_later_one(connection: Connection) -> None:
    await night(connection, 8, 2)
    await night(connection, 8, 3, "Active", EXCLUDED)
    await night(connection, 8, 4, "Active", "Covered by another licence")
    assert await night(connection, 8, 5, "Active", EXCLUDED) == 1
    (flag,) = await flags.listed(connection)
    assert (flag.licence_before, flag.licence) == ("Covered by another licence", EXCLUDED)
