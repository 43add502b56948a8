"""The clock: the only source of the times that the mirror stores or compares."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

STEP_BACK = 60_000_000_000
"""Nanoseconds by which the database's clock may go back before the orders follow it; else they only wait."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

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

    def timestamp(self) -> float:
        """The current time in seconds since 1970."""
        return time.time() + self.offset.total_seconds()


class ReadingOrder:
    """Numbers that order questions to the DCS by when they were sent (C5).

    An order is a time in nanoseconds by the clock of the database, so that programs on several machines share
    one. Between two looks at that clock the machine's monotonic clock counts on. Neither the machine's wall
    clock nor a rehearsal clock matters. Two orders of one program are never equal, and the later is higher.

    Until :meth:`align` was called, the orders are those of this machine alone.
    """

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()
        self._is_aligned = False
        self._last = 0

    def align(self, database_time: int, *, asked_at: int, answered_at: int) -> None:
        """Take over the database's clock, as far as one look at it shows that.

        Args:
            database_time: what the database's clock showed, in nanoseconds since 1970.
            asked_at: :func:`time.monotonic_ns` before the question.
            answered_at: the same after the answer.
        """
        lowest, highest = database_time - answered_at, database_time - asked_at
        if not self._is_aligned:
            self._offset, self._is_aligned = (lowest + highest) // 2, True
            return
        # A slow answer says little: what is known already stands if the answer does not contradict it.
        offset = min(max(self._offset, lowest), highest)
        if self._offset - offset > STEP_BACK:
            self._last = 0  # another server, or a clock that was set right: go by the new time at once
        self._offset = offset

    def database_time(self) -> datetime:
        """The time by the clock of the database, as far as it is known; an aware datetime in UTC."""
        return _EPOCH + timedelta(microseconds=(time.monotonic_ns() + self._offset) // 1000)

    def __call__(self) -> int:
        """Return the order of a question that is sent now."""
        self._last = max(self._last + 1, time.monotonic_ns() + self._offset)
        return self._last


@dataclass(frozen=True, slots=True)
class SharedClock(Clock):
    """The clock of the database, which all workers share: that of one of their machines may be wrong."""

    order: ReadingOrder = field(default_factory=ReadingOrder)

    def now(self) -> datetime:
        """The current time by the clock of the database as an aware datetime in UTC."""
        return self.order.database_time()

    def timestamp(self) -> float:
        """The same in seconds since 1970."""
        return self.now().timestamp()
