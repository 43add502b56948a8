"""The DCS's own methods, under its paths: read from the mirror, in the DCS's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from aiohttp import hdrs, web

from dcs_mirror.clock import Clock
from dcs_mirror.database.retry import VICTIMS
from dcs_mirror.reconcile.institution_list import EVERY_INSTITUTION
from dcs_mirror.web import conditional
from dcs_mirror.web.access import Access
from dcs_mirror.web.answers import Answer, Answers, Question
from dcs_mirror.web.dcs_words import (
    BASES,
    NO_COURSE,
    NOT_SUBSCRIBED,
    TOLD,
    UNREAD,
    Failure,
    check_scope,
    in_dcs_words,
    int4,
    integer,
    parameters_of,
    path_of,
)
from dcs_mirror.web.identity import Identity
from dcs_mirror.web.refreshing import Refreshes, Refused, Scope

METHODS = {
    "getinstitutions": "GetInstitutions",
    "getcourses": "GetCourses",
    "getcoursecontent": "GetCourseContent",
}
DCS_PATH = path_of(METHODS)
USUAL_PATHS = tuple(f"{base}/{method}" for base in BASES for method in METHODS.values())
"""The same in the usual spelling: these are found without a look at each pattern."""
WAIT_SECONDS = 30.0
"""How long a client waits for a refresh that it asked for."""
BEHIND_SECONDS = 0.1
"""By how much an answer may be behind the database, so that many requests cost it no more than a few."""

_REVALIDATION_FAILED = '111 - "Revalidation Failed"'
_STALE = '110 - "Response is Stale"'


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
        try:
            return await self._answer(request)
        except TOLD as error:
            return in_dcs_words(error)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        hei_id, question = _asked(request.rel_url.raw_path, request.rel_url.raw_query_string)
        name, access = await self.identity.of(request, hei_id, within=BEHIND_SECONDS)
        if isinstance(question, Failure):
            raise question
        if hei_id is not None:
            check_scope(access)
        # Most are kept: to find them is no reason to wait.
        answer = self.answers.kept(question, access.version) or await self._stored(name, question, access)
        wanted = conditional.wanted_age(conditional.listed(request.headers, hdrs.CACHE_CONTROL))
        warning = None
        if wanted is not None and self._age(answer) > wanted:
            if "refresh" not in access.may:
                # Many clients send no-cache without a thought: to refuse them would break what works.
                warning = _STALE
            elif not await self._refreshed(name, question):
                warning = _REVALIDATION_FAILED
            else:
                _, access = await self.identity.of(request, hei_id)
                if hei_id is not None:
                    check_scope(access)
                answer = await self._stored(name, question, access)
        if not answer.has_course and not answer.has_item:
            raise NO_COURSE
        if answer.body is None or answer.read_at is None:
            raise UNREAD
        return self._response(request, answer, warning)

    async def _stored(self, name: str, question: Question, access: Access) -> Answer:
        answer = await self.answers.get(name, question, access.version)
        if answer is None:
            raise NOT_SUBSCRIBED
        return answer

    async def _refreshed(self, name: str, question: Question) -> bool:
        """Have the DCS asked; return whether the mirror holds its answer now."""
        if question.hei_id is None:
            scope = Scope(EVERY_INSTITUTION)
        else:
            code = None if question.request_id else question.code
            scope = Scope(question.hei_id, code, question.request_id)
        try:
            ended = await self.refreshes.refresh(name, scope, seconds=WAIT_SECONDS)
        except (Refused, *VICTIMS):
            return False
        return ended is not None and ended.outcome in {"complete", "unsubscribed"}

    def _age(self, answer: Answer) -> float:
        """Seconds since it was read from the DCS; infinite if it never was."""
        return max(0.0, self.clock.timestamp() - answer.read_timestamp)

    def _response(self, request: web.Request, answer: Answer, warning: str | None) -> web.Response:
        is_compressed = answer.is_compressible and conditional.accepts_gzip(
            conditional.listed(request.headers, hdrs.ACCEPT_ENCODING)
        )
        headers = answer.headers(int(self._age(answer)), is_compressed=is_compressed)
        if conditional.is_unchanged(request.headers, answer.etags, answer.changed_at):
            response = web.Response(status=304, headers=headers)
        else:
            response = web.Response(
                body=answer.compressed() if is_compressed else answer.body, headers=headers
            )
            if is_compressed:
                response.headers["Content-Encoding"] = "gzip"
        if warning is not None:
            response.headers["Warning"] = warning
        return response


@lru_cache(maxsize=1000)
def _asked(path: str, query: str) -> tuple[int | None, Question | Failure]:
    """Return which institution a request asks for, None for none, and what of it.

    That is a failure with code 2 or 6 if nothing can be that, or something is missing: it is told only to who
    may ask.

    Args:
        path: as it stands in the request; the router has found it to be one of these.
        query: as it stands in the request.

    Raises:
        Failure: with code 6, if the institution is not a number.
    """
    method = METHODS[unquote(path).rpartition("/")[2].lower()]
    if method == "GetInstitutions":
        return None, Question(method)
    parameters = parameters_of(query)
    hei_id = integer("hei", parameters.get("hei", ""))
    try:
        question = _content(hei_id, parameters) if method == "GetCourseContent" else Question(method, hei_id)
    except Failure as failure:
        return int4(hei_id), failure.with_traceback(None)  # it is kept, and its frames would be, too
    return int4(hei_id), question


def _content(hei_id: int, parameters: Mapping[str, str]) -> Question:
    """Return which content the parameters ask for.

    Raises:
        Failure: with code 2 or 6, if nothing can be that, or something is missing.
    """
    code, request_id = parameters.get("code") or None, parameters.get("request-id") or None
    if code is None and request_id is None:
        raise Failure(6, "Invalid Parameters: Course code or request Id number is required")
    if code is not None and "\x00" in code:
        raise NO_COURSE  # no code that the DCS lists has one, and PostgreSQL takes none
    number = None if request_id is None else integer("Request-ID", request_id)
    return Question("GetCourseContent", hei_id, code, number)
