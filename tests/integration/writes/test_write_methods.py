"""A write is sent once (A6): what is retried, what is refused, and what stays unknown."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from dcs_mirror.clock import Clock
from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    InstitutionNotFound,
    InvalidParameter,
    NotFound,
    NotSubscribed,
    OutcomeUnknown,
    PutOff,
    RefusedAlone,
    SafeToResend,
    UpstreamError,
)
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.upstream.wire import WriteAnswer
from dcs_mirror.upstream.write_methods import write
from tests.support.running import settings_for
from tests.support.scripted import scripted
from tests.support.writing import Unwatched

BOOK = {
    "AcademicName": "Jo",
    "EmailAddress": "jo@example.ac.uk",
    "IsBook": "True",
    "Title": "Emma & co",
    "PageRange": "1-10",
}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=1, courses=2, items=1))) as running:
        yield running


async def send(sandbox: RunningSandbox, method: str = "SubmitRequest", **given: str) -> WriteAnswer:
    (hei,) = sandbox.world.institutions
    settings = settings_for(sandbox, timeout=2)
    async with DcsClient(settings, Clock()) as client:
        return await write(client, method, {"hei": str(hei)} | (given or BOOK), Unwatched())


def unattached(sandbox: RunningSandbox) -> int:
    (institution,) = sandbox.world.institutions.values()
    return len(institution.unattached)


async def test_a6_a_request_a_course_and_an_amendment_are_taken(sandbox: RunningSandbox) -> None:
    request = await send(sandbox)
    assert request.request_id is not None
    assert sandbox.world.items[request.request_id].details.title == "Emma & co"  # W7
    course = await send(sandbox, "SubmitCourse", CourseCode="Ä/1 ?", CourseName="Drawing")
    assert course == WriteAnswer(None, "Ä/1 ?")
    await send(sandbox, "AmendCourse", CourseCode="Ä/1 ?", NumberOfStudents="12")
    (institution,) = sandbox.world.institutions.values()
    found = institution.course_of("Ä/1 ?")
    assert found is not None
    assert found.students == 12


@pytest.mark.parametrize(
    ("method", "given", "error"),
    [
        ("SubmitRequest", BOOK | {"hei": "1"}, InstitutionNotFound),
        ("SubmitRequest", BOOK | {"Title": ""}, CallRefused),
        ("SubmitRequest", BOOK | {"IsBook": "maybe"}, InvalidParameter),
        ("AmendCourse", {"CourseCode": "No such"}, NotFound),
    ],
)
async def test_a6_w3_a_refusal_is_told_by_its_code(
    sandbox: RunningSandbox, method: str, given: dict[str, str], error: type[UpstreamError]
) -> None:
    with pytest.raises(error):
        await send(sandbox, method, **given)
    assert sandbox.stats.methods[method] == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "error", "code": 3}, CredentialsRefused),
        ({"kind": "error", "code": 5}, NotSubscribed),
        ({"kind": "error", "code": 7}, CallRefused),
        ({"kind": "status", "status": 401}, CredentialsRefused),
        ({"kind": "status", "status": 400}, CallRefused),
        ({"kind": "status", "status": 404}, CallRefused),
        ({"kind": "redirect"}, CallRefused),
    ],
)
async def test_a6_w3_what_is_refused_is_neither_taken_nor_sent_again(
    sandbox: RunningSandbox, fault: dict[str, Any], error: type[UpstreamError]
) -> None:
    before = unattached(sandbox)
    await scripted(sandbox, fault)
    with pytest.raises(error):
        await send(sandbox)
    assert (sandbox.stats.methods["SubmitRequest"], unattached(sandbox)) == (1, before)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "at": "start"},
        {"kind": "reset", "at": "headers"},
        {"kind": "reset", "at": "body"},
        {"kind": "hang", "at": "start"},
        {"kind": "cut"},
        {"kind": "half-json"},
        {"kind": "gzip-cut"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 502},
        {"kind": "status", "status": 503, "retry_after": 1},
        {"kind": "status", "status": 504},
        {"kind": "error", "code": 4},
        {"kind": "redirect", "status": 303},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
@pytest.mark.parametrize("method", ["SubmitRequest", "AmendCourse"])
async def test_a6_what_may_have_been_taken_is_unknown_and_sent_once(
    sandbox: RunningSandbox, fault: dict[str, Any], method: str
) -> None:
    (institution,) = sandbox.world.institutions.values()
    code = next(c.code for c in institution.courses.values() if c.deletion == 0)
    await scripted(sandbox, fault)
    with pytest.raises(OutcomeUnknown):
        await send(sandbox, method, **(BOOK | {"CourseCode": code}))
    assert sandbox.stats.methods[method] == 1


@pytest.mark.parametrize("status", [425, 429])
async def test_a6_a_gate_that_lets_nothing_through_is_asked_again(
    sandbox: RunningSandbox, status: int
) -> None:
    before = unattached(sandbox)
    await scripted(sandbox, {"kind": "status", "status": status, "retry_after": 0, "times": 2})
    await send(sandbox)
    assert (sandbox.stats.methods["SubmitRequest"], unattached(sandbox)) == (3, before + 1)


async def test_w3_a_write_that_a_firewall_refuses_is_sent_once_and_others_follow(
    sandbox: RunningSandbox,
) -> None:
    before, (hei,) = unattached(sandbox), sandbox.world.institutions
    await scripted(sandbox, {"kind": "status", "status": 403, "method": "SubmitRequest", "times": 1})
    async with DcsClient(settings_for(sandbox), Clock()) as client:
        await client.courses(hei)
        with pytest.raises(RefusedAlone, match="only this call is refused"):
            await write(client, "SubmitRequest", {"hei": str(hei)} | BOOK, Unwatched())
        assert sandbox.stats.methods["SubmitRequest"] == 1
        assert (await write(client, "SubmitRequest", {"hei": str(hei)} | BOOK, Unwatched())).request_id
    assert unattached(sandbox) == before + 1


async def test_w3_a_write_is_refused_for_good_if_what_was_answered_before_is_refused_now(
    sandbox: RunningSandbox,
) -> None:
    (hei,) = sandbox.world.institutions
    async with DcsClient(settings_for(sandbox), Clock()) as client:
        await client.courses(hei)
        await scripted(sandbox, {"kind": "status", "status": 403})
        for _ in range(2):
            with pytest.raises(CredentialsRefused):
                await write(client, "SubmitRequest", {"hei": str(hei)} | BOOK, Unwatched())
    assert (sandbox.stats.methods["SubmitRequest"], sandbox.stats.methods["GetCourses"]) == (1, 2)


async def test_a6_a_quota_that_lasts_says_that_nothing_was_taken(sandbox: RunningSandbox) -> None:
    await scripted(sandbox, {"kind": "status", "status": 403, "retry_after": 86_400})
    before = unattached(sandbox)
    with pytest.raises(PutOff, match="the quota of calls is used up"):
        await send(sandbox)
    assert (sandbox.stats.methods["SubmitRequest"], unattached(sandbox)) == (1, before)


async def test_a6_a_gate_that_stays_shut_says_that_nothing_was_taken(sandbox: RunningSandbox) -> None:
    before = unattached(sandbox)
    await scripted(sandbox, {"kind": "status", "status": 429, "retry_after": 0})
    with pytest.raises(SafeToResend):
        await send(sandbox)
    assert (sandbox.stats.methods["SubmitRequest"], unattached(sandbox)) == (3, before)


class Hindered(Unwatched):
    """An observer that runs a function once, between a call's turn and its sending."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        self._happens = happens
        self.bounces: list[str] = []

    async def sending(self) -> None:
        if not self.bounces:
            await self._happens()

    def not_accepted(self, error: SafeToResend) -> None:
        self.bounces.append(str(error))


async def test_a6_w3_a_call_that_has_its_turn_is_not_sent_once_the_credentials_are_refused(
    sandbox: RunningSandbox,
) -> None:
    (hei,) = sandbox.world.institutions
    request = {"hei": str(hei)} | BOOK
    await scripted(sandbox, {"kind": "error", "code": 3})
    async with DcsClient(settings_for(sandbox, timeout=2), Clock()) as client:

        async def another_is_refused() -> None:
            with pytest.raises(CredentialsRefused):
                await write(client, "SubmitRequest", request, Unwatched())

        with pytest.raises(CredentialsRefused):
            await write(client, "SubmitRequest", request, Hindered(another_is_refused))
        assert (client.requests, sandbox.stats.methods["SubmitRequest"]) == (1, 1)


async def test_a6_a_call_that_has_its_turn_waits_for_a_pause_that_begins_then(
    sandbox: RunningSandbox,
) -> None:
    (hei,) = sandbox.world.institutions
    async with DcsClient(settings_for(sandbox, timeout=2), Clock()) as client:

        async def another_is_told_to_wait() -> None:
            client._gate.pause(0.05)

        hindered = Hindered(another_is_told_to_wait)
        await write(client, "SubmitRequest", {"hei": str(hei)} | BOOK, hindered)
        assert hindered.bounces == ["upstream asked for a pause just before it was sent"]
        assert client.requests == 1


async def test_a6_where_nobody_listens_nothing_was_taken(sandbox: RunningSandbox) -> None:
    settings = settings_for(sandbox).model_copy(update={"api_url": "http://127.0.0.1:9"})
    async with DcsClient(settings, Clock()) as client:
        with pytest.raises(SafeToResend, match="cannot be reached"):
            await write(client, "SubmitRequest", BOOK | {"hei": "1"}, Unwatched())
        assert client.requests == 3


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 401}, {"kind": "error", "code": 3}])
async def test_a6_w3_refused_credentials_are_sent_no_more(
    sandbox: RunningSandbox, fault: dict[str, Any]
) -> None:
    (hei,) = sandbox.world.institutions
    await scripted(sandbox, fault)
    async with DcsClient(settings_for(sandbox, timeout=2), Clock()) as client:
        for _ in range(2):
            with pytest.raises(CredentialsRefused):
                await write(client, "SubmitRequest", {"hei": str(hei)} | BOOK, Unwatched())
        assert client.requests == 1
