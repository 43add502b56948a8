"""What a run found: each measure with all its values, its median and spread, and its goal."""

import statistics
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

Say = Callable[[str], None]
"""Is told what is being measured."""


class Goal(msgspec.Struct, frozen=True):
    """A bound that the median should keep: ``at most`` or ``at least`` so much."""

    bound: Literal["at most", "at least"]
    value: float

    def is_met_by(self, median: float) -> bool:
        return median <= self.value if self.bound == "at most" else median >= self.value


class Figure(msgspec.Struct, frozen=True):
    """One measure at one size: a value for each repetition, in the order in which they were taken.

    ``unit`` is empty for a ratio, which is of two values of one repetition; only growth compares medians.
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
    """What the figures were taken on."""

    system: str
    processor: str
    cores: int
    memory_gb: int
    python: str
    postgresql: str
    dcs_mirror: str


class Run(msgspec.Struct, frozen=True):
    """One run of the bench, as it is written to a file. ``ceiling`` and ``bare_fetch`` are calls a second."""

    taken_at: str
    machine: Machine
    ceiling: float
    bare_fetch: float
    figures: list[Figure]


def at_most(value: float) -> Goal:
    return Goal("at most", value)


def at_least(value: float) -> Goal:
    return Goal("at least", value)
