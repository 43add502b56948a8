"""A picture of counts over time: stacked bars, one for each instant. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dcs_mirror.clock import UK

WIDTH, HEIGHT, FOOT = 780, 220, 26
"""In units of the picture: its bars' area, and what stands below for months."""
_MOST_NAMES = 8
"""Colours there are; smaller ones are one."""
OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: where it is, its colour's number, and what it says."""

    x: float
    y: float
    width: float
    height: float
    colour: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture.

    Attributes:
        parts: of all bars.
        months: what stands below the bars, and where.
        names: in the order of their colours, with what each counts at the end.
        most: the highest bar's items, which the whole height stands for.
    """

    parts: Sequence[Part]
    months: Sequence[tuple[float, str]]
    names: Sequence[tuple[str, int]]
    most: int


def chart(rows: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Return the picture of rows with ``at``, ``name`` and ``items``; None if nothing was ever counted."""
    instants = sorted({row["at"] for row in rows})
    counts: dict[datetime, dict[str, int]] = {instant: {} for instant in instants}
    for row in rows:
        counts[row["at"]][row["name"] or "None"] = max(0, row["items"])
    totals: dict[str, int] = {}
    for named in counts.values():
        for name, items in named.items():
            totals[name] = totals.get(name, 0) + items
    order = sorted((name for name in totals if totals[name]), key=lambda name: (-totals[name], name))
    most = max((sum(named.values()) for named in counts.values()), default=0)
    if not most:
        return None
    shown, rest = order[:_MOST_NAMES], order[_MOST_NAMES:]
    step = WIDTH / len(instants)
    parts: list[Part] = []
    last: list[tuple[str, int]] = []
    for place, instant in enumerate(instants):
        named = counts[instant]
        stacked = [(name, named.get(name, 0)) for name in shown]
        if rest:
            stacked.append((OTHER, sum(named.get(name, 0) for name in rest)))
        last, below = stacked, 0.0
        for colour, (name, items) in enumerate(stacked):
            height = HEIGHT * items / most
            below += height
            if items:
                text = f"{_day(instant)}: {name}, {items:,}"
                parts.append(
                    Part(
                        round(place * step + step * 0.12, 2),
                        round(HEIGHT - below, 2),
                        round(step * 0.76, 2),
                        round(height, 2),
                        colour,
                        text,
                    )
                )
    months = [
        (round(place * step + step / 2, 2), instant.astimezone(UK).strftime("%b"))
        for place, instant in enumerate(instants[:-1])
    ]
    months.append((round(WIDTH - step / 2, 2), "now"))
    return Chart(parts, months, last, most)


def _day(instant: datetime) -> str:
    local = instant.astimezone(UK)
    return f"{local.day} {local:%B %Y}"
