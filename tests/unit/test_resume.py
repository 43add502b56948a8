"""What a resumed sync leaves out, told from the syncs before it."""

from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror.store.resume import RESUMABLE, UnfinishedSync, plan_resumption

NIGHT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def test_nothing_is_left_out_after_a_sync_that_came_to_its_end() -> None:
    found = plan_resumption([], now=NIGHT)
    assert (found.landed, "came to its end" in found.message) == (frozenset(), True)


def test_what_any_of_several_unfinished_syncs_landed_is_left_out() -> None:
    first = UnfinishedSync(7, NIGHT, (101, 102))
    resumed = UnfinishedSync(8, NIGHT + timedelta(hours=1), (103,))
    found = plan_resumption([first, resumed], now=NIGHT + timedelta(hours=2))
    assert found.landed == {101, 102, 103}
    assert "run 8" in found.message


@pytest.mark.parametrize(
    ("age", "landed"),
    [
        (timedelta(), {101}),
        (RESUMABLE, {101}),
        (RESUMABLE + timedelta(seconds=1), set()),
        (timedelta(seconds=-1), set()),  # the clock was set back: nothing is known about its age
    ],
)
def test_what_landed_too_long_ago_is_read_again(age: timedelta, landed: set[int]) -> None:
    found = plan_resumption([UnfinishedSync(7, NIGHT, (101,))], now=NIGHT + age)
    assert found.landed == landed
    assert ("read again" in found.message) == (not landed)
    assert ("later than now" in found.message) == (age < timedelta())


def test_the_next_night_resumes_nothing_that_this_one_landed() -> None:
    late = UnfinishedSync(7, NIGHT + timedelta(hours=6), (101,))
    assert not plan_resumption([late], now=NIGHT + timedelta(hours=23)).landed
