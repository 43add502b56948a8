"""Counts of the calls to the emulated DCS, without those to the control endpoints."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stats:
    """Counts by method and by outcome: a status code, `HTTP 401` of the gateway, or `fault` and its kind."""

    methods: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    peak_in_flight: int = 0

    @contextmanager
    def call(self, method: str) -> Iterator[None]:
        """Count a call as in flight during the block, from its arrival until its answer is sent."""
        self.methods[method] += 1
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

    def reset(self) -> None:
        """Reset all counts; calls still in flight count towards the new peak."""
        self.methods.clear()
        self.outcomes.clear()
        self.peak_in_flight = self.in_flight

    def report(self) -> dict[str, object]:
        return {
            "total": self.methods.total(),
            "methods": dict(self.methods),
            "outcomes": dict(self.outcomes),
            "peak_in_flight": self.peak_in_flight,
        }
