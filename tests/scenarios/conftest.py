"""One mirror for the scenarios of a session, emptied before each one: that is faster than making one."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection
from tests.support.sessions import execute

_TABLES = """
SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
WHERE schemaname = $1 AND tablename NOT IN ('alembic_version', 'feed_state')
"""


@pytest.fixture(scope="session")
def scenario_database(server_url: str, template: str) -> Iterator[str]:
    """The address of a migrated mirror."""
    name = f"dcs_test_{os.getpid()}_scenarios"
    asyncio.run(execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def mirror(scenario_database: str) -> AsyncIterator[Connection]:
    """A connection to an empty mirror, without downstream tables."""
    settings = {"timezone": "UTC", "jit": "off"}
    opened = await asyncpg.connect(
        scenario_database, server_settings=settings, connection_class=ServerConnection
    )
    await opened.execute(f"TRUNCATE {await opened.fetchval(_TABLES, 'dcs_mirror')} RESTART IDENTITY CASCADE")
    if given := await opened.fetchval(_TABLES, "public"):
        await opened.execute(f"DROP TABLE {given}")
    yield opened
    await opened.close()
