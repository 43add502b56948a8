"""The PostgreSQL of a run: one server with default settings, a new mirror for each repetition."""

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
"""The variable that names a server to measure on, by the URL of its maintenance database."""


class Server:
    """A server at ``url`` and the databases that a run creates on it; leaving ``async with`` drops them."""

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
        """The URL of a migrated, empty mirror, which is dropped after the block."""
        return self._copy_of(self._name)

    def empty(self) -> AbstractAsyncContextManager[str]:
        """The URL of an empty database, which is dropped after the block."""
        return self._copy_of("template1")

    @asynccontextmanager
    async def _copy_of(self, template: str) -> AsyncIterator[str]:
        name = f"{self._name}_{next(self._numbers)}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._at(name)
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def version(self) -> str:
        """The server's version, such as ``18.1 (Debian …)``."""
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
    """The server that ``DCS_TEST_DATABASE_URL`` names, else an embedded one that runs during the block."""
    if url := os.environ.get(GIVEN):
        yield Server(url)
        return
    with tempfile.TemporaryDirectory(prefix="dcs-bench-") as folder:
        embedded = EmbeddedServer(Path(folder))
        embedded.start()
        try:
            yield Server(embedded.url("postgres"))
        finally:
            embedded.stop()


async def rest(database: str) -> None:
    """Vacuum, analyze and checkpoint now, as the server would between two nights, not in the second one."""
    async with connect(database) as connection:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


async def wal_position(database: str) -> int:
    """Bytes of WAL that the whole server has written so far."""
    async with connect(database) as connection:
        position: int = await connection.fetchval(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
        )
    return position


async def bare_copy(database: str) -> float:
    """Seconds of one COPY of all content items into a table like theirs, with its indexes."""
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
