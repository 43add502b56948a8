"""A full disk: the night says so, nothing is half done, and the next one goes on (C2, R8, R9)."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.years import roll_over
from tests.support.command import command_line

SIZE = "200m"
LEFT = 3 * 2**20
"""Bytes: room for a row, and not for the tables of an institution."""
_IDS = "SELECT request_id, count(*) FROM reading GROUP BY 1"


@pytest.fixture
def small_disk(service_folder: Path) -> Iterator[Path]:
    """A file system of its own, which only root can mount."""
    assert os.geteuid() == 0, "this test mounts a file system: run it as root"
    mount, umount = shutil.which("mount"), shutil.which("umount")
    assert mount, "mount"
    assert umount, "umount"
    kind = ("-t", "tmpfs", "-o", f"size={SIZE},mode=755")
    subprocess.run([mount, *kind, "tmpfs", service_folder], check=True)
    yield service_folder
    subprocess.run([umount, "--lazy", service_folder], check=True)


def fill(disk: Path, *, leave: int) -> Path:
    neighbour = disk / "neighbour"
    space = os.statvfs(disk)
    with neighbour.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - leave)
    return neighbour


def folder_of_server(disk: Path, data_directory: str) -> Path:
    """A folder on the disk that belongs to the user of the database server."""
    owner = Path(data_directory).stat()
    folder = disk / "tables"
    folder.mkdir()
    os.chown(folder, owner.st_uid, owner.st_gid)
    return folder


async def test_c2_r8_a_night_on_a_full_disk_says_so_and_the_next_one_goes_on(
    small_disk: Path, tmp_path: Path
) -> None:
    world = build_world(Sizes(institutions=3, courses=60, items=30), seed=3)
    first, *_ = world.institutions
    async with running_sandbox(world) as sandbox:
        here = command_line(tmp_path, sandbox, "").but(
            DCS_DATABASE_URL=None, DCS_DATA_DIR=str(small_disk / "data")
        )
        (tmp_path / "list.csv").write_text("Book title,Pages\nEmma,1-20\n")
        who = ("--book", "--academic-name", "Jo", "--email", "jo@example.ac.uk", "--without-course")
        push = ("requests", "push", str(first), "--from", "list.csv", "--column", "course_code=", *who)
        try:
            assert (await here("migrate")).code == 0
            neighbour = fill(small_disk, leave=LEFT)
            night = await here("sync", "--json")
            assert night.code == 4, night
            errors = [each["error"] for each in night.json["institutions"]]
            assert len(errors) == 3
            assert all("free space on the disk of the database server" in each for each in errors), errors
            status = await here("status", "--json")
            assert all(not each["content_items"] for each in status.json["institutions"])
            dump = await here("db", "dump", str(small_disk / "x.dump"))
            assert (dump.code == 0) == (small_disk / "x.dump").exists()
            with suppress(OSError), (small_disk / "rest").open("wb", buffering=0) as rest:
                while rest.write(bytes(4096)):
                    pass
            for command in (("sync",), push):
                refused = await here(*command)
                assert refused.code in {1, 4}, refused
                assert "space" in refused.out + refused.err, refused
                assert "holds no mirror" not in refused.err
            neighbour.unlink()
            (small_disk / "rest").unlink(missing_ok=True)
            assert (await here("sync")).code == 0
            whole = await here("status", "--json")
            assert all(each["content_items"] for each in whole.json["institutions"])
        finally:
            await here("db", "stop")


async def test_r9_a_registered_table_on_a_full_disk_fails_alone_and_follows_once_there_is_room(
    small_disk: Path, tmp_path: Path, database: str, connection: Connection
) -> None:
    world = build_world(Sizes(institutions=1, courses=1, items=1), seed=3)
    (institution,) = world.institutions.values()
    (course,) = institution.courses.values()
    (item,) = course.items
    name = f"small_{os.getpid()}"
    folder = folder_of_server(small_disk, await connection.fetchval("SHOW data_directory"))
    await connection.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
    try:
        async with running_sandbox(world) as sandbox:
            here = command_line(tmp_path, sandbox, database)
            assert (await here("sync")).code == 0
            await connection.execute(
                f"CREATE TABLE public.reading (request_id bigint, note text) TABLESPACE {name}"
            )
            old = item.request_id
            await connection.execute(
                "INSERT INTO reading SELECT $1, repeat('x', 100) FROM generate_series(1, 50000)", old
            )
            assert (
                await here("targets", "add", "public.reading", "request_id", "--hei", str(institution.id))
            ).code == 0
            roll_over(world, institution)
            neighbour = fill(small_disk, leave=2**20)
            night = await here("sync", "--json")
            (outcome,) = night.json["institutions"]
            assert (night.code, outcome["outcome"]) == (1, "partial"), night
            assert "free space on the disk of the database server" in outcome["error"]
            assert await connection.fetchval("SELECT request_id FROM dcs.content_item") == item.request_id
            assert [*map(tuple, await connection.fetch(_IDS))] == [(old, 50_000)]
            assert (await here("reconcile")).code == 1
            neighbour.unlink()
            assert (await here("sync")).code == 0
            assert [*map(tuple, await connection.fetch(_IDS))] == [(item.request_id, 50_000)]
    finally:
        for statement in ("TABLE IF EXISTS public.reading", f"TABLESPACE {name}"):
            await connection.execute(f"DROP {statement}")
