"""A CSV file of unit updates, parsed and checked completely before anything is sent. No I/O."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from dcs_mirror.axcelerate.records import UnitUpdate
from dcs_mirror.errors import SettingsError
from dcs_mirror.plain_text import counted

COLUMNS = ("contact_id", "class_id", "unit_id", "competent", "start_date", "end_date")
# The names of the API's parameters are accepted as well.
_ALIASES = {
    "programinstanceid": "class_id",
    "instanceid": "unit_id",
    "activitystartdate": "start_date",
    "activityenddate": "end_date",
}
_REQUIRED = COLUMNS[:3]
_KNOWN = {name.replace("_", ""): name for name in COLUMNS} | _ALIASES
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_CODE = re.compile(r"[0-9]{1,3}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NAMED = 10
"""How many mistakes an error message names; it only counts the others."""


class _InvalidFile(ValueError):
    """What is wrong in the file, without its name."""


class Row(NamedTuple):
    """One update and the line of the file on which it ends; the heading is line 1."""

    number: int
    update: UnitUpdate


class UnitFile(NamedTuple):
    """A file's bytes, which identify it, and its rows."""

    content: bytes
    rows: list[Row]


def read(name: str, content: bytes) -> UnitFile:
    """Parse a UTF-8 CSV file with a heading.

    Args:
        name: the file's name, for the error message.
        content: its bytes.

    Raises:
        SettingsError: if it holds mistakes: names the file and the first ten, each with its row.
    """
    try:
        return UnitFile(content, _rows(content))
    except _InvalidFile as error:
        raise SettingsError(f"{name}: {error}") from None


def _rows(content: bytes) -> list[Row]:
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        columns = _columns(next(reader, []))
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except UnicodeDecodeError:
        raise _InvalidFile("the file is not UTF-8 text") from None
    except csv.Error as error:
        raise _InvalidFile(f"the file is not CSV: {error}") from None
    rows: list[Row] = []
    mistakes: list[str] = []
    for number, cells in lines:
        update, problems = _update(columns, cells)
        mistakes += (f"row {number}: {problem}" for problem in problems)
        if update is not None:
            rows.append(Row(number, update))
    mistakes += _duplicates(rows)
    if mistakes:
        more = f"; and {len(mistakes) - _NAMED} more" if len(mistakes) > _NAMED else ""
        raise _InvalidFile("; ".join(mistakes[:_NAMED]) + more)
    if not rows:
        raise _InvalidFile("the file holds no rows below its heading")
    return rows


def _columns(heading: list[str]) -> list[str]:
    """The name of each column.

    Raises:
        _InvalidFile: if one is unknown or given twice, or a required one is missing.
    """
    known = ", ".join(COLUMNS)
    if len(heading) == 1 and (separator := re.search(r"[;\t|]", heading[0])):
        raise _InvalidFile(f"cells must be separated by commas, not by {separator[0]!r}")
    columns = []
    for cell in heading:
        name = _KNOWN.get(re.sub(r"[^a-z]", "", cell.lower()))
        if name is None:
            raise _InvalidFile(f"the heading has the unknown column {cell!r}; known are {known}")
        if name in columns:
            raise _InvalidFile(f"the heading has the column {name} twice")
        columns.append(name)
    if missing := [name for name in _REQUIRED if name not in columns]:
        raise _InvalidFile(f"the heading lacks {', '.join(missing)}; known columns are {known}")
    if len(columns) == len(_REQUIRED):
        raise _InvalidFile(f"the heading has nothing to set: add {', '.join(COLUMNS[3:])}")
    return columns


def _update(columns: list[str], cells: list[str]) -> tuple[UnitUpdate | None, list[str]]:
    """The update of one row, or what is wrong with the row."""
    if len(cells) != len(columns):
        return None, [f"{counted(len(cells), 'cell')}, but the heading has {len(columns)}"]
    values: dict[str, int | date] = {}
    problems = []
    for name, cell in zip(columns, (cell.strip() for cell in cells), strict=True):
        try:
            if cell or name in _REQUIRED:
                values[name] = _READERS[name](cell)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    start, end = values.get("start_date"), values.get("end_date")
    if isinstance(start, date) and isinstance(end, date) and end < start:
        problems.append("end_date: is before start_date")
    if not problems and values.keys() == set(_REQUIRED):
        problems.append("nothing to set")
    return (None, problems) if problems else (UnitUpdate(**values), [])  # type: ignore[arg-type]  # each was read by its own reader


def _duplicates(rows: list[Row]) -> list[str]:
    """Rows for the same unit enrolment as an earlier row: which should win would be ambiguous."""
    first: dict[tuple[int, int, int], int] = {}
    mistakes = []
    for number, update in rows:
        earlier = first.setdefault((update.contact_id, update.class_id, update.unit_id), number)
        if earlier != number:
            mistakes.append(f"row {number}: the same unit enrolment as row {earlier}")
    return mistakes


def _id(cell: str) -> int:
    if _ID.fullmatch(cell) is None or int(cell) == 0:
        raise ValueError(f"{cell[:40]!r} is no id")
    return int(cell)


def competent(cell: str) -> int:
    """Read an outcome code.

    Raises:
        ValueError: if the cell is not one.
    """
    if _CODE.fullmatch(cell) is None or int(cell) == 0:
        raise ValueError(f"{cell[:40]!r} is no outcome code, such as 20 for competent")
    return int(cell)


def day(cell: str) -> date:
    """Read a date.

    Raises:
        ValueError: if the cell is not one.
    """
    try:
        if _DATE.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise ValueError(f"{cell[:40]!r} is no date of the form YYYY-MM-DD")


_READERS: dict[str, Callable[[str], int | date]] = {
    "contact_id": _id,
    "class_id": _id,
    "unit_id": _id,
    "competent": competent,
    "start_date": day,
    "end_date": day,
}
