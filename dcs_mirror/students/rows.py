"""Rows of course codes and numbers of students, from the cells of a table in any common form. No I/O."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dcs_mirror.errors import SettingsError

LONGEST_NUMBER = 20
"""The most characters of a cell that may be a number."""

# Headings, reduced to letters and digits in lower case. The first group that matches is used; two matches in
# one group are ambiguous. "Student number" is left out on purpose: it identifies a person.
_CODES = (
    ("coursecode", "modulecode", "unitcode", "subjectcode", "code"),
    ("courseid", "moduleid", "course", "module", "unit"),
)
_STUDENTS = (
    (
        "numberofstudents",
        "studentnumbers",
        "studentcount",
        "students",
        "headcount",
        "enrolments",
        "enrollments",
        "enrolled",
        "number",
        "count",
        "total",
    ),
)
_NAMES = ("coursename", "modulename", "coursetitle", "moduletitle", "unitname", "name", "title")

# Unambiguous thousands separators only: 1 234, 1,234, 1'234, with the kinds of spaces that spreadsheets use.
_NUMBER = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]{1,3}(?:[,'\u2019 \u00a0\u2009\u202f][0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of the columns to use; a column that is None is guessed."""

    code: str | None = None
    students: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One course in a source.

    ``where`` is the row's place, such as ``row 7``. ``fault`` says why the row cannot be used; without one
    there is a code, and ``students`` is a whole number of any size and sign.
    """

    where: str
    course_code: str
    students: int | None
    name: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """All rows of a source. ``read_as`` describes how it was read, such as its encoding and columns."""

    rows: list[SourceRow]
    read_as: str


def of_table(
    name: str,
    cells: Iterable[tuple[int, Sequence[object]]],
    columns: Columns,
    *,
    read_as: str,
    separated: bool = False,
) -> Source:
    """Return the rows of a table. Its first row that is not empty is the heading.

    Args:
        name: the table's name, for errors.
        cells: numbered rows; their cells are texts, numbers or None.
        columns: the headings of the columns to use.
        read_as: how the table was read; the columns are added to it.
        separated: whether the table is text with separators, so that an unquoted separator within a cell
            shifts the cells after it.

    Raises:
        SettingsError: if the table is empty, or it is not clear which columns to use.
    """
    rows = ((number, row) for number, row in cells if any(_text(cell) for cell in row))
    _, first = next(rows, (0, ()))
    heading = [_text(cell) for cell in first]
    if not heading:
        raise SettingsError(f"{name}: is empty; it needs a heading, and a row for each course")
    code = _column(name, heading, columns.code, _CODES, "--code-column")
    students = _column(name, heading, columns.students, _STUDENTS, "--students-column", but=code)
    titles = _title_column(name, heading, columns.name, but={code, students})
    read_as += f"; code from column {heading[code]!r}, students from column {heading[students]!r}"
    if titles is not None:
        read_as += f", name from column {heading[titles]!r}"
    found = [
        _too_wide_row(number, row, code)
        if separated and is_too_wide(row, heading)
        else _row(number, row, code, students, titles)
        for number, row in rows
    ]
    if not found:
        raise SettingsError(f"{name}: has no rows below its heading")
    return Source(found, read_as)


def whole_number(cell: object) -> int:
    """Parse a number of students as people, programs and databases write it: ``1 234``, ``1,234``, ``12.0``.

    Raises:
        ValueError: if it is not a whole number, or is ambiguous, such as ``1.234``.
    """
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    text = _text(cell)
    if not text:
        raise ValueError("there is no number of students")
    found = _NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(found["sign"] + re.sub("[^0-9]", "", found["whole"]))


def is_too_wide(row: Sequence[object], heading: Sequence[object]) -> bool:
    """Return whether a row has more cells than the heading, or a value beyond the last named column."""
    named = max((index for index, cell in enumerate(heading, start=1) if _text(cell)), default=0)
    return len(row) > len(heading) or any(_text(cell) for cell in row[named:])


def _too_wide_row(number: int, row: Sequence[object], code: int) -> SourceRow:
    """Return an unusable row: with too many cells, it is not clear which cell belongs to which column."""
    why = "the row has more cells than the heading: a cell that contains the separator must be quoted"
    return SourceRow(f"row {number}", _text(_cell(row, code)), None, fault=why)


def _row(number: int, row: Sequence[object], code: int, students: int, name: int | None) -> SourceRow:
    """Return a row, given the positions of its columns; unusable if it lacks a code or a number."""
    where, course_code = f"row {number}", _text(_cell(row, code))
    title = None if name is None else _text(_cell(row, name)) or None
    if not course_code:
        return SourceRow(where, "", None, title, "there is no course code")
    try:
        return SourceRow(where, course_code, whole_number(_cell(row, students)), title)
    except ValueError as error:
        return SourceRow(where, course_code, None, title, str(error))


def _cell(row: Sequence[object], index: int) -> object:
    return row[index] if index < len(row) else None


def _text(cell: object) -> str:
    """Return a cell as text. Spreadsheets store 101 as 101.0, and databases may return 101.0000."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, Decimal) and cell.is_finite() and cell.adjusted() < LONGEST_NUMBER and cell % 1 == 0:
        return str(int(cell))
    return str(cell).strip()


def _column(
    name: str,
    heading: list[str],
    wanted: str | None,
    usual: Sequence[Collection[str]],
    option: str,
    *,
    but: int | None = None,
) -> int:
    """Return the position of a column: the one that is wanted, else the only one with a usual heading.

    Args:
        name: the table's name, for errors.
        heading: the headings.
        wanted: the heading that the user named; None to guess.
        usual: groups of usual headings, the preferred group first.
        option: the option that names the column, for errors.
        but: a position that is already used.

    Raises:
        SettingsError: if there is no such column or several; names the columns that there are.
    """
    available = "the columns are " + ", ".join(repr(each[:40]) for each in heading[:30])
    if wanted is not None:
        return _wanted_column(name, heading, wanted, option, available)
    plain = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in heading]
    for words in usual:
        positions = [index for index, each in enumerate(plain) if each in words and index != but]
        if len(positions) > 1:
            raise SettingsError(
                f"{name}: several columns may be meant; choose one with {option}; {available}"
            )
        if positions:
            return positions[0]
    raise SettingsError(f"{name}: the column to use is not clear; name it with {option}; {available}")


def _wanted_column(name: str, heading: list[str], wanted: str, option: str, available: str) -> int:
    """Return the position of the column with a heading, ignoring case."""
    positions = [index for index, each in enumerate(heading) if each.casefold() == wanted.strip().casefold()]
    if len(positions) != 1:
        problem = "there is no column" if not positions else "there are several columns"
        raise SettingsError(f"{name}: {option}: {problem} {wanted!r}; {available}")
    return positions[0]


def _title_column(name: str, heading: list[str], wanted: str | None, *, but: set[int]) -> int | None:
    """Return the position of the courses' names, which only new courses need; None if it is not clear."""
    if wanted is not None:
        return _column(name, heading, wanted, (), "--name-column")
    plain = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in heading]
    return next(
        (plain.index(word) for word in _NAMES if word in plain and plain.index(word) not in but), None
    )
