"""A server that comes back on another timeline, and a folder that was copied back (R2)."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import add_course
from dcs_mirror.schema import migrate
from tests.support.command import command_line
from tests.support.faulty import Hold, faulty
from tests.support.restoring import feed_state, handed_out
from tests.support.sessions import landed, look


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=3, courses=2, items=2), seed=19)) as running:
        yield running


def give(path: Path, *, like: Path) -> None:
    """Let a file belong to the owner of another one, as far as this user may."""
    if os.geteuid() == 0:
        os.chown(path, like.stat().st_uid, like.stat().st_gid)


def copy(source: Path, target: Path) -> None:
    """Copy a folder with the owners of its files."""
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        give(path, like=source)


async def fail_over(server: EmbeddedServer) -> None:
    """Stop the server and let it come back as one does that was restored from its log: on a new timeline."""
    await asyncio.to_thread(server.stop)
    signal = server._cluster / "recovery.signal"
    signal.touch()
    give(signal, like=server._cluster)
    with (server._cluster / "postgresql.auto.conf").open("a") as settings:
        settings.write("restore_command = 'false'\n")
    await asyncio.to_thread(server.start)
    async with look(server.url()) as connection, asyncio.timeout(60):
        while await connection.fetchval("SELECT pg_is_in_recovery()"):
            pass


async def test_r2_a_fail_over_begins_an_epoch_and_a_restart_does_not(
    sandbox: RunningSandbox, own_server: EmbeddedServer, tmp_path: Path
) -> None:
    await migrate.migrate(own_server.url())
    dcs_mirror = command_line(tmp_path, sandbox, own_server.url())
    assert (await dcs_mirror("sync")).code == 0
    before, given = await feed_state(own_server.url()), await handed_out(own_server.url())
    await asyncio.to_thread(own_server.stop)
    await asyncio.to_thread(own_server.start)
    dcs_mirror = command_line(tmp_path, sandbox, own_server.url())
    assert (await dcs_mirror("sync")).code == 0
    assert (await feed_state(own_server.url())).epoch == before.epoch

    await fail_over(own_server)
    dcs_mirror = command_line(tmp_path, sandbox, own_server.url())
    finished = await dcs_mirror("sync")
    assert (finished.code, "another timeline" in finished.err) == (0, True)
    assert "00000001, now 00000002" in finished.err
    assert (await feed_state(own_server.url())).epoch != before.epoch
    after = await handed_out(own_server.url())
    assert all(after[table] >= given[table] + 1_000_000_000 for table in given)
    again = await dcs_mirror("sync")
    assert (again.code, "timeline" in again.err) == (0, False)


async def test_r2_a_run_that_a_fail_over_interrupts_ends_and_the_next_one_reads_everything(
    sandbox: RunningSandbox, own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """R2, C1: what it compared its answers with may be lost, so none of them is applied any more."""
    hei_id = max(sandbox.world.institutions)
    await migrate.migrate(own_server.url())
    async with faulty(sandbox) as front:
        dcs_mirror = command_line(tmp_path, front, own_server.url())
        late = Hold(f"GetCourses?hei={hei_id}")
        front.holds.append(late)
        process = await dcs_mirror.start("sync")
        async with look(own_server.url()) as connection:
            await landed(connection, 2)
        await fail_over(own_server)
        late.released.set()
        _, err = await process.communicate()
        assert process.returncode == 4, err.decode()
        assert b"failed over while the run was under way" in err
        async with look(own_server.url()) as connection:
            assert await connection.fetchval("SELECT count(*) FROM dcs.institution") == 2
        assert (await dcs_mirror("sync")).code == 0
    async with look(own_server.url()) as connection:
        assert await connection.fetchval("SELECT count(*) FROM dcs.institution") == 3


async def test_r2_a_folder_that_was_copied_back_needs_the_command(
    sandbox: RunningSandbox, own_server: EmbeddedServer, tmp_path: Path
) -> None:
    """R2: nothing in the copy tells that it is one."""
    await migrate.migrate(own_server.url())
    dcs_mirror = command_line(tmp_path, sandbox, own_server.url())
    assert (await dcs_mirror("sync")).code == 0
    await asyncio.to_thread(own_server.stop)
    folder = own_server._cluster
    with tempfile.TemporaryDirectory(prefix="dcs-", dir=folder.parent.parent) as kept:
        await asyncio.to_thread(copy, folder, Path(kept) / "data")
        await asyncio.to_thread(own_server.start)
        dcs_mirror = command_line(tmp_path, sandbox, own_server.url())
        for institution in sandbox.world.institutions.values():
            add_course(sandbox.world, institution, sandbox.world.dice, items=3)
        assert (await dcs_mirror("sync")).code == 0
        before, given = await feed_state(own_server.url()), await handed_out(own_server.url())
        await asyncio.to_thread(own_server.stop)
        await asyncio.to_thread(shutil.rmtree, folder)
        await asyncio.to_thread(copy, Path(kept) / "data", folder)
    await asyncio.to_thread(own_server.start)
    dcs_mirror = command_line(tmp_path, sandbox, own_server.url())
    assert (await dcs_mirror("restored")).code == 0
    assert (await dcs_mirror("sync")).code == 0
    after, state = await handed_out(own_server.url()), await feed_state(own_server.url())
    assert all(after[table] > given[table] for table in given)
    assert state.epoch != before.epoch
    assert state.high_water > before.high_water
