"""The DCS's own methods, under its paths: read from the mirror, in the DCS's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import structlog
from aiohttp import web

from dcs_mirror.clock import Clock
from dcs_mirror.database import connections
from dcs_mirror.errors import MirrorError
from dcs_mirror.upstream.fields import INT4_MAX
from dcs_mirror.web import conditional
from dcs_mirror.web.access import Access
from dcs_mirror.web.answers import Answer, Answers, Question
from dcs_mirror.web.identity import Identity, NotAuthenticated, TooOften
from dcs_mirror.web.problems import WrongParameter, query_of, retry_after
from dcs_mirror.web.refreshing import Refreshes, Refused, Scope

METHODS = {
    "getinstitutions": "GetInstitutions",
    "getcourses": "GetCourses",
    "getcoursecontent": "GetCourseContent",
}
DCS_PATH = f"/{{base:(?i:(?:dcs-course-content-urls/)?v3)}}/{{method:(?i:{'|'.join(METHODS)})}}"
"""The pattern of their paths, in any case, because the specification itself spells one in two ways."""
WAIT_SECONDS = 30.0
"""How long a client waits for a refresh that it asked for."""

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_JSON = "application/json; charset=utf-8"
_WARNING = '111 - "Revalidation Failed"'

log = structlog.get_logger()


class Failure(Exception):
    """An error in the DCS's words: its code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


NOT_AUTHENTICATED = Failure(3, "Could not authenticate user")
NOT_SUBSCRIBED = Failure(5, "User not subscribed to HEI")
UNKNOWN = Failure(1, "Institution not found")
NO_COURSE = Failure(2, "Course not found")
UNAVAILABLE = Failure(4, "Internal server error: the mirror's database does not answer")
UNREAD = Failure(4, "Internal server error: the mirror has not read this from the DCS yet")


@dataclass(frozen=True, slots=True)
class DcsPaths:
    """Answers the three methods that read.

    Args:
        identity: finds out who asks.
        answers: the answers.
        refreshes: has the DCS asked again.
        clock: the mirror's.
    """

    identity: Identity
    answers: Answers
    refreshes: Refreshes
    clock: Clock

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a call to one of the methods."""
        method = METHODS[request.match_info["method"].lower()]
        try:
            return await self._answer(request, method)
        except Failure as failure:
            return failed(failure)
        except TooOften as often:
            # As the gateway before the DCS says it.
            seconds = retry_after(often.seconds)
            message = f"Rate limit is exceeded. Try again in {seconds} seconds."
            body = msgspec.json.encode({"statusCode": 429, "message": message})
            headers = {"Content-Type": _JSON, "Cache-Control": "no-store", "Retry-After": str(seconds)}
            return web.Response(status=429, body=body, headers=headers)
        except (*connections.UNREACHABLE, TimeoutError, MirrorError) as error:
            log.warning("a request could not be answered", because=type(error).__name__)
            return failed(UNAVAILABLE)

    async def _answer(self, request: web.Request, method: str) -> web.StreamResponse:
        parameters = parameters_of(request)
        hei_id = None if method == "GetInstitutions" else integer("hei", parameters.get("hei", ""))
        try:
            name, access = await self.identity.of(request, hei_id if hei_id is None else _int4(hei_id))
        except NotAuthenticated:
            raise NOT_AUTHENTICATED from None
        question = self._question(method, hei_id, parameters)
        if hei_id is not None:
            _check_scope(access)
        answer = await self._stored(name, question, access)
        wanted = conditional.wanted_age(request.headers.get("Cache-Control"))
        is_stale = False
        if wanted is not None and self._age(answer) > wanted:
            is_stale = not await self._refreshed(name, question)
            if not is_stale:
                _, access = await self.identity.of(request, hei_id)
                if hei_id is not None:
                    _check_scope(access)
                answer = await self._stored(name, question, access)
        if not answer.has_course and not answer.has_item:
            raise NO_COURSE
        if answer.body is None or answer.read_at is None:
            raise UNREAD
        return self._response(request, answer, is_stale=is_stale)

    async def _stored(self, name: str, question: Question, access: Access) -> Answer:
        answer = await self.answers.get(name, question, access.version)
        if answer is None:
            raise NOT_SUBSCRIBED
        return answer

    async def _refreshed(self, name: str, question: Question) -> bool:
        """Have the DCS asked; return whether the mirror holds its answer now."""
        if question.hei_id is None:  # the list of institutions is read by syncs only
            return False
        scope = Scope(question.hei_id, None if question.request_id else question.code, question.request_id)
        try:
            ended = await self.refreshes.refresh(name, scope, seconds=WAIT_SECONDS)
        except Refused:
            return False
        return ended is not None and ended.outcome in {"complete", "unsubscribed"}

    def _age(self, answer: Answer) -> float:
        if answer.read_at is None:
            return float("inf")
        return max(0.0, (self.clock.now() - answer.read_at).total_seconds())

    def _response(self, request: web.Request, answer: Answer, *, is_stale: bool) -> web.Response:
        age = int(self._age(answer))
        is_compressed = answer.is_compressible and conditional.accepts_gzip(
            request.headers.get("Accept-Encoding")
        )
        headers = {
            "Content-Type": _JSON,
            "ETag": answer.compressed_etag if is_compressed else answer.etag,
            "Age": str(age),
            "Cache-Control": f"private, max-age={age + conditional.REUSE_SECONDS}",
            "Vary": "Authorization, Accept-Encoding",
        }
        if answer.changed_at is not None:
            headers["Last-Modified"] = conditional.http_date(answer.changed_at)
        if is_stale:
            headers["Warning"] = _WARNING
        etags = (answer.etag, answer.compressed_etag)
        if conditional.is_unchanged(request.headers, etags, answer.changed_at):
            return web.Response(status=304, headers=headers)
        if is_compressed:
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=answer.compressed(), headers=headers)
        return web.Response(body=answer.body, headers=headers)

    def _question(self, method: str, hei_id: int | None, parameters: Mapping[str, str]) -> Question:
        if method != "GetCourseContent":
            return Question(method, hei_id)
        code, request_id = parameters.get("code") or None, parameters.get("request-id") or None
        if code is None and request_id is None:
            raise Failure(6, "Invalid Parameters: Course code or request Id number is required")
        if code is not None and "\x00" in code:
            raise NO_COURSE  # no code that the DCS lists has one, and PostgreSQL takes none
        number = None if request_id is None else integer("Request-ID", request_id)
        return Question(method, hei_id, code, number)


def parameters_of(request: web.BaseRequest) -> dict[str, str]:
    """Return the parameters of a query by their names in small letters; the first of a repeated one counts.

    Raises:
        Failure: with code 6, if there are too many.
    """
    try:
        pairs = query_of(request)
    except WrongParameter:
        raise Failure(6, "Invalid Parameters") from None
    return {name.lower(): value for name, value in reversed(pairs)}


def integer(name: str, value: str) -> int:
    """Read an integer parameter.

    Raises:
        Failure: with code 6, if it is not one.
    """
    if _INTEGER.fullmatch(value) is None:
        raise Failure(6, f"Invalid Parameter: {name}")
    return int(value)


def failed(failure: Failure) -> web.Response:
    """Return an error in the DCS's envelope, which comes with HTTP 200 (W2), and must not be kept."""
    body = msgspec.json.encode(
        {"status": "error", "status-code": failure.code, "status-message": str(failure)}
    )
    return web.Response(
        body=body,
        headers={"Content-Type": _JSON, "Cache-Control": "no-store", "Vary": "Authorization"},
    )


def _int4(hei_id: int) -> int:
    """Return an id that the database takes; one that is too large or negative is no institution's."""
    return hei_id if 0 < hei_id <= INT4_MAX else 0


def _check_scope(access: Access) -> None:
    """Raise unless the account sees the institution, and the DCS lists it."""
    if not access.is_seen and access.sees_all:
        raise UNKNOWN
    if not access.is_seen or not access.is_subscribed:
        raise NOT_SUBSCRIBED
