"""A submitted request is tracked by its id until it ends (A7)."""

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item, remove_item
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.writing import BOOK, item_row, told


async def test_a7_r4_a_request_for_no_course_is_followed_to_a_course_through_a_rollover_and_to_its_end(
    dcs_mirror: CommandLine,
    sandbox: RunningSandbox,
    institution: Institution,
    course: Course,
    hei: str,
    connection: Connection,
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    request_id = (await dcs_mirror("submit-request", hei, *BOOK, "--json")).json["request_id"]
    row = await item_row(connection, request_id)
    key = row["item_key"]
    assert (row["course_key"], row["course_code"], row["removed_at"]) == (None, None, None)

    item = sandbox.world.items[request_id]
    edit_item(sandbox.world, item, ItemChanges(content_status="Pending"))
    assert (await dcs_mirror("sync")).code == 0
    assert (await item_row(connection, request_id))["content_status"] == "Pending"
    changes = await connection.fetchval("SELECT max(change_id) FROM dcs.change")
    assert (await dcs_mirror("sync")).code == 0  # a quiet night
    assert await connection.fetchval("SELECT max(change_id) FROM dcs.change") == changes

    roll_over(sandbox.world, institution)
    assert (await dcs_mirror("sync")).code == 0
    row = await item_row(connection, request_id)
    assert (row["item_key"], row["request_id"], row["course_key"]) == (key, item.request_id, None)
    assert item.request_id != request_id

    edit_item(sandbox.world, item, ItemChanges(course_id=course.id, content_status="Active"))
    assert (await dcs_mirror("sync")).code == 0
    row = await item_row(connection, request_id)
    assert (row["item_key"], row["course_code"], row["content_status"]) == (key, course.code, "Active")

    edit_item(sandbox.world, item, ItemChanges(course_id=None, content_status="Rejected"))
    assert (await dcs_mirror("sync")).code == 0
    row = await item_row(connection, request_id)
    assert (row["item_key"], row["content_status"], row["course_key"]) == (key, "Rejected", None)


async def test_a7_a_request_that_could_not_be_read_back_is_read_by_the_next_sync(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    await scripted(
        sandbox, {"kind": "error", "code": 6, "method": "GetCourseContent", "query": {"request-id": True}}
    )
    finished = await dcs_mirror("submit-request", hei, *BOOK, "--json")
    request_id = finished.json["request_id"]
    assert finished.code == 1
    assert "does not show it yet" in told(finished)
    assert await item_row(connection, request_id) is None
    await scripted(sandbox)
    assert (await dcs_mirror("sync")).code == 0
    assert (await item_row(connection, request_id))["title"] == "Emma"
    questions = sandbox.stats.methods["GetCourseContent"]
    assert (await dcs_mirror("sync")).code == 0
    assert sandbox.stats.methods["GetCourseContent"] - questions == (
        len({c.code for c in sandbox.world.institutions[int(hei)].courses.values()}) + 1
    )


async def test_a7_c1_a_request_that_a_refreshed_course_has_lost_is_asked_for_before_it_counts_as_removed(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    submit = ("submit-request", hei, *BOOK, "--course", course.code, "--json", "--again")
    moved, removed = [(await dcs_mirror(*submit)).json["request_id"] for _ in range(2)]
    edit_item(sandbox.world, sandbox.world.items[moved], ItemChanges(course_id=None))
    remove_item(sandbox.world, sandbox.world.items[removed])
    assert (await dcs_mirror("refresh", hei, "--course", course.code)).code == 0
    row = await item_row(connection, moved)
    assert (row["course_key"], row["removed_at"]) == (None, None)
    assert (await item_row(connection, removed))["removed_at"] is not None


async def test_a7_a_request_that_the_dcs_never_shows_is_told_by_the_doctor_and_ended_by_the_operator(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, hei: str
) -> None:
    hidden = {"kind": "error", "code": 2, "method": "GetCourseContent", "query": {"request-id": True}}
    assert (await dcs_mirror("sync")).code == 0
    await scripted(sandbox, hidden)
    request_id = (await dcs_mirror("submit-request", hei, *BOOK, "--json")).json["request_id"]
    quiet = sandbox.stats.methods["GetCourseContent"]
    assert (await dcs_mirror("sync")).code == 0
    asked = sandbox.stats.methods["GetCourseContent"] - quiet

    async def told_by_the_doctor(day: str) -> str:
        findings = (await dcs_mirror.but(DCS_NOW=f"2026-03-{day}T09:00+00:00")("doctor", "--json")).json
        (finding,) = [f for f in findings["findings"] if f["check"] == "submitted requests"]
        return f"{finding['level']}: {finding['found']}; {finding['todo']}"

    assert (await told_by_the_doctor("05")).startswith("ok: ")
    told_later = await told_by_the_doctor("12")
    assert f"request {request_id}" in told_later
    assert "`dcs-mirror calls settle 1 --gone`" in told_later

    await scripted(sandbox)
    known = await dcs_mirror("calls", "settle", "1", "--gone")
    assert (known.code, f"the DCS knows request {request_id}" in told(known)) == (1, True)
    await scripted(sandbox, {"kind": "error", "code": 7, "method": "GetCourseContent"})
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 1
    await scripted(sandbox, hidden)
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 0
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert (call["state"], call["settlement"], call["request_id"]) == ("settled", "not taken", request_id)

    before = sandbox.stats.methods["GetCourseContent"]
    assert (await dcs_mirror("sync")).code == 0
    assert sandbox.stats.methods["GetCourseContent"] - before == asked - 1
    assert (await told_by_the_doctor("12")).startswith("ok: ")
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 1
    await scripted(sandbox)
    assert (await dcs_mirror("refresh", hei, "--request", str(request_id))).code == 0  # nothing is lost
