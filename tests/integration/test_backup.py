"""Backups of the embedded server: everything comes back, and what is refused changes nothing."""

import io
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcs_mirror.backup import transfer
from dcs_mirror.backup.file import (
    BackupRefused,
    BackupWriter,
    Contents,
    Description,
    dump_of,
    read_description,
)
from dcs_mirror.downstream import targets
from dcs_mirror.embedded.binaries import ProgramFailed
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.schema import contract, migrate
from dcs_mirror.store import restored
from tests.support.command import command_line
from tests.support.restoring import feed_state, handed_out
from tests.support.running import sync
from tests.support.sessions import look

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

# What reads the mirror's tables and views and a downstream table, but those that a restore changes.
READS = """
SELECT c.oid::regclass::text AS name,
       format('SELECT t::text FROM %s AS t ORDER BY 1', c.oid::regclass) AS query
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('dcs_mirror', 'dcs', 'public') AND c.relkind IN ('r', 'v')
  AND c.relname NOT IN ('feed_state', 'lock')
"""
READABLE = """
SELECT has_table_privilege('library', 'public.reading_list', 'SELECT')
   AND has_table_privilege('library', 'dcs_library.content_item', 'SELECT')
"""


async def contents(server: EmbeddedServer) -> dict[str, list[str]]:
    """The rows of every table and view."""
    async with look(server.url()) as connection:
        reads = await connection.fetch(READS)
        return {read["name"]: [row[0] for row in await connection.fetch(read["query"])] for read in reads}


async def databases(server: EmbeddedServer) -> set[str]:
    async with look(server.url("postgres")) as connection:
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE NOT datistemplate")
    return {row["datname"] for row in rows} - {"postgres"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for files and for data, which the server's user may pass through."""
    with tempfile.TemporaryDirectory(prefix="dcs-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def other(folder: Path) -> Iterator[EmbeddedServer]:
    """A server that was never set up."""
    server = EmbeddedServer(folder / "other")
    yield server
    server.stop()


@pytest.fixture
async def mirror(own_server: EmbeddedServer) -> EmbeddedServer:
    """A server with a mirror, a reader of its own, and a registered table."""
    world = build_world(Sizes(institutions=2, courses=3, items=3), seed=4)
    url = own_server.url()
    async with running_sandbox(world) as sandbox:
        assert (await sync(sandbox, url)).outcome == "complete"
    async with look(url) as connection:
        await connection.execute(
            "CREATE TABLE public.reading_list AS SELECT request_id FROM dcs.content_item"
        )
        await targets.add(connection, "reading_list", "request_id", now=NOW)
        await contract.add_reader(connection, "library", [next(iter(world.institutions))])
        await connection.execute("GRANT SELECT ON public.reading_list TO library")
    return own_server


async def test_everything_comes_back_in_a_new_data_folder(
    mirror: EmbeddedServer, other: EmbeddedServer, folder: Path
) -> None:
    file = folder / "dcs.tar"
    before, epoch, numbers = (
        await contents(mirror),
        await feed_state(mirror.url()),
        await handed_out(mirror.url()),
    )
    description = await transfer.dump(mirror, file, now=NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_description(file) == description
    assert description.contents.institutions == 2
    assert description.contents.content_items == len(before["dcs.content_item"])

    done = await transfer.restore(other, file, replace=False, now=NOW)

    assert await contents(other) == before
    assert await databases(other) == {"dcs_mirror"}
    after = await feed_state(other.url())
    assert str(done.epoch) == after.epoch != epoch.epoch
    assert all(last > numbers[table] for table, last in (await handed_out(other.url())).items())
    async with look(other.url()) as connection:
        assert await connection.fetchval(READABLE)
        # The move is not taken for a restore that nobody announced.
        assert await restored.current_epoch(connection, now=NOW) == done.epoch


@pytest.mark.long
async def test_a_mirror_that_holds_something_is_replaced_only_if_that_is_asked_for_and_nobody_uses_it(
    mirror: EmbeddedServer, folder: Path
) -> None:
    file = folder / "dcs.tar"
    await transfer.dump(mirror, file, now=NOW)
    before = await contents(mirror)
    async with look(mirror.url()) as connection:
        await connection.execute("DELETE FROM public.reading_list")
        with pytest.raises(BackupRefused, match="in use by 1 session"):
            await transfer.restore(mirror, file, replace=True, now=NOW)
    with pytest.raises(BackupRefused, match=r"not empty \(dcs_mirror\.change.*--replace"):
        await transfer.restore(mirror, file, replace=False, now=NOW)
    assert [rows for name, rows in (await contents(mirror)).items() if "reading_list" in name] == [[]]

    await transfer.restore(mirror, file, replace=True, now=NOW)

    assert await contents(mirror) == before
    assert await databases(mirror) == {"dcs_mirror"}


@pytest.mark.long
async def test_a_mirror_that_was_just_made_is_empty(
    mirror: EmbeddedServer, other: EmbeddedServer, folder: Path
) -> None:
    await transfer.dump(mirror, folder / "dcs.tar", now=NOW)
    other.start()
    other.ensure_database()
    await migrate.migrate(other.url())
    await transfer.restore(other, folder / "dcs.tar", replace=False, now=NOW)
    assert await contents(other) == await contents(mirror)


def damaged(whole: bytes) -> dict[str, bytes]:
    """Files that are no whole backup."""
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    foreign = io.BytesIO()
    with tarfile.open(fileobj=foreign, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("database.dump"), io.BytesIO())
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        dump = archive.extractfile("database.dump")
        assert dump is not None
        dumped = dump.read()
    return {
        "empty": b"",
        "text": b"CREATE TABLE x ();\n" * 100,
        "a bit is another one": bytes(flipped),
        "cut off": whole[: len(whole) - 4096],
        "cut off in the dump": whole[: len(whole) // 2],
        "a tar of others": foreign.getvalue(),
        "a dump by pg_dump": dumped,
        "another program": whole.replace(b'"program": "dcs-mirror"', b'"program": "dcs-mirrer"'),
        "another format": whole.replace(b'"format": 1', b'"format": 2'),
        "a later schema": whole.replace(b'"revision": "0', b'"revision": "9'),
        "a later server": whole.replace(b'"server_major": 18', b'"server_major": 99'),
    }


async def test_a_damaged_or_foreign_file_is_refused_and_changes_nothing(
    mirror: EmbeddedServer, other: EmbeddedServer, folder: Path
) -> None:
    await transfer.dump(mirror, folder / "dcs.tar", now=NOW)
    files = damaged((folder / "dcs.tar").read_bytes())
    before, epoch = await contents(mirror), await feed_state(mirror.url())
    for name, held in files.items():
        (folder / name).write_bytes(held)
    (folder / "loop").symlink_to("loop")
    (folder / "fifo").mkdir()
    for name in (*files, "loop", "fifo", "not there"):
        with pytest.raises(BackupRefused) as refused:
            await transfer.restore(mirror, folder / name, replace=True, now=NOW)
        assert name in str(refused.value)
        assert refused.value.exit_code == 2
        with pytest.raises(BackupRefused):
            await transfer.restore(other, folder / name, replace=False, now=NOW)
    assert not other.is_set_up
    assert (await contents(mirror), await feed_state(mirror.url())) == (before, epoch)
    assert await databases(mirror) == {"dcs_mirror"}


@pytest.mark.long
async def test_a_restore_that_fails_half_way_leaves_the_mirror_as_it_was(
    mirror: EmbeddedServer, folder: Path
) -> None:
    """The file is whole, but what is in it cannot be loaded."""
    file = folder / "dcs.tar"
    description = await transfer.dump(mirror, file, now=NOW)
    before = await contents(mirror)
    broken = b"".join(dump_of(file))[:-1000]
    with BackupWriter.open(folder / "broken.tar") as writer:
        writer.write(broken)
        writer.finish(Description("dcs-mirror", 1, "0.1.0", 18, NOW, description.contents, writer.digest))
    with pytest.raises(ProgramFailed, match="pg_restore failed: "):
        await transfer.restore(mirror, folder / "broken.tar", replace=True, now=NOW)
    assert await contents(mirror) == before
    assert await databases(mirror) == {"dcs_mirror"}


def test_a_file_is_never_overwritten_and_what_failed_leaves_none(folder: Path) -> None:
    description = Description("dcs-mirror", 1, "0.1.0", 18, NOW, Contents("0001", 0, 0, 0, []), "")
    file = folder / "dcs.tar"
    with pytest.raises(ZeroDivisionError), BackupWriter.open(file) as writer:
        writer.write(bytes(1 // 0))
    assert list(folder.iterdir()) == []
    with BackupWriter.open(file) as writer:
        file.write_text("somebody else's")  # meanwhile
        with pytest.raises(BackupRefused, match="exists already"):
            writer.finish(description)
    assert [path.name for path in folder.iterdir()] == ["dcs.tar"]
    assert file.read_text() == "somebody else's"
    with (
        pytest.raises(BackupRefused, match="cannot be written"),
        BackupWriter.open(folder / "no" / "dcs.tar"),
    ):
        pass


async def test_the_commands_say_what_was_dumped_and_restored(
    mirror: EmbeddedServer, other: EmbeddedServer, folder: Path
) -> None:
    ours = command_line(folder).but(DCS_DATA_DIR=str(mirror.data_dir))
    theirs = ours.but(DCS_DATA_DIR=str(other.data_dir))
    dumped = await ours("db", "dump", "dcs.tar")
    assert dumped.code == 0
    assert dumped.out.startswith("dcs.tar: the mirror of ")
    assert "2 institutions" in dumped.out
    again = await ours("db", "dump", "dcs.tar")
    assert (again.code, again.err) == (
        2,
        "dcs-mirror: dcs.tar exists already, and is not overwritten: choose another name\n",
    )
    assert (await theirs("db", "dump", "other.tar")).code == 4  # there is no mirror, and none is made
    done = await theirs("db", "restore", "dcs.tar", "--json")
    assert done.code == 0
    assert set(done.json) == {
        "file",
        "epoch",
        "dumped_at",
        "version",
        "institutions",
        "content_items",
        "last_change_id",
    }
    assert (await theirs("status", "--json")).json["institutions"] != []
    refused = await ours("db", "restore", "dcs.tar")
    assert refused.code == 2
    assert "--replace" in refused.err
    elsewhere = await ours.but(DCS_DATABASE_URL="postgresql://db/dcs")("db", "dump", "third.tar")
    assert elsewhere.code == 2
    assert "pg_dump" in elsewhere.err
    left = {path.name for path in folder.iterdir()}  # noqa: ASYNC240 - a moment
    assert left == {"dcs.tar", "other"}
