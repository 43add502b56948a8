"""The answer to one SQL query as rows, from any database that SQLAlchemy has a driver for."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import anyio.to_thread
import asyncpg
from sqlalchemy import URL, Connection, create_engine, literal, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from dcs_mirror.errors import DatabaseUnavailable, SettingsError
from dcs_mirror.students.rows import Columns, Source, of_table

SETTING = "DCS_STUDENTS_DATABASE_URL"

T = TypeVar("T")

_FAILURES = (
    SQLAlchemyError,
    OSError,
    # SQLAlchemy hands on what asyncpg raises while it connects.
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # Drivers refuse options that they do not know, or not in this form.
    TypeError,
    ValueError,
)
# In a query such as `?password=...`, and in the text of its own that `?odbc_connect=...` holds.
_SECRET_NAME = re.compile(r"pwd|pass|secret|token|key", re.IGNORECASE)
_SECRET_PART = re.compile(r"(?:pwd|password)\s*=\s*(\{[^}]*\}|[^;]*)", re.IGNORECASE)


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
    names, rows = await _asked(
        address, lambda connection: _answer(connection, query), f"cannot answer {name}"
    )
    cells = enumerate([names, *rows], start=0)
    return of_table(name, cells, columns, read_as=f"{address.get_backend_name()} query")


async def kind_of(url: str) -> str:
    """Which database answers there, such as ``postgresql``; it is asked for nothing that it holds.

    Raises:
        SettingsError: where the address cannot be used.
        DatabaseUnavailable: where the database refuses or cannot be reached.
    """
    address = _address(url)
    await _asked(address, lambda connection: connection.scalar(select(literal(1))), "cannot be asked")
    return address.get_backend_name()


async def _asked(address: URL, question: Callable[[Connection], T], trouble: str) -> T:
    """What a question that only reads comes to; ``trouble`` says what is not possible where it fails.

    Raises:
        SettingsError: where there is no such kind of database here.
        DatabaseUnavailable: where the database refuses or cannot be reached.
    """

    def ask(connection: Connection) -> T:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
        elif connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA query_only = ON"))
        return question(connection)

    try:
        if address.get_dialect().is_async:
            return await _ask_async(address, ask)
        return await anyio.to_thread.run_sync(_ask, address, ask, abandon_on_cancel=True)
    except NoSuchModuleError:
        raise SettingsError(f"{SETTING}: SQLAlchemy knows no database {address.drivername!r}") from None
    except ImportError as error:
        raise SettingsError(f"{SETTING}: the driver of {address.drivername} is missing: {error}") from None
    except _FAILURES as error:
        told = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        why = _without_secret(told[0], address)
        raise DatabaseUnavailable(f"the database of {SETTING} {trouble}: {why}") from None


async def _ask_async(address: URL, ask: Callable[[Connection], T]) -> T:
    engine = create_async_engine(address)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(ask)
    finally:
        await engine.dispose()


def _ask(address: URL, ask: Callable[[Connection], T]) -> T:
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            return ask(connection)
    finally:
        engine.dispose()


def _answer(connection: Connection, query: str) -> tuple[Sequence[object], list[Sequence[object]]]:
    """The names of the columns, and the rows; no commit is sent, though some databases commit DDL without."""
    answer = connection.exec_driver_sql(query)
    if not answer.returns_rows:
        raise SettingsError("the query answers no rows: it must be a SELECT")
    names: list[object] = list(answer.keys())
    return names, [tuple(row) for row in answer]


def _address(url: str) -> URL:
    """SQLAlchemy's address; PostgreSQL is reached with the driver that is here."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # their texts repeat the address
        raise SettingsError(f"{SETTING}: is no address of a database such as mssql+pyodbc://...") from None
    is_sqlite = address.get_backend_name() == "sqlite"
    if "@" in (address.host or "") + ("" if is_sqlite else address.database or ""):
        raise SettingsError(f"{SETTING}: holds an @ too many: percent-encode / ? # and @ in the password")
    if address.drivername in {"postgresql", "postgres"}:
        return address.set(drivername="postgresql+asyncpg")
    file = address.database or ""
    is_file = is_sqlite and file and not file.startswith("file:")
    if is_file and not Path(file).is_file():
        raise SettingsError(f"{SETTING}: there is no SQLite file {file!r}")  # it would be made
    return address


def _without_secret(told: str, address: URL) -> str:
    for secret in _secrets(address):
        for spelling in (secret, quote(secret, safe="")):
            told = told.replace(spelling, "***")
    return told


def _secrets(address: URL) -> Iterator[str]:
    """The password, and what is one by its name in the query."""
    if address.password:
        yield str(address.password)
    for name, value in address.query.items():
        for given in (value,) if isinstance(value, str) else value:
            found = [part.strip("{}") for part in _SECRET_PART.findall(given)]
            found += [given] if _SECRET_NAME.search(name) else []
            yield from filter(None, found)
