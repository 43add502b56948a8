"""Admission of calls to the wire: one at a time in the order of arrival, within the limits."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from heapq import heappop, heappush
from typing import Protocol

from dcs_mirror.errors import RunEnded
from dcs_mirror.upstream.pacing import AdaptiveLimit, Pause


class Rate(Protocol):
    """A rate limiter."""

    async def acquire(self) -> None:
        """Wait until one more call may be sent."""


class Timer(Protocol):
    """The part of the event loop that :class:`AdmissionGate` uses."""

    def time(self) -> float:
        """Monotonic time in seconds."""

    def call_at(self, when: float, callback: Callable[[], None], /) -> object:
        """Run ``callback`` at the instant ``when``."""


class AdmissionGate:
    """Admits calls in the order of arrival: ``async with gate as number`` around each call.

    Calls of :meth:`in_turn` wait behind all those of an earlier turn; calls without one have the first.

    Never more calls are in flight than ``limit`` allows, and none is admitted during a pause. A call that
    waits for admission is not in flight. ``number`` identifies the call to ``limit``. Cancellation-safe. Not
    thread-safe: one event loop only.

    Args:
        limit: bounds the calls in flight; it may change at any time.
        rate: spaces the calls, if given.
        timer: returns the clock of pauses; the running event loop unless a test replaces it.

    Raises (on entry):
        RunEnded: after :meth:`end`.
    """

    def __init__(
        self,
        limit: AdaptiveLimit,
        rate: Rate | None = None,
        *,
        timer: Callable[[], Timer] = asyncio.get_running_loop,
    ) -> None:
        self._limit = limit
        self._rate = rate
        self._timer = timer
        self._pause = Pause()
        self._own_pause = Pause()
        self._in_flight = 0
        self._arrivals = 0
        self._waiters: list[tuple[int, int, asyncio.Future[bool]]] = []
        self._closures = 0
        self._wanting_alone = 0
        self._one_alone = asyncio.Lock()
        self._changed = asyncio.Event()
        self._timer_is_set = False
        self._open_until = math.inf
        self._ended: RunEnded | None = None

    def __aenter__(self) -> Coroutine[object, object, int]:
        return self.enter(0)

    def in_turn(self, turn: int) -> AbstractAsyncContextManager[int]:
        """The gate for calls that go after all those of a lower ``turn``; the first one is 0."""
        return _InTurn(self, turn) if turn else self

    async def enter(self, turn: int) -> int:
        """Wait until a call of this turn is admitted; return its number."""
        self._arrivals = arrival = self._arrivals + 1
        while True:
            if self._waiters or not self._has_place() or not self._may_send():
                await self._wait(turn, arrival)
            else:
                self._in_flight += 1
            if self._rate is not None:
                try:
                    await self._rate.acquire()
                except BaseException:
                    self._release()
                    raise
            # Upstream may have asked for a pause, or the limit have fallen, since this call was admitted.
            if self._in_flight <= self._limit.current and self._may_send():
                return self._limit.record_sent()
            self._release()

    async def __aexit__(self, *_: object) -> None:
        self._release()

    @property
    def in_flight(self) -> int:
        """Calls that are in flight, or about to be sent."""
        return self._in_flight

    @property
    def ended(self) -> RunEnded | None:
        """What :meth:`end` was called with; None before."""
        return self._ended

    @property
    def pause_left(self) -> float:
        """Seconds left of a pause; 0 if there is none."""
        return self._pause.remaining(self._timer().time()) if self._pause.was_requested else 0.0

    @property
    def own_pause_left(self) -> float:
        """Seconds left of a pause that an answer to this gate's calls asked for; 0 if there is none."""
        return self._own_pause.remaining(self._timer().time())

    def pause(self, seconds: float, *, is_own: bool = True) -> None:
        """Block all sends for ``seconds``. Never shortens a pause already in force.

        Args:
            is_own: whether an answer to this gate's calls asked for it, not one to calls of others.
        """
        until = self._timer().time() + seconds
        self._pause.extend(until)
        if is_own:
            self._own_pause.extend(until)

    def end(self, error: RunEnded) -> None:
        """Admit no further call: raise ``error`` in every call that waits or arrives later."""
        self._ended = error
        while self._waiters:
            *_, waiter = heappop(self._waiters)
            if not waiter.done():
                waiter.set_result(False)

    def share(self, until: float, rate: Rate | None) -> None:
        """Admit no call from the instant ``until`` on, unless this is called again; space them with ``rate``.

        For a gate whose limit is a share of a limit that others have shares of, too.
        """
        self._rate = rate
        self._open_until = until
        self._admit_waiters()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Admit no call during the block; one already admitted may resend after :meth:`wait_to_resend`."""
        self._closures += 1
        try:
            yield
        finally:
            self._closures -= 1
            self._admit_waiters()

    async def wait_to_resend(self) -> None:
        """Wait until a call that is already admitted may be sent once more."""
        while True:
            if self._rate is not None:
                await self._rate.acquire()
            if not (seconds := self.pause_left):
                return
            await asyncio.sleep(seconds)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """For a call in flight: wait until the others have ended or wait for the same; admit none meanwhile.

        The block may send calls; one block at a time runs.
        """
        self._wanting_alone += 1
        self._changed.set()
        try:
            async with self._one_alone:
                with self.closed():
                    while self._in_flight > self._wanting_alone:
                        self._changed.clear()
                        await self._changed.wait()
                    yield
        finally:
            self._wanting_alone -= 1

    def pause_remaining(self) -> float:
        """Seconds of a pause that an admitted call must still wait; 0 if it may be sent now.

        Raises:
            RunEnded: after :meth:`end`.
        """
        self._raise_if_ended()
        return self.pause_left

    async def _wait(self, turn: int, arrival: int) -> None:
        """Wait for one of the limit's places and take it.

        Raises:
            RunEnded: after :meth:`end`.
        """
        if self._ended is None:
            waiter = asyncio.get_running_loop().create_future()
            heappush(self._waiters, (turn, arrival, waiter))
            self._admit_waiters()
            try:
                if await waiter:
                    return
            except asyncio.CancelledError:
                # Admitted and cancelled in the same iteration of the loop: the place is ours to release.
                if not waiter.cancelled() and waiter.result():
                    self._release()
                raise
        self._raise_if_ended()
        raise AssertionError("a waiter is refused only after the run has ended")

    def _raise_if_ended(self) -> None:
        if self._ended is not None:
            raise type(self._ended)(*self._ended.args)

    def _has_place(self) -> bool:
        return self._in_flight < self._limit.current

    def _may_send(self) -> bool:
        return (
            not self._closures
            and self._ended is None
            and not self.pause_left
            and (self._open_until == math.inf or self._timer().time() < self._open_until)
        )

    def _release(self) -> None:
        """Give up a place in flight."""
        self._in_flight -= 1
        self._changed.set()
        self._admit_waiters()

    def _admit_waiters(self) -> None:
        """Give free places to the waiters that come first; after a pause that prevents it, try again."""
        while self._waiters:
            waiter = self._waiters[0][2]
            if waiter.done():  # cancelled
                heappop(self._waiters)
            elif not self._has_place() or self._closures or self._timer().time() >= self._open_until:
                return
            elif seconds := self.pause_left:
                if not self._timer_is_set:
                    self._timer_is_set = True
                    self._timer().call_at(self._timer().time() + seconds, self._on_timer)
                return
            else:
                heappop(self._waiters)
                self._in_flight += 1
                waiter.set_result(True)

    def _on_timer(self) -> None:
        self._timer_is_set = False
        self._admit_waiters()


class _InTurn:
    """A gate for the calls of one turn."""

    def __init__(self, gate: AdmissionGate, turn: int) -> None:
        self._gate = gate
        self._turn = turn

    def __aenter__(self) -> Coroutine[object, object, int]:
        return self._gate.enter(self._turn)

    def __aexit__(self, *error: object) -> Coroutine[object, object, None]:
        return self._gate.__aexit__(*error)
