"""How hard the DCS may be asked, decided from how it answers; nothing here waits (W2, W3).

:class:`AdaptiveLimit` says how many requests may be in flight, :class:`Pause` until when none may be sent,
:class:`RetryBudget` whether a question may be asked again, :class:`CircuitBreaker` when to doubt that the DCS
is there.
"""

import math

DEPOSIT = 0.2
"""What a question that is answered adds to the budget; a retry costs 1."""


class AdaptiveLimit:
    """How many requests may be in flight: halved when upstream suffers, regained answer by answer.

    ``present`` is that number, from 1 to ``width``. Calls are known by the numbers that :meth:`sent` gives
    them. One that was sent before the last halving tells nothing about the limit that it led to, so it
    neither halves nor raises it: however many calls of one burst fail, they halve it once.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._exact = float(width)
        self._last = 0
        self._last_before_halving = 0
        self.present = width

    def sent(self) -> int:
        """The number of the call that is sent now."""
        self._last += 1
        return self._last

    def good(self, number: int) -> None:
        """A call was answered: a limit's worth of such answers raises the limit by one."""
        if self._exact < self._width and number > self._last_before_halving:
            self._exact = min(self._exact + 1 / self._exact, float(self._width))
            self.present = int(self._exact)

    def suffering(self, number: int) -> bool:
        """A call met a 429, a 503 or a time-out; returns whether the limit is lower for it."""
        if number <= self._last_before_halving:
            return False
        self._last_before_halving = self._last
        before, self._exact = self.present, max(1.0, self._exact / 2)
        self.present = int(self._exact)
        return self.present < before


class Pause:
    """Until when nobody may send: the latest of the instants that upstream asked for."""

    def __init__(self) -> None:
        self._until = -math.inf

    def extend(self, until: float) -> None:
        """Upstream asks for no call before ``until``, in seconds of the clock that :meth:`left` is told."""
        self._until = max(self._until, until)

    @property
    def was_asked_for(self) -> bool:
        """Whether upstream ever asked for one: most never do, and each call looks."""
        return self._until > -math.inf

    def left(self, now: float) -> float:
        """Seconds that are left of it; 0 where it is over."""
        return max(0.0, self._until - now)


class RetryBudget:
    """What a run may spend on asking again: ``size`` retries, and more as questions are answered.

    So an upstream that is dying sees few calls more than there are questions. ``refused`` counts the
    retries that nothing was left for.
    """

    def __init__(self, size: int) -> None:
        self._size = self._left = float(size)
        self.refused = 0

    def deposit(self) -> None:
        """A question was answered."""
        if self._left < self._size:
            self._left = min(self._left + DEPOSIT, self._size)

    def withdraw(self) -> bool:
        """Whether one call more may be made; if so, it is paid for."""
        if self._left < 1:
            self.refused += 1
            return False
        self._left -= 1
        return True


class CircuitBreaker:
    """Whether upstream is down: doubted after ``most`` failures in a row, open where a doubt proves right.

    Failures in a row alone prove nothing: one institution that always fails can have thousands of
    courses, and they are asked for one after the other.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._in_doubt = False
        self.failures = 0
        """How many calls failed since the last good answer."""

    def good(self) -> None:
        """A call was answered."""
        self.failures = 0

    def failed(self) -> bool:
        """A call was not answered; returns whether this one raises the doubt, for its caller to settle."""
        self.failures += 1
        raised = self.failures >= self._most and not self._in_doubt
        self._in_doubt = self._in_doubt or raised
        return raised

    def settle(self, *, reached: bool) -> bool:
        """The doubt is over, upstream was ``reached`` or not; returns whether it is down.

        It is not where another call was answered meanwhile.
        """
        self._in_doubt = False
        is_down = not reached and self.failures >= self._most
        if not is_down:
            self.failures = 0
        return is_down
