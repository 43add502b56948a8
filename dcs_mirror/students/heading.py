"""Finding the heading of a table, and in it the columns of codes, numbers and names. No I/O.

A report may have its name, its parameters and blank rows above the heading, and a heading of two rows: a
group above the names of its columns, often as merged cells.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.cells import code_of, is_number, plain, text_of, whole_number
from dcs_mirror.students.table import Row, Table

SEARCHED = 30
"""How many rows that are not empty are searched for the heading."""
_EVIDENCE = 50
"""How many rows below a heading are searched for one with a code and a number."""
_SHOWN_ROWS, _SHOWN_CELLS, _SHOWN_LETTERS = 5, 12, 40

# Headings, reduced to letters and digits in lower case. The first group that matches is used; two matches in
# one group are ambiguous. "Student number" is left out on purpose: it identifies a person. The Welsh ones
# come last, so that a report with columns in both languages is not ambiguous.
_CODES = (
    ("coursecode", "modulecode", "unitcode", "subjectcode", "code"),
    ("courseid", "moduleid", "course", "module", "unit"),
    ("codycwrs", "codcwrs", "codymodiwl", "codmodiwl", "cod"),
    ("cwrs", "modiwl"),
)
_STUDENTS = (
    (
        "numberofstudents",
        "noofstudents",
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
    (
        "niferofyfyrwyr",
        "niferymyfyrwyr",
        "nifermyfyrwyr",
        "myfyrwyr",
        "cofrestriadau",
        "nifer",
        "cyfanswm",
    ),
)
_NAMES = (
    *("coursename", "modulename", "coursetitle", "moduletitle", "unitname", "name", "title"),
    *("enwycwrs", "enwcwrs", "enwymodiwl", "teitlycwrs", "teitlymodiwl", "enw", "teitl"),
)
_CODE_HEADINGS = frozenset(word for words in _CODES for word in words)


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of the columns to use; a column that is None is guessed."""

    code: str | None = None
    students: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its columns' names, its rows' numbers, and the positions of the columns to use.

    ``below`` is the index of the first row below it, among the rows that are not empty.
    """

    names: Sequence[str]
    rows: Sequence[int]
    below: int
    code: int
    students: int
    name: int | None


class _Unclear(Exception):
    """A row is no heading. ``nearness`` is 2 if it has a column, 1 if it lacks one that was named.

    Of rows that are as near, the one with the most cells is told: the name of a report stands in one.
    """

    def __init__(self, reason: str, *, nearness: int = 0, cells: int = 0) -> None:
        super().__init__(reason)
        self.nearness = nearness, cells


class _Ambiguous(Exception):
    """A row is the heading, but several of its columns may be meant."""


def find(table: Table, rows: Sequence[Row], columns: Columns, *, at: int | None = None) -> Heading:
    """Return the heading of a table: the first row with both columns that has codes and numbers below it.

    Args:
        table: the table.
        rows: its rows that are not empty.
        columns: the headings of the columns to use.
        at: the number of the row that is the heading; None to search the first rows.

    Raises:
        SettingsError: if there is none, or it is not clear which columns to use; shows the first rows.
    """
    if at is not None:
        return _given(table, rows, columns, at)
    first: Heading | None = None
    reasons: list[_Unclear] = []
    for depth in (1, 2):
        for index in range(min(SEARCHED, len(rows) - depth + 1)):
            try:
                found = _heading(table, rows, columns, index, depth)
            except _Unclear as unclear:
                reasons.append(unclear)
            except _Ambiguous as ambiguous:
                raise SettingsError(f"{table.name}: {ambiguous}") from None
            else:
                if _has_evidence(rows[found.below :], found):
                    return found
                first = first or found
    if first is not None:
        return first
    nearest = max(reasons, key=lambda unclear: unclear.nearness)
    raise SettingsError(f"{table.name}: {nearest}{seen(table, rows)}")


def is_heading_of_codes(cell: object) -> bool:
    """Return whether a cell in the column of codes is a usual heading of that column."""
    return plain(text_of(cell)) in _CODE_HEADINGS


def _given(table: Table, rows: Sequence[Row], columns: Columns, at: int) -> Heading:
    """Return the heading that begins in the row that the user named."""
    index = next((index for index, (number, _) in enumerate(rows) if number == at), None)
    if index is None:
        raise SettingsError(
            f"{table.name}: --heading-row: row {at} is empty or hidden, or not there{seen(table, rows)}"
        )
    try:
        return _heading(table, rows, columns, index, 1)
    except (_Unclear, _Ambiguous) as unclear:
        if index + 1 < len(rows):
            try:
                return _heading(table, rows, columns, index, 2)
            except (_Unclear, _Ambiguous):
                pass
        raise SettingsError(f"{table.name}: row {at}: {unclear}") from None


def _heading(table: Table, rows: Sequence[Row], columns: Columns, index: int, depth: int) -> Heading:
    """Return the heading that begins with the row at ``index`` and has ``depth`` rows, or one row more.

    Raises:
        _Unclear: if the row lacks a column.
        _Ambiguous: if several columns may be meant.
    """
    number, row = rows[index]
    names = [text_of(cell) for cell in row]
    if depth == 2:
        _refuse_numbers(row)
        _refuse_numbers(rows[index + 1][1])
        names, alternatives = _combined(table, rows[index], rows[index + 1])
        positions = _choose(names, alternatives, columns)
        return Heading(names, (number, rows[index + 1][0]), index + 2, *positions)
    _refuse_numbers(row)
    positions = _choose(names, [{plain(each)} for each in names], columns)
    single = Heading(names, (number,), index + 1, *positions)
    if index + 1 == len(rows):
        return single
    lower = [text_of(cell) for cell in rows[index + 1][1]]
    spans = _spans(names, lower, positions[0]) or _spans(names, lower, positions[1])
    if not _goes_on(table, single, rows[index + 1], spans=spans):
        _refuse_spanning(table, single, rows[index + 1 :])
        return single
    both, alternatives = _combined(table, rows[index], rows[index + 1])
    try:
        positions = _choose(both, alternatives, columns)
    except _Unclear:
        if spans:
            raise _Ambiguous(_unclear("--students-column", both)) from None
        both = names
    return Heading(both, (number, rows[index + 1][0]), index + 2, *positions)


def _goes_on(table: Table, heading: Heading, below: Row, *, spans: bool) -> bool:
    """Return whether the row below a heading belongs to it: it names columns, and is no course."""
    number, row = below
    code = text_of(_cell(row, heading.code))
    if code:
        return is_heading_of_codes(code) and (spans or not is_number(_cell(row, heading.students)))
    reaches = any(
        first_row in heading.rows and number <= last_row and first <= heading.code <= last
        for (first_row, first), (last_row, last) in table.merged
    )
    return reaches or spans or not is_number(_cell(row, heading.students))


def _refuse_spanning(table: Table, heading: Heading, below: Sequence[Row]) -> None:
    """Refuse merged cells above several columns of numbers: which of them is meant is not told.

    Raises:
        _Ambiguous: if the heading of the numbers is such a cell.
    """
    for (row, first), (_, last) in table.merged:
        if row in heading.rows and first <= heading.students < last:
            others = range(first, last + 1)
            if any(
                sum(bool(text_of(_cell(cells, each))) for each in others) > 1
                for _, cells in below[:_EVIDENCE]
            ):
                raise _Ambiguous(
                    f"the heading {heading.names[heading.students]!r} stands above {len(others)} columns, "
                    "and it is not clear which of them to use. Give each of them a heading in the file"
                )


def _spans(names: Sequence[str], lower: Sequence[str], position: int) -> bool:
    """Return whether a heading seems to span the next column too: that has no name, but a cell below."""
    following = position + 1
    return (
        following < len(lower)
        and not any(names[following : following + 1])
        and all(each and not _is_amount(each) for each in lower[position : following + 1])
    )


def _combined(table: Table, upper: Row, lower: Row) -> tuple[list[str], list[set[str]]]:
    """Return the names of the columns of a heading of two rows, and what each may be known as."""
    below = [text_of(cell) for cell in lower[1]]
    above = [text_of(cell) for cell in upper[1]]
    names: list[str] = []
    known_as: list[set[str]] = []
    group = ""
    for column in range(max(len(above), len(below))):
        own = above[column] if column < len(above) else ""
        name = below[column] if column < len(below) else ""
        group = own or group
        if any(number == upper[0] and first == column for (number, first), _ in table.merged):
            group = own
        full = f"{group} {name}".strip() if name else own
        names.append(full)
        known_as.append({plain(full), plain(name)} - {""} if name else {plain(own)})
    return names, known_as


def _refuse_numbers(row: Sequence[object]) -> None:
    """Refuse a row with numbers other than years: it is not a heading."""
    for cell in row:
        if _is_amount(cell):
            raise _Unclear(f"{text_of(cell)[:_SHOWN_LETTERS]!r} is a number, so the row is not a heading")


def _is_amount(cell: object) -> bool:
    """Return whether a cell holds a number that is no year, which a heading may be."""
    return is_number(cell) and not 1900 <= whole_number(cell) <= 2100


def _has_evidence(below: Sequence[Row], heading: Heading) -> bool:
    """Return whether a row has a code and a number in the heading's columns."""
    return any(
        is_number(_cell(row, heading.students)) and code_of(_cell(row, heading.code)).text
        for _, row in below[:_EVIDENCE]
    )


def _choose(
    names: Sequence[str], known_as: Sequence[set[str]], columns: Columns
) -> tuple[int, int, int | None]:
    """Return the positions of the columns of codes, numbers and names.

    Raises:
        _Unclear: if one is missing.
        _Ambiguous: if there are several in a row that has both.
    """
    code = _positions(names, known_as, columns.code, _CODES)
    students = _positions(names, known_as, columns.students, _STUDENTS, but=code if len(code) == 1 else [])
    for option, wanted, positions, other in (
        ("--code-column", columns.code, code, students),
        ("--students-column", columns.students, students, code),
    ):
        if not positions:
            reason = _unclear(option, names) if wanted is None else _missing(option, wanted, names)
            nearness = 2 if other else int(wanted is not None)
            raise _Unclear(reason, nearness=nearness, cells=sum(map(bool, names)))
    for option, wanted, positions in (
        ("--code-column", columns.code, code),
        ("--students-column", columns.students, students),
    ):
        if len(positions) > 1:
            which = (
                "several columns may be meant" if wanted is None else f"there are several columns {wanted!r}"
            )
            raise _Ambiguous(f"{which}; choose one with {option}; {_available(names)}")
    return code[0], students[0], _title_position(names, known_as, columns.name, {code[0], students[0]})


def _positions(
    names: Sequence[str],
    known_as: Sequence[set[str]],
    wanted: str | None,
    usual: Sequence[Collection[str]],
    *,
    but: Collection[int] = (),
) -> list[int]:
    """Return the positions of the columns with the heading that is wanted, else of those with a usual one."""
    if wanted is not None:
        meant = wanted.strip().casefold()
        exact = [index for index, name in enumerate(names) if name.casefold() == meant]
        return exact or [index for index, each in enumerate(known_as) if plain(wanted) in each - {""}]
    for words in usual:
        found = [
            index for index, each in enumerate(known_as) if index not in but and not each.isdisjoint(words)
        ]
        if found:
            return found
    return []


def _title_position(
    names: Sequence[str], known_as: Sequence[set[str]], wanted: str | None, taken: set[int]
) -> int | None:
    """Return the position of the courses' names, which only new courses need; None if it is not clear."""
    if wanted is not None:
        found = _positions(names, known_as, wanted, ())
        if len(found) != 1:
            reason = _missing("--name-column", wanted, names) if not found else None
            raise _Ambiguous(
                reason or f"--name-column: there are several columns {wanted!r}; {_available(names)}"
            )
        return found[0]
    for word in _NAMES:
        for index, each in enumerate(known_as):
            if word in each and index not in taken:
                return index
    return None


def _unclear(option: str, names: Sequence[str]) -> str:
    return f"the column to use is not clear; name it with {option}; {_available(names)}"


def _missing(option: str, wanted: str, names: Sequence[str]) -> str:
    return f"{option}: there is no column {wanted!r}; {_available(names)}"


def _available(names: Sequence[str]) -> str:
    return "the columns are " + ", ".join(repr(each[:_SHOWN_LETTERS]) for each in filter(None, names[:30]))


def seen(table: Table, rows: Sequence[Row]) -> str:
    """Return the first rows, and the sheets that were not read, for an error."""
    shown = []
    for number, row in rows[:_SHOWN_ROWS]:
        cells = [text_of(cell)[:_SHOWN_LETTERS] for cell in row if text_of(cell)]
        shown.append(f"row {number}: " + " | ".join(cells[:_SHOWN_CELLS]))
    seen = "; if the heading is below, give its row with --heading-row; the first rows are " + "; ".join(
        shown
    )
    if table.other_sheets or table.hidden_sheets:
        names = ", ".join(repr(each) for each in [*table.other_sheets, *table.hidden_sheets])
        seen += f"; other sheets (--sheet): {names}"
    return seen


def _cell(row: Sequence[object], index: int) -> object:
    return row[index] if index < len(row) else None
