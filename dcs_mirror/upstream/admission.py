"""Waiting for the wire: who may send next, in the order in which they came."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Protocol

from dcs_mirror.errors import RunEnded
from dcs_mirror.upstream.pacing import AdaptiveLimit, Pause


class Rate(Protocol):
    """What spaces the calls."""

    async def acquire(self) -> None:
        """Waits until one call more may be sent."""


class Timer(Protocol):
    """What Turns asks of the event loop."""

    def time(self) -> float:
        """Seconds, monotonic."""

    def call_at(self, when: float, callback: Callable[[], None], /) -> object:
        """Calls back at the instant ``when``."""


class AdmissionGate:
    """One turn a call: ``async with turns as number``, inside of which the call is sent.

    No more turns are out than ``limit`` says, none is given during a pause, and those who wait for one
    do not count as in flight. ``number`` is the call's, for the limit. Whoever is cancelled, waiting or
    not, leaves nothing behind. For one event loop.

    Raises (when entered):
        RunEnded: where the run was ended, as told by :meth:`end`.
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
        self._in_flight = 0
        self._arrivals = 0
        self._waiting: list[tuple[int, asyncio.Future[bool]]] = []
        self._is_held = False
        self._is_timed = False
        self._ended: RunEnded | None = None

    async def __aenter__(self) -> int:
        self._arrivals = arrival = self._arrivals + 1
        while True:
            if self._waiting or not self._has_place() or not self._may_send():
                await self._wait(arrival)
            else:
                self._in_flight += 1
            if self._rate is not None:
                try:
                    await self._rate.acquire()
                except BaseException:
                    self._give_back()
                    raise
            # Between a turn that was given and the call that is sent, upstream may have asked for peace.
            if self._in_flight <= self._limit.present and self._may_send():
                return self._limit.sent()
            self._give_back()

    async def __aexit__(self, *_: object) -> None:
        self._give_back()

    def pause(self, seconds: float) -> None:
        """Nobody sends for so long; an earlier pause that is longer stays."""
        self._pause.extend(self._timer().time() + seconds)

    def end(self, error: RunEnded) -> None:
        """Nobody sends any more: ``error`` is raised to those who wait and to those who come."""
        self._ended = error
        while self._waiting:
            _, turn = heappop(self._waiting)
            if not turn.done():
                turn.set_result(False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody is given a turn meanwhile; whoever has one may use it again after :meth:`again`."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self._serve()

    async def again(self) -> None:
        """Waits until one call more may be sent in a turn that is had already."""
        while True:
            if self._rate is not None:
                await self._rate.acquire()
            if not (left := self._pause_left()):
                return
            await asyncio.sleep(left)

    def left(self) -> float:
        """Seconds of a pause that are left to whoever has a turn; 0 where it may send at once.

        Raises:
            RunEnded: where the run was ended since.
        """
        self._refuse_ended()
        return self._pause_left()

    async def _wait(self, arrival: int) -> None:
        """Waits for one of the limit's places."""
        if self._ended is None:
            turn = asyncio.get_running_loop().create_future()
            heappush(self._waiting, (arrival, turn))
            self._serve()
            try:
                if await turn:
                    return
            except asyncio.CancelledError:
                if not turn.cancelled() and turn.result():  # given and cancelled in one breath
                    self._give_back()
                raise
        self._refuse_ended()
        raise AssertionError("no other turn is refused")

    def _refuse_ended(self) -> None:
        if self._ended is not None:
            raise type(self._ended)(*self._ended.args)

    def _has_place(self) -> bool:
        return self._in_flight < self._limit.present

    def _may_send(self) -> bool:
        return not self._is_held and self._ended is None and not self._pause_left()

    def _pause_left(self) -> float:
        return self._pause.left(self._timer().time()) if self._pause.was_asked_for else 0.0

    def _give_back(self) -> None:
        self._in_flight -= 1
        self._serve()

    def _serve(self) -> None:
        """Gives the free places to those who wait longest; sets the timer where a pause is in the way."""
        while self._waiting:
            turn = self._waiting[0][1]
            if turn.done():  # its caller was cancelled
                heappop(self._waiting)
            elif not self._has_place() or self._is_held:
                return
            elif left := self._pause_left():
                if not self._is_timed:
                    self._is_timed = True
                    self._timer().call_at(self._timer().time() + left, self._on_time)
                return
            else:
                heappop(self._waiting)
                self._in_flight += 1
                turn.set_result(True)

    def _on_time(self) -> None:
        self._is_timed = False
        self._serve()
