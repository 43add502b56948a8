"""Tables: sorted and paged in SQL, and the same rows as a CSV file.

The statement of a table takes, beside its own parameters, ``sort text`` (the name of a column),
``is_descending boolean``, ``skip integer`` and ``most integer``. It returns the columns by name. If it is
cheap, it returns ``total_rows`` too.
"""

import io
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from dcs_mirror.clock import UK
from dcs_mirror.csv_text import write_rows
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.sql import Statement, Values
from dcs_mirror.web.problems import digits

DOWNLOAD = "download"
"""The parameter that asks for a table's file."""
PAGE_ROWS = 50
LONG_PAGE_ROWS = 500
"""Of a longer page, for paper."""
MOST_ROWS = 100_000
"""Further rows are reached by narrowing the table, or by its file, however many a page has."""
_CSV_BATCH = 500

Kind: TypeAlias = Literal["text", "code", "number", "id", "moment", "date", "yes-no"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: of the statement's column, and of the file's.
        heading: what people read.
        kind: how a value is shown; a code, such as HIST-10 or 2026-2027, is not broken after its hyphen.
        sorts: whether the table can be sorted by it.
        shown: false if it is in the file only.
        words: what is written instead of a value, on the page and in the file; None if the value itself is.
    """

    name: str
    heading: str
    kind: Kind = "text"
    sorts: bool = True
    shown: bool = True
    words: Callable[[Any], object] | None = None

    def said(self, value: Any) -> Any:
        """Return what is written of a value other than None."""
        return value if self.words is None else self.words(value)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page.

    Attributes:
        name: of its statement in ``sql/``, of its parameters in addresses, and of its file.
        caption: says what the rows are.
        columns: in order.
        sort: the column that it is sorted by at first, with a hyphen before it if from high to low.
        empty: what is said if there is no row.
        statement: the name of the statement, if it is another than the table's.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    sort: str
    empty: str = "There is nothing here."
    statement: str | None = None

    def without(self, *names: str) -> "Table":
        """Return the table without some columns; its file has them."""
        columns = (replace(each, shown=each.shown and each.name not in names) for each in self.columns)
        return replace(self, columns=tuple(columns))


class Download(Exception):
    """A page was asked for a table of it as a file."""

    def __init__(self, table: Table, statement: Statement, values: Mapping[str, object]) -> None:
        super().__init__()
        self.table = table
        self.statement = statement
        self.values = values


@dataclass(frozen=True, slots=True)
class Link:
    """An address and what is written on it."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its column, the address that sorts by it (None if none does), and the present direction."""

    column: Column
    address: str | None
    direction: Literal["ascending", "descending"] | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a table that one page shows.

    Attributes:
        table: the table.
        headings: those of the columns that are shown.
        rows: by column.
        first: the number of the first row, from 1.
        total: how many rows there are in all; None if that is not known.
        longer, shorter: addresses of the table with more rows on a page, or fewer; None if that is no use.
        more_than: how many rows there are more than, if only so many were looked for; else None.
        previous, following: addresses of the pages before and after; None at an end.
        download: the address of the file.
    """

    table: Table
    headings: Sequence[Heading]
    rows: Sequence[Any]
    first: int
    total: int | None
    previous: str | None
    following: str | None
    download: str
    longer: str | None = None
    shorter: str | None = None
    more_than: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a page: its path and parameters."""

    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def with_changes(self, **changes: object) -> str:
        """Return the address with some parameters changed; None leaves one out.

        What a form did (``said``) is not said again.
        """
        wanted = {**self.parameters, "said": None, **changes}
        query = urlencode([(name, str(value)) for name, value in wanted.items() if value not in {None, ""}])
        return f"{self.path}?{query}" if query else self.path


def _sorting(table: Table, asked: Asked) -> tuple[str, bool]:
    wanted = asked.parameters.get(f"{table.name}-sort", table.sort)
    names = {column.name for column in table.columns if column.sorts}
    if wanted.removeprefix("-") not in names:
        wanted = table.sort
    return wanted.removeprefix("-"), wanted.startswith("-")


def _page(table: Table, asked: Asked) -> int:
    number = digits(asked.parameters.get(f"{table.name}-page"), most=6)
    return min(max(number or 1, 1), _last_page(table, asked))


def _last_page(table: Table, asked: Asked) -> int:
    return MOST_ROWS // _most(table, asked)


async def listing(
    connection: Connection, table: Table, statement: Statement, values: Mapping[str, object], asked: Asked
) -> Listing:
    """Read the rows that an address asks for; the first ones if its page is behind the last.

    Raises:
        Download: if it asks for them as a file.
    """
    given, skip = _given(table, statement, values, asked), _skip(table, asked)
    rows = await connection.fetch(*statement.bind({**given, "skip": skip, "most": _most(table, asked) + 1}))
    if skip and not rows:
        return await listing(connection, table, statement, values, _of_first_page(table, asked))
    total = rows[0].get("total_rows") if rows else 0
    return _listing(table, rows, total, asked)


async def listing_and_all(
    connection: Connection, table: Table, statement: Statement, values: Mapping[str, object], asked: Asked
) -> tuple[Listing, Sequence[Any]]:
    """Read all rows of a table once; return the part that an address asks for, and all of them.

    Raises:
        Download: if it asks for them as a file.
    """
    given = _given(table, statement, values, asked)
    rows = await connection.fetch(*statement.bind({**given, "skip": 0, "most": None}))
    return _part(table, rows, asked), rows


def listing_of(table: Table, rows: Sequence[Mapping[str, Any]], asked: Asked) -> Listing:
    """Return the part of a table that an address asks for, if a picture of all its rows was read already."""
    sort, is_descending = _sorting(table, asked)
    ordered = sorted(rows, key=lambda row: (row[sort] is not None, row[sort]), reverse=is_descending)
    return _part(table, ordered, asked)


def _part(table: Table, rows: Sequence[Any], asked: Asked) -> Listing:
    """Return the page of all these rows that an address asks for; the first if it is behind the last."""
    if _skip(table, asked) >= len(rows):
        asked = _of_first_page(table, asked)
    skip = _skip(table, asked)
    return _listing(table, rows[skip : skip + _most(table, asked) + 1], len(rows), asked)


def _of_first_page(table: Table, asked: Asked) -> Asked:
    """Return the address of the first page: a table that became shorter must not look as if it were empty."""
    return replace(asked, parameters={**asked.parameters, f"{table.name}-page": ""})


def _given(
    table: Table, statement: Statement, values: Mapping[str, object], asked: Asked
) -> dict[str, object]:
    """Return what a statement is given, with the order that an address asks for.

    Raises:
        Download: if the address asks for the table as a file.
    """
    sort, is_descending = _sorting(table, asked)
    given = {**values, "sort": sort, "is_descending": is_descending}
    if asks_for_file(table, asked):
        raise Download(table, statement, given)
    return given


def _skip(table: Table, asked: Asked) -> int:
    return (_page(table, asked) - 1) * _most(table, asked)


def _most(table: Table, asked: Asked) -> int:
    """Return how many rows a page has."""
    is_long = asked.parameters.get(f"{table.name}-rows") == str(LONG_PAGE_ROWS)
    return LONG_PAGE_ROWS if is_long else PAGE_ROWS


def asks_for_file(table: Table, asked: Asked) -> bool:
    """Whether an address asks for a table as a file."""
    return asked.parameters.get(DOWNLOAD) == table.name


def _listing(table: Table, rows: Sequence[Any], total: int | None, asked: Asked) -> Listing:
    """Return a page of a table; ``rows`` has one more if there are further ones."""
    sort, is_descending = _sorting(table, asked)
    page, most = _page(table, asked), _most(table, asked)
    has_more = len(rows) > most and page < _last_page(table, asked)
    here, name = f"{table.name}-page", table.name
    length = f"{name}-rows"
    return Listing(
        table,
        [_heading(table, column, asked, sort, is_descending) for column in table.columns if column.shown],
        rows[:most],
        (page - 1) * most + 1,
        total,
        None if page == 1 else asked.with_changes(**{here: None if page == 2 else page - 1}),
        asked.with_changes(**{here: page + 1}) if has_more else None,
        asked.with_changes(download=name, **{here: None, length: None}),
        asked.with_changes(**{here: None, length: LONG_PAGE_ROWS})
        if has_more and most == PAGE_ROWS
        else None,
        asked.with_changes(**{here: None, length: None}) if most == LONG_PAGE_ROWS else None,
    )


def _heading(table: Table, column: Column, asked: Asked, sort: str, is_descending: bool) -> Heading:
    if not column.sorts:
        return Heading(column, None, None)
    is_sorted = column.name == sort
    wanted = f"-{column.name}" if is_sorted and not is_descending else column.name
    address = asked.with_changes(**{f"{table.name}-sort": wanted, f"{table.name}-page": None})
    direction: Literal["ascending", "descending"] = "descending" if is_descending else "ascending"
    return Heading(column, address, direction if is_sorted else None)


async def as_csv(connection: Connection, download: Download) -> AsyncIterator[bytes]:
    """Make the file of a table, piece by piece, within a transaction: all rows, in the words of the page."""
    columns = download.table.columns
    yield "\ufeff".encode() + b"".join(_lines([[_file_heading(column) for column in columns]]))
    values: Values = {**download.values, "skip": 0, "most": None}
    batch: list[list[object]] = []
    query, *arguments = download.statement.bind(values)
    async for row in connection.cursor(query, *arguments, prefetch=_CSV_BATCH):
        batch.append([_file_cell(column, row[column.name]) for column in columns])
        if len(batch) == _CSV_BATCH:
            yield b"".join(_lines(batch))
            batch.clear()
    yield b"".join(_lines(batch))


def _file_heading(column: Column) -> str:
    return f"{column.name} (UK time)" if column.kind == "moment" else column.name


def _file_cell(column: Column, value: Any) -> object:
    """Return what a file holds of a value: a time as a spreadsheet reads it, as the page has it in the UK."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return f"{value.astimezone(UK):{'%Y-%m-%d' if column.kind == 'date' else '%Y-%m-%d %H:%M:%S'}}"
    if column.kind == "yes-no":
        return "yes" if value else "no"
    return column.said(value)


def _lines(rows: Sequence[Sequence[object]]) -> Iterator[bytes]:
    output = io.StringIO()
    write_rows(output, rows)
    yield output.getvalue().encode("utf-8", "replace")
