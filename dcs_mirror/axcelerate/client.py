"""HTTP client of aXcelerate: sends the tokens, paces the calls, retries those that are safe to repeat."""

import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import date
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import anyio
import stamina
import structlog
from aiolimiter import AsyncLimiter
from yarl import URL

from dcs_mirror.axcelerate import answers
from dcs_mirror.axcelerate.records import Activity, ModuleEnrolment, ModuleUpdate, UnitUpdate
from dcs_mirror.axcelerate.settings import AxcelerateSettings
from dcs_mirror.clock import Clock
from dcs_mirror.errors import (
    CallRefused,
    NotConnected,
    Retryable,
    UpstreamError,
)
from dcs_mirror.plain_text import counted
from dcs_mirror.upstream import surroundings
from dcs_mirror.upstream.http import beginning, bounded, origin, retry_after, sent_once
from dcs_mirror.upstream.redaction import Redactor, printable
from dcs_mirror.upstream.unreached import unreached, untrusted
from dcs_mirror.version import __version__

ATTEMPTS = 4
"""Calls that one question or update may take, the first included, before it counts as unanswered."""

PAGE = 100
"""Entries requested per page."""

MODULE_REPORT = "learningModuleEnrolments"
MODULE_FIELDS = (
    "contacts.contactid",
    "contacts.fullname",
    "learningmoduleenrolments.moduleenrolmentid",
    "learningmoduleenrolments.modulename",
    "learningmoduleenrolments.status",
    "learningmoduleenrolments.startdate",
    "learningmoduleenrolments.enddate",
    "learningmoduleenrolments.commencementdate",
    "learningmoduleenrolments.completiondate",
    "classes.classid",
    "classes.classdescriptor",
    "enrolments.enrolid",
    "enrolments.dateenrolled",
    "enrolments.learningplanname",
)
ENROLLED, IN_PROGRESS = 1, 2
_OVERRIDES = {"unlocked": "true", "locked": "false", "clear": ""}

T = TypeVar("T")
log = structlog.get_logger()


class AxcelerateClient:
    """Client of one organisation's aXcelerate; an async context manager.

    At most ``AXCELERATE_CONCURRENCY`` requests are in flight, and ``AXCELERATE_RATE`` are sent per minute.
    ``requests`` counts the HTTP requests sent, retries included. Every method raises an
    :class:`~dcs_mirror.errors.UpstreamError` if there is no usable answer.
    """

    def __init__(self, settings: AxcelerateSettings, clock: Clock) -> None:
        self.base_url = settings.base_url()
        self._settings = settings
        self._clock = clock
        self._limiter = anyio.CapacityLimiter(settings.concurrency)
        self._pace = AsyncLimiter(1, 60 / settings.rate) if settings.rate else None
        self._session: aiohttp.ClientSession | None = None
        self._secrets = Redactor([], advice=answers.ADVICE)
        self._options: Mapping[str, Any] = {}
        self.requests = 0

    async def __aenter__(self) -> Self:
        headers = {"Accept": "application/json", "User-Agent": f"dcs-mirror/{__version__}"}
        tokens = self._settings.tokens()
        self._secrets = Redactor(tokens.values(), advice=answers.ADVICE)
        self._options = surroundings.request_options(self.base_url, tokens)
        self._session = aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            **surroundings.session_options(self.base_url),
            middlewares=(sent_once,),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def class_enrolments(
        self, contact_id: int, class_id: int, *, attempts: int = ATTEMPTS
    ) -> list[Activity]:
        """A student's enrolments in a class, with their units: usually one, or none."""
        query = {"contactId": str(contact_id), "instanceId": str(class_id), "type": "p"}
        page = await self._ask("GET", "/course/enrolments", query, answers.enrolments, attempts)
        _warn_of_rejected(page.rejected)
        # A server that ignores a parameter answers with other enrolments, too.
        return [e for e in page.enrolments if (e.contact_id, e.instance_id) == (contact_id, class_id)]

    async def one_enrolment(self) -> None:
        """Ask for any one enrolment: the cheapest call that checks the address and the tokens."""
        query = {"type": "p", "offset": "0", "limit": "1"}
        await self._ask("GET", "/course/enrolments", query, answers.enrolments)

    async def all_class_enrolments(self) -> AsyncIterator[Activity]:
        """Every student's enrolment in every class, page by page, each once, without units.

        Raises:
            UpstreamError: also if an enrolment lacks its ids: counting only the others would give a number
                that is too low.
        """
        seen: set[tuple[str | None, int | None, int | None]] = set()
        offset = 0
        while True:
            query = {"type": "p", "offset": str(offset), "limit": str(PAGE)}
            page = await self._ask("GET", "/course/enrolments", query, answers.enrolments)
            if page.rejected:
                raise CallRefused(f"aXcelerate lists {page.rejected} enrolments without contact or class id")
            # A server may ignore type and offset, and may return short pages. So the list ends with the first
            # page that holds nothing new of any type.
            fresh = {(e.type, e.contact_id, e.instance_id): e for e in page.enrolments}
            for identity in seen & fresh.keys():
                del fresh[identity]
            if not fresh:
                return
            seen |= fresh.keys()
            offset += len(page.enrolments)
            for enrolment in fresh.values():
                if enrolment.type in {None, "p"}:
                    yield enrolment

    async def update_unit(self, update: UnitUpdate) -> None:
        """Set a unit enrolment in one attempt; :func:`dcs_mirror.axcelerate.units.update` retries safely."""
        form = {
            "contactId": str(update.contact_id),
            "instanceId": str(update.unit_id),
            "programInstanceId": str(update.class_id),
            "type": "s",
        }
        if update.competent is not None:
            form["competent"] = str(update.competent)
        form |= _dates(activityStartDate=update.start_date, activityEndDate=update.end_date)
        await self._once("PUT", "/course/enrolment", form, answers.updated)

    async def module_enrolments(
        self, contact_id: int, class_id: int, *, statuses: Iterable[int] = (ENROLLED, IN_PROGRESS)
    ) -> list[ModuleEnrolment]:
        """A student's modules in the learning plan of a class that have one of ``statuses``.

        Raises:
            UpstreamError: also if there are fewer rows than announced (W6).
        """
        filters = [
            ("learningmoduleenrolments.statusid", ",".join(map(str, statuses)), "text IN"),
            ("contacts.contactid", str(contact_id), "IN"),
            ("classes.classid", str(class_id), "IN"),
        ]
        form = {
            "reportReference": MODULE_REPORT,
            "selectedViewFields": ",".join(MODULE_FIELDS),
            "selectedFilterFields": json.dumps(
                [{"name": name, "value": value, "operator": operator} for name, value, operator in filters]
            ),
        }
        found: dict[int, ModuleEnrolment] = {}
        offset = 0
        while True:
            page = await self._ask("POST", "/report/run", form | _page_from(offset), answers.report)
            _warn_of_rejected(page.rejected)
            fresh = found | {row.module_enrolment_id: row for row in page.rows}
            offset += len(page.rows) + page.rejected
            if page.total is None or offset >= page.total:
                return list(fresh.values())
            if len(fresh) == len(found):
                raise Retryable(
                    f"the report is cut: it announces {counted(page.total, 'row')} and holds {offset}"
                )
            found = fresh

    async def module_statuses(self) -> Any:
        """The answer of ``/report/field`` about a module enrolment's status ids, as decoded JSON."""
        query = {"fieldReference": "learningmoduleenrolments.statusid"}
        return await self._ask("GET", "/report/field", query, self._redacted)

    async def module_fields(self) -> Any:
        """The answer of ``/report/fields`` about the fields of the report on modules, as decoded JSON."""
        query = {"reportReference": MODULE_REPORT}
        return await self._ask("GET", "/report/fields", query, self._redacted)

    async def update_module(self, update: ModuleUpdate) -> Any:
        """Set a module enrolment; return its new state as decoded JSON.

        Retried if there is no answer, because setting the same values twice has the same effect as once.
        """
        form = {
            "contactId": str(update.contact_id),
            "enrolId": str(update.enrol_id),
            "classId": str(update.class_id),
            "moduleEnrolmentId": str(update.module_enrolment_id),
            "useCache": "false",
        }
        if update.access is not None:
            form["accessOverride"] = _OVERRIDES[update.access]
        form |= _dates(startDate=update.start_date, endDate=update.end_date)
        return await self._ask("PUT", "/v2/learningPlan/modules/enrolments", form, self._redacted)

    async def _ask(
        self,
        verb: str,
        path: str,
        parameters: Mapping[str, str],
        read: Callable[[Any], T],
        attempts: int = ATTEMPTS,
    ) -> T:
        """Make a call that is safe to repeat, with retries; return its answer as ``read`` returns it."""

        async def attempt() -> T:
            return await self._once(verb, path, parameters, read)

        return await retrying(attempts)(attempt)

    async def _once(self, verb: str, path: str, parameters: Mapping[str, str], read: Callable[[Any], T]) -> T:
        """Send one request; return its answer as ``read`` returns it.

        Parameters are sent in the query of a GET, else as a form.
        """
        if self._session is None:
            raise RuntimeError("AxcelerateClient is used outside its context")
        url = URL(self.base_url + path)
        query, form = (parameters, None) if verb == "GET" else (None, dict(parameters))
        async with self._limiter:
            if self._pace:
                await self._pace.acquire()
            self.requests += 1
            try:
                async with self._session.request(
                    verb, url, params=query, data=form, allow_redirects=False, **self._options
                ) as response:
                    status = response.status
                    if status not in {200, 201, 204}:
                        raise self._refusal(response, await beginning(response))
                    body = await bounded(response)
            except TimeoutError:
                message = f"{origin(url)} gave no answer within {self._settings.timeout:g} s"
                raise Retryable(message) from None
            except ssl.SSLCertVerificationError as error:  # aiohttp's own error for it is a subclass
                raise untrusted(url, error) from None
            except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError) as error:
                raise NotConnected(unreached(url, error)) from None
            except (aiohttp.ClientError, OSError) as error:
                raise Retryable(unreached(url, error)) from None
        if not body.strip() and verb != "GET" and status != 204:  # 204 says that there is no body
            raise Retryable(f"{origin(url)} answered with an empty body, which does not say what was done")
        try:
            return read(answers.parsed(self._secrets.removed_from(body)) if body.strip() else None)
        except UpstreamError as error:
            self._secrets.redact(error, body)
            raise

    def _redacted(self, answer: Any) -> Any:
        """An answer to be shown to the user; a note in its place if it repeats the tokens."""
        shown = answers.without_surrogates(answer)
        if self._secrets.occur_in(json.dumps(shown, ensure_ascii=False)):
            return "the answer repeats the tokens, so it is left out"
        return shown

    def _refusal(self, response: aiohttp.ClientResponse, body: bytes) -> UpstreamError:
        """The error for an HTTP status other than success, with the message of the body."""
        wait = retry_after(response.headers, self._clock.now())
        message = answers.message_in(body)
        if not message:
            body = b""  # no part of it is in the message, so it need not be redacted
            message = f"{origin(response.url)} {printable(response.reason or '')}".rstrip()
            message += "; is AXCELERATE_URL or AXCELERATE_SUBDOMAIN right?" if response.status < 400 else ""
        error = answers.error_of(response.status, message, retry_after=wait)
        self._secrets.redact(error, body)
        return error


def retrying(attempts: int = ATTEMPTS) -> stamina.BoundAsyncRetryingCaller:
    """A caller that retries a coroutine function on :class:`Retryable`, ``attempts`` calls in all."""
    return stamina.AsyncRetryingCaller(attempts=attempts, timeout=None, wait_initial=0.2, wait_max=10.0).on(
        _backoff
    )


def _backoff(error: Exception) -> bool | float:
    """Stamina's back-off hook: whether to retry, or in how many seconds if aXcelerate asked for a wait."""
    if not isinstance(error, Retryable):
        return False
    log.info("asking again", because=str(error), after_seconds=error.retry_after)
    return True if error.retry_after is None else error.retry_after


def _warn_of_rejected(rejected: int) -> None:
    if rejected:
        log.warning("entries without ids were left out", entries=rejected)


def _page_from(offset: int) -> dict[str, str]:
    return {"offset": str(offset), "limit": str(PAGE)} if offset else {}


def _dates(**dates: date | None) -> dict[str, str]:
    return {name: value.isoformat() for name, value in dates.items() if value is not None}
