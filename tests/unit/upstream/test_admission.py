"""Admission of calls: in order, within the limit, not during a pause; cancellation (W2, W3)."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcs_mirror.errors import UpstreamUnavailable
from dcs_mirror.upstream.admission import AdmissionGate
from dcs_mirror.upstream.pacing import AdaptiveLimit


class _ManualTimer:
    """A timer whose time the test sets."""

    def __init__(self) -> None:
        self._now = 0.0
        self._calls: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], None], /) -> None:
        self._calls.append((when, callback))

    def advance_to(self, now: float) -> None:
        self._now = now
        due = [call for call in self._calls if call[0] <= now]
        self._calls = [call for call in self._calls if call[0] > now]
        for _, callback in due:
            callback()


class _Callers:
    """Calls that stay in flight until they are finished; records which are in flight and which were sent."""

    def __init__(self, gate: AbstractAsyncContextManager[int]) -> None:
        self._gate = gate
        self._done: dict[int, asyncio.Event] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self.sent: list[int] = []
        self.in_flight: set[int] = set()

    async def arrive(self, *names: int) -> None:
        for name in names:
            self._done[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._call(name))
            await _yield_to_loop(10)

    async def finish(self, *names: int) -> None:
        for name in names:
            self._done[name].set()
        await _yield_to_loop(10)

    async def cancel(self, *names: int) -> None:
        for name in names:
            self.tasks[name].cancel()
        await _yield_to_loop(10)

    async def _call(self, name: int) -> None:
        async with self._gate:
            self.sent.append(name)
            self.in_flight.add(name)
            try:
                await self._done[name].wait()
            finally:
                self.in_flight.discard(name)


async def test_calls_are_admitted_in_order_of_arrival_and_within_the_limit() -> None:
    callers = _Callers(AdmissionGate(AdaptiveLimit(2)))
    await callers.arrive(1, 2, 3, 4, 5)
    assert callers.in_flight == {1, 2}
    await callers.finish(2)
    assert callers.in_flight == {1, 3}
    await callers.finish(1, 3)
    assert callers.in_flight == {4, 5}
    await callers.finish(4, 5)
    assert callers.sent == [1, 2, 3, 4, 5]


async def test_calls_of_a_later_turn_wait_behind_all_of_an_earlier_one() -> None:
    gate = AdmissionGate(AdaptiveLimit(1))
    third, second, first = _Callers(gate.in_turn(7)), _Callers(gate.in_turn(5)), _Callers(gate)
    await third.arrive(1, 2)
    await second.arrive(1, 2)
    await first.arrive(1)
    assert third.in_flight == {1}, "a free place is taken by whoever comes"
    await third.finish(1)
    assert first.in_flight == {1}
    await first.finish(1)
    assert second.in_flight == {1}
    await first.arrive(2)
    await second.finish(1)
    assert first.in_flight == {2}, "also one that came later"
    await first.finish(2)
    await second.finish(2)
    assert third.in_flight == {2}
    await third.finish(2)


async def test_w3_a_lower_limit_admits_no_call_until_enough_have_ended() -> None:
    limit = AdaptiveLimit(4)
    callers = _Callers(AdmissionGate(limit))
    await callers.arrive(1, 2, 3, 4, 5, 6)
    limit.record_overload(1)
    await callers.finish(1, 2)
    assert callers.in_flight == {3, 4}
    await callers.finish(3)
    assert callers.in_flight == {4, 5}
    await callers.finish(4, 5, 6)


async def test_w3_a_limit_lowered_at_the_same_moment_applies_to_calls_just_admitted() -> None:
    limit = AdaptiveLimit(2)
    gate = AdmissionGate(limit)
    callers = _Callers(gate)
    await callers.arrive(1, 2, 3, 4)
    callers._done[1].set()
    callers._done[2].set()
    callers.tasks[1].add_done_callback(lambda _: limit.record_overload(2))
    await _yield_to_loop(10)
    assert callers.in_flight == {3}
    await callers.finish(3)
    assert callers.in_flight == {4}
    await callers.finish(4)


async def test_w2_a_pause_holds_all_calls_in_order_and_waiting_calls_are_not_in_flight() -> None:
    timer = _ManualTimer()
    gate = AdmissionGate(AdaptiveLimit(2), timer=lambda: timer)
    callers = _Callers(gate)
    await callers.arrive(1, 2, 3)
    gate.pause(30)
    await callers.finish(1)
    await callers.arrive(4)
    assert callers.in_flight == {2}
    timer.advance_to(29.9)
    await _yield_to_loop(10)
    assert callers.in_flight == {2}
    timer.advance_to(30)
    await _yield_to_loop(10)
    assert callers.in_flight == {2, 3}
    await callers.finish(2, 3, 4)
    assert callers.sent == [1, 2, 3, 4]


async def test_w2_a_second_pause_extends_the_first() -> None:
    timer = _ManualTimer()
    gate = AdmissionGate(AdaptiveLimit(1), timer=lambda: timer)
    callers = _Callers(gate)
    gate.pause(10)
    await callers.arrive(1)
    gate.pause(20)
    gate.pause(5)
    timer.advance_to(10)
    await _yield_to_loop(10)
    assert callers.sent == []
    timer.advance_to(20)
    await _yield_to_loop(10)
    assert callers.sent == [1]
    await callers.finish(1)


async def test_w2_a_pause_at_the_same_moment_stops_calls_just_admitted_and_keeps_their_order() -> None:
    timer = _ManualTimer()
    gate = AdmissionGate(AdaptiveLimit(2), timer=lambda: timer)
    callers = _Callers(gate)
    await callers.arrive(1, 2, 3, 4, 5)
    callers._done[1].set()
    callers._done[2].set()
    callers.tasks[1].add_done_callback(lambda _: gate.pause(30))
    await _yield_to_loop(10)
    assert callers.in_flight == {3}  # 3 sent before the pause began; 4 was admitted and gave its place back
    timer.advance_to(30)
    await _yield_to_loop(10)
    await callers.finish(3, 4, 5)
    assert callers.sent == [1, 2, 3, 4, 5]


async def test_a_closed_gate_admits_no_call() -> None:
    gate = AdmissionGate(AdaptiveLimit(2))
    callers = _Callers(gate)
    with gate.closed():
        await callers.arrive(1, 2)
        assert not callers.in_flight
    await _yield_to_loop(10)
    assert callers.in_flight == {1, 2}
    await callers.finish(1, 2)


async def test_a_share_of_a_limit_admits_calls_until_it_ends_and_again_once_it_is_renewed() -> None:
    timer, limit = _ManualTimer(), AdaptiveLimit(4)
    gate = AdmissionGate(limit, timer=lambda: timer)
    callers = _Callers(gate)
    limit.resize(1)
    gate.share(6.0, None)
    await callers.arrive(1, 2)
    assert callers.sent == [1]
    timer.advance_to(6.0)
    await callers.finish(1)
    await callers.arrive(3)
    assert callers.sent == [1], "others may have the share by now"
    limit.resize(2)
    gate.share(12.0, None)
    await _yield_to_loop(10)
    assert callers.sent == [1, 2, 3]
    await callers.finish(2, 3)
    gate.share(11.0, None)
    timer.advance_to(11.5)
    await callers.arrive(4)
    assert callers.sent == [1, 2, 3], "the share that was granted last counts"
    await callers.cancel(4)


class _ManualRate:
    """A rate limiter that lets one call through for each permission."""

    def __init__(self) -> None:
        self.permitted = asyncio.Semaphore(0)

    async def acquire(self) -> None:
        await self.permitted.acquire()


async def test_w2_a_call_that_waits_for_the_rate_is_not_sent_during_a_pause() -> None:
    timer, rate = _ManualTimer(), _ManualRate()
    gate = AdmissionGate(AdaptiveLimit(1), rate, timer=lambda: timer)
    callers = _Callers(gate)
    await callers.arrive(1)
    gate.pause(30)
    rate.permitted.release()
    await _yield_to_loop(10)
    assert callers.sent == []
    timer.advance_to(30)
    rate.permitted.release()
    await _yield_to_loop(10)
    assert callers.sent == [1]
    await callers.finish(1)


async def test_the_end_of_the_run_is_raised_in_waiting_and_later_calls() -> None:
    gate = AdmissionGate(AdaptiveLimit(1))
    callers = _Callers(gate)
    await callers.arrive(1, 2, 3)
    gate.end(UpstreamUnavailable("it is gone"))
    await callers.arrive(4)
    for name in (2, 3, 4):
        with pytest.raises(UpstreamUnavailable, match="it is gone"):
            await callers.tasks[name]
    await callers.finish(1)
    assert callers.sent == [1]


async def test_the_end_of_the_run_is_raised_in_calls_that_wait_for_a_pause() -> None:
    timer = _ManualTimer()
    gate = AdmissionGate(AdaptiveLimit(1), timer=lambda: timer)
    callers = _Callers(gate)
    gate.pause(300)
    await callers.arrive(1)
    gate.end(UpstreamUnavailable("it is gone"))
    with pytest.raises(UpstreamUnavailable):
        await callers.tasks[1]


async def test_a_call_admitted_and_cancelled_at_the_same_moment_passes_its_place_on() -> None:
    callers = _Callers(AdmissionGate(AdaptiveLimit(1)))
    await callers.arrive(1, 2, 3)
    callers._done[1].set()
    callers.tasks[1].add_done_callback(lambda _: callers.tasks[2].cancel())
    await _yield_to_loop(10)
    assert callers.tasks[2].cancelled()
    assert callers.in_flight == {3}
    await callers.finish(3)


async def test_a_wait_for_the_rate_that_is_cancelled_gives_its_place_back() -> None:
    rate = _ManualRate()
    callers = _Callers(AdmissionGate(AdaptiveLimit(1), rate))
    await callers.arrive(1, 2)
    await callers.cancel(1)
    rate.permitted.release()
    await _yield_to_loop(10)
    assert callers.in_flight == {2}
    await callers.finish(2)


@given(
    width=st.integers(1, 5),
    arrivals=st.lists(
        st.tuples(
            st.integers(0, 4),  # how long the call is in flight
            st.sampled_from(["success", "success", "success", "overload", "pause"]),
            st.integers(0, 3),  # how long until the next one comes
            st.none() | st.integers(0, 9),  # which of the latest is cancelled meanwhile
        ),
        max_size=40,
    ),
)
@settings(max_examples=60, deadline=None)
def test_no_cancellation_leaks_a_place(width: int, arrivals: list[tuple[int, str, int, int | None]]) -> None:
    asyncio.run(_all_places_come_back(width, arrivals))


async def _all_places_come_back(width: int, arrivals: list[tuple[int, str, int, int | None]]) -> None:
    limit, timer = AdaptiveLimit(width), _ManualTimer()
    gate = AdmissionGate(limit, timer=lambda: timer)
    in_flight = 0

    async def call(length: int, answer: str) -> None:
        nonlocal in_flight
        async with gate as number:
            in_flight += 1
            assert in_flight <= limit.current
            try:
                await _yield_to_loop(length)
                if answer == "overload":
                    limit.record_overload(number)
                elif answer == "pause":
                    gate.pause(1)
            finally:
                in_flight -= 1
        limit.record_success(number)

    tasks: list[asyncio.Task[None]] = []
    for length, answer, gap, cancelled in arrivals:
        tasks.append(asyncio.create_task(call(length, answer)))
        await _yield_to_loop(gap)
        if cancelled is not None:
            tasks[-1 - cancelled % len(tasks)].cancel()
        timer.advance_to(timer.time() + 0.2)
    while not all(task.done() for task in tasks):
        await _yield_to_loop(10)
        timer.advance_to(timer.time() + 1)
    assert all(task.cancelled() or task.exception() is None for task in tasks)

    timer.advance_to(timer.time() + 1)
    callers = _Callers(gate)
    await callers.arrive(*range(width + 1))
    assert callers.in_flight == set(range(limit.current))
    while callers.in_flight:
        await callers.finish(*callers.in_flight)
    assert callers.sent == list(range(width + 1))


async def _yield_to_loop(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)
