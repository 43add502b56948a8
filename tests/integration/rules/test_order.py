"""Which of two readings wins, and what a wrong clock, a purge or another reading changes in that (C5, C1)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import structlog

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.purge import purge
from dcs_mirror.reconcile.required import ReadingOvertaken
from dcs_mirror.records import ContentItem
from tests.support.readings import HEI, START, apply_reading, course_id, item, live, reading, start_run

OPTIONS = ApplyOptions(removal_guard=1.0)
AHEAD = "SELECT (extract(epoch FROM clock_timestamp() + interval '1 day') * 1000000000)::bigint"


def narrow(contents: Mapping[str, Sequence[ContentItem]], **given: Any) -> InstitutionReading:
    """A refresh of single courses."""
    return reading(contents, is_full=False, list_complete=False, **given)


def look_up(order: int, request_id: int, *, course: str | None = "A", **fields: str) -> InstitutionReading:
    """A refresh of one request; gone if there are no ``fields``."""
    answer = item(request_id, None, **fields) if fields else None
    found = LookedUp(request_id, answer, course_id(course) if course else None, reading_order=order)
    return reading({}, is_full=False, list_complete=False, order=order, looked_up=[found])


def unchanged(what: InstitutionReading, *, order: int) -> InstitutionReading:
    """The same answers as those of ``what``, asked for later and unchanged."""
    again = reading({c.course.course_code: Content.UNCHANGED for c in what.courses}, order=order, night=order)
    again.name_unchanged = again.list_unchanged = True
    again.list_digest = what.list_digest
    for read, before in zip(again.courses, what.courses, strict=True):
        read.digest = before.digest
    return again


async def statuses(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT course_code, status FROM dcs.course WHERE removed_at IS NULL")
    return {row["course_code"]: row["status"] for row in rows}


async def list_digest(connection: Connection) -> bytes | None:
    found: bytes | None = await connection.fetchval("SELECT courses_digest FROM dcs_mirror.institution")
    return found


async def digest(connection: Connection) -> bytes | None:
    found: bytes | None = await connection.fetchval(
        "SELECT digest FROM dcs_mirror.course WHERE course_code = 'A'"
    )
    return found


# Lists are compared with lists.


async def test_c5_a_fresher_content_does_not_keep_an_older_list(connection: Connection) -> None:
    """C5: the content of the older reading is the fresher one; the list is not."""
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    older = reading({"A": [item(10, notes="fresh")]}, order=200)
    older.courses[0].reading_order = 400
    fresher = reading({"A": [item(10)]}, order=300, statuses={"A": "Archived"})
    fresher.courses[0].reading_order = 350
    await apply_reading(connection, older)
    await apply_reading(connection, fresher)
    assert await statuses(connection) == {"A": "Archived"}
    assert await connection.fetchval("SELECT notes FROM dcs.content_item") == "fresh"


@pytest.mark.parametrize("is_fresher_first", [True, False])
async def test_c5_of_two_refreshes_of_a_course_the_fresher_list_wins(
    is_fresher_first: bool, connection: Connection
) -> None:
    await apply_reading(connection, reading({"A": [], "B": []}, order=100))
    older = narrow({"A": []}, order=200)
    fresher = narrow({"A": []}, order=300, statuses={"A": "Archived"})
    for what in (fresher, older) if is_fresher_first else (older, fresher):
        await apply_reading(connection, what)
    assert await statuses(connection) == {"A": "Archived", "B": "Active"}


async def test_c5_a_refresh_that_only_confirmed_a_course_counts_as_well(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": []}, order=100))
    await apply_reading(connection, narrow({"A": []}, order=300))
    await apply_reading(connection, reading({"A": []}, order=200, statuses={"A": "Archived"}))
    assert await statuses(connection) == {"A": "Active"}
    assert await list_digest(connection) is None  # a part of that list was not applied


async def test_c5_c1_a_removed_course_is_restored_only_by_a_fresher_list(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [], "B": []}, order=100))
    await apply_reading(connection, reading({"A": []}, order=300))
    await apply_reading(connection, narrow({"B": []}, order=200))
    assert set(await statuses(connection)) == {"A"}
    await apply_reading(connection, narrow({"B": []}, order=400))
    await apply_reading(connection, reading({"A": []}, order=350))
    assert set(await statuses(connection)) == {"A", "B"}
    assert await list_digest(connection) is None


async def test_c5_a_refresh_makes_the_lists_digest_void_if_only_extra_fields_changed(
    connection: Connection,
) -> None:
    """C5: else a list that is changed back looks unchanged, and the stored field stays."""
    await apply_reading(connection, reading({"A": []}, order=100))
    changed = narrow({"A": []}, order=200)
    changed.courses[0].course.extra = {"new": "field"}
    await apply_reading(connection, changed)
    assert await list_digest(connection) is None


async def test_c5_a_refresh_that_changes_nothing_keeps_the_lists_digest(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": []}, order=100))
    await apply_reading(connection, narrow({"A": []}, order=200))
    assert await list_digest(connection) is not None


async def test_c5_c1_a_fresher_content_does_not_keep_a_course_that_a_fresher_list_lacks(
    connection: Connection,
) -> None:
    """C5, C1: the course was listed again for a while, after that list; only a later list may say so."""
    await apply_reading(connection, reading({"A": [item(10)], "B": []}, order=100))
    older = reading({"A": [item(10, notes="later")], "B": []}, order=200)
    older.courses[0].reading_order = 350
    await apply_reading(connection, older)
    await apply_reading(connection, reading({"B": []}, order=300))
    assert set(await statuses(connection)) == {"B"}
    assert await list_digest(connection) is None  # its item is still there, until the list is read again
    await apply_reading(connection, reading({"B": []}, order=400))
    assert await live(connection) == {}


# Look-ups and contents of the same item.


async def test_c5_an_older_look_up_does_not_set_a_course_back(connection: Connection) -> None:
    """C5: the item itself did not change in the fresher answer, but that had it."""
    await apply_reading(connection, reading({"A": [item(10), item(11)]}, order=100))
    await apply_reading(connection, reading({"A": [item(10), item(11, notes="new")]}, order=300))
    await apply_reading(connection, look_up(200, 10, content_status="Pending"))
    assert (
        await connection.fetchval("SELECT content_status FROM dcs.content_item WHERE request_id = 10")
        == "Active"
    )


@pytest.mark.parametrize("fields", [{"notes": "old"}, {}], ids=["another state", "gone"])
async def test_c5_an_older_look_up_does_not_undo_a_fresher_one(
    fields: dict[str, str], connection: Connection
) -> None:
    """C5: the fresher one found the item as it was stored."""
    await apply_reading(connection, reading({"A": []}, order=100))
    await apply_reading(connection, look_up(150, 10, notes="as stored"))
    await apply_reading(connection, look_up(300, 10, notes="as stored"))
    await apply_reading(connection, look_up(200, 10, **fields))
    shown = await connection.fetch("SELECT notes FROM dcs.content_item WHERE removed_at IS NULL")
    assert [row["notes"] for row in shown] == ["as stored"]


async def test_c5_c6_an_older_look_up_does_not_bring_a_removed_item_back(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    await apply_reading(connection, look_up(150, 12, course=None, notes="in no course"))
    await apply_reading(connection, reading({"A": []}, order=300))
    await apply_reading(connection, look_up(350, 12))
    await apply_reading(connection, look_up(200, 10, notes="old"))
    await apply_reading(connection, look_up(340, 12, course=None, notes="old"))
    assert await live(connection) == {}


async def test_c5_c1_a_content_without_an_item_that_was_looked_up_later_leaves_no_digest(
    connection: Connection,
) -> None:
    """C5, C1: if upstream removes the item again, the answer is the same as this one, and counts then."""
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    looked_up = look_up(300, 10, notes="fresh")
    await apply_reading(connection, looked_up)
    await apply_reading(connection, reading({"A": []}, order=200))
    assert set(await live(connection)) == {10}
    assert await digest(connection) is None
    await apply_reading(connection, reading({"A": []}, order=400))
    assert await live(connection) == {}


async def test_c5_c1_a_list_without_the_course_of_an_item_that_was_looked_up_later_leaves_no_digest(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}, order=100))
    await apply_reading(connection, look_up(300, 10, notes="fresh"))
    await apply_reading(connection, reading({"B": []}, order=200))
    assert await list_digest(connection) is None
    await apply_reading(connection, reading({"B": []}, order=400))
    assert await live(connection) == {}


# Clocks that were wrong.


@pytest.mark.parametrize("what", ["full", "narrow"])
async def test_c5_an_order_from_a_clock_that_was_ahead_is_told_and_not_obeyed(
    what: str, connection: Connection
) -> None:
    """C5: what one night with a clock a day ahead wrote does not keep the next nights out."""
    ahead = await connection.fetchval(AHEAD)
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(20)]}, order=100))
    early = {"A": [item(10, notes="early")], "B": [item(20, notes="early")]}
    await apply_reading(connection, (reading if what == "full" else narrow)(early, order=ahead))
    with structlog.testing.capture_logs() as logs:
        late = reading(
            {"A": [item(10, notes="late"), item(11)], "C": []}, order=200, statuses={"A": "Archived"}
        )
        outcome = await apply_reading(connection, late)
    assert outcome.outcome == "complete"
    assert set(await live(connection)) == {10, 11}
    assert await statuses(connection) == {"A": "Archived", "C": "Active"}
    assert await connection.fetchval("SELECT notes FROM dcs.content_item WHERE request_id = 10") == "late"
    (warning,) = [entry for entry in logs if entry["log_level"] == "warning"]
    assert warning["hei_id"] == HEI
    assert 86_000 < warning["seconds_ahead"] <= 86_400


async def test_c5_a_look_up_with_a_clock_that_was_ahead_is_not_obeyed(connection: Connection) -> None:
    ahead = await connection.fetchval(AHEAD)
    await apply_reading(connection, reading({"A": [item(10)]}, order=100))
    await apply_reading(connection, look_up(ahead, 10, notes="early"))
    await apply_reading(connection, reading({"A": [item(10, notes="late")]}, order=200))
    assert await connection.fetchval("SELECT notes FROM dcs.content_item") == "late"
    await apply_reading(connection, look_up(ahead, 10, notes="early"))
    await apply_reading(connection, reading({"A": []}, order=300))
    assert await live(connection) == {}


async def test_c5_s1_a_clock_that_is_set_back_makes_no_interval_that_ends_before_it_begins(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}, night=9))
    await apply_reading(connection, reading({"A": [item(10, content_status="Pending")]}, night=2))
    is_right = "SELECT last_seen_at <= observed_at FROM dcs.status_change"
    assert await connection.fetchval(is_right)


# Digests that were compared before the lock.


async def test_c5_an_unchanged_night_is_recorded_if_it_was_compared_with_what_is_stored(
    connection: Connection,
) -> None:
    first = reading({"A": [item(10)], "B": [item(20)]}, order=1)
    await apply_reading(connection, first)
    outcome = await apply_reading(connection, unchanged(first, order=2))
    assert (outcome.outcome, outcome.courses, outcome.content_items) == ("complete", 2, 2)
    assert await connection.fetchval("SELECT max(reading_order) FROM dcs_mirror.sync_outcome") == 2


@pytest.mark.parametrize(
    "meanwhile", ["another content", "a look-up", "another list", "a purge", "a refresh"]
)
async def test_c5_an_unchanged_answer_is_void_if_what_it_was_compared_with_changed(
    meanwhile: str, connection: Connection
) -> None:
    """C5: read again at once; if it happens again, those courses were not read, and that is told."""
    first = reading({"A": [item(10)], "B": [item(20)]}, order=1)
    await apply_reading(connection, first)
    night = unchanged(first, order=9)
    now = START + timedelta(days=9)
    if meanwhile == "another content":
        await apply_reading(connection, reading({"A": [item(10, notes="other")], "B": [item(20)]}, order=5))
    elif meanwhile == "a look-up":
        await apply_reading(connection, look_up(5, 10, notes="other"))
    elif meanwhile == "another list":
        other = reading({"A": [item(10)], "B": [item(20)]}, order=5, statuses={"A": "Archived"})
        await apply_reading(connection, other)
    elif meanwhile == "a purge":
        await purge(connection, HEI, now=now)
    else:
        await apply_reading(connection, narrow({"A": [item(10)]}, order=5, statuses={"A": "Archived"}))
    run_id = await start_run(connection, now)
    with pytest.raises(ReadingOvertaken) as overtaken:
        await apply(connection, night, run_id=run_id, options=OPTIONS, now=now)
    again = unchanged(first, order=10)
    overtaken.value.mark(again, instead_of=night)
    outcome = await apply(connection, again, run_id=run_id, options=OPTIONS, now=now)
    assert outcome.outcome == "partial"
    assert "The next sync reads it again" in (outcome.error or "")
    assert (await digest(connection) is None) == (meanwhile in {"another content", "a look-up", "a purge"})
    upstream = {"A": [item(10)], "B": [item(20)]}
    assert (await apply_reading(connection, reading(upstream, order=20))).outcome == "complete"
    assert set(await live(connection)) == {10, 20}
    assert await connection.fetchval("SELECT count(*) FROM dcs.content_item WHERE notes IS NOT NULL") == 0
    assert await statuses(connection) == {"A": "Active", "B": "Active"}


async def test_c5_an_older_unchanged_answer_is_not_read_again(connection: Connection) -> None:
    """C5: a fresher reading was applied meanwhile, so nothing is missing."""
    first = reading({"A": [item(10)]}, order=1)
    await apply_reading(connection, first)
    await apply_reading(
        connection, reading({"A": [item(10, notes="fresh")]}, order=9, statuses={"A": "Archived"})
    )
    outcome = await apply_reading(connection, unchanged(first, order=5))
    assert outcome.outcome == "complete"
    assert await statuses(connection) == {"A": "Archived"}
    assert await connection.fetchval("SELECT notes FROM dcs.content_item") == "fresh"


async def test_c5_an_unchanged_night_waits_for_whoever_writes_the_institution(
    connection: Connection, database: str
) -> None:
    """C5: its quick way out does not look past a reading that is being applied."""
    first = reading({"A": [item(10)]}, order=1)
    await apply_reading(connection, first)
    statement = "SELECT true FROM dcs_mirror.lock WHERE name = 'institution' AND id = $1 FOR UPDATE NOWAIT"

    other = await asyncpg.connect(database)
    try:
        transaction = other.transaction()
        await transaction.start()
        assert await other.fetchval(statement, HEI)
        await other.execute("UPDATE dcs_mirror.course SET digest = '\\x00'")
        run_id = await start_run(connection, START)

        task = asyncio.create_task(
            apply(connection, unchanged(first, order=9), run_id=run_id, options=OPTIONS, now=START)
        )
        done, _ = await asyncio.wait({task}, timeout=0.3)
        assert not done
        await transaction.commit()
        with pytest.raises(ReadingOvertaken):
            await task
    finally:
        await other.close()
