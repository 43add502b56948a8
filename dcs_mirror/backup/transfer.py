"""Dump the mirror's database of the embedded server into a file, and restore it from one.

A restore makes a database beside the mirror's, and takes its place when all is there: until then, and if
anything fails, the mirror is what it was.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from dcs_mirror.backup.file import (
    CHUNK_BYTES,
    FORMAT,
    BackupRefused,
    BackupWriter,
    Contents,
    Description,
    Role,
    dump_of,
    read_description,
    refuse_to_overwrite,
)
from dcs_mirror.database import connections, sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.binaries import MAJOR
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.errors import DatabaseUnavailable, SchemaMismatch
from dcs_mirror.schema import migrate
from dcs_mirror.store import restored
from dcs_mirror.version import __version__

DATABASE = "dcs_mirror"
_NEW = "dcs_mirror_restoring"

_SQL = Path(__file__).parent / "sql"
_CONTENTS = sql.load(_SQL / "contents.sql")
_USED_TABLES = sql.load(_SQL / "used_tables.sql")
_CREATE_ROLE = sql.load(_SQL / "create_role.sql")
_GRANT_ROLE = sql.load(_SQL / "grant_role.sql")
_OTHER_SESSIONS = sql.load(_SQL / "other_sessions.sql")

_TABLES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and the epoch that began with it."""

    description: Description
    epoch: UUID


async def dump(server: EmbeddedServer, path: Path, *, now: datetime) -> Description:
    """Write everything in the mirror's database, as of one instant, to a new file.

    Args:
        server: running.
        now: the instant that the file names.

    Raises:
        BackupRefused: if there is such a file, or it cannot be made.
        BackupFailed: if it cannot be written to its end.
        SchemaMismatch: if there is no mirror.
        DatabaseUnavailable: if the server or pg_dump fails. No file stays.
    """
    refuse_to_overwrite(path)
    url = server.url(DATABASE)
    async with (
        connections.connect(url) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if await migrate.schema_state(connection) is migrate.SchemaState.EMPTY:
            raise SchemaMismatch("there is no mirror to back up yet: run `dcs-mirror sync`")
        row = await connection.fetchrow(*_CONTENTS.bind({}))
        assert row is not None  # noqa: S101 - it has no condition
        roles = msgspec.json.decode(row["roles"], type=list[Role])
        contents = Contents(**{**row, "roles": roles})
        snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        with BackupWriter.open(path) as file:
            arguments = ("--format=custom", f"--snapshot={snapshot}", f"--dbname={url}")
            async with server.open_program("pg_dump", *arguments) as program:
                assert program.process.stdout is not None  # noqa: S101 - it is a pipe
                while data := await program.process.stdout.read(CHUNK_BYTES):
                    file.write(data)
                await program.finish()
            description = Description("dcs-mirror", FORMAT, __version__, MAJOR, now, contents, file.digest)
            file.finish(description)
    return description


async def restore(server: EmbeddedServer, path: Path, *, replace: bool, now: datetime) -> Restored:
    """Put a backup in the place of the mirror's database, and begin an epoch in it.

    The roles that its rights name are made if they are missing, and its schema is brought up to date.

    Args:
        server: it is started, and set up if it is new, when the file was found to be right.
        replace: whether a mirror that holds something may be replaced.
        now: the instant at which the epoch counts as begun.

    Raises:
        BackupRefused: if the file is not a whole backup, or the mirror holds something and is not to be
            replaced, or is in use.
        DatabaseUnavailable: if the server or pg_restore fails. The mirror is what it was.
    """
    description = read_description(path)
    if description.contents.revision not in migrate.revisions() or description.server_major > MAJOR:
        raise BackupRefused(
            f"{path} was made by the newer release {description.version} of dcs-mirror: upgrade first"
        )
    server.start()
    server.ensure_database(DATABASE)
    if not replace:
        await _refuse_if_used(server.url(DATABASE))
    async with connections.connect(server.url("postgres")) as admin:
        await _refuse_if_in_use(admin)
        async with _new_database(admin):
            await _make_roles(admin, description.contents.roles)
            url = server.url(_NEW)
            async with server.open_program(
                "pg_restore", "--single-transaction", "--exit-on-error", f"--dbname={url}"
            ) as program:
                await program.feed(dump_of(path))
                await program.finish()
            await migrate.migrate(url)
            async with migrate.connect_to_mirror(url) as connection:
                epoch = await restored.begin_epoch(connection, now=now)
            await _take_its_place(admin)
    return Restored(description, epoch)


async def _refuse_if_used(url: str) -> None:
    async with connections.connect(url) as connection:
        used = [row["name"] for row in await connection.fetch(*_USED_TABLES.bind({}))]
    if used:
        more = f" and {len(used) - _TABLES_SHOWN} others" if len(used) > _TABLES_SHOWN else ""
        raise BackupRefused(
            f"the database {DATABASE} is not empty ({', '.join(used[:_TABLES_SHOWN])}{more}). "
            "Back it up with `dcs-mirror db dump`, then restore with --replace"
        )


async def _refuse_if_in_use(admin: Connection) -> None:
    pids = [row["pid"] for row in await admin.fetch(*_OTHER_SESSIONS.bind({"database_name": DATABASE}))]
    if pids:
        raise BackupRefused(
            f"the database {DATABASE} is in use by {len(pids)} sessions (pid {', '.join(map(str, pids))}): "
            "end them, and run this again"
        )


@asynccontextmanager
async def _new_database(admin: Connection) -> AsyncIterator[None]:
    """Make the database to restore into; remove it in the end, unless it took the mirror's place."""
    await admin.execute("DROP DATABASE IF EXISTS dcs_mirror_restoring WITH (FORCE)")
    await admin.execute("CREATE DATABASE dcs_mirror_restoring TEMPLATE template0")
    try:
        yield
    finally:
        await admin.execute("DROP DATABASE IF EXISTS dcs_mirror_restoring WITH (FORCE)")


async def _make_roles(admin: Connection, roles: list[Role]) -> None:
    for role in roles:
        values = {"role_name": role.name, "may_log_in": role.login}
        if statement := await admin.fetchval(*_CREATE_ROLE.bind(values)):
            await admin.execute(statement)
    for role in roles:
        for group in role.member_of:
            values = {"role_name": role.name, "member_of": group}
            if statement := await admin.fetchval(*_GRANT_ROLE.bind(values)):
                await admin.execute(statement)


async def _take_its_place(admin: Connection) -> None:
    """Rename the restored database to the mirror's, and drop the former one."""
    await admin.execute("DROP DATABASE IF EXISTS dcs_mirror_replaced WITH (FORCE)")
    try:
        async with admin.transaction():
            await admin.execute("ALTER DATABASE dcs_mirror RENAME TO dcs_mirror_replaced")
            await admin.execute("ALTER DATABASE dcs_mirror_restoring RENAME TO dcs_mirror")
    except asyncpg.ObjectInUseError:
        await _refuse_if_in_use(admin)
        raise DatabaseUnavailable(
            f"somebody uses the database {DATABASE}: nothing was changed, run this again"
        ) from None
    await admin.execute("DROP DATABASE dcs_mirror_replaced WITH (FORCE)")
