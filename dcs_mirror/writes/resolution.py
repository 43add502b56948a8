"""Resolving a call without an answer: look for what it wrote, record what is known, or send it again (A6)."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

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
    """The result of looking for what a call wrote.

    ``taken`` says whether the DCS accepted the call, None if that cannot be decided; ``why`` is the reason.
    ``request_ids`` are the requests that the call may have created.
    """

    call_id: int
    taken: bool | None
    why: str
    request_ids: list[int] = field(default_factory=list)


Way: TypeAlias = Literal["found", "taken", "gone", "send again"]
"""How a user settles a call: its request was found, its course was, nothing was, or it is sent again."""


class Choice(NamedTuple):
    """A way to settle a call; for ``found``, the id of the request, None if the user must find it."""

    way: Way
    request_id: int | None = None

    @property
    def option(self) -> str:
        """The option of ``calls settle`` that makes the choice."""
        if self.request_id is not None:
            return f"--found {self.request_id}"
        return _OPTIONS[self.way][0]

    @property
    def meaning(self) -> str | None:
        """What the option says of the call; None if it names the request."""
        return None if self.request_id is not None else _OPTIONS[self.way][1]


_OPTIONS: dict[Way, tuple[str, str]] = {
    "found": ("--found REQUEST_ID", "the DCS accepted it: its request has this id"),
    "taken": ("--taken", "the DCS accepted it: the course is as the call set it"),
    "send again": ("--send-again", "the DCS did not accept it: send it as a new call"),
    "gone": ("--gone", "the DCS did not accept it: do not send it again"),
}


def settling(call_id: int, choice: Choice | None = None) -> str:
    """Return the command that settles a call: that looks for what it wrote, or that makes a choice."""
    command = f"dcs-mirror calls settle {call_id}"
    return command if choice is None else f"{command} {choice.option}"


async def investigate(runtime: Runtime, call_id: int) -> CallFinding:
    """Look in the DCS for what a call without an answer wrote; settle the call if it is certainly found.

    Raises:
        MirrorError: if there is no such call, it needs no settling, or the DCS cannot be read.
    """
    await runtime.current_epoch()
    async with runtime.connect() as connection:
        call = await journal.claim_for_settlement(connection, call_id)
        finding = await _find(runtime, connection, call)
        if finding.taken:
            request_id = finding.request_ids[0] if finding.request_ids else None
            await journal.settle(connection, call_id, "taken", now=runtime.clock.now(), request_id=request_id)
        return finding


async def record(runtime: Runtime, call_id: int, *, taken: bool, request_id: int | None = None) -> None:
    """Record what the user knows about a call without an answer. A request's id is looked up first.

    ``taken`` may also be False for a call whose request was given an id that the DCS has never shown since.
    That id is looked up one last time, and no sync looks it up any more (A7).

    Args:
        call_id: the call.
        taken: whether the DCS accepted the call.
        request_id: the id that its request has in the DCS.

    Raises:
        MirrorError: if there is no such call, it needs no settling, the DCS does not know ``request_id``, or
            it does know the id that is to be given up.
    """
    await runtime.current_epoch()
    async with runtime.connect() as connection:
        call = await journal.claim_for_settlement(connection, call_id, or_unseen=not taken)
        if call.request_id is not None and await _is_known(runtime, call.hei_id, call.request_id):
            raise MirrorError(
                f"call {call_id} is not settled: the DCS knows request {call.request_id}. To mirror it now: "
                f"dcs-mirror refresh {call.hei_id} --request {call.request_id}"
            )
        if request_id is not None:
            await _require_own_request(runtime, connection, call, request_id)
        elif taken and call.method == "SubmitRequest":
            raise CannotBeSent(f"call {call_id} submitted a request: give the request's id in the DCS")
        settlement: journal.Settlement = "taken" if taken else "not taken"
        await journal.settle(connection, call_id, settlement, now=runtime.clock.now(), request_id=request_id)


async def send_again(runtime: Runtime, call_id: int) -> WriteResult:
    """Look for what a call without an answer wrote; if nothing is found, send it again as a new call.

    An amendment is sent with the values that the user gave; the other numbers are completed again (A1).

    Raises:
        MirrorError: if what it wrote is found; if the call is a deletion or belongs to a push; if credentials
            are missing; if it is an amendment whose course was amended or replaced since; or if the new call
            fails.
    """
    await runtime.current_epoch()
    async with runtime.connect() as connection:
        call = await journal.claim_for_settlement(connection, call_id)
        write = _given(call)
        if isinstance(write, AmendCourse) and write.status == "Deleted":
            raise CannotBeSent(
                "a deletion is not sent again: the code may belong to another course by now. Check whether "
                "the DCS still has the course; if so, delete it again with `dcs-mirror amend-course`"
            )
        runtime.settings.credentials()  # a runtime may have been opened without
        finding = await _find(runtime, connection, call)
        if finding.taken or finding.request_ids:
            raise MirrorError(f"call {call_id} is not sent again: {finding.why}")
        if finding.taken is None:  # it cannot be looked for
            await journal.refuse_older_than_restore(connection, call_id)
        return await execute(runtime, write, instead_of=call_id)


async def choices(connection: Connection, finding: CallFinding) -> list[Choice]:
    """Return how the user may settle a call that :func:`investigate` could not settle.

    Empty if the call has been settled meanwhile.
    """
    unsettled = await journal.listed(connection, only_unsettled=True)
    call = next((each for each in unsettled if each.call_id == finding.call_id), None)
    return (
        [] if call is None else choices_for(call.method, call.parameters.get("Status"), finding.request_ids)
    )


def choices_for(method: str, status: str | None, request_ids: list[int]) -> list[Choice]:
    """Return how a call may be settled, by what it wrote (A6).

    A deletion is never sent again, nor is a call that may have created one of the requests that were found.

    Args:
        method: the call's method.
        status: the course's status that it sent, if any.
        request_ids: the requests that it may have created.
    """
    found = [Choice("found", request_id) for request_id in request_ids]
    if not found and status != "Deleted":
        found.append(Choice("send again"))
    if method != "SubmitRequest":
        found.append(Choice("taken"))
    elif not request_ids:
        found.append(Choice("found"))
    return [*found, Choice("gone")]


def _given(call: Call) -> Write:
    """Return a call's write as the user gave it, without the completed values.

    Raises:
        MirrorError: if it is an amendment of a push, which the user did not give.
    """
    sent = call.parameters
    if call.method == "AmendCourse":
        if call.given is None:
            raise MirrorError(
                f"call {call.call_id} belongs to a push and is not sent again on its own. Run the push "
                "again: it works out what is to be sent"
            )
        sent = {name: value for name, value in sent.items() if name in call.given}
    return msgspec.convert(sent, _KINDS[call.method], strict=False)


async def _find(runtime: Runtime, connection: Connection, call: Call) -> CallFinding:
    """Look for what a call wrote in what the DCS lists now."""
    code = call.parameters.get("CourseCode")
    if call.method == "AmendCourse":
        why = "the DCS does not return enough about a course to recognise an amendment"
        return CallFinding(call.call_id, None, why)
    if code is None:
        why = "the request has no course, and the DCS lists only requests of courses: look in the DCS itself"
        return CallFinding(call.call_id, None, why)
    await read_course(runtime, call.hei_id, code)
    if call.method == "SubmitCourse":
        return _course_found(call, code, await journal.submitted_course(connection, call.call_id))
    return _request_found(call, code, await journal.candidates(connection, call.call_id))


def _request_found(call: Call, code: str, candidates: list[Candidate]) -> CallFinding:
    """Judge a SubmitRequest by the requests of its course that are new since it was sent."""
    likely, possible = rank_candidates(call.parameters, call.sent_at, candidates)
    if len(likely) == 1:
        return CallFinding(call.call_id, True, f"it created request {likely[0]} of course {code!r}", likely)
    if likely:
        why = f"course {code!r} has several new requests that it may have created"
        return CallFinding(call.call_id, None, why, likely + possible)
    if possible:
        why = (
            f"course {code!r} has new requests for the same work, but of another day, another edition or "
            "another extract. If this call created none of them: --gone, and submit the request again"
        )
        return CallFinding(call.call_id, None, why, possible)
    return CallFinding(call.call_id, False, f"course {code!r} has no new request like it")


def _course_found(call: Call, code: str, course: SubmittedCourse | None) -> CallFinding:
    """Judge a SubmitCourse by the course that the DCS lists under its code."""
    if course is None:
        return CallFinding(call.call_id, False, f"the DCS lists no course {code!r}")
    listed = f"the DCS lists a course {code!r}"
    if not course.is_new:
        return CallFinding(call.call_id, None, f"{listed}, but it was there before the call")
    if course.made_by is not None:
        return CallFinding(call.call_id, None, f"{listed}, but call {course.made_by} created it")
    if course.name != call.parameters["CourseName"]:
        return CallFinding(call.call_id, None, f"{listed} that is new, but its name is {course.name!r}")
    return CallFinding(call.call_id, True, f"{listed} that is new")


async def _is_known(runtime: Runtime, hei_id: int, request_id: int) -> bool:
    """Return whether the DCS knows a request id; its codes 1, 2 and 6 mean that it does not (R4)."""
    runtime.settings.credentials()  # a runtime may have been opened without
    try:
        answer = await runtime.client.request(hei_id, request_id)
    except (InstitutionNotFound, NotFound, InvalidParameter):
        return False
    return answer.content is None or bool(answer.content.items or answer.content.rejected)


async def _require_own_request(runtime: Runtime, connection: Connection, call: Call, request_id: int) -> None:
    """Look a request up in the DCS and check that the call may have created it.

    Raises:
        MirrorError: if the DCS does not know it, or the mirror knows that the call did not create it.
    """
    if call.method != "SubmitRequest":
        raise CannotBeSent(f"call {call.call_id} submitted no request: it has no request id")
    report = await Mirror(runtime).refresh(call.hei_id, request_id=request_id)
    if report.error is not None:
        raise report.error
    found = await journal.found_request(connection, call.call_id, request_id)
    code = call.parameters.get("CourseCode")
    objection = None
    if found is None:
        objection = f"institution {call.hei_id} has no request {request_id} in the DCS"
    elif found.made_by is not None:
        objection = f"call {found.made_by} created request {request_id}"
    elif found.was_there:
        objection = f"request {request_id} was there before call {call.call_id} was sent"
    elif None not in (code, found.course_code) and code != found.course_code:
        objection = (
            f"request {request_id} belongs to course {found.course_code!r}, "
            f"but call {call.call_id} is for {code!r}"
        )
    if objection is not None:
        raise MirrorError(f"{objection}; call {call.call_id} is not settled")
