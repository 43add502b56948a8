"""Checks of the database and of the mirror in it, in a read-only session."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import anyio.to_thread
import asyncpg

from dcs_mirror.database import connections, fitness, sql
from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection
from dcs_mirror.doctor import assess, notifications, roles, search, workers
from dcs_mirror.doctor.finding import Finding, ok, problem, warning, with_unchecked
from dcs_mirror.doctor.notifications import Told
from dcs_mirror.embedded.locate import NoDatabase, existing_url, unusable
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.plain_text import shown_path
from dcs_mirror.schema import catalogue, membership, migrate, rights, role_names
from dcs_mirror.schema import search as search_index
from dcs_mirror.schema.membership import remedy
from dcs_mirror.schema.role_names import DEFAULT_PREFIX, RoleNames
from dcs_mirror.settings import Settings
from dcs_mirror.store import column_rights, table_code
from dcs_mirror.store.unseen import UNSEEN, unseen_requests

_OTHER_SCHEMA = "not checked on this schema"
_SQL = Path(__file__).parent / "sql"

T = TypeVar("T")

STORED_CHECKS = (
    "dcs_reader",
    "dcs_mirror_writer",
    "dcs_requester",
    "dcs_web",
    "privileges",
    search.CHECK,
    "registered columns",
    "look-ups",
    "submitted requests",
    "outcomes",
    "quarantine",
    "freshness",
    "runs",
    workers.CHECK,
)
CHECKS = ("database", "schema", *STORED_CHECKS)


async def check(settings: Settings) -> list[Finding]:
    """Check the database that the settings name and the mirror in it; never write."""
    told = notifications.read(settings)
    findings: list[Finding] = []
    because = "not checked without the database"
    try:
        url = await _database_url(settings, findings)
        if url is not None:
            async with (
                connections.connect(url) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                findings.append(await _server(connection, settings, url))
                findings += assess.fit(fitness.unfit(await fitness.look(connection)))
                findings += assess.fit(await fitness.of_pool(connection, url))
                usual = RoleNames.with_prefix(settings.role_prefix or DEFAULT_PREFIX).writer
                writer = await rights.writer_role(connection) or usual
                because = await _check_mirror(
                    connection,
                    findings,
                    writer,
                    told,
                    now=settings.clock().now(),
                    asks=bool(settings.api_username),
                )
    except DatabaseUnavailable as error:
        todo = "check whether DCS_DATABASE_URL and the server are right"
        if isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
            todo = "as an administrator: `GRANT CONNECT ON DATABASE … TO …`, to the role of DCS_DATABASE_URL"
            if "to set role" in str(error):
                todo = "leave the role out of the options of DCS_DATABASE_URL and of PGOPTIONS, or grant it"
        findings.append(problem("database", str(error), todo))
    also = (notifications.CHECK,) if told.recipients else ()
    return [*with_unchecked(findings, CHECKS + also, because), *told.findings]


async def _database_url(settings: Settings, findings: list[Finding]) -> str | None:
    """The database's URL; None, with a finding, if it is an embedded server that was never set up."""
    try:
        return await anyio.to_thread.run_sync(existing_url, settings)
    except NoDatabase:
        if why := unusable(settings.data_dir):
            todo = "set DCS_DATABASE_URL, or DCS_DATA_DIR to a folder that this user may write"
            findings.append(problem("database", f"no embedded server can be made: {why}", todo))
            return None
        findings.append(
            warning(
                "database",
                "DCS_DATABASE_URL is not set, and there is no embedded server in "
                f"{shown_path(settings.data_dir)} yet",
                "run `dcs-mirror sync`, which sets it up, or set DCS_DATABASE_URL",
            )
        )
        return None


async def _server(connection: ServerConnection, settings: Settings, url: str) -> Finding:
    version = await connection.fetchval("SHOW server_version")
    if settings.database_url is None:
        return ok("database", f"PostgreSQL {version} (embedded, in {shown_path(settings.data_dir)})")
    pooled = ", behind a pooler" if connection.is_pooled else ""
    place = f"PostgreSQL {version} ({connections.address(url)}{pooled})"
    return assess.encryption(place, connection.tls, is_local=connection.is_local)


async def _check_mirror(
    connection: Connection,
    findings: list[Finding],
    writer: str,
    told: Told,
    *,
    now: datetime,
    asks: bool,
) -> str:
    """Add the findings that can be made; return why the remaining checks cannot be made.

    ``writer`` is the role of writers, ``told`` says who gets notifications; ``asks`` says that
    credentials of the DCS are set.
    """
    role = await connection.fetchval("SELECT quote_ident(current_user)")
    try:
        await rights.require_no_strangers(connection)
    except DatabaseUnavailable as error:
        findings.append(problem("schema", *_told_apart(error)))
        return "not checked beside tables of another role"
    try:
        async with connection.transaction():  # further questions follow a refusal
            schema = await migrate.schema_state(connection)
    except asyncpg.InsufficientPrivilegeError as error:
        todo = remedy(await membership.look(connection, writer))
        findings.append(problem("schema", f"role {role}: {connections.first_line(error)}", todo))
        return "not checked without access to the schema"
    if schema is migrate.SchemaState.EMPTY:
        findings.append(await _before_the_first_migration(connection))
        return _OTHER_SCHEMA
    if schema is not migrate.SchemaState.CURRENT:
        findings.append(assess.schema(schema))
        return _OTHER_SCHEMA
    differences = await catalogue.differences(connection)
    findings.append(assess.schema(schema, differences))
    try:
        because = await _look_at_the_mirror(connection, findings, writer, now=now, asks=asks)
        if told.recipients and not because:
            findings.append(await notifications.check(connection, told))
    except (asyncpg.UndefinedColumnError, asyncpg.UndefinedTableError) as error:
        if not differences:  # of the tables: a view or a function is not there
            todo = "run `dcs-mirror migrate`, which makes the views and functions again"
            findings.append(problem("schema", connections.describe(error), todo))
        return _OTHER_SCHEMA
    return because


async def _before_the_first_migration(connection: Connection) -> Finding:
    """Whether the first sync may create the schema."""
    try:
        await rights.require_creator(connection)
    except DatabaseUnavailable as error:
        return problem("schema", *_told_apart(error))
    return assess.schema(migrate.SchemaState.EMPTY)


def _told_apart(error: DatabaseUnavailable) -> tuple[str, str]:
    """Return what is wrong, which is the first sentence of the message, and what to do."""
    found, _, todo = str(error).partition(". ")
    return found, todo[:1].lower() + todo[1:]


async def _look_at_the_mirror(
    connection: Connection, findings: list[Finding], writer: str, *, now: datetime, asks: bool
) -> str:
    """Add the findings that need this release's schema; return why the rest cannot be checked."""
    findings += roles.assess(
        [await _whole(connection, role) for role in await _rows(connection, "roles", roles.Role)]
    )
    findings += roles.of_everyone(await rights.of_everyone(connection))
    (privileges,) = await _rows(connection, "privileges", roles.Privileges)
    findings.append(await _privileges(connection, privileges, writer, asks=asks))
    if not privileges.may_read:
        return "not checked without the right to read the mirror"
    findings.append(search.assess(await search_index.look(connection)))
    findings += assess.columns(await _columns(connection))
    institutions = await _rows(connection, "institutions", assess.InstitutionState)
    findings.append(assess.lookups(institutions))
    findings += assess.unseen(await unseen_requests(connection, accepted_before=now - UNSEEN))
    findings += assess.outcomes(institutions)
    (quarantine,) = await _rows(connection, "quarantine", assess.Quarantine)
    findings.append(assess.quarantine(quarantine))
    findings.append(assess.freshness(institutions, now=now))
    findings.append(assess.runs(await _rows(connection, "runs", assess.UnfinishedRun), now=now))
    (found,) = await _rows(connection, "workers", workers.Workers)
    findings += workers.assess(found, now=now)
    return ""


async def _whole(connection: Connection, role: roles.Role) -> roles.Role:
    """Complete what a role lacks, and what it has that it should not.

    Those who serve have rights of their own in private tables.
    """
    if not role.is_there:
        return role
    try:
        async with connection.transaction():  # further questions follow a refusal
            exceeds = await rights.exceeding(connection, role.purpose, role.name)
    except asyncpg.InsufficientPrivilegeError:
        return role
    lacks = await _lacking(connection, role.purpose, role.name) if role.purpose == "web" else None
    return replace(role, lacks=role.lacks if lacks is None else lacks, exceeds=exceeds)


async def _privileges(connection: Connection, found: roles.Privileges, writer: str, *, asks: bool) -> Finding:
    """Whether the connected role may do what it is for: to sync, or only to serve."""
    as_writer = await membership.look(connection, writer)
    as_web = await membership.look(connection, (await role_names.recorded(connection)).web)
    if not found.lacks or as_writer.is_member or not as_web.is_member:
        return roles.privileges(found, as_writer)
    lacks = await _lacking(connection, "web", None)
    if lacks is None:
        lacks = ["SELECT on dcs_mirror.applied"]
    return roles.service_privileges(found, lacks, as_web, asks=asks)


async def _lacking(connection: Connection, purpose: str, role: str | None) -> list[str] | None:
    """Which rights of one of the mirror's roles a role lacks; None if the connected one may not see that."""
    try:
        async with connection.transaction():  # further questions follow a refusal
            return await rights.lacking(connection, purpose, role)
    except asyncpg.InsufficientPrivilegeError:
        return None


async def _columns(connection: Connection) -> list[assess.Column]:
    """The registered columns, each with what speaks against its table as it is."""
    columns = []
    for row in await connection.fetch(sql.load(_SQL / "columns.sql").text):
        registered = table_code.Registered.of(row)
        refused = table_code.objection(registered, await table_code.look(connection, registered))
        lacks = await column_rights.lacking(
            connection, row["table_schema"], row["table_name"], row["column_name"], row["hei_column"]
        )
        seen = {name: row[name] for name in ("name", "is_there", "error")}
        columns.append(assess.Column(**seen, refused=refused, lacks=lacks))
    return columns


async def _rows(connection: Connection, name: str, kind: Callable[..., T]) -> list[T]:
    """The rows of ``sql/name.sql``, each as a ``kind``, whose fields are in the order of the columns."""
    return [kind(*row) for row in await connection.fetch(sql.load(_SQL / f"{name}.sql").text)]
