"""The result of one SQL query as rows, from any database that SQLAlchemy has a driver for."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import anyio.to_thread
import asyncpg
from sqlalchemy import URL, Connection, create_engine, literal, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from dcs_mirror.database.connecting import connect_first
from dcs_mirror.errors import DatabaseUnavailable, SettingsError
from dcs_mirror.postgres_address import SCHEMES, resolve
from dcs_mirror.students.table import Table

SETTING = "DCS_STUDENTS_DATABASE_URL"

T = TypeVar("T")

_FAILURES = (
    SQLAlchemyError,
    OSError,
    # SQLAlchemy does not wrap what asyncpg raises while it connects.
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # Drivers raise these for options of the URL that they do not know.
    TypeError,
    ValueError,
)
# Passwords in the URL's query, such as `?password=...`, and within the value of `?odbc_connect=...`.
_SECRET_NAME = re.compile(r"pwd|pass|secret|token|key", re.IGNORECASE)
_SECRET_PART = re.compile(r"(?:pwd|password)\s*=\s*(\{[^}]*\}|[^;]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Source:
    """A database: SQLAlchemy's URL, the secrets of the address, and what its driver is called with."""

    url: URL
    secrets: Sequence[str]
    arguments: Mapping[str, Any]


async def read(url: str, name: str, query: str) -> Table:
    """Run a query and return its result as a table. The transaction is rolled back.

    PostgreSQL and SQLite are told to allow reading only.

    Args:
        url: the address of the database, with its credentials.
        name: the name of the query's file, for errors.
        query: one statement in that database's SQL, with a column for the code and one for the number.

    Raises:
        SettingsError: if the URL or the result cannot be used.
        DatabaseUnavailable: if the database refuses the query or cannot be reached.
    """
    source = _source(url)
    names, rows = await _run_read_only(
        source, lambda connection: _fetch(connection, query), f"cannot answer {name}"
    )
    cells = list(enumerate([names, *rows], start=0))
    return Table(name, cells, read_as=f"{source.url.get_backend_name()} query", heading_row=0)


async def kind_of(url: str) -> str:
    """Connect to the database and return its kind, such as ``postgresql``. Reads none of its data.

    Raises:
        SettingsError: if the URL cannot be used.
        DatabaseUnavailable: if the database refuses the connection or cannot be reached.
    """
    source = _source(url)
    await _run_read_only(
        source, lambda connection: connection.scalar(select(literal(1))), "cannot be queried"
    )
    return source.url.get_backend_name()


async def _run_read_only(source: _Source, work: Callable[[Connection], T], failure: str) -> T:
    """Run ``work`` on a connection and return its result.

    Args:
        source: the database.
        work: what to run; it only reads.
        failure: what is not possible, for the error.

    Raises:
        SettingsError: if SQLAlchemy or its driver for this kind of database is missing.
        DatabaseUnavailable: if the database refuses the work or cannot be reached.
    """

    def read(connection: Connection) -> T:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
        elif connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA query_only = ON"))
        return work(connection)

    try:
        if source.url.get_dialect().is_async:
            return await _run_async(source, read)
        return await anyio.to_thread.run_sync(_run_blocking, source.url, read, abandon_on_cancel=True)
    except NoSuchModuleError:
        raise SettingsError(f"{SETTING}: SQLAlchemy knows no database {source.url.drivername!r}") from None
    except ImportError as error:
        raise SettingsError(f"{SETTING}: the driver of {source.url.drivername} is missing: {error}") from None
    except _FAILURES as error:
        lines = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
        reason = _redacted(lines[0], source.secrets)
        raise DatabaseUnavailable(f"the database of {SETTING} {failure}: {reason}") from None


async def _run_async(source: _Source, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(source.url, connect_args=source.arguments)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _run_blocking(address: URL, work: Callable[[Connection], T]) -> T:
    engine = create_engine(address)
    try:
        with engine.connect() as connection:
            return work(connection)
    finally:
        engine.dispose()


def _fetch(connection: Connection, query: str) -> tuple[Sequence[object], list[Sequence[object]]]:
    """Return the names of a result's columns, and its rows.

    Sends no COMMIT; but some databases commit DDL without one.
    """
    result = connection.exec_driver_sql(query)
    if not result.returns_rows:
        raise SettingsError("the query returns no rows: it must be a SELECT")
    names: list[object] = list(result.keys())
    return names, [tuple(row) for row in result]


def _source(text: str) -> _Source:
    """Parse the address of a database: for PostgreSQL libpq's, as ``DCS_DATABASE_URL``, else SQLAlchemy's.

    Raises:
        SettingsError: if it is neither, contains an @ that must be encoded, cannot be heeded, or names a
            SQLite file that is missing.
    """
    text = text.strip()
    for driver in ("postgresql+asyncpg://", *SCHEMES):
        if text.startswith(driver):
            return _postgresql(SCHEMES[0] + text.removeprefix(driver))
    if "=" in text and "://" not in text.partition("=")[0]:
        return _postgresql(text)
    address = _address(text)
    return _Source(address, tuple(_secrets(address)), {})


def _postgresql(text: str) -> _Source:
    try:
        address = resolve(text)
    except ValueError as error:
        raise SettingsError(f"{SETTING}: {error}") from None
    secrets = {host.password for host in address.hosts} | {address.tls.get("sslpassword")}
    arguments = {
        "async_creator_fn": partial(connect_first, text),
        # Statements without a name and without a cache: a pooler may give each transaction another session.
        "prepared_statement_name_func": str,
        "prepared_statement_cache_size": 0,
    }
    return _Source(make_url("postgresql+asyncpg://"), tuple(filter(None, secrets)), arguments)


def _address(url: str) -> URL:
    """Parse SQLAlchemy's URL of a database other than PostgreSQL, or of PostgreSQL with a driver of its own.

    Raises:
        SettingsError: if it is not a URL, contains an @ that must be encoded, or names a missing SQLite file.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # their texts repeat the URL, and so the password
        raise SettingsError(f"{SETTING}: is not a database URL such as mssql+pyodbc://...") from None
    is_sqlite = address.get_backend_name() == "sqlite"
    if "@" in (address.host or "") + ("" if is_sqlite else address.database or ""):
        raise SettingsError(
            f"{SETTING}: contains more than one @: percent-encode / ? # and @ in the password"
        )
    file = address.database or ""
    is_file = is_sqlite and file and not file.startswith("file:")
    if is_file and not Path(file).is_file():
        # SQLite would create it.
        raise SettingsError(f"{SETTING}: there is no SQLite file {file!r}")
    return address


def _redacted(message: str, secrets: Iterable[str]) -> str:
    """Return a message without the secrets of the address."""
    for secret in secrets:
        for spelling in (secret, quote(secret, safe="")):
            message = message.replace(spelling, "***")
    return message


def _secrets(address: URL) -> Iterator[str]:
    """Yield the URL's password, and the values in its query whose names suggest a secret."""
    if address.password:
        yield str(address.password)
    for name, value in address.query.items():
        for text_value in (value,) if isinstance(value, str) else value:
            found = [part.strip("{}") for part in _SECRET_PART.findall(text_value)]
            found += [text_value] if _SECRET_NAME.search(name) else []
            yield from filter(None, found)
