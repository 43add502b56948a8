"""Client of the DCS: paced and limited; reads are retried if that may help, writes never (W2, W3)."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from datetime import timedelta
from types import TracebackType
from typing import Self, TypeVar

import stamina
import structlog
from aiolimiter import AsyncLimiter
from xxhash import xxh3_128_digest
from yarl import URL

from dcs_mirror.clock import Clock, ReadingOrder
from dcs_mirror.errors import (
    Forbidden,
    OutcomeUnknown,
    PutOff,
    Retryable,
    RunEnded,
    SafeToResend,
    UpstreamError,
    UpstreamUnavailable,
)
from dcs_mirror.settings import Settings
from dcs_mirror.upstream import send_once, wire
from dcs_mirror.upstream.admission import AdmissionGate
from dcs_mirror.upstream.answers import FIELDS, Answer, Load, is_unreachable
from dcs_mirror.upstream.observer import Observer
from dcs_mirror.upstream.pacing import AdaptiveLimit, CircuitBreaker, Patience, RetryBudget
from dcs_mirror.upstream.second_look import SecondLook
from dcs_mirror.upstream.session import Session

ATTEMPTS = 4
"""Calls that one question may take, the first included, before it counts as unanswered."""

PROBES = 6
"""Probes that must fail, over half a minute or longer, before a DCS that seems to be down counts as down."""

TOLD_SECONDS = 30
"""A wait as long as this is logged as a warning, because a person may wonder why nothing happens."""

PUT_OFF = 100
"""Calls in a row that may be answered 429, beyond what a burst of all calls in flight causes."""

T = TypeVar("T")
log = structlog.get_logger()


class DcsClient:
    """Calls the methods of the DCS, with at most ``DCS_CONCURRENCY`` requests in flight over all its users.

    An async context manager. ``width`` is the largest number of requests in flight; fewer are used while
    upstream is overloaded. ``requests`` counts the HTTP requests sent, retries included.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        order: ReadingOrder | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._clock = clock
        self._order = order or ReadingOrder()
        self._session = Session(settings, clock, observer)
        self._limit = AdaptiveLimit(settings.concurrency)
        self._shared_rate = settings.rate
        self._rate = AsyncLimiter(1, 1 / settings.rate) if settings.rate else None
        self._gate = AdmissionGate(self._limit, self._rate)
        # Enough to retry everything in flight at a short outage, each question to its last attempt.
        self._retry_budget = RetryBudget(settings.concurrency * (ATTEMPTS - 1))
        # More failures than a short outage and one question that always fails can cause together.
        self._circuit = CircuitBreaker(settings.concurrency + ATTEMPTS)
        self._second_look = SecondLook(self._gate)
        self.width = settings.concurrency
        self.requests = self.turn = 0
        self.be_patient(settings.max_wait)

    async def __aenter__(self) -> Self:
        await self._session.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def share(self, width: int, rate: float, *, until: float) -> None:
        """Hold only a share of the limits; from ``until`` on, a time of the event loop, send nothing.

        Args:
            width: the most requests in flight, at most :attr:`width`; 0 sends nothing.
            rate: calls per second; 0 for no limit.
        """
        if rate != self._shared_rate:
            self._shared_rate = rate
            self._rate = AsyncLimiter(1, 1 / rate) if rate else None
        self._limit.resize(min(width, self.width))
        self._gate.share(until, self._rate)

    @property
    def load(self) -> Load:
        """What the client does to the DCS just now."""
        gate, limit = self._gate, self._limit.current
        return Load(limit, gate.in_flight, gate.pause_left, self._circuit.is_probing, gate.own_pause_left)

    @property
    def ended(self) -> RunEnded | None:
        """Why no call of this client makes sense any more; None while they do."""
        return self._gate.ended

    def pause(self, seconds: float) -> None:
        """Send nothing for ``seconds``, because others were asked to wait."""
        self._gate.pause(seconds, is_own=False)

    def end(self, error: RunEnded) -> None:
        """Send nothing any more: every call raises ``error``."""
        self._gate.end(error)

    @property
    def skew(self) -> timedelta | None:
        """How far upstream's clock was ahead of ``clock`` in the latest answer; None if unknown."""
        return self._session.skew

    def with_own_counter(self, turn: int = 0) -> Self:
        """Return a client that shares session, limits and pacing.

        It counts its requests and waits from 0. Only its lists go before calls of a lower ``turn``.
        """
        client = copy(self)
        client.requests, client.turn = 0, turn
        client.be_patient(self._patience.seconds, rule=self._patience.rule)
        return client

    def be_patient(self, seconds: float, *, rule: str = "DCS_MAX_WAIT allows") -> None:
        """Wait up to ``seconds`` in all from now on if upstream asks for it; ``rule`` says who decides."""
        # A burst of all calls in flight, each to its last attempt, is no endless refusal yet.
        self._patience = Patience(seconds, PUT_OFF + self.width * ATTEMPTS, rule=rule)

    async def institutions(self) -> wire.InstitutionList:
        """The institutions that have subscribed these credentials (specification, GetInstitutions).

        Raises:
            RunEnded: if the credentials are refused, or there is no usable answer after the retries
                (:class:`UpstreamUnavailable`).
        """
        try:
            answer = await self._ask("GetInstitutions", {}, wire.institutions)
        except RunEnded:
            raise
        except UpstreamError as error:
            raise UpstreamUnavailable(str(error)) from error
        assert answer.content is not None  # noqa: S101 - None only if a digest is given
        return answer.content

    async def courses(self, hei_id: int, *, known: bytes | None = None) -> Answer[wire.CourseList]:
        """The courses of one institution in its current academic year (specification, GetCourses).

        Args:
            hei_id: the institution.
            known: digest of the answer that the caller already holds; the same body is not read again.

        Raises:
            UpstreamError: if there is no usable answer after the retries.
        """
        return await self._ask("GetCourses", {"hei": str(hei_id)}, wire.courses, known)

    async def content(
        self, hei_id: int, code: str, *, known: bytes | None = None
    ) -> Answer[wire.ContentList]:
        """The content items of the course with ``code`` (specification, GetCourseContent).

        Args:
            hei_id: the institution.
            code: the course code, as the DCS spells it.
            known: digest of the answer that the caller already holds; the same body is not read again.

        Raises:
            UpstreamError: if there is no usable answer after the retries.
        """
        return await self._ask("GetCourseContent", {"hei": str(hei_id), "code": code}, wire.content, known)

    async def request(self, hei_id: int, request_id: int) -> Answer[wire.ContentList]:
        """Today's item of a request id, which may be an id of an earlier year (W9).

        Raises:
            UpstreamError: if there is no usable answer after the retries.
        """
        query = {"hei": str(hei_id), "Request-ID": str(request_id)}
        return await self._ask("GetCourseContent", query, wire.content)

    async def send(
        self,
        verb: str,
        method: str,
        parameters: Mapping[str, str],
        about_to_send: Callable[[], Awaitable[None]],
    ) -> wire.WriteAnswer:
        """Send a call that writes, once and within the limits; return what its answer says.

        Refused credentials end all calls of this client: further attempts could lock the account (W3).

        Args:
            verb: the HTTP method.
            method: the DCS method.
            parameters: the specification's parameters, by name.
            about_to_send: awaited after the call is admitted, just before it is sent.

        Raises:
            SafeToResend: if it did not reach the DCS: no connection, HTTP 425 or 429, a quota that is used
                up, or a pause that began while ``about_to_send`` was awaited.
            OutcomeUnknown: if its outcome is unknown (A6).
            UpstreamError: if it was refused.
            Exception: whatever ``about_to_send`` raises; the call is then not sent.
        """
        url = self._session.address(method, parameters)
        try:
            async with self._gate as number:
                await about_to_send()
                if seconds := self._gate.pause_remaining():
                    raise SafeToResend(
                        "upstream asked for a pause just before it was sent", retry_after=seconds
                    )
                self.requests += 1
                try:
                    body = await send_once.send(self._session, verb, url)
                except SafeToResend as error:
                    if error.retry_after is not None:
                        self._wait(error, error.retry_after)
                    raise
                except Forbidden as error:
                    raise await self._second_look.check_write(url, number, error, self._send) from None
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
        """Ask one question up to ``ATTEMPTS`` times; a body with the digest ``known`` is not read."""
        url = self._session.address(method, query)
        try:
            return await self._attempt(url, read, known)
        except Retryable as error:
            first_failure = error
        return await self._retry(first_failure, url, read, known)

    async def _retry(
        self, first_failure: Retryable, url: URL, read: Callable[[bytes], T], known: bytes | None
    ) -> Answer[T]:
        """Make the further attempts at a question, as far as the retry budget allows."""
        attempts = itertools.count(1)

        def backoff(error: Exception) -> bool | float:
            """Stamina's back-off hook: whether to retry; the gate waits for a ``Retry-After``."""
            if not isinstance(error, Retryable) or next(attempts) == ATTEMPTS:
                return False
            if not self._retry_budget.withdraw():
                if self._retry_budget.refused == 1:
                    log.warning("too much failed: no more retries for now", because=str(error))
                return False
            self._session.observer.retried()
            log.info("asking again", because=str(error), after_seconds=error.retry_after)
            return True if error.retry_after is None else 0.0

        async for attempt in stamina.retry_context(
            on=backoff, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
        ):
            with attempt:
                if attempt.num == 1:  # made by the caller, to spare answered questions stamina's cost
                    raise first_failure
                return await self._attempt(url, read, known)
        raise first_failure  # for the type checker: stamina's last attempt raises

    async def _attempt(self, url: URL, read: Callable[[bytes], T], known: bytes | None) -> Answer[T]:
        try:
            async with self._gate.in_turn(0 if read is wire.courses else self.turn) as number:
                fetched_at, order = self._clock.now(), self._order()
                try:
                    body = await self._send_or_look(url, number)
                except Retryable as error:
                    if error.unreachable and self._circuit.record_failure():
                        await self._probe(error, number)
                    raise
            # Receive every answer that has arrived before reading one: the calls that follow leave together.
            await asyncio.sleep(0)
            digest = xxh3_128_digest(body, FIELDS)
            content = None if digest == known else self._session.read(read, body)
        except RunEnded as error:
            self._gate.end(error)
            raise
        except UpstreamError as error:
            if not isinstance(error, Retryable):  # an error of the DCS's own is an answer, too
                error.reading_order = order
                self._record_answer(number)
            raise
        self._record_answer(number)
        self._second_look.record_answer(url)
        return Answer(content, digest, fetched_at, order)

    def _record_answer(self, number: int) -> None:
        self._limit.record_success(number)
        self._circuit.record_success()
        self._patience.record_success()
        self._retry_budget.deposit()

    async def _probe(self, error: Retryable, number: int) -> None:
        """Find out whether the DCS is down after call ``number`` failed; no other call is sent meanwhile.

        Raises:
            UpstreamUnavailable: if it is down.
        """
        log.warning("the DCS may be down: probing it, all other calls wait", because=str(error))
        reached = True  # a cancelled probe proves nothing
        try:
            with self._gate.closed():
                reached = await self._is_reachable(number)
        finally:
            failures, is_down = self._circuit.failures, self._circuit.finish_probe(reached=reached)
        if is_down:
            raise UpstreamUnavailable(
                f"{error}; {failures} calls in a row failed, and then {PROBES} probes with GetInstitutions. "
                "The run ends; what is already stored stays"
            )

    async def _is_reachable(self, number: int) -> bool:
        """Whether the DCS answers GetInstitutions, a call that depends on no institution and no course.

        Any answer will do, also an error of the DCS's own. The probes use the place of call ``number``.

        Raises:
            RunEnded: if the answer is that no further call makes sense.
        """
        url = self._session.address("GetInstitutions", {})
        try:
            async for attempt in stamina.retry_context(
                on=is_unreachable, attempts=PROBES, timeout=None, wait_initial=1.0, wait_max=10.0
            ):
                with attempt:
                    await self._gate.wait_to_resend()
                    await self._send(url, number)
        except Retryable as error:
            return not error.unreachable
        except RunEnded:
            raise
        except UpstreamError:
            return True
        return True

    async def _send_or_look(self, url: URL, number: int) -> bytes:
        try:
            return await self._send(url, number)
        except Forbidden as error:
            refusal = error
        return await self._second_look.read(url, number, refusal, self._send)

    async def _send(self, url: URL, number: int) -> bytes:
        """Send call ``number`` and return the body of its answer; on overload, slow down all calls."""
        self.requests += 1
        try:
            return await self._session.get(url)
        except Retryable as error:
            if error.throttled and self._patience.record_put_off():
                raise PutOff(
                    f"{error}; more than {self._patience.times} calls in a row were put off. The run ends; "
                    "what is already stored stays"
                ) from None
            if error.retry_after is not None:
                self._wait(error, error.retry_after)
            if error.overloaded and self._limit.record_overload(number):
                log.info("fewer requests at once", most=self._limit.current, because=str(error))
            raise

    def _wait(self, error: UpstreamError, seconds: float) -> None:
        """Hold all calls for ``seconds``, as upstream asked.

        Raises:
            PutOff: if the run would then wait longer in all than it may.
        """
        patience, more = self._patience, max(0.0, seconds - self._gate.pause_left)
        if not patience.record_wait(more):
            raise PutOff(
                f"{error}; it asks to wait {seconds:.0f} s. The run has waited {patience.waited:.0f} s, "
                f"and {patience.rule} {patience.seconds:g} s in all. The run ends; what is already "
                "stored stays"
            )
        if more >= TOLD_SECONDS:
            log.warning("waiting, as the DCS asks", because=str(error), seconds=round(seconds))
        self._gate.pause(seconds)
