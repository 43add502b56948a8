"""What became of a submitted request is kept with its call, and is right after whatever changes it (A7)."""

from datetime import UTC, datetime

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import (
    CourseChanges,
    ItemChanges,
    add_item,
    edit_course,
    edit_item,
    remove_course,
    remove_item,
)
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over
from dcs_mirror.writes import journal
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.writing import BOOK, request, unfollowed

FATES = (
    "SELECT r.title, r.state, r.ended_at, r.item_key, r.current_request_id FROM dcs.submitted_request AS r"
)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_a7_whatever_changes_a_request_its_item_or_its_course_changes_what_is_kept_of_it(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    institution: Institution,
    course: Course,
    hei: str,
    connection: Connection,
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    items = {}
    for title in ("opened", "rejected", "withdrawn", "left"):
        book = [*BOOK[:5], "--title", title, *BOOK[7:]]
        sent = await dcs_mirror("submit-request", hei, *book, "--course", course.code, "--json")
        items[title] = sandbox.world.items[sent.json["request_id"]]

    async def fates() -> dict[str, str]:
        assert await unfollowed(connection) == []
        rows = await connection.fetch(FATES)
        for row in rows:
            assert (row["ended_at"] is None) == (row["state"] == "waiting"), row
            assert row["current_request_id"] == items[row["title"]].request_id
        return {row["title"]: row["state"] for row in rows}

    async def after_a_night() -> dict[str, str]:
        assert (await dcs_mirror("sync")).code == 0
        return await fates()

    waiting = dict.fromkeys(items, "waiting")
    assert await fates() == waiting
    edit_item(sandbox.world, items["opened"], ItemChanges(content_status="Active"))
    edit_item(sandbox.world, items["rejected"], ItemChanges(content_status="Rejected"))
    decided = waiting | {"opened": "open", "rejected": "rejected"}
    assert await after_a_night() == decided
    roll_over(sandbox.world, institution)
    assert await after_a_night() == decided
    edit_course(sandbox.world, course, CourseChanges(status="Archived"))
    assert await after_a_night() == decided | {"opened": "closed"}
    edit_course(sandbox.world, course, CourseChanges(status="Active"))
    # The recheck of August takes it back: it was decided before, so it does not wait again.
    edit_item(sandbox.world, items["opened"], ItemChanges(content_status="Pending"))
    assert await after_a_night() == decided | {"opened": "closed"}
    remove_item(sandbox.world, items["withdrawn"])
    edit_item(sandbox.world, items["opened"], ItemChanges(content_status="Active"))
    assert (await dcs_mirror("refresh", hei, "--course", course.code)).code == 0
    decided["withdrawn"] = "closed"
    assert await fates() == decided
    remove_course(sandbox.world, course)
    gone = await after_a_night()
    assert (gone["opened"], gone["withdrawn"]) == ("closed", "closed")


async def test_a7_an_item_that_was_read_before_its_id_was_known_is_found_as_soon_as_it_is(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    institution: Institution,
    course: Course,
    hei: str,
    connection: Connection,
) -> None:
    """A sync came between the DCS's answer and its record, or a person found the id of a lost answer."""
    assert (await dcs_mirror("sync")).code == 0
    lost, answered = [
        await journal.begin(connection, request(hei, course.code, title=title, isn=None), now=NOW)
        for title in ("A", "B")
    ]
    found, given = (
        add_item(sandbox.world, institution, sandbox.world.dice, course).request_id for _ in range(2)
    )
    assert (await dcs_mirror("sync")).code == 0
    await journal.end(connection, answered, journal.CallEnd("answered", request_id=given), now=NOW)
    await journal.end(connection, lost, journal.CallEnd("unknown"), now=NOW)
    await journal.settle(connection, lost, "taken", now=NOW, request_id=found)
    rows = await connection.fetch(FATES)
    assert {row["current_request_id"] for row in rows} == {found, given}
    assert await unfollowed(connection) == []


async def test_a7_requests_that_lack_their_items_get_them_from_reconcile_and_from_a_sync(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, connection: Connection
) -> None:
    """As after a worker of an earlier release, or after a call that ended beside a reading."""
    assert (await dcs_mirror("sync")).code == 0
    request_id = (await dcs_mirror("submit-request", hei, *BOOK, "--json")).json["request_id"]
    before = await connection.fetch(FATES)
    assert before[0]["current_request_id"] == request_id
    for command in ("reconcile", "sync"):
        await connection.execute("UPDATE dcs_mirror.call SET item_key = NULL, request_state = NULL")
        assert await unfollowed(connection)
        assert (await dcs_mirror(command)).code == 0
        assert await connection.fetch(FATES) == before, command
        assert await unfollowed(connection) == []


async def test_a7_a_request_that_the_dcs_does_not_show_waits_without_an_item(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, connection: Connection
) -> None:
    lookup = {"kind": "error", "code": 6, "method": "GetCourseContent", "query": {"request-id": True}}
    await scripted(sandbox, lookup)
    assert (await dcs_mirror("submit-request", hei, *BOOK)).code == 1
    (row,) = await connection.fetch(FATES)
    assert (row["state"], row["item_key"], row["ended_at"]) == ("waiting", None, None)
    await scripted(sandbox)
    assert (await dcs_mirror("sync")).code == 0
    (row,) = await connection.fetch(FATES)
    assert row["state"] == "waiting"
    assert row["item_key"] is not None
