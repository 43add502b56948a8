"""The index that words of titles are found by, which is made only if it is asked for, because of its cost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import asyncpg
import structlog

from dcs_mirror.database import blockers, sql
from dcs_mirror.database.blockers import Holder, described
from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection, address, connect, describe
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.schema import migrate, rights

_SQL = Path(__file__).parent / "sql"
_STATE = sql.load(_SQL / "search_state.sql")
_CREATE = sql.load(_SQL / "search_index.sql")
_DROP = "DROP INDEX CONCURRENTLY dcs_mirror.content_item_words"
_TRY_LOCK = migrate.LOCK + " NOWAIT"
_ANALYZE = "ANALYZE dcs_mirror.content_item"
_DEFINITION = (
    "CREATE INDEX content_item_words ON dcs_mirror.content_item USING gin "
    "(dcs_mirror.title_words(hei_id, title, subtitle, extract_title))"
)
# To build an index takes as long as it takes, and meanwhile the session with the lock is idle.
_NO_LIMITS = (
    "SET statement_timeout = 0",
    "SET lock_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
)
_WATCH_SECONDS = 2.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """The index as it is.

    Attributes:
        definition: the statement that would make it.
        is_valid: false while it is built, and if that was interrupted.
        bytes: its size.
    """

    definition: str
    is_valid: bool
    bytes: int

    @property
    def is_ready(self) -> bool:
        """Whether searches can use it; its storage parameters may be anybody's."""
        return self.is_valid and self.definition.startswith(_DEFINITION)

    @property
    def megabytes(self) -> str:
        """Its size, for people."""
        return f"{self.bytes / 1e6:,.1f} MB"


async def look(connection: Connection) -> SearchIndex | None:
    """Return the index; None if there is none."""
    row = await connection.fetchrow(_STATE.text)
    return None if row is None else SearchIndex(**row)


async def arrange(url: str, *, wanted: bool | None) -> SearchIndex | None:
    """Make the index or drop it, if that has to be done, without keeping syncs or readers waiting.

    One that is not valid or is not this release's is dropped and built again.

    Args:
        url: a migrated mirror.
        wanted: whether it is to be there; None keeps it if it is there, but leaves it to another program that
            is building it.

    Returns:
        The index as it is then.

    Raises:
        DatabaseUnavailable: if the account does not own the mirror, or the server refuses; says what to do.
    """
    async with connect(url) as connection:
        found = await look(connection)
        if _is_as(wanted, found):
            return found
        await rights.require_owner(connection, "the index for searches")
        await _without_limits(connection)
        async with _only_migration(url, waits=wanted is not None) as is_alone:
            found = await look(connection)
            if not is_alone:
                log.info("another program is building the index for searches")
            elif not _is_as(wanted, found):
                await _work(connection, url, drop=found is not None, create=wanted is not False)
        return await look(connection)


def _is_as(wanted: bool | None, found: SearchIndex | None) -> bool:
    """Whether there is nothing to do."""
    if found is None:
        return not wanted
    return found.is_ready and wanted is not False


async def _work(connection: ServerConnection, url: str, *, drop: bool, create: bool) -> None:
    async with _telling_who_is_in_the_way(url, connection):
        try:
            if drop:
                await connection.execute(_DROP)
            if create:
                log.info("building the index for searches; syncs and readers go on meanwhile")
                await connection.execute(_CREATE.text)
                await connection.execute(_ANALYZE)
        except asyncpg.PostgresError as error:
            raise DatabaseUnavailable(
                f"PostgreSQL at {address(url)}: the index for searches is not "
                f"{'finished' if create else 'dropped'}: {describe(error)}. Everything else is done: migrate "
                "again when that is mended" + (", or --without-search" if create else "")
            ) from error


async def _without_limits(connection: Connection) -> None:
    for statement in _NO_LIMITS:
        await connection.execute(statement)


@asynccontextmanager
async def _only_migration(url: str, *, waits: bool) -> AsyncIterator[bool]:
    """Keep other migrations out; yield False if there is one and this one does not wait."""
    async with connect(url) as connection:
        await _without_limits(connection)
        is_told = False
        while True:
            async with connection.transaction():
                is_alone = await _is_alone(connection)
                if is_alone or not waits:
                    yield is_alone
                    return
            if not is_told:
                log.info("waiting for another migration")
                is_told = True
            await anyio.sleep(_WATCH_SECONDS)


async def _is_alone(connection: Connection) -> bool:
    """Lock other migrations out if there is none.

    To wait for the lock would be a deadlock: building an index waits for whoever keeps a snapshot meanwhile.
    """
    try:
        async with connection.transaction():
            await connection.execute(_TRY_LOCK)
    except asyncpg.LockNotAvailableError:
        return False
    return True


@asynccontextmanager
async def _telling_who_is_in_the_way(url: str, connection: ServerConnection) -> AsyncIterator[None]:
    """Warn of the sessions that ``connection`` waits for."""
    watching = asyncio.create_task(_watch(url, connection.pid))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def _watch(url: str, pid: int) -> None:
    told: list[Holder] = []
    await anyio.sleep(_WATCH_SECONDS)
    async with connect(url) as connection:
        while True:
            found = await blockers.blocking(connection, pid)
            if found and found != told:
                log.warning("waiting for others who use the tables", in_the_way=described(found))
                told = found
            await anyio.sleep(_WATCH_SECONDS)
