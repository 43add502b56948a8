"""Who may send next: in order, within the limit, not during a pause, and whoever is cancelled (W2, W3)."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcs_mirror.errors import UpstreamUnavailable
from dcs_mirror.upstream.admission import AdmissionGate
from dcs_mirror.upstream.pacing import AdaptiveLimit


class _ByHand:
    """A timer whose time is set by hand."""

    def __init__(self) -> None:
        self._now = 0.0
        self._calls: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], None], /) -> None:
        self._calls.append((when, callback))

    def pass_until(self, now: float) -> None:
        self._now = now
        due = [call for call in self._calls if call[0] <= now]
        self._calls = [call for call in self._calls if call[0] > now]
        for _, callback in due:
            callback()


class _Callers:
    """Callers that each keep a turn until they are let go; who has one, and who had one, in order."""

    def __init__(self, turns: AdmissionGate) -> None:
        self._turns = turns
        self._over: dict[int, asyncio.Event] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.sent: list[int] = []
        self.in_flight: set[int] = set()

    async def come(self, *names: int) -> None:
        for name in names:
            self._over[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._call(name))
            await _yield_to_loop(10)

    async def go(self, *names: int) -> None:
        for name in names:
            self._over[name].set()
        await _yield_to_loop(10)

    async def cancel(self, *names: int) -> None:
        for name in names:
            self.tasks[name].cancel()
        await _yield_to_loop(10)

    async def _call(self, name: int) -> None:
        async with self._turns:
            self.sent.append(name)
            self.in_flight.add(name)
            try:
                await self._over[name].wait()
            finally:
                self.in_flight.discard(name)


async def test_turns_are_given_in_the_order_of_arrival_and_no_more_than_the_limit() -> None:
    callers = _Callers(AdmissionGate(AdaptiveLimit(2)))
    await callers.come(1, 2, 3, 4, 5)
    assert callers.in_flight == {1, 2}
    await callers.go(2)
    assert callers.in_flight == {1, 3}
    await callers.go(1, 3)
    assert callers.in_flight == {4, 5}
    await callers.go(4, 5)
    assert callers.sent == [1, 2, 3, 4, 5]


async def test_w3_a_lower_limit_lets_nobody_send_before_enough_have_ended() -> None:
    limit = AdaptiveLimit(4)
    callers = _Callers(AdmissionGate(limit))
    await callers.come(1, 2, 3, 4, 5, 6)
    limit.suffering(1)
    await callers.go(1, 2)
    assert callers.in_flight == {3, 4}
    await callers.go(3)
    assert callers.in_flight == {4, 5}
    await callers.go(4, 5, 6)


async def test_w3_a_limit_lowered_in_the_same_breath_holds_for_turns_just_given() -> None:
    limit = AdaptiveLimit(2)
    turns = AdmissionGate(limit)
    callers = _Callers(turns)
    await callers.come(1, 2, 3, 4)
    callers._over[1].set()
    callers._over[2].set()
    callers.tasks[1].add_done_callback(lambda _: limit.suffering(2))
    await _yield_to_loop(10)
    assert callers.in_flight == {3}
    await callers.go(3)
    assert callers.in_flight == {4}
    await callers.go(4)


async def test_w2_a_pause_holds_everybody_in_order_and_those_who_wait_are_not_in_flight() -> None:
    timer = _ByHand()
    turns = AdmissionGate(AdaptiveLimit(2), timer=lambda: timer)
    callers = _Callers(turns)
    await callers.come(1, 2, 3)
    turns.pause(30)
    await callers.go(1)
    await callers.come(4)
    assert callers.in_flight == {2}
    timer.pass_until(29.9)
    await _yield_to_loop(10)
    assert callers.in_flight == {2}
    timer.pass_until(30)
    await _yield_to_loop(10)
    assert callers.in_flight == {2, 3}
    await callers.go(2, 3, 4)
    assert callers.sent == [1, 2, 3, 4]


async def test_w2_a_pause_that_is_asked_for_meanwhile_extends_the_first() -> None:
    timer = _ByHand()
    turns = AdmissionGate(AdaptiveLimit(1), timer=lambda: timer)
    callers = _Callers(turns)
    turns.pause(10)
    await callers.come(1)
    turns.pause(20)
    turns.pause(5)
    timer.pass_until(10)
    await _yield_to_loop(10)
    assert callers.sent == []
    timer.pass_until(20)
    await _yield_to_loop(10)
    assert callers.sent == [1]
    await callers.go(1)


async def test_w2_a_pause_in_the_same_breath_stops_turns_just_given_and_keeps_their_order() -> None:
    timer = _ByHand()
    turns = AdmissionGate(AdaptiveLimit(2), timer=lambda: timer)
    callers = _Callers(turns)
    await callers.come(1, 2, 3, 4, 5)
    callers._over[1].set()
    callers._over[2].set()
    callers.tasks[1].add_done_callback(lambda _: turns.pause(30))
    await _yield_to_loop(10)
    assert callers.in_flight == {3}  # it sent before the pause was told; 4 had a turn and gave it back
    timer.pass_until(30)
    await _yield_to_loop(10)
    await callers.go(3, 4, 5)
    assert callers.sent == [1, 2, 3, 4, 5]


async def test_while_it_is_held_nobody_is_given_a_turn() -> None:
    turns = AdmissionGate(AdaptiveLimit(2))
    callers = _Callers(turns)
    with turns.held():
        await callers.come(1, 2)
        assert not callers.in_flight
    await _yield_to_loop(10)
    assert callers.in_flight == {1, 2}
    await callers.go(1, 2)


class _Spacing:
    """A rate limiter that lets one call through for each permission."""

    def __init__(self) -> None:
        self.permitted = asyncio.Semaphore(0)

    async def acquire(self) -> None:
        await self.permitted.acquire()


async def test_w2_a_call_that_waits_for_the_rate_does_not_slip_into_a_pause() -> None:
    timer, rate = _ByHand(), _Spacing()
    turns = AdmissionGate(AdaptiveLimit(1), rate, timer=lambda: timer)
    callers = _Callers(turns)
    await callers.come(1)
    turns.pause(30)
    rate.permitted.release()
    await _yield_to_loop(10)
    assert callers.sent == []
    timer.pass_until(30)
    rate.permitted.release()
    await _yield_to_loop(10)
    assert callers.sent == [1]
    await callers.go(1)


async def test_the_end_of_the_run_reaches_those_who_wait_and_those_who_come() -> None:
    turns = AdmissionGate(AdaptiveLimit(1))
    callers = _Callers(turns)
    await callers.come(1, 2, 3)
    turns.end(UpstreamUnavailable("it is gone"))
    await callers.come(4)
    for name in (2, 3, 4):
        with pytest.raises(UpstreamUnavailable, match="it is gone"):
            await callers.tasks[name]
    await callers.go(1)
    assert callers.sent == [1]


async def test_the_end_of_the_run_reaches_those_who_wait_for_a_pause() -> None:
    timer = _ByHand()
    turns = AdmissionGate(AdaptiveLimit(1), timer=lambda: timer)
    callers = _Callers(turns)
    turns.pause(300)
    await callers.come(1)
    turns.end(UpstreamUnavailable("it is gone"))
    with pytest.raises(UpstreamUnavailable):
        await callers.tasks[1]


async def test_a_turn_given_and_cancelled_in_the_same_breath_goes_to_the_next() -> None:
    callers = _Callers(AdmissionGate(AdaptiveLimit(1)))
    await callers.come(1, 2, 3)
    callers._over[1].set()
    callers.tasks[1].add_done_callback(lambda _: callers.tasks[2].cancel())
    await _yield_to_loop(10)
    assert callers.tasks[2].cancelled()
    assert callers.in_flight == {3}
    await callers.go(3)


async def test_a_wait_for_the_rate_that_is_cancelled_gives_its_place_back() -> None:
    rate = _Spacing()
    callers = _Callers(AdmissionGate(AdaptiveLimit(1), rate))
    await callers.come(1, 2)
    await callers.cancel(1)
    rate.permitted.release()
    await _yield_to_loop(10)
    assert callers.in_flight == {2}
    await callers.go(2)


@given(
    width=st.integers(1, 5),
    arrivals=st.lists(
        st.tuples(
            st.integers(0, 4),  # how long the call is in flight
            st.sampled_from(["good", "good", "good", "suffering", "pause"]),
            st.integers(0, 3),  # how long until the next one comes
            st.none() | st.integers(0, 9),  # which of the latest is cancelled meanwhile
        ),
        max_size=40,
    ),
)
@settings(max_examples=60, deadline=None)
def test_no_cancellation_leaks_a_turn(width: int, arrivals: list[tuple[int, str, int, int | None]]) -> None:
    asyncio.run(_all_turns_come_back(width, arrivals))


async def _all_turns_come_back(width: int, arrivals: list[tuple[int, str, int, int | None]]) -> None:
    limit, timer = AdaptiveLimit(width), _ByHand()
    turns = AdmissionGate(limit, timer=lambda: timer)
    in_flight = 0

    async def call(length: int, answer: str) -> None:
        nonlocal in_flight
        async with turns as number:
            in_flight += 1
            assert in_flight <= limit.present
            try:
                await _yield_to_loop(length)
                if answer == "suffering":
                    limit.suffering(number)
                elif answer == "pause":
                    turns.pause(1)
            finally:
                in_flight -= 1
        limit.good(number)

    tasks: list[asyncio.Task[None]] = []
    for length, answer, gap, cancelled in arrivals:
        tasks.append(asyncio.create_task(call(length, answer)))
        await _yield_to_loop(gap)
        if cancelled is not None:
            tasks[-1 - cancelled % len(tasks)].cancel()
        timer.pass_until(timer.time() + 0.2)
    while not all(task.done() for task in tasks):
        await _yield_to_loop(10)
        timer.pass_until(timer.time() + 1)
    assert all(task.cancelled() or task.exception() is None for task in tasks)

    timer.pass_until(timer.time() + 1)
    callers = _Callers(turns)
    await callers.come(*range(width + 1))
    assert callers.in_flight == set(range(limit.present))
    while callers.in_flight:
        await callers.go(*callers.in_flight)
    assert callers.sent == list(range(width + 1))


async def _yield_to_loop(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)
