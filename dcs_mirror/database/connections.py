"""Connections to PostgreSQL, and its errors in one line each."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import anyio
import asyncpg

from dcs_mirror.errors import DatabaseUnavailable

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

OLDEST_SERVER = 15
CONNECT_SECONDS = 15
CLOSE_SECONDS = 4
"""How long connections may take to end what they were doing; then they are cut. Docker kills ten seconds
after SIGTERM, and a run closes twice: its record, then its connections."""
MAX_APPLIES = 4
"""Institutions that may be applied at once."""
POOL_SIZE = MAX_APPLIES + 2
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

_LIVENESS = {
    "client_connection_check_interval": "5s",
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Without the first, a statement that waits for a lock outlives its killed program and keeps its own locks;
without the others, a session outlives a machine that vanished, by hours."""

_UNAVAILABLE = (
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,  # the server became a standby
)
UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # Raised by a session that was told to end while it was idle, and is used before it notices.
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.IdleSessionTimeoutError,
    *_UNAVAILABLE,
)
"""What the driver raises where the server is gone, was never there, or takes no work for now."""

_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    *_UNAVAILABLE,
)
_REMEDIES = {
    "40P01": "others lock the same rows in another order",
    "53100": "free space on the disk of the database server",
    "53200": "the database server lacks memory",
    "55P03": "others hold rows longer than the lock_timeout that is set for the mirror's role",
    "57014": "somebody cancelled it, or the statement_timeout that is set for the mirror's role is too short",
}
"""By SQLSTATE: what to look at, where the server's own words do not say."""


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Connection]:
    """One connection to ``postgresql://…``.

    Raises:
        DatabaseUnavailable: where the server cannot be reached, refuses, is lost or is too old.
    """
    with translate_errors(url):
        connection = await open_connection(url)
        try:
            _check_version(connection, url)
            yield connection
        finally:
            await close_gracefully(connection)


@asynccontextmanager
async def create_pool(url: str) -> AsyncIterator[Pool]:
    """Up to ``POOL_SIZE`` connections to ``postgresql://…``.

    Left in a hurry (cancelled), they roll back what they were doing before they close.

    Raises:
        DatabaseUnavailable: where the server cannot be reached, refuses, is lost or is too old.
    """
    with translate_errors(url):
        # Without a least size: the driver would restore it on its own, and print how that fails.
        # The driver resets a session that is given back: calls leave their lock to that, and the triggers of
        # registered tables whatever they set.
        pool = await asyncpg.create_pool(url, min_size=0, max_size=POOL_SIZE, connect=open_connection)
        try:
            async with pool.acquire() as connection:
                _check_version(connection, url)
            yield pool
        finally:
            await close_gracefully(pool)


async def open_connection(dsn: str | None = None, **options: Any) -> "asyncpg.Connection[Any]":
    """A connection with the mirror's settings, which the caller closes; as the driver's own ``connect``.

    Raises:
        Exception: the driver's own; see :func:`translate_errors`.
    """
    options = {"timeout": CONNECT_SECONDS} | options
    try:
        return await asyncpg.connect(dsn, server_settings=SESSION | _LIVENESS, **options)
    except asyncpg.InvalidParameterValueError:  # a server on a system that cannot tell, such as Windows
        return await asyncpg.connect(dsn, server_settings=SESSION, **options)


async def close_gracefully(connections: "Pool | asyncpg.Connection[asyncpg.Record]") -> None:
    """Lets connections end what they were doing and closes them, also while the caller is cancelled."""
    with anyio.move_on_after(CLOSE_SECONDS, shield=True), suppress(*UNREACHABLE):
        await connections.close()


@contextmanager
def translate_errors(url: str) -> Iterator[None]:
    """Turns the driver's connection errors into one line that names the server and no secret."""
    try:
        yield
    except _REFUSED as error:
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} refuses: {describe(error)}") from None
    except UNREACHABLE as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} cannot be reached: {told}") from None
    except asyncpg.PostgresError as error:
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} failed: {describe(error)}") from error


def describe(error: asyncpg.PostgresError) -> str:
    """Why PostgreSQL refused, without the details, which may repeat what stands in the rows."""
    told = str(error.args[0] if error.args else error).splitlines()[0]
    remedy = _REMEDIES.get(error.sqlstate or "")
    return f"{told} ({remedy})" if remedy else told


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
