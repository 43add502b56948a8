"""A call without an answer is in the journal, is never sent twice, and what it wrote is found (A6)."""

import re
import signal

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, add_item
from dcs_mirror.sandbox.model import Course, Institution
from tests.support.command import CommandLine
from tests.support.scripted import scripted
from tests.support.writing import BOOK, arrived, told, unsettled, written


def another(sandbox: RunningSandbox, course: Course, *, title: str, page_range: str) -> int:
    """Create a request in a course, as another user would, and return its id."""
    changes = ItemChanges(title=title, page_range=page_range)
    (institution,) = sandbox.world.institutions.values()
    return add_item(sandbox.world, institution, sandbox.world.dice, course, changes).request_id


async def test_a6_a_request_that_was_taken_without_an_answer_is_never_sent_twice_and_is_found(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, connection: Connection
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    before = len(course.items)
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest"})
    submit = ("submit-request", hei, *BOOK, "--course", course.code)
    finished = await dcs_mirror(*submit)
    assert finished.code == 1
    assert "dcs-mirror calls settle 1" in told(finished)
    await scripted(sandbox)

    again = await dcs_mirror(*submit)
    assert again.code == 1
    assert "call 1 sent the same" in told(again)
    assert (written(sandbox), len(course.items)) == (1, before + 1)

    refused = await dcs_mirror("calls", "settle", "1", "--send-again")
    assert refused.code == 1
    assert "is not sent again" in told(refused)
    (call,) = await unsettled(dcs_mirror)
    assert (call["call_id"], call["state"]) == (1, "unknown")

    found = await dcs_mirror("calls", "settle", "1", "--json")
    assert found.code == 0
    assert found.json["request_ids"] == [course.items[-1].request_id]
    (call,) = (await dcs_mirror("calls", "--json")).json
    assert (call["state"], call["settlement"]) == ("settled", "taken")
    assert call["request_id"] == course.items[-1].request_id
    shown = (await dcs_mirror("calls", "show", "1")).out
    assert re.search(r"^sent_at: 2026-03-02 10:2\d:\d\d UTC$", shown, re.MULTILINE)
    assert f"\n  CourseCode: {course.code}\n" in shown
    assert (await dcs_mirror("calls", "show", "1", "--json")).json == call
    unknown = await dcs_mirror("calls", "show", "2")
    assert (unknown.code, told(unknown)) == (
        1,
        "dcs-mirror: there is no call 2; `dcs-mirror calls` lists them",
    )
    assert written(sandbox) == 1
    assert (await dcs_mirror(*submit, "--again")).code == 0  # a second one on purpose


async def test_a6_a_request_that_was_lost_is_sent_again_on_demand(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest"})
    submit = ("submit-request", hei, *BOOK, "--course", course.code)
    assert (await dcs_mirror(*submit)).code == 1
    await scripted(sandbox)
    item = course.items[-1]
    sandbox.world.lift(item)  # as if it had never arrived
    sandbox.world.forget(item)
    found = await dcs_mirror("calls", "settle", "1")
    assert found.code == 1
    assert "not settled" in found.out
    again = await dcs_mirror("calls", "settle", "1", "--send-again", "--json")
    assert again.code == 0
    assert again.json["request_id"] == course.items[-1].request_id
    first, second = (await dcs_mirror("calls", "--json")).json
    assert (first["settlement"], first["sent_again_as"]) == ("sent again", second["call_id"])
    assert (second["state"], second["parameters"]) == ("answered", first["parameters"])


async def test_a6_another_request_of_the_same_work_is_not_taken_for_the_lost_one(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    submit = ("submit-request", hei, *BOOK, "--course", course.code)
    assert (await dcs_mirror(*submit)).code == 0
    await scripted(sandbox, {"kind": "status", "status": 503, "method": "SubmitRequest"})
    assert (await dcs_mirror(*submit, "--again")).code == 1
    await scripted(sandbox)
    lost = course.items[-1]
    sandbox.world.lift(lost)
    found = await dcs_mirror("calls", "settle", "2", "--json")
    assert (found.code, found.json["taken"], found.json["request_ids"]) == (1, False, [])
    sandbox.world.place(lost, course)
    found = await dcs_mirror("calls", "settle", "2", "--json")
    assert (found.code, found.json["request_ids"]) == (0, [lost.request_id])


async def test_a6_a_request_that_somebody_made_before_is_not_taken_for_the_lost_one(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:  # the mirror had not read it yet
    assert (await dcs_mirror("sync")).code == 0
    another(sandbox, course, title="Emma", page_range="1-20")
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest", "taken": False})
    submit = ("submit-request", hei, *BOOK, "--course", course.code, "--again")
    assert (await dcs_mirror(*submit)).code == 1
    await scripted(sandbox, {"kind": "error", "code": 4, "method": "GetCourseContent"})
    unread = await dcs_mirror(*submit, "--page-range", "30-40")
    assert (unread.code, "could not be read" in told(unread), written(sandbox)) == (1, True, 1), unread
    await scripted(sandbox)
    found = await dcs_mirror("calls", "settle", "1", "--json")
    assert (found.code, found.json["taken"], found.json["request_ids"]) == (1, False, [])


async def test_a6_of_several_that_may_be_it_a_person_chooses(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest"})
    submit = ("submit-request", hei, *BOOK, "--course", course.code)
    assert (await dcs_mirror(*submit)).code == 1
    await scripted(sandbox)
    another(sandbox, course, title=" EMMA", page_range="1 \N{EN DASH} 20")
    found = await dcs_mirror("calls", "settle", "1")
    assert found.code == 1
    first, second = (item.request_id for item in course.items[-2:])
    assert f"--found {first}\n" in found.out
    assert f"--found {second}\n" in found.out
    assert (await dcs_mirror("calls", "settle", "1", "--send-again")).code == 1
    assert (await dcs_mirror("calls", "settle", "1", "--found", str(second))).code == 0


async def test_a6_what_cannot_be_the_one_is_refused(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, course: Course, hei: str
) -> None:
    assert (await dcs_mirror("sync")).code == 0
    old = course.items[0].request_id
    submit = ("submit-request", hei, *BOOK, "--course", course.code, "--again")
    others = (await dcs_mirror(*submit, "--json")).json["request_id"]
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest"})
    assert (await dcs_mirror(*submit)).code == 1
    await scripted(sandbox)
    lost = course.items[-1].request_id
    elsewhere = next(c for c in institution.courses.values() if c is not course and not c.deletion)
    astray = another(sandbox, elsewhere, title="Emma", page_range="1-20")
    for request_id, why in (
        (1, "has no request 1"),
        (old, "was there before"),
        (others, "call 1 created request"),
        (astray, f"belongs to course {elsewhere.code!r}"),
    ):
        wrong = await dcs_mirror("calls", "settle", "2", "--found", str(request_id))
        assert (wrong.code, why in told(wrong)) == (1, True), (why, wrong)
    assert (await dcs_mirror("calls", "settle", "2", "--found", str(lost))).code == 0


async def test_a6_what_was_lost_is_not_sent_in_other_words(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    await scripted(sandbox, {"kind": "reset", "times": 1, "method": "SubmitRequest"})
    assert (await dcs_mirror("submit-request", hei, *BOOK, "--course", course.code)).code == 1
    again = ("submit-request", hei, *BOOK, "--course", course.code, "--title", "EMMA ", "--notes", "new")
    assert "call 1 sent the same" in told(await dcs_mirror(*again))
    assert (await dcs_mirror(*again, "--page-range", "21-40")).code == 0
    await scripted(sandbox, {"kind": "reset", "times": 1, "method": "SubmitCourse", "taken": False})
    submit = ("submit-course", hei, "ART 7", "--name", "Drawing", "--students")
    assert (await dcs_mirror(*submit, "3")).code == 1
    assert "call 3 sent the same" in told(await dcs_mirror(*submit, "4"))
    assert written(sandbox) == 3


async def test_a6_a_request_that_was_taken_is_not_sent_again_where_the_clocks_are_months_apart(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:  # nothing is sure by then, so a person chooses
    late = dcs_mirror.but(DCS_NOW="2026-11-22T09:00+00:00")
    await scripted(sandbox, {"kind": "reset", "method": "SubmitRequest"})
    assert (await late("submit-request", hei, *BOOK, "--course", course.code)).code == 1
    await scripted(sandbox)
    finding = await late("calls", "settle", "1", "--json")
    lost = course.items[-1].request_id
    assert (finding.code, finding.json["taken"], finding.json["request_ids"]) == (1, None, [lost])
    again = await late("calls", "settle", "1", "--send-again")
    assert (again.code, "of another day" in told(again), written(sandbox)) == (1, True, 1)
    assert (await late("calls", "settle", "1", "--found", str(lost))).code == 0


async def test_a6_a_request_for_no_course_is_settled_by_hand(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, institution: Institution, hei: str
) -> None:
    await scripted(sandbox, {"kind": "hang", "method": "SubmitRequest"})
    assert (await dcs_mirror.but(DCS_TIMEOUT="0.5")("submit-request", hei, *BOOK)).code == 1
    await scripted(sandbox)
    found = await dcs_mirror("calls", "settle", "1")
    assert found.code == 1
    assert "look in the DCS itself" in found.out
    assert (await dcs_mirror("calls", "settle", "1", "--taken")).code == 2
    request_id = institution.unattached[-1].request_id
    assert (await dcs_mirror("calls", "settle", "1", "--found", str(request_id))).code == 0
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 1
    assert await unsettled(dcs_mirror) == []


async def test_a6_a_program_that_is_killed_leaves_the_call_in_the_journal(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str, connection: Connection
) -> None:
    await scripted(sandbox, {"kind": "hang", "method": "SubmitRequest"})
    submit = ("submit-request", hei, *BOOK, "--course", course.code)
    process = await dcs_mirror.but(DCS_TIMEOUT="60").start(*submit)
    await arrived(sandbox)
    busy = await dcs_mirror("calls", "settle", "1")
    assert (busy.code, "is in progress" in told(busy)) == (1, True)
    process.kill()
    await process.communicate()
    await scripted(sandbox)
    (call,) = await unsettled(dcs_mirror)
    assert call["state"] == "sent"
    assert (await dcs_mirror(*submit)).code == 1
    assert (await dcs_mirror("calls", "settle", "1")).code == 0
    assert written(sandbox) == 1


async def test_a6_an_interrupted_call_is_unknown(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    await scripted(sandbox, {"kind": "hang", "method": "SubmitRequest"})
    process = await dcs_mirror.but(DCS_TIMEOUT="60").start("submit-request", hei, *BOOK)
    await arrived(sandbox)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 130
    (call,) = await unsettled(dcs_mirror)
    assert (call["state"], call["error"]) == ("unknown", "interrupted before it was answered")
