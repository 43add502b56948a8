"""Whether a student can open an item, and if not, why: ``is_openable`` and ``why_not`` of the view."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream.ids import resolve
from dcs_mirror.reading import LookedUp
from tests.support.readings import NEXT, apply_reading, item, reading
from tests.support.walk import assert_feed_replays

LINK = {"content_url": "https://contentstore.cla.co.uk/secure/link?id=1"}


async def why_not(connection: Connection, request_id: int) -> str | None:
    row = await connection.fetchrow(
        "SELECT is_openable, why_not FROM dcs.content_item WHERE request_id = $1", request_id
    )
    assert row is not None
    assert row["is_openable"] == (row["why_not"] is None)
    reason: str | None = row["why_not"]
    return reason


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({}, "Active", None),
        ({"content_url": None}, "Active", "no-link"),
        ({"content_url": " "}, "Active", "no-link"),
        ({"content_status": "Archived"}, "Active", "archived"),
        ({"content_status": "Deleted"}, "Active", "deleted"),
        ({"content_status": "Pending"}, "Active", "pending"),
        ({"content_status": "Rejected"}, "Active", "rejected"),
        ({"content_status": "New Request", "content_url": None}, "Active", "new-request"),
        ({"content_status": "On Hold"}, "Active", "on-hold"),
        ({"content_status": None}, "Active", "unknown"),
        ({"content_status": " "}, "Active", "unknown"),
        ({"content_status": "active"}, "Active", None),
        ({"content_status": ""}, "Active", "unknown"),
        ({}, None, "course-unknown"),
        ({}, "", "course-unknown"),
        ({}, "On Hold", "course-on-hold"),
        ({}, "ACTIVE", None),
        ({}, "Archived", "course-archived"),
        ({"content_status": "Pending"}, "Archived", "course-archived"),
        ({}, "Deleted", "course-deleted"),
    ],
)
async def test_s6_the_view_says_why_a_link_does_not_open(
    connection: Connection, fields: dict[str, str | None], status: str | None, reason: str | None
) -> None:
    what = reading({"A": [item(10, None, **(LINK | fields))]})
    what.courses[0].course.status = status
    await apply_reading(connection, what)
    assert await why_not(connection, 10) == reason
    await assert_feed_replays(connection)


async def test_c6_a_removed_item_says_so_and_since_when(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10, None, **LINK)], "B": [item(11, None, **LINK)]}))
    await apply_reading(connection, reading({"A": []}, night=1))
    assert (await why_not(connection, 10), await why_not(connection, 11)) == ("removed", "removed")
    found, other = await resolve(connection, [10, 7])
    assert (found.current_request_id, found.why_not) == (10, "removed")
    assert found.removed_at is not None
    assert (other.current_request_id, other.removed_at, other.why_not) == (None, None, None)


async def test_r4_an_item_that_waits_in_a_removed_course_cannot_be_opened(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10, None, **LINK)], "B": []}))
    unanswered = LookedUp(10, None, answered=False)
    what = reading({"B": []}, year=NEXT, night=1)
    await apply_reading(connection, what, answers={10: unanswered})
    assert await why_not(connection, 10) == "course-removed"


async def test_a7_an_item_that_no_course_holds_is_judged_by_itself(connection: Connection) -> None:
    for number, (status, reason) in enumerate((("Active", None), ("Pending", "pending"))):
        loose = LookedUp(10, item(10, None, **(LINK | {"content_status": status})))
        await apply_reading(connection, reading({"A": []}, night=number, looked_up=[loose]))
        assert await why_not(connection, 10) == reason


async def test_archiving_a_course_is_counted_and_closes_its_links(connection: Connection) -> None:
    contents = {"A": [item(10, None, **LINK), item(11, None, **LINK)], "B": [item(12, None, **LINK)]}
    assert (await apply_reading(connection, reading(contents))).courses_changed == 0
    archived = {"A": "Archived"}
    outcome = await apply_reading(connection, reading(contents, statuses=archived, night=1))
    assert (outcome.courses_changed, outcome.changed) == (1, 0)
    query = "SELECT request_id FROM dcs.content_item WHERE why_not = 'course-archived' ORDER BY 1"
    assert [row["request_id"] for row in await connection.fetch(query)] == [10, 11]
    (found,) = await resolve(connection, [10])
    assert (found.why_not, found.removed_at) == ("course-archived", None)
    outcome = await apply_reading(connection, reading({"B": contents["B"]}, night=2))
    assert (outcome.courses_changed, outcome.removed) == (1, 2)
    assert await connection.fetchval("SELECT max(courses_changed) FROM dcs.sync_outcome") == 1
