"""Pacing policy: how hard to press the DCS, decided from its answers; nothing here waits (W2, W3).

:class:`AdaptiveLimit` bounds the requests in flight, :class:`Pause` says until when none may be sent,
:class:`RetryBudget` bounds the retries, :class:`Patience` bounds what a run waits in all because it is asked
to, :class:`CircuitBreaker` decides when to suspect that the DCS is down.
"""

import math

DEPOSIT = 0.2
"""What an answered question adds to the retry budget; a retry costs 1."""


class AdaptiveLimit:
    """How many requests may be in flight: halved on overload, raised again by successful answers.

    ``current`` is that number, from 1 to ``width``; 0 if ``width`` is 0. Calls are identified by the numbers
    that :meth:`record_sent` returns. A call sent before the last halving is no evidence about the lower
    limit, so its outcome changes nothing: a burst of failures halves the limit once, however many fail.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._exact = float(width)
        self._part = 1.0
        self._last_sent = 0
        self._last_sent_before_halving = 0
        self.current = width

    def resize(self, width: int) -> None:
        """Let ``current`` be the same part of ``width`` from now on as it is of the width before.

        So a lower limit is not forgotten if the width falls and rises again.
        """
        if width == self._width:
            return
        if self._width:
            self._part = self._exact / self._width
        self._width = width
        self._exact = max(min(1.0, width), self._part * width)
        self.current = int(self._exact)

    def record_sent(self) -> int:
        """Record that a call is sent now; return its number."""
        self._last_sent += 1
        return self._last_sent

    def record_success(self, number: int) -> None:
        """Record that call ``number`` was answered; ``current`` such answers raise the limit by one."""
        if self._exact < self._width and number > self._last_sent_before_halving:
            self._exact = min(self._exact + 1 / self._exact, float(self._width))
            self.current = int(self._exact)

    def record_overload(self, number: int) -> bool:
        """Record a 429, a 503 or a time-out of call ``number``; return whether this lowered the limit."""
        if number <= self._last_sent_before_halving:
            return False
        self._last_sent_before_halving = self._last_sent
        before, self._exact = self.current, max(min(1.0, self._width), self._exact / 2)
        self.current = int(self._exact)
        return self.current < before


class Pause:
    """Until when no call may be sent: the latest of the instants that upstream asked for.

    Instants are seconds of one monotonic clock, which the caller reads.
    """

    def __init__(self) -> None:
        self._until = -math.inf

    def extend(self, until: float) -> None:
        """Allow no call before ``until``. Never shortens the pause."""
        self._until = max(self._until, until)

    @property
    def was_requested(self) -> bool:
        """Whether upstream ever asked for a pause.

        A cheap check for the usual case: most upstreams never ask, and every call looks.
        """
        return self._until > -math.inf

    def remaining(self, now: float) -> float:
        """Seconds left of the pause at ``now``; 0 if it is over."""
        return max(0.0, self._until - now)


class RetryBudget:
    """How many retries a run may make: ``size`` at first, then a fraction of the questions answered.

    A failing upstream therefore gets few more calls than there are questions. ``refused`` counts the
    retries that the budget did not allow.
    """

    def __init__(self, size: int) -> None:
        self._size = self._left = float(size)
        self.refused = 0

    def deposit(self) -> None:
        """Record that a question was answered."""
        if self._left < self._size:
            self._left = min(self._left + DEPOSIT, self._size)

    def withdraw(self) -> bool:
        """Pay for one retry; return False, and count a refusal, if the budget does not allow it."""
        if self._left < 1:
            self.refused += 1
            return False
        self._left -= 1
        return True


class Patience:
    """How long a run may wait in all because upstream asks it to, and how often it may be put off.

    Args:
        seconds: that all waits may take together.
        times: calls in a row that may be put off, whether with a wait or without.
        rule: what allows so many seconds, for messages.
    """

    def __init__(self, seconds: float, times: int, *, rule: str) -> None:
        self.rule = rule
        self.seconds = seconds
        self.times = times
        self.waited = 0.0
        self._put_off = 0

    def record_success(self) -> None:
        """Record that a call was answered."""
        self._put_off = 0

    def record_put_off(self) -> bool:
        """Record that a call was put off; return whether that was too often."""
        self._put_off += 1
        return self._put_off > self.times

    def record_wait(self, seconds: float) -> bool:
        """Count a wait of ``seconds`` more; return whether it is allowed. One that is not does not count."""
        if self.waited + seconds > self.seconds:
            return False
        self.waited += seconds
        return True


class CircuitBreaker:
    """Whether upstream is down: probed after ``threshold`` failures in a row, down if the probe fails too.

    Failures in a row prove nothing by themselves: one institution that always fails can have thousands of
    courses, and they are asked for one after the other.
    """

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self.is_probing = False
        """Whether a probe is under way."""
        self.failures = 0
        """Calls that failed since the last success."""

    def record_success(self) -> None:
        """Record that a call was answered."""
        self.failures = 0

    def record_failure(self) -> bool:
        """Record that a call failed; return whether the caller must probe and call :meth:`finish_probe`."""
        self.failures += 1
        must_probe = self.failures >= self._threshold and not self.is_probing
        self.is_probing = self.is_probing or must_probe
        return must_probe

    def finish_probe(self, *, reached: bool) -> bool:
        """End the probe; return whether upstream is down.

        It is down if the probe did not reach it and no other call succeeded during the probe.
        """
        self.is_probing = False
        is_down = not reached and self.failures >= self._threshold
        if not is_down:
            self.failures = 0
        return is_down
