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
_SAME_COLOURS = (
    ("Active", "Covered by CLA Licence"),
    ("Pending", "Excluded from CLA Licence"),
    ("Archived", "Publisher Permission"),
    ("Deleted",),
    ("Rejected", "Open Access"),
    ("New Request",),
)
"""What has the same colour in the pictures of all institutions, whatever there is more of; by its number."""


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
        names: from the lowest in a bar to the highest, with what each counts at the end.
        colours: the number of each name's colour.
        most: the highest bar's items, which the whole height stands for.
    """

    parts: Sequence[Part]
    months: Sequence[tuple[float, str]]
    names: Sequence[tuple[str, int]]
    colours: Mapping[str, int]
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
    colours, rest = _colours(order[:_MOST_NAMES]), order[_MOST_NAMES:]
    step = WIDTH / len(instants)
    parts: list[Part] = []
    last: list[tuple[str, int]] = []
    for place, instant in enumerate(instants):
        named = counts[instant]
        stacked = [(name, named.get(name, 0)) for name in colours]
        if rest:
            colours[OTHER] = _MOST_NAMES
            stacked.append((OTHER, sum(named.get(name, 0) for name in rest)))
        last, below = stacked, 0.0
        for name, items in stacked:
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
                        colours[name],
                        text,
                    )
                )
    months = [
        (round(place * step + step / 2, 2), instant.astimezone(UK).strftime("%b"))
        for place, instant in enumerate(instants[:-1])
    ]
    months.append((round(WIDTH - step / 2, 2), "now"))
    return Chart(parts, months, last, colours, most)


def _colours(names: Sequence[str]) -> dict[str, int]:
    """Return the number of each name's colour, in the order of the numbers; no two have the same."""
    fixed = {name: number for number, same in enumerate(_SAME_COLOURS) for name in same}
    found: dict[str, int] = {}
    for name in names:
        if (number := fixed.get(name)) is not None and number not in found.values():
            found[name] = number
    # First those that no name has anywhere.
    left = set(range(_MOST_NAMES)) - set(found.values())
    free = iter(sorted(left, key=lambda number: (number < len(_SAME_COLOURS), number)))
    found |= {name: next(free) for name in names if name not in found}
    return dict(sorted(found.items(), key=lambda each: each[1]))


def _day(instant: datetime) -> str:
    local = instant.astimezone(UK)
    return f"{local.day} {local:%B %Y}"
