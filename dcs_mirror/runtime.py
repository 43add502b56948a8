"""What the use cases share: opened once at a door (a command, a test, a service) and handed to them."""

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import anyio

from dcs_mirror.clock import Clock, ReadingOrder
from dcs_mirror.database import connections
from dcs_mirror.database.connections import Connection, Pool
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.database.waiting import Waits
from dcs_mirror.schema import migrate, rights
from dcs_mirror.settings import Settings
from dcs_mirror.store import restored
from dcs_mirror.store.patience import Patience
from dcs_mirror.store.runs import RunLocks, hold_run_locks
from dcs_mirror.upstream.client import DcsClient

_DATABASE_TIME = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint"


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings, clock, database and DCS client of one program.

    If the DCS ends one run (:class:`~dcs_mirror.errors.RunEnded`), it ends all runs of the runtime.

    Attributes:
        url: the database's address, ``postgresql://…``.
        pool: its connections, for work that must not be repeated.
        database: the same connections, for work that is repeated if the server goes away.
        order: orders readings by the clock of the database (C5).
        run_locks: the locks of the runs that are under way, on a connection of their own.
        client: the DCS, with one limit of requests in flight for all users of the runtime.
        apply_limit: how many institutions may be applied at once.
        patience: what it remembers of registered tables that were not free.
    """

    settings: Settings
    clock: Clock
    url: str
    pool: Pool
    database: RetryingPool
    order: ReadingOrder
    run_locks: RunLocks
    client: DcsClient
    apply_limit: anyio.CapacityLimiter
    patience: Patience

    def connect(self) -> AbstractAsyncContextManager[Connection]:
        """Open a connection apart from the pool: for locks that are held while calls are sent."""
        return connections.connect(self.url)

    async def current_epoch(self) -> UUID:
        """Return the database's epoch; begin a new one if it was restored without a word (A1, R2)."""
        return await self.database(partial(restored.current_epoch, now=self.clock.now()))

    async def align_order(self) -> None:
        """Look at the clock of the database again: this machine may have slept, or the server be another."""

        async def look(connection: Connection) -> None:
            await _align(self.order, connection)

        await self.database(look)


@asynccontextmanager
async def open_runtime(
    settings: Settings, url: str, *, create_schema: bool = False, needs_dcs: bool = True
) -> AsyncIterator[Runtime]:
    """Connect to the database at ``url`` and get the DCS client ready; the DCS is not called yet.

    Args:
        create_schema: whether to create the schema if the database is empty.
        needs_dcs: whether credentials must be set. If they are not, the client cannot be used.

    Raises:
        CredentialsMissing: if they must be set and are not.
        DatabaseUnavailable: if the database cannot be reached.
        SchemaMismatch: if its schema is not this program's.
    """
    if needs_dcs:
        settings.credentials()
    clock, order = settings.clock(), ReadingOrder()
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(connections.create_pool(url))

        async def look(connection: Connection) -> bool:
            await rights.require_access(connection)
            is_empty = await migrate.schema_state(connection) is migrate.SchemaState.EMPTY
            if not (is_empty and create_schema):
                await migrate.require_current(connection)
            await _align(order, connection)
            return is_empty

        waits = Waits(url)
        async with pool.acquire() as connection:
            is_empty = await waits.watch(connection, look)
        if is_empty:
            await migrate.migrate(url, settings.role_prefix)
        client = DcsClient(settings, clock, order)
        if settings.api_username:  # an empty file of a secret counts as not set
            await stack.enter_async_context(client)
        run_locks = await stack.enter_async_context(hold_run_locks(url))
        apply_limit = anyio.CapacityLimiter(connections.MAX_APPLIES)
        database = RetryingPool(pool, waits)
        yield Runtime(settings, clock, url, pool, database, order, run_locks, client, apply_limit, Patience())


async def _align(order: ReadingOrder, connection: Connection) -> None:
    asked_at = time.monotonic_ns()
    database_time = await connection.fetchval(_DATABASE_TIME)
    order.align(database_time, asked_at=asked_at, answered_at=time.monotonic_ns())
