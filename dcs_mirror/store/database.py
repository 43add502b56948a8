"""Connections to PostgreSQL, and its errors in one line each."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg

from dcs_mirror.errors import DatabaseUnavailable

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

OLDEST_SERVER = 15
CONNECT_SECONDS = 15
APPLYING = 4
"""Institutions that may be applied at once."""
POOL_SIZE = APPLYING + 2
"""Leaves connections for the questions of the crawl."""

SESSION = {
    "application_name": "dcs-mirror",
    "timezone": "UTC",
    # Staged tables differ too much in size for a plan that was made for another institution, and their
    # statements are too short to compile; an institution's staged rows should stay in memory.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "temp_buffers": "64MB",
    "work_mem": "64MB",
    # Rows that a policy hides from the mirror are an error: a registered column must not be left half-way.
    "row_security": "off",
}

UNREACHABLE = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
"""What the driver raises where the server is gone, or was never there."""

_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InsufficientPrivilegeError,
)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """One connection to ``postgresql://…``.

    Raises:
        DatabaseUnavailable: where the server cannot be reached, refuses, is lost or is too old.
    """
    with explained(url):
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=SESSION)
        try:
            _check_version(connection, url)
            yield connection
        finally:
            await connection.close(timeout=CONNECT_SECONDS)


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[Pool]:
    """Up to ``POOL_SIZE`` connections to ``postgresql://…``.

    Raises:
        DatabaseUnavailable: where the server cannot be reached, refuses, is lost or is too old.
    """
    with explained(url):
        async with asyncpg.create_pool(
            url, min_size=1, max_size=POOL_SIZE, timeout=CONNECT_SECONDS, server_settings=SESSION
        ) as pool:
            async with pool.acquire() as connection:
                _check_version(connection, url)
            yield pool


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turns the driver's connection errors into one line that names the server and no secret."""
    try:
        yield
    except _REFUSED as error:
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} refuses: {reason(error)}") from None
    except UNREACHABLE as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} cannot be reached: {told}") from None
    except asyncpg.PostgresError as error:
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} failed: {reason(error)}") from error


def reason(error: asyncpg.PostgresError) -> str:
    """Why PostgreSQL refused, without the details, which may repeat what stands in the rows."""
    return str(error.args[0] if error.args else error).splitlines()[0]


def address(url: str) -> str:
    """Where a database is, without the credentials of its URL: ``host:port/database``."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
    return f"{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _check_version(connection: Connection, url: str) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST_SERVER:
        raise DatabaseUnavailable(
            f"PostgreSQL at {address(url)} is version {version.major}; "
            f"the mirror needs {OLDEST_SERVER} or newer"
        )
