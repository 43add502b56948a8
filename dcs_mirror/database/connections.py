"""Connections to PostgreSQL, and its errors in one line each."""

import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar, cast

import anyio
import asyncpg
import structlog

from dcs_mirror.database import pooler
from dcs_mirror.database.connecting import ServerConnection, connect_first
from dcs_mirror.database.unreached import CLOSED
from dcs_mirror.errors import DatabaseFailed, DatabaseUnavailable, in_words
from dcs_mirror.plain_text import one_line
from dcs_mirror.postgres_address import shown

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
T = TypeVar("T")
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

log = structlog.get_logger()

OLDEST_SERVER = 15
_ERRNO = re.compile(r"\[Errno -?\d+\] ")
_LONGEST_MESSAGE = 1000
"""Characters of a server's message that are kept: a trigger of others may raise one of any length."""
CLOSE_SECONDS = 4
"""How long connections may take to finish; then they are cut. Docker kills a container ten seconds after
SIGTERM, and a run closes twice: its record, then its connections."""
MAX_APPLIES = 4
"""Institutions that may be applied at once."""
FREE_SECONDS = 30.0
"""How long a program waits at its start for a free connection: as long as later, if the server is away."""
FREE_POLL_SECONDS = 0.5
POOL_SIZE = MAX_APPLIES + 2
"""Leaves connections for the crawl's own queries."""

READING = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10s",
    # Short statements that are run often: to plan them anew would take longer than to run them.
    "plan_cache_mode": "auto",
    "work_mem": "4MB",
}
"""Settings of sessions that only answer questions of others."""

SEARCH_PATH = "pg_catalog, pg_temp"
"""Names lead to the server's own objects and to the session's temporary tables, and to nobody's schema:
whoever may create something in `public` could otherwise have it run with the mirror's rights."""

SESSION = {
    "search_path": SEARCH_PATH,
    # A database or a role may have other defaults, and statements would mean, or write, something else.
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "array_nulls": "on",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    # Who waited for a lock must see what its holder did.
    "default_transaction_isolation": "read committed",
    # Staged tables differ too much in size to reuse the plan of another institution, and their statements
    # are too short to compile. An institution's staged rows should stay in memory.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "temp_buffers": "64MB",
    "work_mem": "64MB",
    # If a policy hides rows from the mirror, fail: a registered column must not be rewritten in part.
    "row_security": "off",
}

_LIVENESS = {
    "client_connection_check_interval": "5s",
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Without the first, a statement that waits for a lock goes on after its program was killed, and keeps its
locks. Without the others, a session goes on for hours after its machine was lost."""

# Names no object that a search_path decides on.
_SET_SESSION = """
SELECT pg_catalog.pg_backend_pid()
FROM (
    SELECT pg_catalog.count(pg_catalog.set_config(s.key, s.value, false)) AS settings
    FROM pg_catalog.jsonb_each_text($1::pg_catalog.text::pg_catalog.jsonb) AS s
) AS done
WHERE done.settings OPERATOR(pg_catalog.>) 0
"""

_UNAVAILABLE = (
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,  # the server became a standby
)
UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # Raised by a session that the server ended while it was idle, if it is used before it notices.
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.IdleSessionTimeoutError,
    *_UNAVAILABLE,
)
"""What the driver raises if the server is gone, was never there, or accepts no work for now."""

_REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    *_UNAVAILABLE,
)
_REMEDIES = {
    "28000": "the server's pg_hba.conf or the role itself does not let it in",
    "28P01": "check its name and password, and whether the password has expired",
    "3D000": "create it, or correct its name in the address",
    "25006": "the server is a standby, or sessions of the mirror's role are read-only",
    "42501": "`dcs-mirror doctor` names what this account lacks",
    "40P01": "other sessions lock the same rows in another order",
    "53100": "free space on the disk of the database server",
    "53200": "the database server lacks memory",
    "53300": "others take all connections of the server: keep some for the mirror's role",
    "55P03": "other sessions lock rows longer than the lock_timeout that is set for the mirror's role",
    "57014": "it was cancelled, or the statement_timeout that is set for the mirror's role is too short",
}
"""By SQLSTATE: what to do, if the server's message does not say."""
_LIMITS = {
    "too many connections for role": "its CONNECTION LIMIT allows no more: raise it with ALTER ROLE",
    "too many connections for database": "its CONNECTION LIMIT allows no more: raise it with ALTER DATABASE",
}
"""The same for what the server says of the limits of one role or database, under the SQLSTATE of its own."""


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[ServerConnection]:
    """Open one connection to ``postgresql://…``.

    Raises:
        DatabaseUnavailable: if the server cannot be reached, refuses, is lost, is too old, or is behind a
            pooler that shares its sessions.
    """
    with translate_errors(url):
        connection = await open_connection(url)
        try:
            await _check_server(connection, url)
            yield connection
        finally:
            await close_gracefully(connection)


@asynccontextmanager
async def create_pool(url: str) -> AsyncIterator[Pool]:
    """Open a pool of up to ``POOL_SIZE`` connections to ``postgresql://…``.

    If the context is cancelled, they roll back before they close.

    Raises:
        DatabaseUnavailable: as :func:`connect`.
    """
    async with _open_pool(url, POOL_SIZE, reset=_reset) as pool:
        yield pool


@asynccontextmanager
async def create_reading_pool(url: str, size: int, *, plans_once: bool = False) -> AsyncIterator[Pool]:
    """Open a pool of up to ``size`` connections that only read, with short statements (``READING``).

    They are used as they are returned, because nothing that is run on them changes the session.

    Args:
        url: the database.
        size: how many connections.
        plans_once: whether a statement gets one plan for all its values. For those that look up rows by keys:
            the server would plan them each time, which takes several times as long as to run them.

    Raises:
        DatabaseUnavailable: as :func:`connect`.
    """
    further = READING | ({"plan_cache_mode": "force_generic_plan"} if plans_once else {})
    async with _open_pool(url, size, further=further, reset=_keep) as pool:
        yield pool


@asynccontextmanager
async def _open_pool(
    url: str,
    size: int,
    *,
    further: Mapping[str, str] = MappingProxyType({}),
    reset: Callable[["asyncpg.Connection[asyncpg.Record]"], Awaitable[None]],
) -> AsyncIterator[Pool]:
    with translate_errors(url):
        # No minimum size: the driver would restore it by itself, and print its failures.
        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            connect=partial(open_connection, further=further),
            reset=reset,
            connection_class=ServerConnection,
        )
        try:
            connection = await when_free(pool.acquire)
            try:
                await _check_server(cast("ServerConnection", connection), url)
            finally:
                await pool.release(connection)
            yield pool
        finally:
            await close_gracefully(pool)


async def _keep(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Return a connection to its pool as it is."""


async def open_connection(
    dsn: str | None = None, *, further: Mapping[str, str] = MappingProxyType({}), **options: Any
) -> ServerConnection:
    """Open a connection with the mirror's settings, as the driver's ``connect`` does; the caller closes it.

    The settings are made after connecting, because poolers refuse or ignore those that come with it.

    Args:
        dsn: the address.
        further: settings of the session beyond those of all, or instead of them.
        options: the driver's.

    Raises:
        SettingsError: if the address is invalid or cannot be heeded.
        Exception: the driver's own; see :func:`translate_errors`.
    """
    connection = await connect_first(dsn, **options)
    assert isinstance(connection, ServerConnection)  # noqa: S101 - the class that connect_first asks for
    try:
        connection.pid = await _begin_session(connection, further)
        if connection.is_pooled:
            # What the session's former user left there, if the pooler is not set to undo it.
            await connection.execute("RESET SESSION AUTHORIZATION; DEALLOCATE ALL; DISCARD TEMP")
            await connection.execute(connection.get_reset_query())
            connection.pid = await _begin_session(connection, further)
    except BaseException:
        connection.terminate()
        raise
    return connection


async def _begin_session(
    connection: "asyncpg.Connection[asyncpg.Record]", further: Mapping[str, str] = MappingProxyType({})
) -> int:
    """Set the session's settings; return its process id on the server."""
    try:
        return await _set(connection, {**SESSION, **_LIVENESS, **further})
    except asyncpg.InvalidParameterValueError:  # a server on a system that cannot tell, such as Windows
        return await _set(connection, {**SESSION, **further})


async def _set(connection: "asyncpg.Connection[asyncpg.Record]", settings: Mapping[str, str]) -> int:
    # Without a name: behind a pooler the name may be taken.
    statement = await connection.prepare(_SET_SESSION, name="")
    return int(await statement.fetchval(json.dumps(settings)))


async def _reset(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Release the locks of a session that is returned to the pool, and undo what triggers or callers set.

    Raises:
        DatabaseUnavailable: if a pooler gave the connection another session meanwhile.
    """
    assert isinstance(connection, ServerConnection)  # noqa: S101 - the pool's class
    await connection.execute(connection.get_reset_query())
    if await _begin_session(connection) != connection.pid:
        raise pooler.refusal("the address that is set")


async def when_free(connect: Callable[[], Awaitable[T]]) -> T:
    """Connect; if others have taken all of the server's connections, try again for ``FREE_SECONDS``.

    Raises:
        Exception: what ``connect`` raised the last time.
    """
    began, told = time.monotonic(), False
    while True:
        try:
            return await connect()
        except asyncpg.TooManyConnectionsError as error:
            if time.monotonic() - began >= FREE_SECONDS:
                raise
            if not told:
                log.warning("waiting for a connection to PostgreSQL", because=describe(error))
                told = True
        await anyio.sleep(FREE_POLL_SECONDS)


@asynccontextmanager
async def borrow(pool: Pool) -> AsyncIterator[Connection]:
    """Borrow a connection of a pool; if it is lost by the time it is returned, that raises nothing.

    For work whose result must not be lost after it was done.

    Raises:
        Exception: the driver's own, if there is no connection; see :func:`translate_errors`.
    """
    connection = await pool.acquire()
    try:
        yield connection
    finally:
        with suppress(*UNREACHABLE, asyncpg.PostgresError):
            await pool.release(connection, timeout=CLOSE_SECONDS)


async def close_gracefully(connections: "Pool | asyncpg.Connection[asyncpg.Record]") -> None:
    """Let connections finish and close them, even while the caller is being cancelled."""
    with anyio.move_on_after(CLOSE_SECONDS, shield=True), suppress(*UNREACHABLE):
        await connections.close()


@contextmanager
def translate_errors(url: str) -> Iterator[None]:
    """Turn the driver's errors into :class:`DatabaseUnavailable`: one line with the server and no secret."""
    try:
        yield
    except pooler.LOST:
        raise pooler.refusal(address(url)) from None
    except asyncpg.ProtocolViolationError as error:  # PgBouncer's word for whatever it refuses
        todo = (
            "; leave it out of the address, or name it in PgBouncer's ignore_startup_parameters"
            if "startup parameter" in str(error)
            else "; so says the pooler before the server: look at its configuration and its log"
        )
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} refuses: {describe(error)}{todo}") from None
    except TimeoutError:
        raise DatabaseUnavailable(
            f"PostgreSQL at {address(url)} cannot be reached: no answer in time"
        ) from None
    except asyncpg.InsufficientPrivilegeError as error:
        raise DatabaseFailed(f"PostgreSQL at {address(url)} refuses: {describe(error)}") from error
    except _REFUSED as error:
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} refuses: {describe(error)}") from None
    except UNREACHABLE as error:
        raise DatabaseUnavailable(f"PostgreSQL at {address(url)} cannot be reached: {_why(error)}") from None
    except asyncpg.PostgresError as error:
        raise DatabaseFailed(f"PostgreSQL at {address(url)} failed: {describe(error)}") from error


def _why(error: Exception) -> str:
    """Return why the server is not there, in one line; what happened while connecting says it itself."""
    if isinstance(error, asyncpg.PostgresConnectionError | asyncpg.InternalClientError):
        said = one_line(in_words(error))
        rest = said.removeprefix(CLOSED) if said.startswith(CLOSED) else f": {said}"
        return f"the connection was lost{rest}"
    return _ERRNO.sub("", in_words(error)).splitlines()[0]


def describe(error: asyncpg.PostgresError | asyncpg.PostgresWarning) -> str:
    """Return the error's first line and a remedy, without its details, which may contain values of rows."""
    said = str(error)
    remedy = next((todo for words, todo in _LIMITS.items() if words in said), None) or _REMEDIES.get(
        error.sqlstate or ""
    )
    return f"{first_line(error)} ({remedy})" if remedy else first_line(error)


def first_line(error: asyncpg.PostgresError | asyncpg.PostgresWarning) -> str:
    """Return the error's first line, for messages that have a remedy of their own."""
    lines = str(error.args[0] if error.args else error).splitlines()
    if not lines:
        return f"an error without a message ({type(error).__name__})"
    return one_line(lines[0][:_LONGEST_MESSAGE])


def address(url: str) -> str:
    """Return ``host:port/database`` of an address, without its credentials."""
    return shown(url)


async def _check_server(connection: ServerConnection, url: str) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST_SERVER:
        raise DatabaseUnavailable(
            f"PostgreSQL at {address(url)} is version {version.major}; "
            f"the mirror needs {OLDEST_SERVER} or newer"
        )
    if connection.is_pooled:
        await pooler.require_session_mode(connection, partial(open_connection, url), address(url))
