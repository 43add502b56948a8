"""The links in a file: a CSV file, a sheet of a workbook, or a list with one link a line. No I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dcs_mirror.errors import SettingsError
from dcs_mirror.links.reading import asked_for
from dcs_mirror.students import csv_file, workbook
from dcs_mirror.students.table import Table

_SAMPLE = 1000
"""Rows from which the column is chosen."""
_HEADING_WITHIN = 20
"""Rows in which a heading is looked for."""
_LINE_END = re.compile(r"\r\n|\n|\r")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class LinkFile:
    """A file's rows, and which cells of them are links.

    Attributes:
        rows: every row with cells, with its number in the file.
        heading: the place of the heading among the rows; None if there is none.
        column: the place of the links among the cells, from 0.
        read_as: how the file was read and which column was taken, for the user.
        encoding: the codec to write the file with again.
        separator: what separates its cells.
    """

    rows: Sequence[tuple[int, Sequence[str]]]
    heading: int | None
    column: int
    read_as: str
    encoding: str
    separator: str

    @property
    def links(self) -> list[tuple[int, str]]:
        """The number and the link of each row below the heading whose cell is not empty."""
        begins = 0 if self.heading is None else self.heading + 1
        cells = ((number, _cell(row, self.column)) for number, row in self.rows[begins:])
        return [(number, cell) for number, cell in cells if cell.strip()]


def read(
    name: str, content: bytes, column: str | None = None, *, only_lines: bool = False, only_text: bool = False
) -> LinkFile:
    """Return the links of a file.

    Args:
        name: the file's name, for errors.
        content: the file.
        column: the heading of the column of links; None for the column that holds the most.
        only_lines: whether it is a list with one link a line, whatever it looks like.
        only_text: whether it must be text, and no workbook.

    Raises:
        SettingsError: if the file cannot be read or the column is not found; names the columns.
    """
    encoding, separator = "utf-8-sig", ","
    is_list = False
    if not only_text and workbook.is_workbook(name, content):
        table = workbook.read(name, content)
        rows = [(number, [_text(cell) for cell in row]) for number, row in table.rows]
        what = f"{table.read_as}, sheet {table.sheet!r}"
        if table.hidden_rows:
            what += f", {table.hidden_rows} hidden rows left out"
    else:
        text, kind = csv_file.decoded(name, content)
        encoding = _codec(kind, content)
        cells = None if only_lines else _cells(name, content)
        if cells is None:
            lines = _LINE_END.split(text)
            rows = [(number, [_unquoted(line)]) for number, line in enumerate(lines, start=1)]
            what, is_list = f"{kind}, one link a line", True
        else:
            rows = [(number, [_text(cell) for cell in row]) for number, row in cells.rows]
            what = cells.read_as
            separator = {v: k for k, v in csv_file.SEPARATORS.items()}.get(cells.separator or "", ",")
    rows = [row for row in rows if any(cell.strip() for cell in row[1])]
    heading, place = (
        _named(name, rows, column) if column is not None else _chosen(name, rows, is_list=is_list)
    )
    if not is_list:
        what += f", links from {_spoken(rows, heading, place)}"
    return LinkFile(rows, heading, place, what, encoding, separator)


def _cells(name: str, content: bytes) -> Table | None:
    """Return a CSV file as a table; None if it is none, such as a list with one link a line."""
    try:
        return csv_file.read(name, content)
    except SettingsError:
        return None


def of_texts(texts: Sequence[str]) -> LinkFile:
    """Return a list of links as if it were a file with one a line."""
    rows = [(number, [text]) for number, text in enumerate(texts, start=1)]
    return LinkFile(rows, None, 0, "a list", "utf-8-sig", ",")


def _named(name: str, rows: Sequence[tuple[int, Sequence[str]]], column: str) -> tuple[int, int]:
    """Return the place of the row and of the cell that is the heading ``column``."""
    wanted = column.strip().casefold()
    for place, (_, row) in enumerate(rows[:_HEADING_WITHIN]):
        alike = [number for number, cell in enumerate(row) if cell.strip().casefold() == wanted]
        if len(alike) > 1:
            raise SettingsError(f"{name}: several columns have the heading {column!r}; rename the others")
        if alike:
            return place, alike[0]
    there = _names(rows) if rows else ""
    raise SettingsError(
        f"{name}: there is no column {column!r}; " + (f"the columns are {there}" if there else "it is empty")
    )


def _chosen(name: str, rows: Sequence[tuple[int, Sequence[str]]], *, is_list: bool) -> tuple[int | None, int]:
    """Return the place of the heading, if there is one, and of the column that holds the most links."""
    if not rows:
        return None, 0
    first = rows[0][1]
    has_heading = len(rows) > 1 and not any(map(asked_for, first))
    if is_list:
        # A line that is no link may be a mistyped one: a heading is made of letters alone.
        has_heading = has_heading and not re.search("[0-9/:?=%]", first[0])
        return (0 if has_heading else None), 0
    titles = _titles(rows)
    sample = [row for _, row in rows[:_SAMPLE]]
    for holds in (_is_link, _is_number):
        counts = [sum(holds(_cell(row, place)) for row in sample) for place in range(max(map(len, sample)))]
        if not any(counts):
            continue
        if holds is _is_number and sum(count > 0 for count in counts) > 1:
            problem = "several columns hold numbers, and none holds links"
            break
        place = counts.index(max(counts))
        # A title in the column itself may be the heading, and what follows a link that is mistyped.
        below = 0 if any(_cell(row, place).strip() for _, row in rows[:titles]) else titles
        return (below if has_heading else None), place
    else:
        problem = "no column holds links, GUIDs or request ids"
    raise SettingsError(f"{name}: {problem}; name one with --column: {_names(rows)}")


def _titles(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Return how many rows above the heading, which fills several cells, are titles, which fill one."""
    for place, (_, row) in enumerate(rows[:_HEADING_WITHIN]):
        if any(map(asked_for, row)):
            break
        if sum(bool(cell.strip()) for cell in row) > 1:
            return place
    return 0


def _names(rows: Sequence[tuple[int, Sequence[str]]]) -> str:
    """Return what seems to be the heading, for an error."""
    return ", ".join(repr(cell) for cell in rows[_titles(rows)][1] if cell.strip())[:1000]


def _is_link(cell: str) -> bool:
    asked = asked_for(cell)
    return asked is not None and (asked.guid is not None or "/go/" in cell.lower())


def _is_number(cell: str) -> bool:
    return asked_for(cell) is not None


def _spoken(rows: Sequence[tuple[int, Sequence[str]]], heading: int | None, place: int) -> str:
    """Return the name of a column in words."""
    if heading is None:
        return f"column {place + 1} (there is no heading)"
    below = f" (heading in row {rows[heading][0]})" if heading else ""
    return f"column {_cell(rows[heading][1], place)!r}{below}"


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _text(cell: object) -> str:
    """Return a cell's text; workbooks have whole numbers as floats."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**63:
        return str(int(cell))
    return "" if cell is None else str(cell)


def _unquoted(line: str) -> str:
    found = _QUOTED.fullmatch(line)
    return found[1] if found else line


def _codec(kind: str, content: bytes) -> str:
    """Return the codec that writes a file in the encoding in which it was read."""
    if kind == "UTF-8":
        return "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
    return "cp1252" if kind == "Windows-1252" else "utf-16"
