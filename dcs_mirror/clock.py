"""The clock: the only source of the times that the mirror stores or compares."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")
"""The time zone of upstream's dates and of the recheck window in August (W5, S2)."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The current time, shifted by ``offset`` if a rehearsal clock is set (``DCS_NOW``)."""

    offset: timedelta = timedelta()

    @classmethod
    def starting_at(cls, instant: datetime) -> "Clock":
        """A clock that reads ``instant`` (timezone-aware) now and runs on from there."""
        return cls(instant - datetime.now(UTC))

    def now(self) -> datetime:
        """The current time as an aware datetime in UTC."""
        return datetime.now(UTC) + self.offset


def reading_order() -> int:
    """Nanoseconds of real time, which order two answers by age (C5).

    Ignores the rehearsal clock: one that is set back must not make new answers look stale.
    """
    return time.time_ns()
