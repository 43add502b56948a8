"""Create and upgrade the schema: tables by Alembic, then what differs of views, functions and grants."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import anyio
import asyncpg
import structlog

from dcs_mirror.database import blockers
from dcs_mirror.database.blockers import Holder, described
from dcs_mirror.database.connections import (
    UNREACHABLE,
    Connection,
    address,
    connect,
    open_connection,
    translate_errors,
)
from dcs_mirror.database.fitness import require_fit
from dcs_mirror.errors import DatabaseUnavailable, SchemaMismatch
from dcs_mirror.schema import catalogue, contract, rights, role_names
from dcs_mirror.schema.role_names import RoleNames

if TYPE_CHECKING:
    import sqlalchemy
    from alembic.config import Config

T = TypeVar("T")

_PACKAGE = Path(__file__).parent.parent

PATIENCE_SECONDS = 60.0
"""How long a migration tries to get at the tables and views while others use them."""
PAUSE_SECONDS = 2.0
"""How long it lets the others work between two attempts."""
_WATCH_SECONDS = 0.2
# How long one attempt waits: whoever comes meanwhile waits behind it.
_PREPARE = "SET LOCAL lock_timeout = '2s'"
_HAS_SCHEMA = "SELECT to_regnamespace('dcs_mirror')"
_HAS_VERSION = "SELECT to_regclass('dcs_mirror.alembic_version')"
_HAS_APPLIED = "SELECT to_regclass('dcs_mirror.applied')"
_CREATE_SCHEMA = "CREATE SCHEMA dcs_mirror"
# One migration at a time. The table is private, so that nobody else can lock it, and reading it goes on.
LOCK = "LOCK TABLE dcs_mirror.alembic_version IN SHARE ROW EXCLUSIVE MODE"
# All of them within the time of one attempt: an attempt that got some, and waits for another, would keep the
# readers of all of these waiting. To give a view the owner that it has locks the view alone.
_LOCK_BEGIN = "SET LOCAL statement_timeout = '2s'"
_LOCK_END = "SET LOCAL statement_timeout TO DEFAULT"
_LOCK_VIEWS = """
DO $lock$
DECLARE
    seen record;
BEGIN
    FOR seen IN
        SELECT c.oid::regclass AS view, pg_get_userbyid(c.relowner) AS owner
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'v' AND (n.nspname = 'dcs' OR n.nspname LIKE 'dcs\\_%')
          AND pg_has_role(c.relowner, 'USAGE')
        ORDER BY c.oid
    LOOP
        EXECUTE format('ALTER VIEW %s OWNER TO %I', seen.view, seen.owner);
    END LOOP;
END $lock$
"""
_LOCK_TABLES = """
DO $lock$
DECLARE
    kept record;
BEGIN
    FOR kept IN
        SELECT c.oid::regclass AS name
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname = 'dcs_mirror'
        ORDER BY c.oid
    LOOP
        EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', kept.name);
    END LOOP;
END $lock$
"""

_BUSY = {"55P03", "57014", "40P01", "40001"}
"""SQLSTATEs of an attempt that others were in the way of: lock_timeout, statement_timeout, deadlocks."""
_RACED = {"23505", "42P06", "42P07", "42710", "42723", "XX000"}
"""Those of one that lost a race against another first migration, or of an error: these are tried less."""
_MOST_RACES = 3

log = structlog.get_logger()


class SchemaState(Enum):
    """How the database's schema compares with the one of this release; the value is for messages."""

    EMPTY = "not there yet"
    OLDER = "out of date"
    CURRENT = "current"
    NEWER = "newer than this program"


def scripts_folder() -> Path:
    """The folder of migrations: inside an installed package, beside the package in the repository."""
    installed = _PACKAGE / "alembic"
    return installed if installed.is_dir() else _PACKAGE.parent / "alembic"


def revisions() -> list[str]:
    """The revisions that this program knows, in their order."""
    return sorted(file.name.split("_")[0] for file in (scripts_folder() / "versions").glob("[0-9]*.py"))


async def schema_state(connection: Connection) -> SchemaState:
    """Compare the schema that ``connection`` sees with the one of this release."""
    if await connection.fetchval("SELECT to_regclass('dcs_mirror.alembic_version')") is None:
        return SchemaState.EMPTY
    revision = await connection.fetchval("SELECT version_num FROM dcs_mirror.alembic_version")
    if revision is None:
        return SchemaState.EMPTY
    known = revisions()
    if revision not in known:
        return SchemaState.NEWER
    return SchemaState.CURRENT if revision == known[-1] else SchemaState.OLDER


async def require_current(connection: Connection) -> None:
    """Raise unless the database has the schema of this release.

    Raises:
        SchemaMismatch: says what to do.
    """
    found = await schema_state(connection)
    if found is not SchemaState.CURRENT:
        raise _mismatch_error(found)


@asynccontextmanager
async def connect_to_mirror(url: str) -> AsyncIterator[Connection]:
    """Open one connection to a mirror that exists and has the schema of this release.

    Raises:
        SchemaMismatch: says what to do.
        DatabaseUnavailable: as :func:`~dcs_mirror.database.connections.connect`.
    """
    async with connect(url) as connection:
        await rights.require_access(connection)
        await require_current(connection)
        yield connection


async def migrate(url: str, role_prefix: str | None = None) -> bool:
    """Create or upgrade the schema in one transaction; safe to repeat and to race.

    If there is nothing to upgrade, views, functions and grants are applied only if they differ from what this
    release makes. If nothing differs, nothing is written and nobody is locked out. Logs a warning if the
    tables are not as the migrations make them.

    Args:
        url: the database.
        role_prefix: how the names of the roles begin that give access to others; None keeps what they are.

    Returns:
        Whether there was anything to upgrade.

    Raises:
        SchemaMismatch: if the schema is newer than this program.
        DatabaseUnavailable: if the server cannot be reached, refuses, is not fit, or is in use for too long.
    """
    async with connect(url) as connection:
        await require_fit(connection, url)
        await rights.require_access(connection)
        found = await schema_state(connection)
        if found is SchemaState.CURRENT:
            await _warn_of_differences(connection)
            names = await _role_names(connection, role_prefix)
            if not await contract.differences(connection, names):
                return False
        if found in {SchemaState.CURRENT, SchemaState.OLDER}:
            await rights.require_owner(connection, "this migration")
        elif found is SchemaState.EMPTY and not await connection.fetchval(_HAS_SCHEMA):
            await rights.require_creator(connection)
    if found is SchemaState.NEWER:
        raise _mismatch_error(found)
    await _until_free(url, partial(upgrade, role_prefix=role_prefix))
    if found is SchemaState.OLDER:
        async with connect(url) as connection:
            await _warn_of_differences(connection)
    return found is not SchemaState.CURRENT


async def _until_free(url: str, work: "Callable[[sqlalchemy.Connection], None]") -> None:
    """Do ``work`` in a transaction; try again while others are in its way, and say who they are."""
    began, races, in_the_way = time.monotonic(), 0, list[Holder]()
    while True:
        before = list(in_the_way)
        try:
            with translate_errors(url):
                await _attempt(url, work, in_the_way)
        except _Busy as busy:
            races += busy.is_race
            if races >= _MOST_RACES:
                raise _refused(url, busy.__cause__) from busy
        else:
            return
        if time.monotonic() - began >= PATIENCE_SECONDS:
            raise DatabaseUnavailable(
                f"PostgreSQL at {address(url)}: nothing was changed, because others used the tables or "
                f"views for {PATIENCE_SECONDS:.0f} s: {described(in_the_way)}. Wait until they have ended, "
                "or end them; then migrate again"
            )
        if in_the_way != before:
            log.warning("waiting for others who use the tables or views", in_the_way=described(in_the_way))
        await anyio.sleep(PAUSE_SECONDS)


class _Busy(Exception):
    """Others were in the way of an attempt."""

    def __init__(self, *, is_race: bool) -> None:
        super().__init__()
        self.is_race = is_race


async def _attempt(
    url: str, work: "Callable[[sqlalchemy.Connection], None]", in_the_way: list[Holder]
) -> None:
    """Do ``work`` in a transaction.

    Raises:
        _Busy: if others were in the way; its cause is the server's error.
        DatabaseUnavailable: if the server refuses it.
    """
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - heavy, and seldom needed

    try:
        await run_in_transaction(url, work, blocked_by=in_the_way)
    except (DBAPIError, asyncpg.PostgresError) as error:
        answered = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(answered, "sqlstate", None)
        if state in _BUSY or state in _RACED:
            raise _Busy(is_race=state in _RACED) from answered
        if isinstance(answered, UNREACHABLE):
            raise answered from error
        raise _refused(url, answered) from error


def _refused(url: str, error: BaseException | None) -> DatabaseUnavailable:
    reason = (str(error).splitlines() or [""])[0]
    where = address(url)
    return DatabaseUnavailable(f"PostgreSQL at {where} refuses the migration, nothing was changed: {reason}")


async def _warn_of_differences(connection: Connection) -> None:
    if found := await catalogue.differences(connection):
        log.warning(
            "the schema has this program's number, but its tables are not as the migrations make them; "
            "`dcs-mirror doctor` says what to do",
            differences=catalogue.summary(found),
        )


async def run_in_transaction(
    url: str, work: "Callable[[sqlalchemy.Connection], None]", *, blocked_by: list[Holder] | None = None
) -> None:
    """Run ``work`` on one connection, in one transaction, with no other migration at the same time.

    Args:
        url: the database.
        work: what to do.
        blocked_by: is filled with those whom it waited for last.
    """
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - heavy
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - heavy

    pids: list[int] = []

    async def create() -> "asyncpg.Connection[asyncpg.Record]":
        connection = await open_connection(url)
        pids.append(connection.pid)
        return connection

    engine = create_async_engine("postgresql+asyncpg://", async_creator=create, poolclass=NullPool)
    async with engine.begin() as connection:
        watching = None
        if blocked_by is not None:
            watching = asyncio.create_task(_watch(url, pids[0], blocked_by))
        try:
            await connection.run_sync(_prepare)
            await connection.run_sync(work)
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.wait([watching])


async def _watch(url: str, pid: int, blocked_by: list[Holder]) -> None:
    """Look again and again for whom the session ``pid`` waits."""
    with suppress(DatabaseUnavailable):
        async with connect(url) as connection:
            while True:
                if found := await blockers.blocking(connection, pid):
                    blocked_by[:] = found
                await anyio.sleep(_WATCH_SECONDS)


def _prepare(connection: "sqlalchemy.Connection") -> None:
    run_script(connection, _PREPARE)
    if connection.exec_driver_sql(_HAS_SCHEMA).scalar() is None:
        run_script(connection, _CREATE_SCHEMA)
    if connection.exec_driver_sql(_HAS_VERSION).scalar() is not None:
        run_script(connection, LOCK)


def upgrade(
    connection: "sqlalchemy.Connection", revision: str = "head", *, role_prefix: str | None = None
) -> None:
    """Upgrades the tables to ``revision``, and applies what differs of the views, functions and grants."""
    from alembic import command  # noqa: PLC0415 - heavy, and seldom needed

    state = _with_driver(connection, schema_state)
    check = rights.require_own_schemas if state is SchemaState.EMPTY else rights.require_no_strangers
    _with_driver(connection, check)
    if state is SchemaState.OLDER:
        _lock_all(connection, _LOCK_TABLES, _LOCK_VIEWS)
    if state is not SchemaState.CURRENT or revision != "head":
        command.upgrade(_config(connection), revision)
    apply_downstream(connection, role_prefix=role_prefix)
    _with_driver(connection, rights.require_no_strangers)  # a schema may have been made meanwhile


def apply_downstream(connection: "sqlalchemy.Connection", *, role_prefix: str | None = None) -> None:
    """Apply what differs from the contract of this release: views, functions, roles and their grants."""

    async def apply(driver: Connection) -> None:
        names = await _role_names(driver, role_prefix)
        differences = await contract.differences(driver, names)
        if any(difference.unit.is_seen for difference in differences):
            await driver.execute(_LOCK_BEGIN)
            await driver.execute(_LOCK_VIEWS)
            await driver.execute(_LOCK_END)
        await contract.apply(driver, names)

    _with_driver(connection, apply)


def _lock_all(connection: "sqlalchemy.Connection", *scripts: str) -> None:
    for script in (_LOCK_BEGIN, *scripts, _LOCK_END):
        run_script(connection, script)


async def _role_names(connection: Connection, prefix: str | None) -> RoleNames:
    return await role_names.recorded(connection) if prefix is None else RoleNames.with_prefix(prefix)


def downgrade(connection: "sqlalchemy.Connection", revision: str) -> None:
    """Takes the tables back to ``revision``, and drops the views and functions, which show their columns.

    The views of that time are its program's to apply.
    """
    from alembic import command  # noqa: PLC0415 - heavy, and seldom needed

    run_script(connection, (_PACKAGE / "schema/sql/drop_views.sql").read_text(encoding="utf-8"))
    if connection.exec_driver_sql(_HAS_APPLIED).scalar() is not None:
        run_script(connection, "DELETE FROM dcs_mirror.applied")
    command.downgrade(_config(connection), revision)


def run_script(connection: "sqlalchemy.Connection", script: str) -> None:
    """Runs a script of several statements in the connection's transaction; a blank one does nothing."""
    if script.strip():
        _with_driver(connection, lambda driver: driver.execute(script))


def _with_driver(connection: "sqlalchemy.Connection", work: "Callable[[Connection], Awaitable[T]]") -> T:
    """Do ``work`` with the driver's own connection, in the transaction of ``connection``."""
    connection.exec_driver_sql("SELECT 1")  # begins the transaction, which the driver's own call does not
    adapted = connection.connection.dbapi_connection
    assert adapted is not None  # noqa: S101 - a connection in use has one
    result: T = adapted.run_async(work)
    return result


def _config(connection: "sqlalchemy.Connection") -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - heavy

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _mismatch_error(found: SchemaState) -> SchemaMismatch:
    todo = "install a newer dcs-mirror" if found is SchemaState.NEWER else "run `dcs-mirror migrate`"
    return SchemaMismatch(f"the database's schema is {found.value}: {todo}")
