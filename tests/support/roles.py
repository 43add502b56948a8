"""Login roles on the server of the tests, and addresses that enter a database as one of them."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit, urlunsplit

from dcs_mirror.database.connections import Connection

PASSWORD = "for-this-test"
QUOTE = '"'


def entered_as(url: str, role: str) -> str:
    """The same database, entered by another role, whose name is as in SQL."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role.strip(QUOTE))}:{quote(PASSWORD)}@{place}"))


def statements_in(todo: str) -> str:
    """Return the SQL that a remedy has in backticks, to be run as it is."""
    return "; ".join(re.findall(r"`([^`]+)`", todo))


@asynccontextmanager
async def login_role(admin: Connection, name: str, attributes: str = "") -> AsyncIterator[str]:
    """A role of this process's own, which may nothing but log in; its name as in SQL, quoted if necessary."""
    role = await admin.fetchval("SELECT quote_ident($1)", f"{name}_{os.getpid()}")
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' {attributes}")
    try:
        yield role
    finally:
        await admin.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
