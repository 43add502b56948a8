"""A session in which code of other systems runs, such as the triggers of registered tables (R9)."""

from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

from dcs_mirror.database.connections import SEARCH_PATH, UNREACHABLE, Connection, describe

Answer: TypeAlias = asyncpg.PostgresError | asyncpg.PostgresWarning
"""An error that the server sent."""

ANSWERS = (asyncpg.PostgresError, asyncpg.PostgresWarning)
"""The classes of such errors. A trigger may raise any SQLSTATE: the driver takes 01000 for a warning."""

STATEMENT_SECONDS = 1800
"""How long a statement on a table of others may take: many times what a million rows need."""

# Who the session is comes first, because it decides what may be set. The view pg_settings is of no use: every
# role may lock it.
_SETTINGS = """
SELECT pg_catalog.current_setting('session_authorization') AS account,
       pg_catalog.current_setting('role') AS role,
       pg_catalog.current_setting('search_path') AS path,
       (SELECT pg_catalog.jsonb_object_agg(s.name, s.setting)::text
        FROM pg_catalog.pg_show_all_settings() AS s
        WHERE s.context IN ('user', 'superuser')) AS others
"""
_RESTORE_IDENTITY = """
SELECT pg_catalog.set_config('session_authorization', $1, false), pg_catalog.set_config('role', $2, false),
       pg_catalog.set_config('search_path', $3, false)
"""
_RESTORE_OTHERS = """
SELECT set_config(s.name, b.setting, false)
FROM pg_catalog.pg_show_all_settings() AS s
JOIN jsonb_each_text($1::text::jsonb) AS b (name, setting) ON b.name = s.name
WHERE b.setting IS DISTINCT FROM s.setting
"""
_CONFINE = """
SELECT pg_catalog.set_config('lock_timeout', $1, true), pg_catalog.set_config('search_path', $2, true),
       CASE pg_catalog.current_setting('statement_timeout')
            WHEN '0' THEN pg_catalog.set_config('statement_timeout', $3, true) END
"""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The settings of a session: the account, the role, ``search_path``, and all others as JSON."""

    account: str
    role: str
    path: str
    others: str


async def settings(connection: Connection) -> SessionSettings:
    """Return the settings that the session has now."""
    found = await connection.fetchrow(_SETTINGS)
    assert found is not None  # noqa: S101 - a SELECT without FROM returns one row
    return SessionSettings(**found)


async def restore(connection: Connection, before: SessionSettings) -> None:
    """Give the session the settings ``before`` again, whatever a trigger or a caller set since.

    Raises:
        asyncpg.PostgresError: if the session may not set what was set for it.
    """
    await connection.execute(_RESTORE_IDENTITY, before.account, before.role, before.path)
    await connection.execute(_RESTORE_OTHERS, before.others)


async def confine(connection: Connection, *, lock_seconds: float) -> None:
    """Get a transaction ready for tables of others.

    Waits at most ``lock_seconds`` for locks, and takes names from nobody's schema. No statement takes longer
    than ``STATEMENT_SECONDS``, unless the role has a limit of its own.
    """
    await connection.execute(_CONFINE, f"{lock_seconds:g}s", SEARCH_PATH, f"{STATEMENT_SECONDS}s")


async def forget_statements(connection: Connection) -> None:
    """Forget all that the session prepared: code of others may have replaced it, which no rollback undoes."""
    await connection.execute("DEALLOCATE ALL")
    await connection.reload_schema_state()


async def describe_if_alive(connection: Connection, error: Answer) -> str:
    """Describe an error that a table of another system may have raised; its savepoint was rolled back.

    Only the session tells whose error it is: a trigger can raise the same errors as a lost server. What the
    session prepared is forgotten: see :func:`forget_statements`.

    Raises:
        Exception: ``error`` itself, if the session does not answer any more.
    """
    if connection.is_closed():
        raise error
    try:
        await forget_statements(connection)
    except (*UNREACHABLE, asyncpg.PostgresError):
        raise error from None
    return describe(error)
