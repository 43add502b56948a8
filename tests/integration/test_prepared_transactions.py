"""A prepared transaction that is left behind is named wherever it holds something up."""

import asyncio

import asyncpg
import pytest

from dcs_mirror.database import blockers, locks
from dcs_mirror.database.connections import Connection, connect, create_pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.downstream import targets
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.errors import LockNotFree
from dcs_mirror.reconcile.proof import prove
from dcs_mirror.schema import migrate
from dcs_mirror.store import patience
from tests.support.readings import HEI, NEXT, START, apply_reading, item, reading

NAME = "public.readings.request_id"
HELD = "the prepared transaction 'left' of role postgres (since "


@pytest.fixture
async def url(own_server: EmbeddedServer) -> str:
    """The address of a mirror with a registered table; a transaction may be prepared on its server."""
    await asyncio.to_thread(own_server.stop)
    with (own_server._cluster / "postgresql.auto.conf").open("a") as settings:
        settings.write("max_prepared_transactions = 5\n")
    await asyncio.to_thread(own_server.start)
    await migrate.migrate(own_server.url())
    async with connect(own_server.url()) as session:
        await apply_reading(session, reading({"A": [item(10, 5), item(11)]}))
        await session.execute(
            "CREATE TABLE public.readings (request_id bigint); INSERT INTO public.readings VALUES (10)"
        )
        await targets.add(session, "readings", "request_id", now=START)
    return own_server.url()


async def leave(url: str, statement: str) -> None:
    """Prepare a transaction that did this, and go away."""
    session = await asyncpg.connect(url)
    await session.execute(f"BEGIN; {statement}; PREPARE TRANSACTION 'left'")
    await session.close()


async def waits(session: Connection, statement: str) -> None:
    with pytest.raises(asyncpg.LockNotAvailableError):
        await session.execute(f"BEGIN; SET LOCAL lock_timeout = '1s'; {statement}")
    await session.execute("ROLLBACK")


async def test_a_prepared_transaction_that_is_left_behind_is_named(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(locks, "ATTEMPT_SECONDS", 0.1)
    monkeypatch.setattr(patience, "FIRST_SECONDS", 1)
    june = reading({"A": [item(20, 10), item(21, 11)]}, year=NEXT, night=1)
    async with connect(url) as session, connect(url) as other, create_pool(url) as pool:
        # Rows of a registered table, then the table: the column has failed, and the night goes on.
        await leave(url, "SELECT FROM public.readings FOR UPDATE")
        outcome = await apply_reading(session, june)
        assert (outcome.outcome, HELD in str(outcome.error)) == ("partial", True)
        await session.execute("ROLLBACK PREPARED 'left'")
        await leave(url, "LOCK TABLE public.readings")
        assert HELD in (await prove(RetryingPool(pool), None, now=START))[HEI][NAME]
        waiting = asyncio.create_task(waits(session, "LOCK TABLE public.readings"))
        while not (found := await blockers.blocking(other, session.get_server_pid())):
            assert not waiting.done()
        assert blockers.described(found).startswith(HELD)
        await waiting
        await session.execute("ROLLBACK PREPARED 'left'")
        assert not any((await prove(RetryingPool(pool), None, now=START)).values())
        # A row that only the mirror's roles can lock.
        await leave(url, "SELECT FROM dcs_mirror.lock WHERE name = 'institution' FOR UPDATE")
        with pytest.raises(LockNotFree, match=r"It is held by the prepared transaction 'left' of role"):
            async with session.transaction():
                await locks.lock_row(session, locks.INSTITUTION, HEI)
        await session.execute("ROLLBACK PREPARED 'left'")
