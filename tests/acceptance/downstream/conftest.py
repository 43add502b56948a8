"""The world of the guide for downstream systems."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from dcs_mirror.sandbox import build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.acceptance.downstream.guide import MAY, PASSWORD, ROLES, Downstream, as_role, blocks
from tests.support.command import command_line


@pytest.fixture
async def downstream(template: str, empty_database: str, tmp_path: Path) -> AsyncIterator[Downstream]:
    """The README's world after a sync in May, and roles with no rights but those that the guide grants."""
    admin = await asyncpg.connect(empty_database)
    name = await admin.fetchval("SELECT quote_ident(current_database())")
    for role in ROLES.values():
        await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    try:
        await admin.execute(f"GRANT CREATE ON DATABASE {name} TO {ROLES['dcs_sync']}")
        url = as_role(empty_database, ROLES["dcs_sync"])
        await migrate.migrate(url)
        (get_in,) = blocks("Get access")
        await admin.execute(get_in)
        lists = await asyncpg.connect(as_role(empty_database, ROLES["reading_lists"]))
        try:
            async with running_sandbox(build_world()) as sandbox:
                command = command_line(tmp_path, sandbox, url)
                world = Downstream(sandbox, url, admin, lists, command)
                await world.night(MAY)
                yield world
        finally:
            await lists.close()
    finally:
        for role in ROLES.values():
            await admin.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
        await admin.close()
