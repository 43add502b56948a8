"""Rows of course code and number of students, out of cells that somebody else wrote. No I/O."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from dcs_mirror.errors import SettingsError

LONGEST_NUMBER = 20
"""Characters of a cell that may still be a number."""

# A heading's letters and digits, in lower case. The first group that is there is preferred; two headings of
# one group leave open which is meant. A "student number" is missing: it is a person's.
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

# Thousands in the ways that leave no doubt: 1 234, 1,234, 1'234. The spaces are those of spreadsheets.
_NUMBER = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]{1,3}(?:[,'\u2019 \u00a0\u2009\u202f][0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of the columns to use; None is guessed."""

    code: str | None = None
    students: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What a source says of one course. ``where`` tells a person where it stood, such as ``row 7``.

    ``fault`` says why the row cannot be used; else there is a code, and ``students`` is a whole number of
    any size and sign.
    """

    where: str
    course_code: str
    students: int | None
    name: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """All rows of a source, and in ``told`` how it was read: encoding, columns."""

    rows: list[SourceRow]
    told: str


def of_table(
    name: str,
    cells: Iterable[tuple[int, Sequence[object]]],
    columns: Columns,
    *,
    read_as: str,
    separated: bool = False,
) -> Source:
    """The rows of a table whose first row that is not empty is its heading.

    Args:
        name: what the table is called in errors.
        cells: rows by their number; their cells are texts, numbers or None.
        columns: the headings to go by.
        read_as: how the table was read, told with the columns.
        separated: whether separators cut the cells, so that one within a cell moves the cells behind it.

    Raises:
        SettingsError: where there is no heading, or its columns cannot be told.
    """
    rows = ((number, row) for number, row in cells if any(_text(cell) for cell in row))
    _, first = next(rows, (0, ()))
    heading = [_text(cell) for cell in first]
    if not heading:
        raise SettingsError(f"{name}: is empty; it needs a heading, and a row for each course")
    code = _column(name, heading, columns.code, _CODES, "--code-column")
    students = _column(name, heading, columns.students, _STUDENTS, "--students-column", but=code)
    titles = _title_column(name, heading, columns.name, but={code, students})
    told = f"{read_as}; code from column {heading[code]!r}, students from column {heading[students]!r}"
    if titles is not None:
        told += f", name from column {heading[titles]!r}"
    found = [
        _uneven(number, row, code)
        if separated and is_too_wide(row, heading)
        else _row(number, row, code, students, titles)
        for number, row in rows
    ]
    if not found:
        raise SettingsError(f"{name}: holds no rows below its heading")
    return Source(found, told)


def whole_number(cell: object) -> int:
    """A number of students as people, programs and databases write it: ``1 234``, ``1,234``, ``12.0``.

    Raises:
        ValueError: where it is none, or may be two different ones, such as ``1.234``.
    """
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    text = _text(cell)
    if not text:
        raise ValueError("there is no number of students")
    found = _NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        raise ValueError(f"{text[:40]!r} is no whole number")
    return int(found["sign"] + re.sub("[^0-9]", "", found["whole"]))


def is_too_wide(row: Sequence[object], heading: Sequence[object]) -> bool:
    """Whether a row has more cells than its heading, or a value beyond the heading's last name."""
    named = max((index for index, cell in enumerate(heading, start=1) if _text(cell)), default=0)
    return len(row) > len(heading) or any(_text(cell) for cell in row[named:])


def _uneven(number: int, row: Sequence[object], code: int) -> SourceRow:
    """A row of which nobody knows which cell stands in which column."""
    why = "the row has more cells than the heading: a cell that holds the separator must stand in quotes"
    return SourceRow(f"row {number}", _text(_cell(row, code)), None, fault=why)


def _row(number: int, row: Sequence[object], code: int, students: int, name: int | None) -> SourceRow:
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
    """A cell as text; spreadsheets keep 101 as 101.0, and databases as 101.0000."""
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
    """The position of a column: the one that is asked for, else the only usual one.

    Raises:
        SettingsError: names the columns that there are.
    """
    there = "the columns are " + ", ".join(repr(each[:40]) for each in heading[:30])
    if wanted is not None:
        return _asked_for(name, heading, wanted, option, there)
    plain = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in heading]
    for words in usual:
        places = [index for index, each in enumerate(plain) if each in words and index != but]
        if len(places) > 1:
            raise SettingsError(f"{name}: several columns may be meant, choose one with {option}; {there}")
        if places:
            return places[0]
    raise SettingsError(f"{name}: which column is meant cannot be told, name it with {option}; {there}")


def _asked_for(name: str, heading: list[str], wanted: str, option: str, there: str) -> int:
    places = [index for index, each in enumerate(heading) if each.casefold() == wanted.strip().casefold()]
    if len(places) != 1:
        said = "there is no column" if not places else "there are several columns"
        raise SettingsError(f"{name}: {option}: {said} {wanted!r}; {there}")
    return places[0]


def _title_column(name: str, heading: list[str], wanted: str | None, *, but: set[int]) -> int | None:
    """The position of the courses' names, which only new courses need: None where it cannot be told."""
    if wanted is not None:
        return _column(name, heading, wanted, (), "--name-column")
    plain = [re.sub(r"[^a-z0-9]", "", each.lower()) for each in heading]
    return next(
        (plain.index(word) for word in _NAMES if word in plain and plain.index(word) not in but), None
    )
