"""The clock, real and rehearsed."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror import clock
from dcs_mirror.clock import UK, Clock, ReadingOrder, SharedClock


class _Frozen(datetime):
    """A datetime class whose current time the test sets."""

    present = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # the clock only asks for UTC
        assert tz is UTC
        return cls.present


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> type[_Frozen]:
    monkeypatch.setattr(_Frozen, "present", datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    monkeypatch.setattr(clock, "datetime", _Frozen)
    return _Frozen


def test_the_real_clock_reads_the_current_time_in_utc(present: type[_Frozen]) -> None:
    now = Clock().now()
    assert now == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert now.utcoffset() == timedelta()


def test_a_rehearsal_clock_starts_at_its_instant_and_runs_on(present: type[_Frozen]) -> None:
    rehearsed = Clock.starting_at(datetime(2026, 8, 4, 1, 0, tzinfo=UK))
    assert rehearsed.now() == datetime(2026, 8, 4, 0, 0, tzinfo=UTC)
    present.present += timedelta(hours=5)
    assert rehearsed.now() == datetime(2026, 8, 4, 5, 0, tzinfo=UTC)


def test_s2_the_uk_has_summer_time_in_the_recheck_window() -> None:

    assert datetime(2026, 8, 1, tzinfo=UK).utcoffset() == timedelta(hours=1)
    assert datetime(2026, 12, 1, tzinfo=UK).utcoffset() == timedelta()


class _Monotonic:
    """A monotonic clock in nanoseconds that the test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 5_000
        monkeypatch.setattr("dcs_mirror.clock.time.monotonic_ns", lambda: self.now)


HOUR = 3_600_000_000_000


def test_c5_orders_follow_the_databases_clock_and_not_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = _Monotonic(monkeypatch)
    monkeypatch.setattr("dcs_mirror.clock.time.time_ns", lambda: 99 * HOUR)
    order = ReadingOrder()
    order.align(7 * HOUR, asked_at=machine.now - 200, answered_at=machine.now)
    assert order() == 7 * HOUR + 100
    monkeypatch.setattr("dcs_mirror.clock.time.time_ns", lambda: 0)  # the machine's clock was set back
    machine.now += 50
    assert order() == 7 * HOUR + 150


def test_c5_two_orders_are_never_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    _Monotonic(monkeypatch)
    order = ReadingOrder()
    orders = [order() for _ in range(5)]
    assert sorted(set(orders)) == orders


def test_c5_a_slow_look_at_the_databases_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = _Monotonic(monkeypatch)
    order = ReadingOrder()
    order.align(7 * HOUR, asked_at=machine.now, answered_at=machine.now)
    machine.now += 1_000
    order.align(7 * HOUR + 900, asked_at=machine.now - 500, answered_at=machine.now)
    assert order() == 7 * HOUR + 1_000


def test_c5_orders_follow_a_machine_that_slept(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = _Monotonic(monkeypatch)
    order = ReadingOrder()
    order.align(7 * HOUR, asked_at=machine.now, answered_at=machine.now)
    machine.now += 1_000
    order.align(9 * HOUR, asked_at=machine.now, answered_at=machine.now)
    assert order() == 9 * HOUR


def test_c5_orders_wait_if_the_databases_clock_goes_back_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = _Monotonic(monkeypatch)
    order = ReadingOrder()
    order.align(7 * HOUR, asked_at=machine.now, answered_at=machine.now)
    before = order()
    order.align(7 * HOUR - 1_000_000, asked_at=machine.now, answered_at=machine.now)
    assert order() == before + 1


def test_c5_orders_follow_the_databases_clock_back_by_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = _Monotonic(monkeypatch)
    order = ReadingOrder()
    order.align(7 * HOUR, asked_at=machine.now, answered_at=machine.now)
    order()
    order.align(6 * HOUR, asked_at=machine.now, answered_at=machine.now)
    assert order() == 6 * HOUR


def test_the_shared_clock_is_that_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic_ns", lambda: 7_000_000_000)
    order = ReadingOrder()
    order.align(1_000_000_000_000_000_000, asked_at=5_000_000_000, answered_at=5_000_000_000)
    shared = SharedClock(order=order)
    assert shared.now() == datetime.fromtimestamp(1_000_000_002, UTC)
    assert shared.timestamp() == 1_000_000_002
