"""The PostgreSQL of a run: one server with its default settings, a fresh mirror for each repetition."""

import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import urlsplit, urlunsplit

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.schema import migrate

GIVEN = "DCS_TEST_DATABASE_URL"
"""The variable that names a server to measure on, by the address of its maintenance database."""


class Server:
    """A server at ``url``, and the databases that a run makes on it; ``async with`` removes them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._name = f"dcs_bench_{os.getpid()}"
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        await self._execute(f"CREATE DATABASE {self._name}")
        await migrate.migrate(self._at(self._name))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._execute(f"DROP DATABASE {self._name} WITH (FORCE)")

    def mirror(self) -> AbstractAsyncContextManager[str]:
        """The address of a migrated, empty mirror, gone after the block."""
        return self._made_of(self._name)

    def empty(self) -> AbstractAsyncContextManager[str]:
        """The address of a database with nothing in it, gone after the block."""
        return self._made_of("template1")

    @asynccontextmanager
    async def _made_of(self, template: str) -> AsyncIterator[str]:
        name = f"{self._name}_{next(self._numbers)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._at(name)
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def version(self) -> str:
        """The server's version, as it tells it."""
        async with connect(self.url) as connection:
            version: str = await connection.fetchval("SHOW server_version")
        return version

    def _at(self, database: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))

    async def _execute(self, statement: str) -> None:
        async with connect(self.url) as connection:
            await connection.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """The server that ``DCS_TEST_DATABASE_URL`` names, else an embedded one for as long as the block runs."""
    if given := os.environ.get(GIVEN):
        yield Server(given)
        return
    with tempfile.TemporaryDirectory(prefix="dcs-bench-") as folder:
        embedded = EmbeddedServer(Path(folder))
        embedded.start()
        try:
            yield Server(embedded.url("postgres"))
        finally:
            embedded.stop()


async def rest(database: str) -> None:
    """Does at once what the server would do by itself between two nights, lest it do so in the second."""
    async with connect(database) as connection:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


async def wal_position(database: str) -> int:
    """Bytes of WAL that the whole server has written so far."""
    async with connect(database) as connection:
        written: int = await connection.fetchval(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
        )
    return written


async def bare_copy(database: str) -> float:
    """Seconds that one COPY of all content items takes, into a table like theirs, with its indexes."""
    async with connect(database) as connection:
        with tempfile.TemporaryFile() as rows:
            await connection.copy_from_table(
                "content_item", schema_name="dcs_mirror", output=rows, format="binary"
            )
            rows.seek(0)
            return await _timed_copy(connection, rows)


async def _timed_copy(connection: Connection, rows: BinaryIO) -> float:
    await connection.execute("CREATE TABLE public.bare (LIKE dcs_mirror.content_item INCLUDING ALL)")
    began = time.perf_counter()
    await connection.copy_to_table("bare", schema_name="public", source=rows, format="binary")
    seconds = time.perf_counter() - began
    await connection.execute("DROP TABLE public.bare")
    return seconds
