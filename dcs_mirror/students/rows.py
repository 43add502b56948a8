"""Rows of course codes and numbers of students, from the cells of a table in any common form. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dcs_mirror.errors import SettingsError
from dcs_mirror.students import heading as headings
from dcs_mirror.students.cells import code_of, is_number, text_of, whole_number
from dcs_mirror.students.heading import Columns, Heading
from dcs_mirror.students.table import Row, Table, Understood, filled_rows, reading_of


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One course in a source.

    ``where`` is the row's place, such as ``row 7``. ``course_code`` is the code as it stands there, blanks
    included, and later the code of the DCS that it is taken for; ``given`` is then the code in the source.
    ``fault`` says why the row cannot be used; without one there is a code, and ``students`` is a whole number
    of any size and sign. ``doubt`` says why no course should be created with the code. ``unaligned`` says why
    the code is not taken for one of the DCS's. ``continues`` is the code above a row without a code, whose
    number may belong to that course. ``total`` says why the row is a total; unless it ``is_subtotal`` of the
    rows with its code, it is none if the DCS has a course with the code. ``others`` are the texts in its
    other cells.
    """

    where: str
    course_code: str
    students: int | None
    name: str | None = None
    fault: str | None = None
    doubt: str | None = None
    given: str | None = None
    unaligned: str | None = None
    continues: str | None = None
    total: str | None = None
    is_subtotal: bool = False
    others: Sequence[str] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Source:
    """All rows of a source, and what was understood of it."""

    rows: list[SourceRow]
    understood: Understood


def of_table(table: Table, columns: Columns, *, heading_row: int | None = None) -> Source:
    """Return the rows of a table, those of totals among them.

    Args:
        table: the table.
        columns: the headings of the columns to use.
        heading_row: the number of the row that is the heading; None to search the first rows.

    Raises:
        SettingsError: if the table is empty, or it is not clear which columns to use.
    """
    rows = filled_rows(table, needs="a row for each course")
    heading = headings.find(
        table, rows, columns, at=table.heading_row if heading_row is None else heading_row
    )
    _refuse_hidden_columns(table, heading, columns)
    found, repeated = _rows(table, rows, heading)
    if not found:
        raise SettingsError(f"{table.name}: has no rows below its heading in row {heading.rows[-1]}")
    if columns.students is None:
        _refuse_numbers_of_rows(table, heading, found)
    understood = Understood(
        **reading_of(table),
        heading_rows=() if table.heading_row is not None else heading.rows,
        code_column=heading.names[heading.code],
        students_column=heading.names[heading.students],
        name_column=None if heading.name is None else heading.names[heading.name],
        repeated_headings=repeated,
    )
    return Source(found, understood)


def is_too_wide(row: Sequence[object], heading: Sequence[object]) -> bool:
    """Return whether a row has more cells than the heading, or a value beyond the last named column."""
    named = max((index for index, cell in enumerate(heading, start=1) if text_of(cell)), default=0)
    return len(row) > len(heading) or any(text_of(cell) for cell in row[named:])


def _rows(table: Table, rows: Sequence[Row], heading: Heading) -> tuple[list[SourceRow], list[int]]:
    """Return the rows below the heading, and the numbers of those that repeat it.

    Raises:
        SettingsError: if most rows of a text have more cells than its heading.
    """
    repeats = [[text_of(cell) for cell in row] for number, row in rows if number in heading.rows]
    found: list[SourceRow] = []
    repeated: list[int] = []
    other: int | None = None
    wide = 0
    above = ""
    codes = _codes(table, rows, heading)
    shared, covered = _shared_numbers(table, codes, heading)
    for number, row in rows[heading.below :]:
        texts = [text_of(cell) for cell in row]
        if texts in repeats:
            repeated.append(number)
            continue
        if number in covered:
            continue
        if other is None and _is_other_heading(row, heading):
            other = number
        if table.separator is not None and is_too_wide(row, heading.names):
            wide += 1
            found.append(_faulty_row(number, row, heading, _TOO_WIDE))
        elif other is not None:
            found.append(_faulty_row(number, row, heading, _other_table(other, number)))
        elif number in shared:
            found.append(
                replace(
                    _row(number, row, heading, code=codes[number], above=above),
                    students=None,
                    fault=shared[number],
                )
            )
        else:
            found.append(_row(number, row, heading, code=codes[number], above=above))
            above = found[-1].course_code or above
    if 2 * wide > len(found):
        raise SettingsError(
            f"{table.name}: separated by {table.separator}, most rows have more or fewer cells than the "
            f"heading in row {heading.rows[-1]}. A cell that contains the separator or a quote must be quoted"
        )
    return found, repeated


_MOST_MERGED = 10_000
_FEWEST_COUNTED = 5
_TOO_WIDE = "the row has more cells than the heading: a cell that contains the separator must be quoted"


def _other_table(other: int, number: int) -> str:
    if number == other:
        return "it looks like the heading of another table: give each table a sheet or a file of its own"
    return f"it is below row {other}, which looks like the heading of another table"


def _is_other_heading(row: Sequence[object], heading: Heading) -> bool:
    """Return whether a row below the heading is one itself, and another one."""
    students = _cell(row, heading.students)
    return (
        headings.is_heading_of_codes(_cell(row, heading.code))
        and bool(text_of(students))
        and not is_number(students)
    )


def _faulty_row(number: int, row: Sequence[object], heading: Heading, why: str) -> SourceRow:
    """Return an unusable row of which it is not clear which cell belongs to which column."""
    return SourceRow(f"row {number}", code_of(_cell(row, heading.code)).text, None, fault=why)


def _codes(table: Table, rows: Sequence[Row], heading: Heading) -> dict[int, object]:
    """Return the cells with codes, by the numbers of their rows; a merged one is that of each of its rows."""
    cells = {number: _cell(row, heading.code) for number, row in rows[heading.below :]}
    for first, last in _merged(table, heading.code, heading):
        cells.update(
            {number: cells[first] for number in range(first, last + 1) if first in cells and number in cells}
        )
    return cells


def _shared_numbers(
    table: Table, codes: Mapping[int, object], heading: Heading
) -> tuple[dict[int, str], set[int]]:
    """Return why rows cannot be used whose numbers are merged, and rows that are part of the one above.

    A number that is merged over rows of one course is that of the course, and over several courses of none.
    """
    shared: dict[int, str] = {}
    covered: set[int] = set()
    for first, last in _merged(table, heading.students, heading):
        below = [number for number in range(first, last + 1) if number in codes]
        if len({code_of(codes[number]).text.strip() for number in below} - {""}) > 1:
            why = f"its number is merged over rows {first} to {last}: give each course its own"
            shared.update(dict.fromkeys(below, why))
        elif first not in codes:
            shared.update(dict.fromkeys(below, f"its number stands in row {first}, which is hidden"))
        else:
            covered.update(set(below) - {first})
    return shared, covered


def _merged(table: Table, column: int, heading: Heading) -> list[tuple[int, int]]:
    """Return the first and the last row of cells below the heading that are merged over several rows."""
    return [
        (first, min(last, first + _MOST_MERGED))
        for (first, left), (last, _) in table.merged
        if left == column and last > first > heading.rows[-1]
    ]


def _row(number: int, row: Sequence[object], heading: Heading, *, code: object, above: str) -> SourceRow:
    """Return a row, given the positions of its columns; unusable if it lacks a code or a number.

    Args:
        number: its number.
        row: its cells.
        heading: the positions of the columns.
        code: the cell with its code, which may be merged with cells above it.
        above: the last code above it.
    """
    read = code_of(code)
    title = None if heading.name is None else text_of(_cell(row, heading.name)) or None
    students, fault = None, read.fault
    try:
        students = whole_number(_cell(row, heading.students))
    except ValueError as error:
        fault = fault or str(error)
    used = (heading.code, heading.students)
    others = tuple(text for index, cell in enumerate(row) if index not in used and (text := text_of(cell)))
    return SourceRow(
        f"row {number}",
        read.text,
        students,
        title,
        fault,
        read.doubt,
        continues=above if not read.text and students is not None else None,
        others=others,
    )


def _refuse_hidden_columns(table: Table, heading: Heading, columns: Columns) -> None:
    """Refuse a hidden column that was guessed: nobody who looks at the sheet sees it.

    Raises:
        SettingsError: names the option that chooses the column.
    """
    for option, wanted, position in (
        ("--code-column", columns.code, heading.code),
        ("--students-column", columns.students, heading.students),
    ):
        if wanted is None and position in table.hidden_columns:
            raise SettingsError(
                f"{table.name}: the column {heading.names[position]!r} is hidden. If it is meant, name it "
                f"with {option}; else name another one"
            )


def _refuse_numbers_of_rows(table: Table, heading: Heading, rows: Sequence[SourceRow]) -> None:
    """Refuse a column that was guessed and only counts the rows, such as "Number".

    Raises:
        SettingsError: names the option that chooses the column.
    """
    numbers = [row.students for row in rows if row.students is not None]
    if len(numbers) >= _FEWEST_COUNTED and numbers == list(range(1, len(numbers) + 1)):
        raise SettingsError(
            f"{table.name}: the column {heading.names[heading.students]!r} only counts the rows, from 1 to "
            f"{len(numbers)}. If it is meant all the same, name it with --students-column; "
            "else name another one"
        )


def _cell(row: Sequence[object], index: int) -> object:
    return row[index] if index < len(row) else None
