"""The sources of student numbers: a CSV file, a workbook, a SQL query, or aXcelerate."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from dcs_mirror.axcelerate import settings as axcelerate_settings
from dcs_mirror.axcelerate.classes import Period, class_sizes
from dcs_mirror.axcelerate.client import AxcelerateClient
from dcs_mirror.clock import UK
from dcs_mirror.errors import SettingsError
from dcs_mirror.settings import Settings
from dcs_mirror.students import classes, codes, csv_file, database, patterns, totals, workbook
from dcs_mirror.students.codes import CodeRules
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.mapping import mapping_of
from dcs_mirror.students.rows import Source, of_table
from dcs_mirror.students.table import Table

AXCELERATE = "axcelerate"

SourceReader: TypeAlias = Callable[[Collection[str]], Source]
"""Returns a source's rows, given the DCS's course codes, with which those of the source are compared."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """The description of a source, as the user gives it.

    ``origin`` is a CSV file or a workbook, or the word ``axcelerate``; instead of it, ``query`` is a file
    with a SQL query. ``sheet`` names a sheet of the workbook, ``hidden_rows`` says whether its hidden rows
    are taken, and ``heading_row`` is the number of the row with the heading. ``mapping`` is a file that maps
    codes to the DCS's, ``suffixes`` are taken from the end of codes, and ``pattern`` is a regular
    expression that takes the DCS's code from a code. For aXcelerate, ``running`` is the period whose
    classes count.
    """

    origin: str | None = None
    query: Path | None = None
    columns: Columns = field(default_factory=Columns)
    sheet: str | None = None
    mapping: Path | None = None
    running: str | None = None
    heading_row: int | None = None
    hidden_rows: bool = False
    suffixes: tuple[str, ...] = ()
    pattern: str | None = None


async def read(asked: SourceSpec, settings: Settings) -> SourceReader:
    """Read a source completely; return a function that gives its rows once the DCS's codes are known.

    Raises:
        SettingsError: if the source cannot be read as described.
        MirrorError: if a database or aXcelerate does not answer.
    """
    _refuse_unused_options(asked)
    mapping = {} if asked.mapping is None else mapping_of(_table_of(*_content(asked.mapping)))
    pattern = None if asked.pattern is None else patterns.checked(asked.pattern)
    if asked.query is None and asked.origin == AXCELERATE:
        count = await _from_axcelerate(asked, settings)
        rules = CodeRules(suffixes=asked.suffixes)
        if pattern is not None:
            given = (row.course_code for row in count({}, mapping).rows)
            rules = replace(rules, extracted=await _extracted(pattern, given, asked.suffixes))
        return lambda listed: _aligned(count(listed, mapping), rules, listed)
    table = await _table(asked, settings)
    source = of_table(table, asked.columns, heading_row=asked.heading_row)
    source = replace(source, rows=totals.mark(source.rows))
    rules = CodeRules(mapping, asked.suffixes)
    if pattern is not None:
        given = (row.course_code for row in source.rows)
        rules = replace(rules, extracted=await _extracted(pattern, given, asked.suffixes))
    return lambda listed: _aligned(source, rules, listed)


def _aligned(source: Source, rules: CodeRules, listed: Collection[str]) -> Source:
    """Return a source with the codes of the DCS in the place of its own."""
    return replace(source, rows=codes.align(source.rows, rules, listed))


async def _extracted(pattern: str, given: Iterable[str], suffixes: tuple[str, ...]) -> dict[str, str | None]:
    """Return what the pattern takes from each code, without its suffix."""
    return await patterns.extracted(pattern, {codes.without_suffix(code, suffixes) for code in given} - {""})


async def _table(asked: SourceSpec, settings: Settings) -> Table:
    """Read a file or the result of a query."""
    if asked.query is not None:
        url = settings.students_database_url
        if url is None:
            raise SettingsError(
                f"a query needs {database.SETTING} or {database.SETTING}_FILE, such as mssql+pyodbc://..."
            )
        name, content = _content(asked.query)
        query, _ = csv_file.decoded(name, content)
        return await database.read(url.get_secret_value(), name, query)
    if asked.origin is None:
        raise SettingsError("no source of student numbers: give --from or --sql")
    return table_in(Path(asked.origin), sheet=asked.sheet, hidden_rows=asked.hidden_rows)


def table_in(path: Path, *, sheet: str | None = None, hidden_rows: bool = False) -> Table:
    """Return a CSV file, or a sheet of a workbook, as a table.

    Args:
        path: the file.
        sheet: the sheet of a workbook; None for the first one that is not hidden.
        hidden_rows: whether the hidden rows of a workbook are taken.

    Raises:
        SettingsError: if it cannot be read, or these options do not apply to it.
    """
    name, content = _content(path)
    if workbook.is_workbook(name, content):
        return workbook.read(name, content, sheet=sheet, hidden_rows=hidden_rows)
    for option, is_given in (("--sheet", sheet is not None), ("--hidden-rows", hidden_rows)):
        if is_given:
            raise SettingsError(f"{option} goes with a workbook only, and {name} is none")
    return csv_file.read(name, content)


def _table_of(name: str, content: bytes) -> Table:
    """Return a file as a table: of a workbook the first visible sheet."""
    is_workbook = workbook.is_workbook(name, content)
    return workbook.read(name, content) if is_workbook else csv_file.read(name, content)


def _refuse_unused_options(asked: SourceSpec) -> None:
    """Refuse options that do not apply to the source: ignoring them would mislead.

    Raises:
        SettingsError: if there is such an option; names it.
    """
    is_axcelerate = asked.query is None and asked.origin == AXCELERATE
    is_file = asked.query is None and not is_axcelerate
    columns = asked.columns
    unused = {
        "--sheet goes with a workbook only": asked.sheet is not None and not is_file,
        "--hidden-rows goes with a workbook only": asked.hidden_rows and not is_file,
        "--heading-row goes with a file only": asked.heading_row is not None and not is_file,
        "--running goes with --from axcelerate only": asked.running is not None and not is_axcelerate,
        "--code-column has no meaning for aXcelerate; --map maps codes": is_axcelerate and columns.code,
        "--students-column has no meaning for aXcelerate": is_axcelerate and columns.students,
        "--name-column has no meaning for aXcelerate": is_axcelerate and columns.name,
        "--strip-suffix: is empty": not all(each.strip() for each in asked.suffixes),
    }
    for message, is_given in unused.items():
        if is_given:
            raise SettingsError(message)


async def _from_axcelerate(
    asked: SourceSpec, settings: Settings
) -> Callable[[Collection[str], dict[str, str]], Source]:
    """Count the students of aXcelerate's classes that run in the period, by default today in UK time."""
    clock = settings.clock()
    today = clock.now().astimezone(UK).date()
    period = Period(today, today) if asked.running is None else classes.period_of(asked.running)
    async with AxcelerateClient(axcelerate_settings.load(), clock) as client:
        sizes = await class_sizes(client, period)
    return lambda listed, mapping: classes.rows(sizes, listed, mapping, period=period)


def _content(path: Path) -> tuple[str, bytes]:
    """Return a file's name and content."""
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        hint = "; standard input is /dev/stdin" if path.name == "-" else ""
        raise SettingsError(f"{path.name or path}: cannot be read: {error.strerror}{hint}") from None
