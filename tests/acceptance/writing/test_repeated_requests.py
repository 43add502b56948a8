"""A request that is there already is not submitted a second time, however it is written (A6)."""

import asyncio

import pytest

from dcs_mirror.runtime import Runtime, open_runtime
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sandbox.edits import ItemChanges, add_course, add_item, edit_item, remove_item
from dcs_mirror.sandbox.model import Course, Institution
from dcs_mirror.sandbox.years import roll_over
from dcs_mirror.writes import service
from dcs_mirror.writes.commands import SubmitRequest
from dcs_mirror.writes.held_requests import AlreadyRequested
from tests.support.command import CommandLine
from tests.support.running import settings_for
from tests.support.scripted import scripted
from tests.support.writing import BOOK, request, told, written

ARTICLE = {
    "is_book": False,
    "isn": "1234-5679",
    "title": "Journal of Letters",
    "extract_title": "On Emma",
    "page_range": "1-20",
    "volume": "4",
    "issue": "2",
}


async def submitted(runtime: Runtime, write: SubmitRequest, *, again: bool = False) -> int:
    request_id = (await service.execute(runtime, write, again=again)).request_id
    assert request_id is not None
    return request_id


async def refused(runtime: Runtime, write: SubmitRequest) -> list[int]:
    """Submit a request that is refused, and return the ids that are named."""
    with pytest.raises(AlreadyRequested) as raised:
        await service.execute(runtime, write)
    return [held.request_id for held in raised.value.held]


async def test_a6_a_request_given_twice_is_refused_and_names_what_is_there(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    submit = ("submit-request", hei, *BOOK, "--course", course.code, "--json")
    first = (await dcs_mirror(*submit)).json
    again = await dcs_mirror(*submit)
    assert (again.code, written(sandbox)) == (1, 1)
    assert (
        f"request {first['request_id']} of course {course.code!r} asks for the same: New Request, "
        "submitted 2026-03-02 10:2"
    ) in told(again)
    assert "(call 1); nothing was sent. If a second one is meant: --again" in told(again)
    (there,) = again.json["already_there"]
    assert again.json["refused"] == told(again).removeprefix("dcs-mirror: ")
    assert there["submitted_at"].startswith("2026-03-02T10:2")
    assert {key: there[key] for key in ("request_id", "call_id", "content_status", "course_code")} == {
        "request_id": first["request_id"],
        "call_id": 1,
        "content_status": "New Request",
        "course_code": course.code,
    }
    calls = (await dcs_mirror("calls", "--json")).json
    assert len(calls) == 1, "what was not sent is not in the journal"
    assert (await dcs_mirror(*submit, "--again")).code == 0
    assert written(sandbox) == 2


async def test_a6_however_it_is_written_it_is_the_same_request(
    sandbox: RunningSandbox, database: str, institution: Institution, course: Course, hei: str
) -> None:
    elsewhere = add_course(sandbox.world, institution, sandbox.world.dice, code="HIS 2", items=0)
    async with open_runtime(settings_for(sandbox), database) as runtime:
        book = await submitted(runtime, request(hei, course.code))
        article = await submitted(runtime, request(hei, course.code, **ARTICLE))
        for fields in (
            {"page_range": "1\N{EN DASH}20"},
            {"page_range": "pp. 1-20"},
            {"isn": "9780141439587", "title": None},
            {"isn": "ISBN 978 0 14 143958 7 (pbk.)", "title": "Emma: a novel"},
            {"isn": None, "title": " EMMA. "},
        ):
            assert await refused(runtime, request(hei, course.code, **fields)) == [book], fields
        for fields in ({"isn": "ISSN 12345679", "title": None}, {"page_range": "1-20", "issue": None}):
            assert await refused(runtime, request(hei, course.code, **ARTICLE | fields)) == [article], fields
        for code in (course.code.lower(), course.code.replace(" ", ""), f" {course.code} "):
            assert await refused(runtime, request(hei, code)) == [book], code
        sent = written(sandbox)
        for write in (
            request(hei, course.code, page_range="21-40"),
            request(hei, course.code, isn="9780141439600"),
            request(hei, course.code, **ARTICLE | {"issue": "3"}),
            request(hei, elsewhere.code),
            request(hei, None),
        ):
            await submitted(runtime, write)
        assert written(sandbox) == sent + 5


async def test_a6_what_the_dcs_lists_counts_whoever_asked_for_it_and_whatever_its_id_is_now(
    sandbox: RunningSandbox, database: str, institution: Institution, course: Course, hei: str
) -> None:
    changes = ItemChanges(
        title="Emma", identifier="9780141439587", page_range="1-20", content_status="Active"
    )
    theirs = add_item(sandbox.world, institution, sandbox.world.dice, course, changes)
    async with open_runtime(settings_for(sandbox), database) as runtime:
        assert await refused(runtime, request(hei, course.code)) == [theirs.request_id]
        last_year = theirs.request_id
        loose = sandbox.world.items[await submitted(runtime, request(hei, None))]
        roll_over(sandbox.world, institution)
        assert theirs.request_id != last_year
        assert await refused(runtime, request(hei, course.code)) == [theirs.request_id]
        assert await refused(runtime, request(hei, None)) == [loose.request_id]


async def test_a6_what_was_rejected_deleted_or_removed_may_be_submitted_again(
    sandbox: RunningSandbox, database: str, course: Course, hei: str
) -> None:
    async with open_runtime(settings_for(sandbox), database) as runtime:
        for status in ("Rejected", "Deleted", None):
            made = sandbox.world.items[await submitted(runtime, request(hei, course.code))]
            assert await refused(runtime, request(hei, course.code)) == [made.request_id]
            if status is None:
                remove_item(sandbox.world, made)
            else:
                edit_item(sandbox.world, made, ItemChanges(content_status=status))
        archived = sandbox.world.items[await submitted(runtime, request(hei, course.code))]
        edit_item(sandbox.world, archived, ItemChanges(content_status="Archived"))
        assert await refused(runtime, request(hei, course.code)) == [archived.request_id]


async def test_a6_a_request_that_the_dcs_accepted_and_does_not_show_yet_is_there(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, course: Course, hei: str
) -> None:
    hidden = {"kind": "error", "code": 2, "method": "GetCourseContent", "query": {"request-id": True}}
    await scripted(sandbox, hidden)
    submit = ("submit-request", hei, *BOOK)
    assert (await dcs_mirror(*submit)).code == 1
    refusal = await dcs_mirror(*submit)
    assert (refusal.code, written(sandbox)) == (1, 1)
    assert "of no course asks for the same: the DCS accepted it and has not shown it yet" in told(refusal)
    assert (await dcs_mirror("calls", "settle", "1", "--gone")).code == 0
    assert (await dcs_mirror(*submit, "--json")).json["request_id"] is not None


async def test_a6_of_two_at_once_one_is_sent(
    sandbox: RunningSandbox, database: str, course: Course, hei: str
) -> None:
    async with open_runtime(settings_for(sandbox), database) as runtime:
        results = await asyncio.gather(
            *(service.execute(runtime, request(hei, course.code)) for _ in range(2)), return_exceptions=True
        )
    assert sorted(isinstance(result, Exception) for result in results) == [False, True], results
    assert written(sandbox) == 1
