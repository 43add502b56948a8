"""Whether a server, a database and a role are fit for the mirror.

What every session of the mirror sets for itself is not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from dcs_mirror.database import pooler
from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import POOL_SIZE, Connection, address, open_connection
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.plain_text import counted

CONNECTIONS_NEEDED = POOL_SIZE + 2
"""The pool's, that of the run's lock, and one for a lock that is held while calls are sent."""
LEAST_CONNECTIONS = 2
"""That of the run's lock and one of the pool: with fewer, a sync cannot begin."""

# The setting of the session, not of the transaction: doctor looks in a read-only one.
_FITNESS = """
SELECT pg_catalog.current_setting('server_encoding') AS encoding,
       pg_catalog.pg_is_in_recovery() AS is_standby,
       pg_catalog.current_setting('default_transaction_read_only')::boolean AS is_read_only,
       pg_catalog.current_setting('session_replication_role') <> 'origin' AS is_replica,
       NOT r.rolsuper AND r.rolconnlimit >= 0 AS has_limit, r.rolconnlimit AS connection_limit,
       ARRAY (
           SELECT s.name
           FROM pg_catalog.unnest(ARRAY ['statement_timeout', 'lock_timeout', 'transaction_timeout',
                                         'idle_in_transaction_session_timeout', 'idle_session_timeout'])
               AS s (name)
           WHERE pg_catalog.current_setting(s.name, true) <> '0'
       ) AS time_limits,
       ARRAY (
           SELECT s.name FROM pg_catalog.pg_show_all_settings() AS s WHERE s.source = 'client'
       ) AS of_client,
       pg_catalog.quote_ident(session_user) AS role,
       pg_catalog.quote_ident(pg_catalog.current_database()) AS database
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = session_user
"""


@dataclass(frozen=True, slots=True)
class Unfit:
    """What is wrong, what to do, and whether nothing can be stored because of it."""

    found: str
    todo: str
    is_fatal: bool


@dataclass(frozen=True, slots=True)
class Fitness:
    """The facts of a session: encoding, state of the server, defaults and limits of the role.

    ``of_client`` names the settings that came with the connection, which no default of the role replaces.
    """

    encoding: str
    is_standby: bool
    is_read_only: bool
    is_replica: bool
    has_limit: bool
    connection_limit: int
    time_limits: Sequence[str]
    of_client: Sequence[str]
    role: str
    database: str


async def look(connection: Connection) -> Fitness:
    """Return the facts of a session."""
    row = await connection.fetchrow(_FITNESS)
    assert row is not None  # noqa: S101 - the session's role exists
    return Fitness(**row)


def _set(found: Fitness, name: str, value: str) -> str:
    """Return what gives a setting another value, whatever set it for the role, the database or the server."""
    if name in found.of_client:
        return f"leave {name} out of the options of DCS_DATABASE_URL and of PGOPTIONS"
    return f"`ALTER ROLE {found.role} IN DATABASE {found.database} SET {name} = {value}`"


def unfit(found: Fitness) -> list[Unfit]:
    """Return what is wrong, the worst first."""
    problems = []
    if found.encoding != "UTF8":
        problems.append(
            Unfit(
                f"the encoding of database {found.database} is {found.encoding}, which lacks characters",
                "create another one: CREATE DATABASE … ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0",
                is_fatal=True,
            )
        )
    if found.is_standby:
        problems.append(
            Unfit(
                "the server is a standby, on which nothing can be written",
                "give the address of the primary server",
                is_fatal=True,
            )
        )
    elif found.is_read_only:
        problems.append(
            Unfit(
                f"sessions of role {found.role} are read-only (default_transaction_read_only)",
                f"{_set(found, 'default_transaction_read_only', 'off')}, or use another role",
                is_fatal=True,
            )
        )
    if found.is_replica:
        problems.append(
            Unfit(
                "session_replication_role is not origin: foreign keys and triggers do nothing",
                _set(found, "session_replication_role", "origin"),
                is_fatal=False,
            )
        )
    if found.has_limit and found.connection_limit < CONNECTIONS_NEEDED:
        problems.append(
            Unfit(
                f"role {found.role} may have {counted(found.connection_limit, 'connection')}; "
                f"a sync needs up to {CONNECTIONS_NEEDED}",
                f"`ALTER ROLE {found.role} CONNECTION LIMIT {CONNECTIONS_NEEDED}`, or -1",
                is_fatal=found.connection_limit < LEAST_CONNECTIONS,
            )
        )
    if found.time_limits:
        problems.append(
            Unfit(
                f"time limits of role {found.role} may end a sync: {', '.join(found.time_limits)}",
                "; ".join(_set(found, name, "0") for name in found.time_limits),
                is_fatal=False,
            )
        )
    return problems


async def of_pool(connection: ServerConnection, url: str) -> list[Unfit]:
    """Return whether a pooler gives fewer connections than a sync may need; nothing without a pooler.

    A server refuses at once what passes a role's limit. A pool that is full lets a sync wait until it fails.
    """
    if not connection.is_pooled:
        return []
    given = await pooler.given_at_once(partial(open_connection, url), CONNECTIONS_NEEDED - 1)
    if given >= CONNECTIONS_NEEDED:
        return []
    return [
        Unfit(
            f"the pooler gives the mirror {counted(given, 'connection')} at once; "
            f"a sync needs up to {CONNECTIONS_NEEDED}",
            f"let its pool have {CONNECTIONS_NEEDED} connections for the mirror (PgBouncer: "
            "default_pool_size, or pool_size of this database), and max_client_conn more than that",
            is_fatal=True,
        )
    ]


async def require_fit(connection: Connection, url: str) -> None:
    """Raise if nothing, or not everything, can be stored here.

    Raises:
        DatabaseUnavailable: says what to do.
    """
    for problem in unfit(await look(connection)):
        if problem.is_fatal:
            raise DatabaseUnavailable(f"PostgreSQL at {address(url)}: {problem.found}; {problem.todo}")
