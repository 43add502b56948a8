"""A table as a file, a sheet or a query gives it, and what was understood of it. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.cells import text_of

_SHOWN = 5

Row: TypeAlias = tuple[int, Sequence[object]]
"""A row's number in its file, and its cells."""
Range: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last row and column of merged cells; rows count from 1, columns from 0."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and where it stands.

    ``read_as`` says how it was read, such as its encoding. ``separator`` names what separates the cells of a
    text; an unquoted one within a cell shifts the cells after it. ``heading_row`` is the number of the
    heading if it is certain. ``hidden_rows`` is how many rows were hidden, None if the table cannot hide
    rows.
    """

    name: str
    rows: Sequence[Row]
    read_as: str
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    other_sheets: Sequence[str] = ()
    hidden_sheets: Sequence[str] = ()
    hidden_rows: int | None = None
    takes_hidden_rows: bool = False
    hidden_columns: frozenset[int] = frozenset()
    merged: Sequence[Range] = ()
    heading_row: int | None = None


@dataclass(frozen=True, slots=True)
class TableReading:
    """How a table was read, for its reader to check before anything is sent.

    ``heading_rows`` are the numbers of the rows that were taken for the heading. ``other_sheets`` are the
    visible ones. ``repeated_headings`` are rows that repeat the heading, which were left out.
    """

    read_as: str
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    other_sheets: Sequence[str] = ()
    hidden_sheets: Sequence[str] = ()
    heading_rows: Sequence[int] = ()
    hidden_rows: int | None = None
    hidden_rows_taken: bool = False
    repeated_headings: Sequence[int] = ()

    @property
    def columns(self) -> Sequence[tuple[str, str | None]]:
        """What was read from which columns."""
        return ()

    def __str__(self) -> str:
        """Return it in words, on one line."""
        sheet = "" if self.sheet is None else f", sheet {self.sheet!r}"
        columns = [f"{what} from column {column!r}" for what, column in self.columns if column is not None]
        parts = [self.read_as + sheet, ", ".join(columns)]
        if self.heading_rows:
            parts.append(f"heading in {_rows(self.heading_rows)}")
        if self.hidden_rows:
            taken = "taken" if self.hidden_rows_taken else "left out (--hidden-rows takes them)"
            parts.append(f"{self.hidden_rows} hidden row{'s' * (self.hidden_rows != 1)} {taken}")
        if self.repeated_headings:
            parts.append(f"heading repeated in {_rows(self.repeated_headings)}")
        for what, sheets in (("not read", self.other_sheets), ("hidden", self.hidden_sheets)):
            if sheets:
                names = ", ".join(map(repr, sheets))
                parts.append(f"{what}: sheet{'s' * (len(sheets) > 1)} {names}")
        return "; ".join(filter(None, parts))


def filled_rows(table: Table, *, needs: str) -> list[Row]:
    """Return the rows that are not blank.

    Args:
        table: the table.
        needs: what it needs below its heading, for the error.

    Raises:
        SettingsError: if there is none.
    """
    rows = [(number, row) for number, row in table.rows if any(map(text_of, row))]
    if not rows:
        hidden = f" that are not hidden ({table.hidden_rows} are)" if table.hidden_rows else ""
        raise SettingsError(
            f"{table.name}: is empty: it has no rows{hidden}; it needs a heading, and {needs}"
        )
    return rows


def reading_of(table: Table) -> dict[str, Any]:
    """Return what a reading says of a table, as arguments of its class."""
    return {
        "read_as": table.read_as,
        "encoding": table.encoding,
        "separator": table.separator,
        "sheet": table.sheet,
        "other_sheets": table.other_sheets,
        "hidden_sheets": table.hidden_sheets,
        "hidden_rows": table.hidden_rows,
        "hidden_rows_taken": table.takes_hidden_rows,
    }


@dataclass(frozen=True, slots=True)
class Understood(TableReading):
    """What was understood of a source of student numbers."""

    code_column: str | None = None
    students_column: str | None = None
    name_column: str | None = None

    @property
    def columns(self) -> Sequence[tuple[str, str | None]]:
        """What was read from which columns."""
        return (
            ("code", self.code_column),
            ("students", self.students_column),
            ("name", self.name_column),
        )


def _rows(numbers: Sequence[int]) -> str:
    """Return the numbers of rows in words, at most the first of them."""
    more = ", ..." if len(numbers) > _SHOWN else ""
    return f"row{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers[:_SHOWN]))}{more}"
