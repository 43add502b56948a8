"""The DCS within the limits: what is read is asked again where it may help, what writes is not (W3, W9)."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Generic, Self, TypeVar

import stamina
import structlog
from aiolimiter import AsyncLimiter
from xxhash import xxh3_128_digest
from yarl import URL

from dcs_mirror.clock import Clock, reading_order
from dcs_mirror.errors import (
    OutcomeUnknown,
    Retryable,
    RunEnded,
    SafeToResend,
    UpstreamError,
    UpstreamUnavailable,
)
from dcs_mirror.settings import Settings
from dcs_mirror.upstream import send_once, wire
from dcs_mirror.upstream.admission import AdmissionGate
from dcs_mirror.upstream.pacing import AdaptiveLimit, CircuitBreaker, RetryBudget
from dcs_mirror.upstream.session import Session

ATTEMPTS = 4
"""Calls that one question may cost before it counts as unanswered."""

PROBES = 6
"""Calls that must fail, over half a minute or longer, before a DCS that is in doubt counts as down."""

T = TypeVar("T")
log = structlog.get_logger()


@dataclass(slots=True)
class Answer(Generic[T]):
    """One answer and when it was asked for.

    ``content`` is None where the body's digest is the one that the caller already holds.
    """

    content: T | None
    digest: bytes
    fetched_at: datetime
    reading_order: int


class DcsClient:
    """Asks the DCS; at most ``DCS_CONCURRENCY`` requests are in flight over all its users.

    Use it as an async context manager. ``width`` is the most requests in flight, of which fewer are
    used while upstream suffers; ``requests`` counts the HTTP requests sent, retries included.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._session = Session(settings, clock)
        self._limit = AdaptiveLimit(settings.concurrency)
        self._gate = AdmissionGate(self._limit, AsyncLimiter(1, 1 / settings.rate) if settings.rate else None)
        # Enough for all that is in flight when upstream stumbles, each question to its last attempt.
        self._retry_budget = RetryBudget(settings.concurrency * (ATTEMPTS - 1))
        # More than one stumble and one question that is beyond help can fail between them.
        self._circuit = CircuitBreaker(settings.concurrency + ATTEMPTS)
        self.width = settings.concurrency
        self.requests = 0

    async def __aenter__(self) -> Self:
        await self._session.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    @property
    def skew(self) -> timedelta | None:
        """How far upstream's clock was ahead of the given one in the latest answer; None if untold."""
        return self._session.skew

    def with_own_counter(self) -> Self:
        """The same session, limits and pacing, with a count of ``requests`` that begins at 0."""
        twin = copy(self)
        twin.requests = 0
        return twin

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

    async def send(
        self,
        verb: str,
        method: str,
        parameters: Mapping[str, str],
        about_to_send: Callable[[], Awaitable[None]],
    ) -> wire.WriteAnswer:
        """Sends a call that writes, within the limits and once; what its answer says.

        Refused credentials are sent no more: they end the turns of all (W3).

        Args:
            about_to_send: awaited when the call's turn has come, just before it is sent.

        Raises:
            NotTaken: where it did not reach the DCS: no connection, HTTP 425 or 429, or a pause that
                began while ``about_to_send`` was awaited.
            Unanswered: where it may have been taken all the same (A6).
            UpstreamError: where it was refused.
        """
        url = self._session.address(method, parameters)
        try:
            async with self._gate:
                await about_to_send()
                if left := self._gate.left():
                    raise SafeToResend("upstream asked for a pause just before it was sent", retry_after=left)
                self.requests += 1
                try:
                    body = await send_once.send(self._session, verb, url)
                except SafeToResend as error:
                    if error.retry_after is not None:
                        self._gate.pause(error.retry_after)
                    raise
            return self._session.read(wire.written, body)
        except Retryable as error:
            raise OutcomeUnknown(str(error)) from None
        except RunEnded as error:
            self._gate.end(error)
            raise

    async def _ask(
        self,
        method: str,
        query: Mapping[str, str],
        read: Callable[[bytes], T],
        known: bytes | None = None,
    ) -> Answer[T]:
        """One question, asked up to ``ATTEMPTS`` times; bodies with the digest ``known`` are not read."""
        url = self._session.address(method, query)
        try:
            return await self._attempt(url, read, known)
        except Retryable as error:
            unanswered = error
        return await self._ask_again(unanswered, url, read, known)

    async def _ask_again(
        self, unanswered: Retryable, url: URL, read: Callable[[bytes], T], known: bytes | None
    ) -> Answer[T]:
        """The further attempts at a question, while the budget lasts."""
        made = itertools.count(1)

        def waiting_time(error: Exception) -> bool | float:
            """Stamina's back-off hook: whether to ask again; a ``Retry-After`` is waited for in turn."""
            if not isinstance(error, Retryable) or next(made) == ATTEMPTS:
                return False
            if not self._retry_budget.withdraw():
                if self._retry_budget.refused == 1:
                    log.warning("too much failed: nothing is asked again for now", because=str(error))
                return False
            log.info("asking again", because=str(error), after_seconds=error.retry_after)
            return True if error.retry_after is None else 0.0

        async for attempt in stamina.retry_context(
            on=waiting_time, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
        ):
            with attempt:
                if attempt.num == 1:  # made before, without the retry machinery's cost
                    raise unanswered
                return await self._attempt(url, read, known)
        raise unanswered  # stamina's last attempt raises; this tells the type checker

    async def _attempt(self, url: URL, read: Callable[[bytes], T], known: bytes | None) -> Answer[T]:
        try:
            async with self._gate as number:
                fetched_at, order = self._clock.now(), reading_order()
                try:
                    body = await self._send(url, number)
                except Retryable as error:
                    if error.down and self._circuit.failed():
                        await self._probe(error, number)
                    raise
            # Answers that are there are all taken before one is read: what is asked next leaves together.
            await asyncio.sleep(0)
            digest = xxh3_128_digest(body)
            content = None if digest == known else self._session.read(read, body)
        except RunEnded as error:
            self._gate.end(error)
            raise
        except Retryable:
            raise
        except UpstreamError:
            self._answered(number)  # though not as hoped for
            raise
        self._answered(number)
        return Answer(content, digest, fetched_at, order)

    def _answered(self, number: int) -> None:
        self._limit.good(number)
        self._circuit.good()
        self._retry_budget.deposit()

    async def _probe(self, error: Retryable, number: int) -> None:
        """Finds out whether the DCS is there, after a call that put it in doubt, while nothing else is asked.

        Raises:
            UpstreamUnavailable: where it is not.
        """
        log.warning("the DCS may be down: asking only whether it is there", because=str(error))
        reached = True  # for all that is known if this is cancelled
        try:
            with self._gate.held():
                reached = await self._is_there(number)
        finally:
            failures, is_down = self._circuit.failures, self._circuit.settle(reached=reached)
        if is_down:
            raise UpstreamUnavailable(
                f"{error}; {failures} calls in a row failed, and then {PROBES} that only asked whether "
                "the DCS is there; the run ends, what has landed stays"
            )

    async def _is_there(self, number: int) -> bool:
        """Whether anybody answers GetInstitutions, a call that no institution and no course can spoil.

        Any answer will do, an error of the DCS's own too. It is asked in the turn of call ``number``.

        Raises:
            RunEnded: where the answer is that nothing more must be asked.
        """
        url = self._session.address("GetInstitutions", {})
        try:
            async for attempt in stamina.retry_context(
                on=_is_down, attempts=PROBES, timeout=None, wait_initial=1.0, wait_max=10.0
            ):
                with attempt:
                    await self._gate.again()
                    await self._send(url, number)
        except Retryable as error:
            return not error.down
        except RunEnded:
            raise
        except UpstreamError:
            return True
        return True

    async def _send(self, url: URL, number: int) -> bytes:
        """The body of the answer to call ``number``; one that fails slows all calls down as it asks for."""
        self.requests += 1
        try:
            return await self._session.get(url)
        except Retryable as error:
            if error.retry_after is not None:
                self._gate.pause(error.retry_after)
            if error.suffering and self._limit.suffering(number):
                log.info("fewer requests at once", most=self._limit.present, because=str(error))
            raise


def _is_down(error: Exception) -> bool:
    return isinstance(error, Retryable) and error.down
