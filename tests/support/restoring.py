"""Backups of a test's database, and their restores."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from dcs_mirror.embedded.binaries import find_binaries
from tests.support.sessions import look

_HANDED_OUT = """
SELECT c.relname AS "table", pg_sequence_last_value(d.objid::regclass) AS last
FROM pg_class AS c JOIN pg_depend AS d ON d.refobjid = c.oid AND d.deptype = 'i'
JOIN pg_sequence AS s ON s.seqrelid = d.objid
WHERE c.relnamespace = 'dcs_mirror'::regnamespace
"""


class FeedState(NamedTuple):
    """The row of ``dcs.feed_state``."""

    epoch: str
    low_water: int
    high_water: int


async def feed_state(url: str) -> FeedState:
    async with look(url) as connection:
        row = await connection.fetchrow("SELECT epoch::text, low_water, high_water FROM dcs.feed_state")
    assert row is not None
    return FeedState(*row)


async def handed_out(url: str) -> dict[str, int]:
    """Return the last number of every identity column by its table; 0 if it handed out none."""
    async with look(url) as connection:
        return {row["table"]: row["last"] or 0 for row in await connection.fetch(_HANDED_OUT)}


class TemplateCopy:
    """A copy of the database, that is renamed into its place."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._name = urlsplit(url).path[1:]
        self.url = urlunsplit(urlsplit(url)._replace(path=f"/{self._name}_copy"))

    async def back_up(self) -> None:
        await self._administer(f"CREATE DATABASE {self._name}_copy TEMPLATE {self._name}")

    async def restore(self) -> None:
        await self._administer(
            f"DROP DATABASE {self._name} WITH (FORCE)",
            f"ALTER DATABASE {self._name}_copy RENAME TO {self._name}",
        )

    async def drop(self) -> None:
        await self._administer(f"DROP DATABASE IF EXISTS {self._name}_copy WITH (FORCE)")

    async def _administer(self, *statements: str) -> None:
        async with look(urlunsplit(urlsplit(self._url)._replace(path="/postgres"))) as admin:
            for statement in statements:
                await admin.execute(statement)


class Dump:
    """A dump by pg_dump, loaded into the same database in place of its schemas."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._folder = tempfile.TemporaryDirectory(prefix="dcs-dump-")
        self._file = str(Path(self._folder.name) / "dcs.dump")

    async def back_up(self) -> None:
        schemas = ("--schema=dcs_mirror", "--schema=dcs", "--schema=dcs_queue")
        await _run("pg_dump", "--format=custom", *schemas, f"--file={self._file}", self._url)

    async def restore(self) -> None:
        async with look(self._url) as connection:
            await connection.execute("DROP SCHEMA dcs, dcs_mirror, dcs_queue CASCADE")
        await _run("pg_restore", f"--dbname={self._url}", self._file)

    async def drop(self) -> None:
        self._folder.cleanup()


class DumpIntoNewDatabase(Dump):
    """A dump by pg_dump, loaded into a database that is made anew."""

    async def restore(self) -> None:
        name = urlsplit(self._url).path[1:]
        async with look(urlunsplit(urlsplit(self._url)._replace(path="/postgres"))) as admin:
            await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            await admin.execute(f"CREATE DATABASE {name}")
        await _run("pg_restore", f"--dbname={self._url}", self._file)


async def _run(program: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        find_binaries() / program,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"]},
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
