"""Rows of requests, from the cells of a table in any common form. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dcs_mirror.errors import SettingsError
from dcs_mirror.requests import headings
from dcs_mirror.requests.values import Faulty, values
from dcs_mirror.students.cells import text_of
from dcs_mirror.students.heading import SEARCHED, seen
from dcs_mirror.students.rows import is_too_wide
from dcs_mirror.students.table import Row, Table, TableReading, filled_rows, reading_of

_FEWEST = 2
"""How many fields a row must name to be taken for the heading; a title or an ISN is one of them."""
_TOO_WIDE = "the row has more cells than the heading: a cell that contains the separator must be quoted"


@dataclass(frozen=True, slots=True)
class Understood(TableReading):
    """What was understood of a list of requests.

    ``fields`` are the columns of each field, ``unused_columns`` those that no request gets anything from.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    unused_columns: Sequence[str] = ()

    @property
    def columns(self) -> Sequence[tuple[str, str | None]]:
        """What was read from which columns."""
        return [(name.replace("_", " "), column) for name, column in self.fields.items()]

    def __str__(self) -> str:
        """Return it in words, on one line."""
        said = TableReading.__str__(self)
        if not self.unused_columns:
            return said
        return f"{said}; columns that are not sent: {', '.join(map(repr, self.unused_columns))}"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request in a list.

    ``where`` is its place, such as ``row 7``. ``values`` are the parameters by the mirror's names; besides,
    ``hei`` is the institution that the row names. ``fault`` says why the row cannot be used; ``shown`` are
    then the texts in its cells, by field.
    """

    where: str
    values: Mapping[str, object]
    fault: str | None = None
    shown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestList:
    """All rows of a list, and what was understood of it."""

    rows: Sequence[RequestRow]
    understood: Understood


def of_table(
    table: Table,
    columns: Mapping[str, str],
    defaults: Mapping[str, object],
    *,
    heading_row: int | None = None,
) -> RequestList:
    """Return the requests in a table.

    Args:
        table: the table.
        columns: the headings that the user named, by field.
        defaults: what a row has whose cell is empty, by field.
        heading_row: the number of the row that is the heading; None to search the first rows.

    Raises:
        SettingsError: if the table is empty, or it is not clear which columns to use.
    """
    rows = filled_rows(table, needs="a row for each request")
    index, found = _heading(table, rows, columns, heading_row)
    number, heading = rows[index]
    names = [text_of(cell) for cell in heading]
    _refuse_hidden_columns(table, names, found, columns)
    merged = _merged(table, rows, found)
    requests, repeated = [], []
    for at, row in rows[index + 1 :]:
        if [text_of(cell) for cell in row] == names:
            repeated.append(at)
        else:
            requests.append(_row(table, at, row, names, found, merged, defaults))
    if not requests:
        raise SettingsError(f"{table.name}: has no rows below its heading in row {number}")
    used = {place for places in found.values() for place in places}
    understood = Understood(
        **reading_of(table),
        heading_rows=(number,),
        repeated_headings=repeated,
        fields={each: " and ".join(names[place] for place in places) for each, places in found.items()},
        unused_columns=[name for place, name in enumerate(names) if name and place not in used],
    )
    return RequestList(requests, understood)


def _heading(
    table: Table, rows: Sequence[Row], columns: Mapping[str, str], at: int | None
) -> tuple[int, dict[str, list[int]]]:
    """Return the index of the heading among the rows, and the columns of each field.

    Raises:
        SettingsError: if there is none; shows the first rows.
    """
    missing: str | None = None
    for index, (number, row) in enumerate(rows[:SEARCHED] if at is None else rows):
        if at not in {None, number}:
            continue
        try:
            found = headings.positions([text_of(cell) for cell in row], columns)
        except LookupError as error:
            missing = missing or str(error)
            continue
        except SettingsError as error:
            raise SettingsError(f"{table.name}: row {number}: {error}") from None
        if {"isn", "title"} & found.keys() and (at is not None or len(found) >= _FEWEST):
            return index, found
    if missing is not None:
        raise SettingsError(f"{table.name}: --column: there is no column {missing!r}{seen(table, rows)}")
    where = "the first rows have no heading" if at is None else f"--heading-row: row {at} is no heading"
    raise SettingsError(
        f"{table.name}: {where} with a title or an ISBN and what else a request needs; name columns with "
        f"--column FIELD=HEADING{seen(table, rows)}"
    )


def _row(
    table: Table,
    number: int,
    row: Sequence[object],
    names: Sequence[str],
    found: Mapping[str, Sequence[int]],
    merged: Mapping[tuple[int, int], object],
    defaults: Mapping[str, object],
) -> RequestRow:
    """Return a row, or why it cannot be used."""
    where = f"row {number}"
    cells = {
        each: [merged.get((number, place), row[place] if place < len(row) else None) for place in places]
        for each, places in found.items()
    }
    shown = {each: " ".join(filter(None, map(text_of, several))) for each, several in cells.items()}
    if table.separator is not None and is_too_wide(row, names):
        return RequestRow(where, {}, _TOO_WIDE, shown)
    try:
        return RequestRow(where, values(cells, defaults))
    except Faulty as error:
        return RequestRow(where, {}, str(error), shown)


_MOST_MERGED = 10_000


def _merged(
    table: Table, rows: Sequence[Row], found: Mapping[str, Sequence[int]]
) -> dict[tuple[int, int], object]:
    """Return the cells that are merged over several rows, by the number and the column of each of them."""
    cells = dict(rows)
    used = {place for places in found.values() for place in places}
    return {
        (number, left): cells[first][left]
        for (first, left), (last, _) in table.merged
        if left in used and first in cells and left < len(cells[first])
        for number in range(first, min(last, first + _MOST_MERGED) + 1)
    }


def _refuse_hidden_columns(
    table: Table, names: Sequence[str], found: Mapping[str, Sequence[int]], columns: Mapping[str, str]
) -> None:
    """Refuse a hidden column that was guessed: nobody who looks at the sheet sees it.

    Raises:
        SettingsError: names the option that chooses the column.
    """
    for each, places in found.items():
        for place in places:
            if each not in columns and place in table.hidden_columns:
                raise SettingsError(
                    f"{table.name}: the column {names[place]!r} is hidden. If it is meant, give --column "
                    f"{each}={names[place]!r}; if it is not, --column {each}="
                )
