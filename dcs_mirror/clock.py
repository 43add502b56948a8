"""The one clock: every time that the mirror stores or compares comes through here."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")
"""The zone of every civil time upstream gives and of the August window (W5, S2)."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells the time, moved by ``offset`` where a rehearsal clock is set (``DCS_NOW``)."""

    offset: timedelta = timedelta()

    @classmethod
    def starting_at(cls, instant: datetime) -> "Clock":
        """A clock that reads ``instant`` (aware) now and runs on from there."""
        return cls(instant - datetime.now(UTC))

    def now(self) -> datetime:
        """The present as an aware datetime in UTC."""
        return datetime.now(UTC) + self.offset


def reading_order() -> int:
    """A number that grows with real time, in nanoseconds: it tells which of two answers is fresher (C5).

    Never moved by a rehearsal clock: a clock that is set back must not make new answers look stale.
    """
    return time.time_ns()
