"""Alembic's environment: `dcs-mirror migrate` hands over a connection in a transaction of its own.

A revision imports nothing of the package, whose code changes while the revision stays. What it needs beyond
Alembic's `op` it gets from here: `context.config.attributes["run_script"]` runs SQL of several statements in
the migration's transaction. Landed revisions call it, so it keeps its name and what it does.
"""

import asyncio
from functools import partial

from sqlalchemy import Connection

from alembic import context
from dcs_mirror import settings
from dcs_mirror.errors import SettingsError
from dcs_mirror.schema import migrate


def _run(connection: Connection) -> None:
    context.config.attributes["run_script"] = partial(migrate.run_script, connection)
    context.configure(connection=connection, version_table_schema="dcs_mirror")
    with context.begin_transaction():
        context.run_migrations()


def _run_by_hand() -> None:
    """For the `alembic` command line, which developers use."""
    url = settings.load().database_url
    if url is None:
        raise SettingsError("set DCS_DATABASE_URL to run alembic by hand; users run `dcs-mirror migrate`")
    asyncio.run(migrate.run_in_transaction(url.get_secret_value(), _run))


handed_over = context.config.attributes.get("connection")
if handed_over is None:
    _run_by_hand()
else:
    _run(handed_over)
