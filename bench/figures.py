"""The results of a run: each measure with its values and its goal."""

import statistics
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

Say = Callable[[str], None]
"""Reports what is being measured."""


class Goal(msgspec.Struct, frozen=True):
    """A bound for the median: ``at most`` or ``at least`` ``value``."""

    bound: Literal["at most", "at least"]
    value: float

    def is_met_by(self, median: float) -> bool:
        return median <= self.value if self.bound == "at most" else median >= self.value


class Figure(msgspec.Struct, frozen=True):
    """One measure at one size: one value per repetition, in order.

    ``unit`` is empty for a ratio. A ratio compares two values of the same repetition, except for growth,
    which compares medians.
    """

    measure: str
    size: str
    unit: str
    values: Sequence[float]
    goal: Goal | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)


class Machine(msgspec.Struct, frozen=True):
    """The machine on which the figures were taken."""

    system: str
    processor: str
    cores: int
    memory_gb: int
    python: str
    postgresql: str
    dcs_mirror: str


class Run(msgspec.Struct, frozen=True):
    """One run of the bench, as written to a file. ``ceiling`` and ``bare_fetch`` are in calls per second."""

    taken_at: str
    machine: Machine
    ceiling: float
    bare_fetch: float
    figures: list[Figure]


def at_most(value: float) -> Goal:
    return Goal("at most", value)


def at_least(value: float) -> Goal:
    return Goal("at least", value)
