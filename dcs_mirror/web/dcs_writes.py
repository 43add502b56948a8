"""The DCS's methods that write, under its paths: through the writing side, in the DCS's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    InstitutionNotFound,
    InvalidParameter,
    LockNotFree,
    MirrorError,
    NotFound,
    NotSubscribed,
    OutcomeUnknown,
    SafeToResend,
    UpstreamError,
)
from dcs_mirror.web import write_parameters
from dcs_mirror.web.access import Access
from dcs_mirror.web.bodies import body_of
from dcs_mirror.web.dcs_words import (
    JSON,
    TOLD,
    Failure,
    check_scope,
    in_dcs_words,
    int4,
    integer,
    parameters_of,
    path_of,
)
from dcs_mirror.web.hosts import is_of_another_site
from dcs_mirror.web.identity import Identity, TooOften
from dcs_mirror.web.problems import DATABASE_AWAY, TooLarge, TooSlow, WrongParameter
from dcs_mirror.web.record import Record
from dcs_mirror.web.write_outcome import NO_DATABASE, Attempt, NotWritten, PutOff
from dcs_mirror.web.writing import AGAIN_SECONDS, Writer
from dcs_mirror.writes.commands import AmendCourse
from dcs_mirror.writes.course_list import CourseListed, CourseNotListed
from dcs_mirror.writes.held_requests import AlreadyRequested
from dcs_mirror.writes.journal import NotSettled
from dcs_mirror.writes.service import WriteResult
from dcs_mirror.writes.validation import CannotBeSent

POSTED = {"submitrequest": "SubmitRequest", "submitcourse": "SubmitCourse"}
PUT = {"amendcourse": "AmendCourse"}
POST_PATH, PUT_PATH = path_of(POSTED), path_of(PUT)

MAY_NOT_WRITE = Failure(5, "User not subscribed to HEI: this account may not write")
CANNOT_WRITE = Failure(
    5, "User not subscribed to HEI: this service does not write, because it has no credentials for the DCS"
)
OF_ANOTHER_SITE = Failure(5, "User not subscribed to HEI: a page of another site sent this")
HAS_BODY = Failure(6, "Invalid Parameters: they belong in the query; nothing was sent of the body")
NOT_CONFIRMED = Failure(
    7,
    "Status: Deleted is permanent and deletes all content of the course; nothing was sent. To confirm it, "
    "add the course's code to the query a second time, as ConfirmDeletion",
)
REFUSED_SECONDS = 60.0
"""When to send a write again that fails because the DCS refuses the service's credentials."""

_MOST_OF_BODY = 1000
_BODY_SECONDS = 10.0
_NO_ANSWER = "the DCS does not answer"
_NOTHING = {b"", b"{}", b"null", b'""', b"[]"}


@dataclass(frozen=True, slots=True)
class DcsWrites:
    """Answers the three methods that write.

    Args:
        identity: finds out who asks.
        writer: carries the writes out; None if the service has no credentials for the DCS.
        record: is told of each.
    """

    identity: Identity
    writer: Writer | None
    record: Record

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a call to one of the methods."""
        method = (POSTED | PUT)[request.match_info["method"].lower()]
        try:
            return await self._answer(request, method)
        except TOLD as error:
            return in_dcs_words(error)

    async def _answer(self, request: web.Request, method: str) -> web.StreamResponse:
        parameters = parameters_of(request.rel_url.raw_query_string)
        hei_id = integer("hei", parameters.get("hei", ""))
        try:
            name, access = await self.identity.of(request, int4(hei_id))
        except DATABASE_AWAY:
            raise not_written(NO_DATABASE) from None
        try:
            _check_right(request, access)
        except Failure:
            self.record.refused(name, self.identity.client(request), "write", int4(hei_id) or None)
            raise
        if self.writer is None:
            raise CANNOT_WRITE
        await _check_body(request)
        attempt, code = Attempt(), None
        try:
            written = await self._written(self.writer, method, hei_id, parameters, attempt)
            code = 100
        except Failure as failure:
            code = failure.code
            raise
        except TooOften:
            code = 429
            raise
        finally:  # without a code if the client is gone
            await self.record.keep(
                name, "write", hei_id, method=method, call_id=attempt.call_id, status_code=code
            )
        named = (
            {"request-id": written.request_id}
            if method == "SubmitRequest"
            else {"course-Code": written.course_code}
        )
        body = msgspec.json.encode({**named, "status": "ok", "status-code": 100, "status-message": "Success"})
        return web.Response(
            body=body, headers={"Content-Type": JSON, "Cache-Control": "no-store", "Vary": "Authorization"}
        )

    async def _written(
        self, writer: Writer, method: str, hei_id: int, parameters: Mapping[str, str], attempt: Attempt
    ) -> WriteResult:
        """Carry out a write.

        Raises:
            Failure: why it was not done, or that this is not known.
            TooOften: if the client should ask again later.
        """
        write = write_parameters.read(method, hei_id, parameters)
        typed_again = parameters.get("confirmdeletion") or None
        again = write_parameters.boolean("Again", parameters.get("again") or "false")
        if isinstance(write, AmendCourse) and write.status == "Deleted" and typed_again != write.course_code:
            raise NOT_CONFIRMED
        try:
            return await writer.write(write, attempt, typed_again=typed_again, again=again)
        except (PutOff, LockNotFree):
            raise TooOften(AGAIN_SECONDS) from None
        except NotWritten as error:
            raise not_written(str(error)) from None
        except SafeToResend as error:
            if error.retry_after is not None:
                raise TooOften(error.retry_after) from None
            raise not_written(_NO_ANSWER) from None
        except MirrorError as error:
            raise _failure(error) from None


def _check_right(request: web.Request, access: Access) -> None:
    """Check that the account may write to the institution, and sent the request itself.

    Raises:
        Failure: with code 1 or 5, if not.
    """
    check_scope(access)
    if "write" not in access.may:
        raise MAY_NOT_WRITE
    if is_of_another_site(request.headers):
        raise OF_ANOTHER_SITE


async def _check_body(request: web.Request) -> None:
    """Check that a request has no body: the specification has all parameters in the query.

    Raises:
        Failure: with code 6, because fields that the DCS would not see must not seem to be written.
    """
    if request.body_exists and "Content-Encoding" in request.headers:
        raise HAS_BODY  # of one that is compressed and cut off, nothing may be seen
    try:
        content = await body_of(request, most=_MOST_OF_BODY, seconds=_BODY_SECONDS)
    except (TooLarge, TooSlow, WrongParameter):
        raise HAS_BODY from None
    if content.strip() not in _NOTHING:
        raise HAS_BODY


def not_written(because: str, *, seconds: float = AGAIN_SECONDS) -> Failure:
    """Return what a client is told of a write that it may send again without harm.

    Args:
        because: why nothing was written.
        seconds: when to send it again.
    """
    message = (
        f"Internal server error: nothing was written: {because.rstrip('.')}. It is safe to send it again"
    )
    return Failure(4, message, retry_after=seconds)


def _failure(error: MirrorError) -> Failure:
    """Return what a client is told of an error: the DCS's own words where there are any."""
    if isinstance(error, (OutcomeUnknown, NotSettled)):
        return Failure(4, f"Internal server error: {error}")
    if isinstance(error, CredentialsRefused):
        return not_written("the DCS refuses this service's credentials", seconds=REFUSED_SECONDS)
    found = next(((code, said) for kind, code, said in _SAID if isinstance(error, kind)), None)
    if found is None:
        return not_written(_NO_ANSWER if isinstance(error, UpstreamError) else str(error))
    code, said = found
    return Failure(code, said(error))


def _already_requested(error: Any) -> str:
    return f"{error.there}; nothing was sent. If a second one is meant, add Again=True to the query"


def _own(error: Any) -> str:
    return error.said or str(error)


# By kind, the first that fits. Of all others it is said that nothing was written.
_SAID: tuple[tuple[type[MirrorError], int, Callable[[Any], str]], ...] = (
    (CannotBeSent, 7, write_parameters.in_dcs_words),
    (AlreadyRequested, 7, _already_requested),
    (CourseListed, 7, lambda error: f"Course code already exists: {error}"),
    (CourseNotListed, 2, lambda _: "Course not found"),
    (InstitutionNotFound, 1, _own),
    (NotFound, 2, _own),
    (NotSubscribed, 5, _own),
    (InvalidParameter, 6, _own),
    (CallRefused, 7, _own),
)
