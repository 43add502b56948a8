"""Tables in plain text. Nothing in them is cut, and what people copy is never broken at the end of a line."""

import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import TypeAlias

from dcs_mirror.cli.terminal import console
from dcs_mirror.cli.unbroken import PIECE
from dcs_mirror.plain_text import one_line

PIPED_WIDTH = 200
"""The width in characters of a table that is not printed on a terminal."""

UNBROKEN = 20
"""Up to so many characters, the cells of a column are never broken: they are ids, codes and times."""

_LEAST_TEXT = 30
"""The least width in characters of a last column whose sentences are broken."""

Cell: TypeAlias = str | Sequence[str]
"""A text that is shown on one line if there is room, whatever it holds; or several, each on its own."""

_GAPS = (2, 1)
"""Blanks behind each column: the first number that the terminal has room for."""


def print_table(headings: dict[str, str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print a plain table; ``headings`` maps each column's heading to ``left`` or ``right``.

    If a terminal is too narrow, long cells take several lines. They are broken between words, but never
    within a command in backticks, a path or an address: such a piece may stick out of the last column, on a
    line of its own. If there is no room even so, each row is printed as lines of heading and cell.
    """
    from rich.text import Text

    out = console(
        width=None if sys.stdout.isatty() else PIPED_WIDTH, markup=False, highlight=False, emoji=False
    )
    cells = [[_in_lines(cell) for cell in row] for row in rows]
    columns = [list(column) for column in zip(headings, *cells, strict=True)]
    is_right = [justify == "right" for justify in headings.values()]
    for gap in _GAPS:
        widths = _widths(columns, out.width - gap * (len(columns) - 1), sticks_out=not is_right[-1])
        if widths is not None:
            break
    else:
        out.print("\n\n".join(_record(list(headings), row, out.width) for row in cells), soft_wrap=True)
        return
    out.print(Text(_line(list(headings), widths, is_right, gap), style="bold"), soft_wrap=True)
    for row in cells:
        parts = [wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        for line in zip_longest(*parts, fillvalue=""):
            out.print(_line(line, widths, is_right, gap), soft_wrap=True)


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text, broken to ``width`` where no word, command, path or address is broken.

    What is wider than ``width`` without a place to break it gets a line of its own.
    """
    from rich.cells import cell_len

    lines: list[str] = []
    for line in text.split("\n"):
        if cell_len(line) <= width:
            lines.append(line)
            continue
        first, *pieces = PIECE.findall(line) or [""]
        lines.append(first)
        for piece in pieces:
            if cell_len(lines[-1]) + 1 + cell_len(piece) <= width:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    return lines


def _in_lines(cell: Cell) -> str:
    """Return a cell with a line feed only where the program wants a line to end: its texts are of others."""
    return "\n".join(map(one_line, [cell] if isinstance(cell, str) else cell))


def _widths(columns: list[list[str]], room: int, *, sticks_out: bool) -> list[int] | None:
    """Return the width of each column, or None if they need more than ``room`` together.

    Args:
        columns: their cells, with the headings.
        room: how many characters there are for all.
        sticks_out: whether pieces of the last column may be wider than the column.
    """
    from rich.cells import cell_len

    widest = [max(cell_len(line) for cell in column for line in cell.split("\n")) for column in columns]
    longest = [
        max((cell_len(piece) for cell in column for piece in PIECE.findall(cell)), default=0)
        for column in columns
    ]
    widths = [all_ if all_ <= UNBROKEN else piece for all_, piece in zip(widest, longest, strict=True)]
    if sticks_out:
        widths[-1] = min(widths[-1], max(_LEAST_TEXT, room - sum(widths[:-1])))
    left = room - sum(widths)
    if left < 0:
        return None
    for _ in range(left):
        # Who would need the most lines gets the next character.
        needy = max(range(len(widths)), key=lambda n: widest[n] / max(widths[n], 1))
        if widest[needy] <= widths[needy]:
            break
        widths[needy] += 1
    return widths


def _line(cells: "list[str] | tuple[str, ...]", widths: list[int], is_right: list[bool], gap: int) -> str:
    """Return one line of a table, without blanks at its end."""
    from rich.cells import cell_len

    padded = (
        " " * (width - cell_len(cell)) + cell if right else cell + " " * (width - cell_len(cell))
        for cell, width, right in zip(cells, widths, is_right, strict=True)
    )
    return (" " * gap).join(padded).rstrip()


def _record(headings: list[str], row: list[str], width: int) -> str:
    """Return a row as lines of heading and cell, without the empty cells."""
    indent = max(map(len, headings)) + 2
    lines: list[str] = []
    for heading, cell in zip(headings, row, strict=True):
        if cell:
            first, *more = wrapped(cell, max(width - indent, 1))
            lines.append(f"{heading:<{indent}}{first}")
            lines += [" " * indent + line for line in more]
    return "\n".join(lines)
