"""The DCS over one HTTP session: authenticated, limited, reading retried (W1-W3, W7, W9), writing not."""

import email.utils
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from types import TracebackType
from typing import Generic, Self, TypeVar
from urllib.parse import quote, urlsplit

import aiohttp
import anyio
import anyio.lowlevel
import stamina
import structlog
from aiolimiter import AsyncLimiter
from yarl import URL

from dcs_mirror import __version__
from dcs_mirror.clock import Clock, reading_order
from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    NotTaken,
    Retryable,
    RunEnded,
    Unanswered,
    UpstreamError,
    UpstreamUnavailable,
)
from dcs_mirror.settings import Settings
from dcs_mirror.upstream import wire

ATTEMPTS = 4
"""Calls that one question may cost before it counts as unanswered."""

LARGEST_BODY = 64 * 2**20
"""Bytes of one answer, unpacked, beyond which it is refused."""

LONGEST_WAIT = 300.0
"""Seconds beyond which a ``Retry-After`` is not waited for."""

_DIGEST_BYTES = 16

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """One answer and when it was asked for.

    ``content`` is None where the body's digest is the one that the caller already holds.
    """

    content: T | None
    digest: bytes
    fetched_at: datetime
    order: int


class DcsClient:
    """Asks the DCS; at most ``DCS_CONCURRENCY`` requests are in flight over all its users.

    Use it as an async context manager. ``width`` is the most requests in flight;
    ``requests`` counts the HTTP requests sent, retries included.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._base = settings.api_url
        self._clock = clock
        self._settings = settings
        self._limiter = anyio.CapacityLimiter(settings.concurrency)
        self._pace = AsyncLimiter(1, 1 / settings.rate) if settings.rate else None
        self._session: aiohttp.ClientSession | None = None
        self.width = settings.concurrency
        self.requests = 0

    async def __aenter__(self) -> Self:
        username, password = self._settings.credentials()
        headers = {
            "Authorization": aiohttp.encode_basic_auth(username, password),
            "Accept": "application/json",
            "User-Agent": f"dcs-mirror/{__version__}",
        }
        if self._settings.api_subscription_key:
            headers["Ocp-Apim-Subscription-Key"] = self._settings.api_subscription_key.get_secret_value()
        self._session = aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout),
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def institutions(self) -> wire.InstitutionList:
        """The institutions that have subscribed these credentials (specification, GetInstitutions).

        Raises:
            UpstreamError: where there is no answer; :class:`UpstreamUnavailable` after the retries.
        """
        try:
            answer = await self._ask("GetInstitutions", {}, wire.institutions)
        except RunEnded:
            raise
        except UpstreamError as error:
            raise UpstreamUnavailable(str(error)) from error
        assert answer.content is not None  # noqa: S101 - only a known digest leaves it out
        return answer.content

    async def courses(self, hei_id: int, *, known: bytes | None = None) -> Answer[wire.CourseList]:
        """The courses of one institution in its current academic year (specification, GetCourses)."""
        return await self._ask("GetCourses", {"hei": str(hei_id)}, wire.courses, known)

    async def content(
        self, hei_id: int, code: str, *, known: bytes | None = None
    ) -> Answer[wire.ContentList]:
        """The content items of the course that has ``code`` (specification, GetCourseContent)."""
        return await self._ask("GetCourseContent", {"hei": str(hei_id), "code": code}, wire.content, known)

    async def request(self, hei_id: int, request_id: int) -> Answer[wire.ContentList]:
        """Today's item of a request id, which may be of an earlier year (W9)."""
        query = {"hei": str(hei_id), "Request-ID": str(request_id)}
        return await self._ask("GetCourseContent", query, wire.content)

    async def send(self, verb: str, method: str, parameters: Mapping[str, str]) -> bytes:
        """Sends a call that writes, within the limits and once; the body of its answer.

        Raises:
            NotTaken: where it did not reach the DCS: no connection, or HTTP 425 or 429.
            Unanswered: where it may have been taken all the same (A6).
            UpstreamError: where it was refused with an HTTP status.
        """
        url = URL(f"{self._base}/{method}" + _encoded(parameters), encoded=True)
        async with self._limiter:
            if self._pace:
                await self._pace.acquire()
            return await self._send_once(verb, url)

    async def _send_once(self, verb: str, url: URL) -> bytes:
        if self._session is None:
            raise RuntimeError("DcsClient is used outside its context")
        self.requests += 1
        seconds = self._settings.timeout
        timeout = aiohttp.ClientTimeout(total=seconds, connect=seconds / 2)
        try:
            async with self._session.request(
                verb, url, allow_redirects=False, timeout=timeout, middlewares=(_never_twice,)
            ) as response:
                body = await _bounded(response)
                if 200 <= response.status < 300:
                    return body
                refusal = _error_of_status(response, body, self._clock.now())
        except CallRefused as error:
            raise Unanswered(str(error)) from None
        except ssl.SSLCertVerificationError as error:
            raise UpstreamUnavailable(
                f"the TLS certificate of {_origin(url)} is not trusted: {error}"
            ) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotTaken(f"{_origin(url)} cannot be reached: {_reason(error)}") from None
        except TimeoutError:
            raise Unanswered(f"{_origin(url)} gave no answer within {seconds:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"{_origin(url)} broke the connection: {_reason(error)}") from None
        if not isinstance(refusal, Retryable) and response.status != 303:
            raise refusal
        if response.status in {425, 429}:
            raise NotTaken(str(refusal), retry_after=getattr(refusal, "retry_after", None))
        raise Unanswered(str(refusal))

    async def _ask(
        self,
        method: str,
        query: Mapping[str, str],
        read: Callable[[bytes], T],
        known: bytes | None = None,
    ) -> Answer[T]:
        """One question, asked up to ``ATTEMPTS`` times; bodies with the digest ``known`` are not read."""
        url = URL(f"{self._base}/{method}" + _encoded(query), encoded=True)
        try:
            return await self._attempt(url, read, known)
        except Retryable as error:
            unanswered = error
        async for attempt in stamina.retry_context(
            on=_waiting_time, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
        ):
            with attempt:
                if attempt.num == 1:  # made above, without the retry machinery's cost
                    raise unanswered
                return await self._attempt(url, read, known)
        raise unanswered  # stamina's last attempt raises; this tells the type checker

    async def _attempt(self, url: URL, read: Callable[[bytes], T], known: bytes | None) -> Answer[T]:
        async with self._limiter:
            if self._pace:
                await self._pace.acquire()
            fetched_at, order = self._clock.now(), reading_order()
            body = await self._body(url)
        await anyio.lowlevel.checkpoint()  # whoever waits for the wire goes first, then this answer is read
        digest = blake2b(body, digest_size=_DIGEST_BYTES).digest()
        return Answer(None if digest == known else read(body), digest, fetched_at, order)

    async def _body(self, url: URL) -> bytes:
        if self._session is None:
            raise RuntimeError("DcsClient is used outside its context")
        self.requests += 1
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                body = await _bounded(response)
                if response.status != 200:
                    raise _error_of_status(response, body, self._clock.now())
                return body
        except TimeoutError:
            raise Retryable(f"{_origin(url)} gave no answer within {self._settings.timeout:g} s") from None
        except ssl.SSLCertVerificationError as error:  # aiohttp wraps it in a subclass
            raise UpstreamUnavailable(
                f"the TLS certificate of {_origin(url)} is not trusted: {error}"
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Retryable(f"{_origin(url)} cannot be reached: {_reason(error)}") from None


async def _never_twice(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Tells of a broken connection in an error that aiohttp knows no remedy for: it sends a PUT again."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientError(_reason(error)) from error


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer.

    Raises:
        CallRefused: as soon as it is larger than ``LARGEST_BODY``, whatever its headers say.
    """
    announced = response.content_length
    if announced is not None and announced > LARGEST_BODY:
        raise CallRefused(f"the answer announces {announced} bytes, which is too large")
    if announced is not None and "Content-Encoding" not in response.headers:
        return await response.read()
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise CallRefused(f"the answer is larger than {LARGEST_BODY} bytes, which is too large")
    return bytes(body)


def _waiting_time(error: Exception) -> bool | float:
    """Stamina's back-off hook: whether to ask again, or the seconds that upstream asked for."""
    if not isinstance(error, Retryable):
        return False
    log.info("asking again", because=str(error), after_seconds=error.retry_after)
    return True if error.retry_after is None else error.retry_after


def _error_of_status(response: aiohttp.ClientResponse, body: bytes, now: datetime) -> UpstreamError:
    """The error that an HTTP status other than 200 stands for: a gateway's, or the DCS's own (W2, W3)."""
    status = f"{_origin(response.url)} answered HTTP {response.status} {response.reason or ''}".rstrip()
    if response.status in {401, 403}:
        return CredentialsRefused(
            f"{status}: the credentials or the subscription key are refused; check DCS_API_USERNAME, "
            "DCS_API_PASSWORD and DCS_API_SUBSCRIPTION_KEY"
        )
    if response.status in {408, 425, 429} or response.status >= 500:
        return Retryable(status, retry_after=retry_after(response.headers.get("Retry-After"), now))
    return wire.error_in(body) or CallRefused(f"{status}; is DCS_API_URL right?")


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks to wait, at most ``LONGEST_WAIT`` (W2).

    Args:
        value: the header: seconds, or an HTTP date.
        now: the present, aware.

    Returns:
        None where the header is absent or unreadable.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = email.utils.parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        seconds = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    if seconds != seconds:  # noqa: PLR0124 - "nan" is a float too
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _encoded(query: Mapping[str, str]) -> str:
    """The query string, every reserved character of a value percent-encoded (W7)."""
    return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items()) if query else ""


def _origin(url: URL) -> str:
    """Scheme, host and port of an address: all of it that is fit for a message."""
    parts = urlsplit(str(url))
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def _reason(error: Exception) -> str:
    # The text of a ClientResponseError holds the address, and with it the query.
    said = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    return wire.printable(said) or type(error).__name__
