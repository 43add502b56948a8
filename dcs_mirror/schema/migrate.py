"""Create and upgrade the schema: tables by Alembic, then all views, functions, roles and grants."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from dcs_mirror.database.connections import SESSION, Connection, address, connect, translate_errors
from dcs_mirror.database.fitness import require_fit
from dcs_mirror.errors import DatabaseUnavailable, SchemaMismatch
from dcs_mirror.schema import catalogue

if TYPE_CHECKING:
    import sqlalchemy
    from alembic.config import Config

_PACKAGE = Path(__file__).parent.parent
_DOWNSTREAM = _PACKAGE / "downstream"
_ROLES = {"dcs_reader": _DOWNSTREAM, "dcs_mirror_writer": _PACKAGE / "schema"}
"""The roles that a migration creates and grants, and the folders of their files."""

# One migration at a time, which neither waits for a table nor blocks one for ever.
_PREPARE = """
SET LOCAL lock_timeout = '60s';
SELECT pg_advisory_xact_lock(hashtext('dcs_mirror.migrate'));
CREATE SCHEMA IF NOT EXISTS dcs_mirror;
"""

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
        await require_current(connection)
        yield connection


async def migrate(url: str) -> bool:
    """Create or upgrade the schema in one transaction; safe to repeat and to race.

    Logs a warning if the tables are not as the migrations make them.

    Returns:
        Whether there was anything to upgrade.

    Raises:
        SchemaMismatch: if the schema is newer than this program.
        DatabaseUnavailable: if the server cannot be reached, refuses the migration, or is not fit for it.
    """
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - heavy, and seldom needed

    async with connect(url) as connection:
        await require_fit(connection, url)
        found = await schema_state(connection)
        if found is SchemaState.CURRENT:
            await _warn_of_differences(connection)
    if found is SchemaState.NEWER:
        raise _mismatch_error(found)
    with translate_errors(url):
        try:
            await run_in_transaction(url, upgrade)
        except DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            raise DatabaseUnavailable(
                f"PostgreSQL at {address(url)} refuses the migration, nothing was changed: {reason}"
            ) from error
    if found is SchemaState.OLDER:
        async with connect(url) as connection:
            await _warn_of_differences(connection)
    return found is not SchemaState.CURRENT


async def _warn_of_differences(connection: Connection) -> None:
    if found := await catalogue.differences(connection):
        log.warning(
            "the schema has this program's number, but its tables are not as the migrations make them; "
            "`dcs-mirror doctor` says what to do",
            differences=catalogue.summary(found),
        )


async def run_in_transaction(url: str, work: "Callable[[sqlalchemy.Connection], None]") -> None:
    """Run ``work`` on one connection, in one transaction, with no other migration at the same time."""
    import asyncpg  # noqa: PLC0415 - with its companion below
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415 - heavy
    from sqlalchemy.pool import NullPool  # noqa: PLC0415 - heavy

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(url, server_settings=SESSION),
        poolclass=NullPool,
    )
    async with engine.begin() as connection:
        await connection.run_sync(run_script, _PREPARE)
        await connection.run_sync(work)


def upgrade(connection: "sqlalchemy.Connection", revision: str = "head") -> None:
    """Upgrades the tables to ``revision`` and applies the views, functions and grants again."""
    from alembic import command  # noqa: PLC0415 - heavy, and seldom needed

    command.upgrade(_config(connection), revision)
    apply_downstream(connection)


def downgrade(connection: "sqlalchemy.Connection", revision: str) -> None:
    """Takes the tables back to ``revision``, and drops the views and functions, which show their columns.

    The views of that time are its program's to apply.
    """
    from alembic import command  # noqa: PLC0415 - heavy, and seldom needed

    run_script(connection, "DROP SCHEMA IF EXISTS dcs CASCADE; CREATE SCHEMA dcs")
    command.downgrade(_config(connection), revision)


def apply_downstream(connection: "sqlalchemy.Connection") -> None:
    """Apply the contract of this release: views, functions, roles and their grants."""
    for name in ("views.sql", "functions.sql"):
        run_script(connection, _read(_DOWNSTREAM / name))
    for role, folder in _ROLES.items():
        creation = _read(folder / f"{role}.role.sql")
        if _exists(connection, role) or _created(connection, role, creation):
            run_script(connection, _read(folder / f"{role}.grants.sql"))
        else:
            log.warning(
                "a role is missing and this one may not create it; "
                "run once as an administrator, then migrate again",
                missing=role,
                sql=creation.rpartition("\n\n")[2].strip().rstrip(";"),
            )


def run_script(connection: "sqlalchemy.Connection", script: str) -> None:
    """Runs a script of several statements in the connection's transaction; a blank one does nothing."""
    if not script.strip():
        return
    connection.exec_driver_sql("SELECT 1")  # begins the transaction, which the driver's own call does not
    adapted = connection.connection.dbapi_connection
    assert adapted is not None  # noqa: S101 - a connection in use has one
    adapted.run_async(lambda driver: driver.execute(script))


def _exists(connection: "sqlalchemy.Connection", role: str) -> bool:
    found = connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = $1", (role,))
    return found.first() is not None


def _created(connection: "sqlalchemy.Connection", role: str, creation: str) -> bool:
    """Create the role; return False if this role may not. Another database's migration may be first."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - heavy

    try:
        with connection.begin_nested():
            connection.exec_driver_sql(creation)
    except DBAPIError:
        return _exists(connection, role)
    return True


def _config(connection: "sqlalchemy.Connection") -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - heavy

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(scripts_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _mismatch_error(found: SchemaState) -> SchemaMismatch:
    todo = "install a newer dcs-mirror" if found is SchemaState.NEWER else "run `dcs-mirror migrate`"
    return SchemaMismatch(f"the database's schema is {found.value}: {todo}")
