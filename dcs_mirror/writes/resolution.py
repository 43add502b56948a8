"""What became of a call that was not answered: look for it, record it, or send it again (A6)."""

from dataclasses import dataclass, field

import msgspec

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import InstitutionNotFound, InvalidParameter, MirrorError, NotFound
from dcs_mirror.runtime import Runtime
from dcs_mirror.sync.mirror import Mirror
from dcs_mirror.writes import journal
from dcs_mirror.writes.commands import AmendCourse, SubmitCourse, SubmitRequest, Write
from dcs_mirror.writes.duplicates import Candidate, rank_candidates
from dcs_mirror.writes.journal import Call, SubmittedCourse
from dcs_mirror.writes.service import WriteResult, execute, read_course
from dcs_mirror.writes.validation import CannotBeSent

_KINDS: dict[str, type[Write]] = {kind.method: kind for kind in (SubmitRequest, SubmitCourse, AmendCourse)}


@dataclass(frozen=True, slots=True)
class CallFinding:
    """What looking for a call found: ``taken`` None where it cannot be told, and ``why``.

    ``request_ids`` are the requests that it may have become.
    """

    call_id: int
    taken: bool | None
    why: str
    request_ids: list[int] = field(default_factory=list)


async def investigate(runtime: Runtime, call_id: int) -> CallFinding:
    """Looks for what a call without an answer wrote; where it is found beyond doubt, the call is settled.

    Raises:
        MirrorError: where there is no such call, it needs no settling, or the DCS cannot be asked.
    """
    async with runtime.connect() as connection:
        call = await journal.claim_for_settlement(connection, call_id)
        finding = await _find(runtime, connection, call)
        if finding.taken:
            request_id = finding.request_ids[0] if finding.request_ids else None
            await journal.settle(connection, call_id, "taken", now=runtime.clock.now(), request_id=request_id)
        return finding


async def record(runtime: Runtime, call_id: int, *, taken: bool, request_id: int | None = None) -> None:
    """Records what somebody knows of a call without an answer; a request's id is looked up first.

    That a call was not taken may also be said of a request that was given an id and never seen since. It is
    looked up a last time then, and no sync asks for it any more (A7).

    Raises:
        MirrorError: where there is no such call, it needs no settling, the DCS does not know the id, or it
            knows the one that is to be given up.
    """
    async with runtime.connect() as connection:
        call = await journal.claim_for_settlement(connection, call_id, or_unseen=not taken)
        if call.request_id is not None and await _is_known(runtime, call.hei_id, call.request_id):
            raise MirrorError(
                f"call {call_id} is not settled: the DCS knows request {call.request_id}. To mirror it now: "
                f"dcs-mirror refresh {call.hei_id} --request {call.request_id}"
            )
        if request_id is not None:
            await _look_up(runtime, connection, call, request_id)
        elif taken and call.method == "SubmitRequest":
            raise CannotBeSent(f"call {call_id} submitted a request: give the id that it has in the DCS")
        settlement: journal.Settlement = "taken" if taken else "not taken"
        await journal.settle(connection, call_id, settlement, now=runtime.clock.now(), request_id=request_id)


async def send_again(runtime: Runtime, call_id: int) -> WriteResult:
    """Sends a call without an answer again, as a new call, once looking for it has found nothing.

    Of an amendment it sends what was given, and completes it anew (A1).

    Raises:
        MirrorError: where it was found, is a deletion, an amendment that a later one followed, of another
            course, or of a push; or where the new call is not taken.
    """
    async with runtime.connect() as connection:
        call = await journal.claim_for_settlement(connection, call_id)
        write = _given(call)
        if isinstance(write, AmendCourse) and write.status == "Deleted":
            raise CannotBeSent(
                "a deletion is not sent again: the code may belong to another course by now. "
                "See whether the course is there, and delete it anew with `dcs-mirror amend-course`"
            )
        finding = await _find(runtime, connection, call)
        if finding.taken or finding.request_ids:
            raise MirrorError(f"call {call_id} is not sent again: {finding.why}")
        return await execute(runtime, write, instead_of=call_id)


def _given(call: Call) -> Write:
    """A call's write as somebody gave it.

    Raises:
        MirrorError: where it is an amendment that nobody gave, but a push worked out.
    """
    sent = call.parameters
    if call.method == "AmendCourse":
        if call.given is None:
            raise MirrorError(
                f"call {call.call_id} is of a push and not sent again by itself: give the push again, which "
                "works out anew what is to be sent"
            )
        sent = {name: value for name, value in sent.items() if name in call.given}
    return msgspec.convert(sent, _KINDS[call.method], strict=False)


async def _find(runtime: Runtime, connection: Connection, call: Call) -> CallFinding:
    """Looks for what a call wrote by what the DCS tells today."""
    code = call.parameters.get("CourseCode")
    if call.method == "AmendCourse":
        why = "the DCS does not tell enough of a course to see an amendment"
        return CallFinding(call.call_id, None, why)
    if code is None:
        why = (
            "the request was for no course, and the DCS lists requests by course only: look in the DCS itself"
        )
        return CallFinding(call.call_id, None, why)
    await read_course(runtime, call.hei_id, code)
    if call.method == "SubmitCourse":
        return _course_found(call, code, await journal.submitted_course(connection, call.call_id))
    return _request_found(call, code, await journal.candidates(connection, call.call_id))


def _request_found(call: Call, code: str, candidates: list[Candidate]) -> CallFinding:
    """What the requests of a course that are new since say of the call that may have made one of them."""
    likely, possible = rank_candidates(call.parameters, call.sent_at, candidates)
    if len(likely) == 1:
        return CallFinding(call.call_id, True, f"request {likely[0]} of course {code!r} is the one", likely)
    if likely:
        why = f"several requests of course {code!r} may be the one"
        return CallFinding(call.call_id, None, why, likely + possible)
    if possible:
        why = (
            f"course {code!r} holds requests of the same work that are new since, but of another day, "
            "another edition or another extract; if none is the one: --gone, and submit it anew"
        )
        return CallFinding(call.call_id, None, why, possible)
    return CallFinding(call.call_id, False, f"course {code!r} holds no such request that is new since")


def _course_found(call: Call, code: str, course: SubmittedCourse | None) -> CallFinding:
    """What a course that the DCS lists by now says of the call that may have submitted it."""
    if course is None:
        return CallFinding(call.call_id, False, f"the DCS lists no course {code!r}")
    listed = f"the DCS lists a course {code!r}"
    if not course.is_new:
        return CallFinding(call.call_id, None, f"{listed} that was there before")
    if course.made_by is not None:
        return CallFinding(call.call_id, None, f"{listed} that call {course.made_by} made")
    if course.name != call.parameters["CourseName"]:
        return CallFinding(call.call_id, None, f"{listed} that is new since, but its name is {course.name!r}")
    return CallFinding(call.call_id, True, f"{listed} that is new since")


async def _is_known(runtime: Runtime, hei_id: int, request_id: int) -> bool:
    """Whether the DCS knows a request id; answers 1, 2 and 6 say that it does not (R4)."""
    runtime.settings.credentials()  # a runtime may have been opened without
    try:
        answer = await runtime.client.request(hei_id, request_id)
    except (InstitutionNotFound, NotFound, InvalidParameter):
        return False
    return answer.content is None or bool(answer.content.items or answer.content.rejected)


async def _look_up(runtime: Runtime, connection: Connection, call: Call, request_id: int) -> None:
    if call.method != "SubmitRequest":
        raise CannotBeSent(f"call {call.call_id} submitted no request: it has no request id")
    report = await Mirror(runtime).refresh(call.hei_id, request_id=request_id)
    if report.error is not None:
        raise report.error
    found = await journal.found_request(connection, call.call_id, request_id)
    code = call.parameters.get("CourseCode")
    against = None
    if found is None:
        against = f"institution {call.hei_id} has no request {request_id} in the DCS"
    elif found.made_by is not None:
        against = f"request {request_id} is what call {found.made_by} made"
    elif found.was_there:
        against = f"request {request_id} was there before call {call.call_id} was sent"
    elif None not in (code, found.course_code) and code != found.course_code:
        against = f"request {request_id} is of course {found.course_code!r}, call {call.call_id} for {code!r}"
    if against is not None:
        raise MirrorError(f"{against}; call {call.call_id} stays as it is")
