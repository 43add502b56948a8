"""A registered table that another role owns, and all that reads or writes it (R9)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncpg

from dcs_mirror.database.connections import Connection, connect, create_pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.downstream import targets
from dcs_mirror.reconcile.proof import Unproven, prove
from dcs_mirror.reconcile.stored import rehearse
from tests.support.readings import HEI, NEXT, START, apply_reading, item, reading
from tests.support.roles import entered_as, login_role

NAME = "lists.reading.request_id"


@dataclass(frozen=True)
class World:
    """A mirror that an ordinary role keeps, and a registered table that another role owns.

    Attributes:
        admin: a superuser.
        owner: the owner of the table.
        mirror: the role that syncs.
        url: the database, entered as that role.
        superuser_url: the same, entered as a superuser.
    """

    admin: Connection
    owner: Connection
    mirror: str
    url: str
    superuser_url: str

    async def ran(self) -> int:
        """How often the owner's function ran; a sequence keeps what is rolled back."""
        times: int = await self.admin.fetchval(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM lists.ran"
        )
        return times

    async def ids(self) -> list[str]:
        rows = await self.admin.fetch("SELECT request_id::text FROM lists.reading ORDER BY n")
        return [row[0] for row in rows]


@asynccontextmanager
async def owned_table(connection: Connection, database: str) -> AsyncIterator[World]:
    await apply_reading(connection, reading({"A": [item(10, 5), item(11)]}))
    async with AsyncExitStack() as stack:
        owner = await stack.enter_async_context(login_role(connection, "dcs_lists"))
        mirror = await stack.enter_async_context(login_role(connection, "dcs_sync"))
        await connection.execute(
            f"GRANT dcs_mirror_writer TO {mirror}; CREATE SCHEMA lists AUTHORIZATION {owner};"
            "GRANT CREATE ON SCHEMA public TO PUBLIC"
        )
        session = await asyncpg.connect(entered_as(database, owner))
        stack.push_async_callback(session.close)
        await session.execute(
            # Without autovacuum, which calls functions of types and indexes, too, as the owner.
            "CREATE TABLE lists.reading (n serial, request_id bigint, note text)"
            " WITH (autovacuum_enabled = false);"
            "INSERT INTO lists.reading (request_id) VALUES (10), (11), (999);"
            "CREATE SEQUENCE lists.ran;"
            "CREATE FUNCTION lists.run() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('lists.ran') $$;"
            "CREATE FUNCTION lists.same(x bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS"
            " $$ BEGIN PERFORM lists.run(); RETURN x; END $$;"
            "CREATE FUNCTION lists.react() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM lists.run(); RETURN new; END $$;"
            f"GRANT USAGE ON SCHEMA lists TO {mirror};"
            f"GRANT SELECT (request_id), UPDATE (request_id) ON lists.reading TO {mirror};"
        )
        await connection.execute("GRANT USAGE ON SCHEMA lists TO PUBLIC; GRANT ALL ON lists.ran TO PUBLIC")
        yield World(connection, session, mirror, entered_as(database, mirror), database)


async def register(url: str, table: str = "lists.reading") -> targets.Target:
    async with connect(url) as session:
        return await targets.add(session, table, "request_id", now=START)


async def june(url: str) -> tuple[str, str]:
    """Roll the institution over as a role; return its outcome and error."""
    async with connect(url) as session:
        what = reading({"A": [item(20, 10), item(21, 11)]}, year=NEXT, night=1)
        outcome = await apply_reading(session, what)
        return outcome.outcome, outcome.error or ""


async def look(url: str) -> Unproven:
    async with create_pool(url) as pool:
        found = await prove(RetryingPool(pool), None, now=START)
    return {hei_id: columns for hei_id, columns in found.items() if columns}


async def everything(url: str) -> list[str]:
    """Do all that reads or writes the table; return what each of them said against it."""
    async with connect(url) as session:
        (rehearsed,) = (await rehearse(session, HEI, now=START)).columns
        (listed,) = await targets.listed(session)
    before = (await look(url)).get(HEI, {}).get(NAME)
    _, error = await june(url)
    return [str(rehearsed.error), str(listed["refused"]), str(before), error]
