"""The rows of a file of links, each with its answer in further columns. No I/O."""

from collections.abc import Sequence
from dataclasses import astuple, fields

from dcs_mirror.links.check import Link
from dcs_mirror.links.file import LinkFile

NAMES = tuple(field.name for field in fields(Link))[2:]
"""The further columns: all of an answer but the number of its line and what was given."""


def with_answers(listed: LinkFile, found: Sequence[Link]) -> list[list[object]]:
    """Return all rows of the file with the answers behind them, in their order.

    If the file names no columns, a row that does is put before them.
    """
    width = max((len(row) for _, row in listed.rows), default=1)
    answers = {link.line: link for link in found}

    def answer(number: int) -> list[object]:
        if number not in answers:
            return [None] * len(NAMES)
        return [
            str(each).lower() if isinstance(each, bool) else each for each in astuple(answers[number])[2:]
        ]

    table = [[*row, *[""] * (width - len(row)), *answer(number)] for number, row in listed.rows]
    if listed.heading is None:
        own = ["input"] if width == 1 else [f"column {place + 1}" for place in range(width)]
        return [[*own, *NAMES], *table]
    table[listed.heading][width:] = NAMES
    return table
