"""When the nightly sync is due, over both changes of the clocks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from dcs_mirror import schedule
from dcs_mirror.clock import UK

MINUTE = timedelta(minutes=1)


def starts(cron: str, begin: datetime, end: datetime, *, every: timedelta = MINUTE) -> list[datetime]:
    """The starts that somebody who looks so often begins, each in UTC."""
    last, now, begun = begin, begin, []
    while now < end:
        due = schedule.due_start(cron, last=last, now=now)
        if due is not None:
            last = due
            begun.append(due.astimezone(UTC))
        now += every
    return begun


@pytest.mark.parametrize("cron", ["15 1 * * *", "15 2 * * *", "0 1 * * *", "59 1 * * *", "30 0 * * *"])
@pytest.mark.parametrize(
    "day", [datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 3, 28, 12, tzinfo=UTC)]
)
def test_each_night_has_one_start_when_the_clocks_change_too(cron: str, day: datetime) -> None:
    found = starts(cron, day, day + timedelta(days=3))
    assert len(found) == 3
    assert len({each.astimezone(UK).date() for each in found}) == 3
    assert all(timedelta(hours=22) < later - first < timedelta(hours=26) for first, later in pairwise(found))


def test_starts_that_were_missed_are_made_up_once() -> None:
    last = datetime(2026, 5, 1, 1, 15, tzinfo=UTC)
    assert starts("15 2 * * *", last, last + timedelta(days=4), every=timedelta(days=3, hours=2)) == [
        datetime(2026, 5, 4, 1, 15, tzinfo=UTC)
    ]


def test_nothing_is_due_before_the_next_start() -> None:
    last = datetime(2026, 5, 1, 1, 15, tzinfo=UTC)
    assert schedule.due_start("15 2 * * *", last=last, now=last + timedelta(hours=23, minutes=59)) is None


@pytest.mark.parametrize("cron", ["", "x", "15 2 * *", "60 2 * * *", "0 0 15 2 * *", "0 0 30 2 *", "@daily"])
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="five cron fields"):
        schedule.check(cron)
