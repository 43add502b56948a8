"""The four sources of student numbers: a CSV file, an Excel file, a SQL query, or aXcelerate."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from dcs_mirror.axcelerate import settings as axcelerate_settings
from dcs_mirror.axcelerate.classes import Period, class_sizes
from dcs_mirror.axcelerate.client import AxcelerateClient
from dcs_mirror.clock import UK
from dcs_mirror.errors import SettingsError
from dcs_mirror.settings import Settings
from dcs_mirror.students import classes, csv_file, database, excel
from dcs_mirror.students.rows import Columns, Source

AXCELERATE = "axcelerate"

SourceReader: TypeAlias = Callable[[Collection[str]], Source]
"""Returns a source's rows, given the DCS's course codes, to which aXcelerate's codes are matched."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """The description of a source, as the user gives it.

    ``origin`` is a CSV or Excel file, or the word ``axcelerate``; instead of it, ``query`` is a file with a
    SQL query. ``sheet`` names a sheet of the Excel file. For aXcelerate, ``mapping`` is a file that maps its
    codes to the DCS's, and ``running`` is the period whose classes count.
    """

    origin: str | None = None
    query: Path | None = None
    columns: Columns = field(default_factory=Columns)
    sheet: str | None = None
    mapping: Path | None = None
    running: str | None = None


async def read(asked: SourceSpec, settings: Settings) -> SourceReader:
    """Read a source completely; return a function that gives its rows once the DCS's codes are known.

    Raises:
        SettingsError: if the source cannot be read as described.
        MirrorError: if a database or aXcelerate does not answer.
    """
    _refuse_unused_options(asked)
    if asked.query is None and asked.origin == AXCELERATE:
        return await _from_axcelerate(asked, settings)
    source = await _table(asked, settings)
    return lambda _: source


async def _table(asked: SourceSpec, settings: Settings) -> Source:
    """Read a file or the result of a query."""
    if asked.query is not None:
        url = settings.students_database_url
        if url is None:
            raise SettingsError(
                f"a query needs {database.SETTING} or {database.SETTING}_FILE, such as mssql+pyodbc://..."
            )
        name, content = _content(asked.query)
        query, _ = csv_file.decoded(name, content)
        return await database.read(url.get_secret_value(), name, query, asked.columns)
    if asked.origin is None:
        raise SettingsError("no source of student numbers: give --from or --sql")
    name, content = _content(Path(asked.origin))
    excel.refuse_old(name, content)
    if name.lower().endswith(excel.SUFFIXES):
        return excel.read(name, content, asked.columns, sheet=asked.sheet)
    return csv_file.read(name, content, asked.columns)


def _refuse_unused_options(asked: SourceSpec) -> None:
    """Refuse options that do not apply to the source: ignoring them would mislead.

    Raises:
        SettingsError: if there is such an option; names it.
    """
    is_axcelerate = asked.query is None and asked.origin == AXCELERATE
    is_file = asked.query is None and not is_axcelerate
    is_excel = is_file and (asked.origin or "").lower().endswith((*excel.SUFFIXES, ".xls"))
    columns = asked.columns
    unused = {
        "--sheet goes with an Excel file only": asked.sheet is not None and not is_excel,
        "--map goes with --from axcelerate only": asked.mapping is not None and not is_axcelerate,
        "--running goes with --from axcelerate only": asked.running is not None and not is_axcelerate,
        "--code-column has no meaning for aXcelerate; --map maps codes": is_axcelerate and columns.code,
        "--students-column has no meaning for aXcelerate": is_axcelerate and columns.students,
        "--name-column has no meaning for aXcelerate": is_axcelerate and columns.name,
    }
    for message, is_given in unused.items():
        if is_given:
            raise SettingsError(message)


async def _from_axcelerate(asked: SourceSpec, settings: Settings) -> SourceReader:
    """Count the students of aXcelerate's classes that run in the period, by default today in UK time."""
    mapped = None if asked.mapping is None else classes.mapping_of(*_content(asked.mapping))
    clock = settings.clock()
    today = clock.now().astimezone(UK).date()
    period = Period(today, today) if asked.running is None else classes.period_of(asked.running)
    async with AxcelerateClient(axcelerate_settings.load(), clock) as client:
        sizes = await class_sizes(client, period)
    return lambda codes: classes.rows(sizes, codes, mapped, period=period)


def _content(path: Path) -> tuple[str, bytes]:
    """Return a file's name and content."""
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path.name}: cannot be read: {error.strerror}") from None
