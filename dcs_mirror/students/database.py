"""The answer to one SQL query as rows, from any database that SQLAlchemy has a driver for."""

from collections.abc import Sequence
from pathlib import Path

import anyio.to_thread
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from dcs_mirror.errors import DatabaseUnavailable, SettingsError
from dcs_mirror.students.rows import Columns, Source, of_table

SETTING = "DCS_STUDENTS_DATABASE_URL"


async def read(url: str, name: str, query: str, columns: Columns) -> Source:
    """What a query answers, rolled back afterwards; where the database can, it may only read.

    Args:
        url: SQLAlchemy's address of the database, with its credentials.
        name: where the query stands, for errors.
        query: one statement in that database's SQL, with a column for the code and one for the number.

    Raises:
        SettingsError: where the address or the answer cannot be used.
        DatabaseUnavailable: where the database refuses or cannot be reached.
    """
    address = _address(url)
    try:
        if address.get_dialect().is_async:
            names, rows = await _ask_async(address, query)
        else:
            names, rows = await anyio.to_thread.run_sync(_ask, address, query)
    except NoSuchModuleError:
        raise SettingsError(f"{SETTING}: SQLAlchemy knows no database {address.drivername!r}") from None
    except ImportError as error:
        raise SettingsError(f"{SETTING}: the driver of {address.drivername} is missing: {error}") from None
    except (SQLAlchemyError, OSError) as error:
        told = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        why = _without_secret(told[0], address)
        raise DatabaseUnavailable(f"the database of {SETTING} cannot answer {name}: {why}") from None
    cells = enumerate([names, *rows], start=0)
    return of_table(name, cells, columns, read_as=f"{address.get_backend_name()} query")


async def _ask_async(address: URL, query: str) -> tuple[Sequence[object], list[Sequence[object]]]:
    engine = create_async_engine(address)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_answer, query)
    finally:
        await engine.dispose()


def _ask(address: URL, query: str) -> tuple[Sequence[object], list[Sequence[object]]]:
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            return _answer(connection, query)
    finally:
        engine.dispose()


def _answer(connection: Connection, query: str) -> tuple[Sequence[object], list[Sequence[object]]]:
    """The names of the columns, and the rows; nothing is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION READ ONLY"))
    elif connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA query_only = ON"))
    answer = connection.exec_driver_sql(query)
    if not answer.returns_rows:
        raise SettingsError("the query answers no rows: it must be a SELECT")
    names: list[object] = list(answer.keys())
    return names, [tuple(row) for row in answer]


def _address(url: str) -> URL:
    """SQLAlchemy's address; PostgreSQL is reached with the driver that is here."""
    try:
        address = make_url(url)
    except ArgumentError:  # its text repeats the address
        raise SettingsError(f"{SETTING}: is no address of a database such as mssql+pyodbc://...") from None
    if address.drivername in {"postgresql", "postgres"}:
        return address.set(drivername="postgresql+asyncpg")
    file = address.database or ""
    is_file = address.get_backend_name() == "sqlite" and file and not file.startswith("file:")
    if is_file and not Path(file).is_file():
        raise SettingsError(f"{SETTING}: there is no SQLite file {file!r}")  # it would be made
    return address


def _without_secret(told: str, address: URL) -> str:
    password = address.password
    return told.replace(str(password), "***") if password else told
