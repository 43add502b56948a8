"""What a workbook says of a sheet besides its values: what is hidden, errors, its size. No I/O."""

import posixpath
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["xlsx", "xlsb", "xls", "ods"]

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""The errors of the binary formats, by their codes."""
NOT_CALCULATED = "a formula that was not calculated"
"""What stands for a formula of which the file holds no result: open and save the file to calculate it."""
MOST_HIDDEN_COLUMNS = 16_384


class Unreadable(Exception):
    """A workbook is not built as its format says."""


@dataclass(slots=True)
class Outline:
    """What is known of a sheet. Rows count from 1, columns from 0.

    ``hidden`` are the hidden rows as ranges, in ascending order. ``errors`` are the texts of cells that
    hold an error. ``rows`` and ``columns`` are how many there are up to the last cell with a value.
    """

    kind: Kind
    hidden: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: frozenset[int] = frozenset()
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: int = 0
    columns: int = 0

    def hides(self, row: int) -> bool:
        """Return whether a row is hidden."""
        index = bisect_right(self.hidden, (row, MOST_HIDDEN_COLUMNS * MOST_HIDDEN_COLUMNS)) - 1
        return index >= 0 and self.hidden[index][0] <= row <= self.hidden[index][1]

    def hide(self, first: int, last: int) -> None:
        """Note that rows are hidden; those before them must have been noted."""
        if self.hidden and self.hidden[-1][1] >= first - 1:
            self.hidden[-1] = (self.hidden[-1][0], max(self.hidden[-1][1], last))
        else:
            self.hidden.append((first, last))

    def hide_columns(self, first: int, last: int) -> None:
        """Note that columns are hidden."""
        self.hidden_columns |= frozenset(range(first, min(last + 1, MOST_HIDDEN_COLUMNS)))

    def reach(self, row: int, column: int) -> None:
        """Note that there is a value in a cell."""
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column + 1)


def part_of_target(base: str, target: str) -> str:
    """Return the name of a part of an archive, given the part that refers to it."""
    name = posixpath.normpath(posixpath.join("/", posixpath.dirname(base), target.replace("\\", "/")))
    return name.lstrip("/").lower()


def relations_of(part: str) -> str:
    """Return the name of the part with the relations of a part."""
    folder, _, file = part.rpartition("/")
    return f"{folder}/_rels/{file}.rels".lstrip("/")
