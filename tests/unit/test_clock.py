"""The clock, real and rehearsed."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror import clock
from dcs_mirror.clock import UK, Clock


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


def test_c5_the_reading_order_follows_real_time_not_the_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:

    ticks = itertools.count(1_000)
    monkeypatch.setattr("dcs_mirror.clock.time.time_ns", lambda: next(ticks))
    Clock.starting_at(datetime(2001, 1, 1, tzinfo=UTC)).now()
    first, second = clock.reading_order(), clock.reading_order()
    assert 1_000 <= first < second < 2_000
