"""A CSV file of unit updates, read and checked whole before anything is sent. No I/O."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from dcs_mirror.axcelerate.records import UnitUpdate
from dcs_mirror.errors import SettingsError

COLUMNS = ("contact_id", "class_id", "unit_id", "competent", "start_date", "end_date")
_NEEDED = COLUMNS[:3]
# The guide's names for its parameters do as well.
_ALIASES = {
    "programinstanceid": "class_id",
    "instanceid": "unit_id",
    "activitystartdate": "start_date",
    "activityenddate": "end_date",
}
_KNOWN = {name.replace("_", ""): name for name in COLUMNS} | _ALIASES
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_CODE = re.compile(r"[0-9]{1,3}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TOLD = 10
"""How many mistakes an error names; it counts the others."""


class _Wrong(ValueError):
    """Says what is wrong in the file."""


class Row(NamedTuple):
    """One update and the line of the file on which it ends; the heading is line 1."""

    number: int
    update: UnitUpdate


class UnitFile(NamedTuple):
    """A file's bytes, by which it is known again, and what they ask for."""

    content: bytes
    rows: list[Row]


def read(name: str, content: bytes) -> UnitFile:
    """The updates of a UTF-8 CSV file with a heading.

    Raises:
        SettingsError: names the file, and every mistake with its row, the first ten in words.
    """
    try:
        return UnitFile(content, _rows(content))
    except _Wrong as error:
        raise SettingsError(f"{name}: {error}") from None


def _rows(content: bytes) -> list[Row]:
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        columns = _columns(next(reader, []))
        found = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except UnicodeDecodeError:
        raise _Wrong("the file is not UTF-8 text") from None
    except csv.Error as error:
        raise _Wrong(f"the file is no CSV: {error}") from None
    rows: list[Row] = []
    mistakes: list[str] = []
    for number, cells in found:
        update, wrong = _update(columns, cells)
        mistakes += (f"row {number}: {what}" for what in wrong)
        if update is not None:
            rows.append(Row(number, update))
    mistakes += _twice(rows)
    if mistakes:
        more = f"; and {len(mistakes) - _TOLD} more" if len(mistakes) > _TOLD else ""
        raise _Wrong("; ".join(mistakes[:_TOLD]) + more)
    if not rows:
        raise _Wrong("the file holds no rows below its heading")
    return rows


def _columns(heading: list[str]) -> list[str]:
    """What each column is.

    Raises:
        _Wrong: where one is unknown or given twice, or one that is needed is missing.
    """
    known = ", ".join(COLUMNS)
    if len(heading) == 1 and (found := re.search(r"[;\t|]", heading[0])):
        raise _Wrong(f"cells must be separated by commas, not by {found[0]!r}")
    columns = []
    for cell in heading:
        name = _KNOWN.get(re.sub(r"[^a-z]", "", cell.lower()))
        if name is None:
            raise _Wrong(f"the heading has the unknown column {cell!r}; known are {known}")
        if name in columns:
            raise _Wrong(f"the heading has the column {name} twice")
        columns.append(name)
    if missing := [name for name in _NEEDED if name not in columns]:
        raise _Wrong(f"the heading lacks {', '.join(missing)}; known columns are {known}")
    if len(columns) == len(_NEEDED):
        raise _Wrong(f"the heading has nothing to set: add {', '.join(COLUMNS[3:])}")
    return columns


def _update(columns: list[str], cells: list[str]) -> tuple[UnitUpdate | None, list[str]]:
    """The update of one row, or what is wrong with it."""
    if len(cells) != len(columns):
        return None, [f"{len(cells)} cells where the heading has {len(columns)}"]
    values: dict[str, int | date] = {}
    wrong = []
    for name, cell in zip(columns, (cell.strip() for cell in cells), strict=True):
        try:
            if cell or name in _NEEDED:
                values[name] = _READERS[name](cell)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    start, end = values.get("start_date"), values.get("end_date")
    if isinstance(start, date) and isinstance(end, date) and end < start:
        wrong.append("end_date: is before start_date")
    if not wrong and values.keys() == set(_NEEDED):
        wrong.append("nothing to set")
    return (None, wrong) if wrong else (UnitUpdate(**values), [])  # type: ignore[arg-type]  # each was read as its own kind


def _twice(rows: list[Row]) -> list[str]:
    """Rows that set what another row sets already: which of them should win is not said."""
    first: dict[tuple[int, int, int], int] = {}
    found = []
    for number, update in rows:
        earlier = first.setdefault((update.contact_id, update.class_id, update.unit_id), number)
        if earlier != number:
            found.append(f"row {number}: the same unit enrolment as row {earlier}")
    return found


def _id(cell: str) -> int:
    if _ID.fullmatch(cell) is None or int(cell) == 0:
        raise ValueError(f"{cell[:40]!r} is no id")
    return int(cell)


def competent(cell: str) -> int:
    """An outcome code. Raises ValueError where it is none."""
    if _CODE.fullmatch(cell) is None or int(cell) == 0:
        raise ValueError(f"{cell[:40]!r} is no outcome code, such as 20 for competent")
    return int(cell)


def day(cell: str) -> date:
    """A date. Raises ValueError where it is none."""
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
