"""Starting, stopping and recovering the embedded server: real binaries, real processes, real kills."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from dcs_mirror.embedded.account import EmbeddedServerFailed
from dcs_mirror.embedded.postmaster import SOCKET, command_line
from dcs_mirror.embedded.server import EmbeddedServer
from tests.integration.embedded.servers import (
    AS_ROOT,
    OTHER_PROGRAM,
    PASSING_PROGRAM,
    files_of,
    kill,
    mode,
    pid_of,
    value,
)


async def test_a_new_folder_becomes_a_server_that_asyncpg_and_psql_reach(lasting: EmbeddedServer) -> None:
    assert await value(lasting, "SELECT current_user || '@' || current_database()") == "postgres@dcs_mirror"
    psql = [str(lasting.psql_path), "-XAt", "-c", "SHOW server_version_num", lasting.url()]
    assert subprocess.check_output(psql, text=True).startswith("18")  # noqa: ASYNC221 - a moment
    assert files_of(lasting) == {"postgres-18", "postgres-18.log", "embedded.lock", "socket"}


async def test_the_cluster_is_utf8_sorts_alike_everywhere_checks_its_pages_and_has_no_tcp(
    lasting: EmbeddedServer,
) -> None:
    assert await value(lasting, "SHOW server_encoding") == "UTF8"
    assert await value(lasting, "SHOW data_checksums") == "on"
    assert await value(lasting, "SHOW listen_addresses") == ""
    assert await value(lasting, "SELECT upper('é')") == "É"
    locale = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'dcs_mirror'"
    assert await value(lasting, locale) == "bC.UTF-8"
    folder = str(await value(lasting, "SHOW unix_socket_directories"))
    assert mode(Path(folder)) == 0o700


async def test_the_server_inherits_no_secret(lasting: EmbeddedServer) -> None:
    connection = await asyncpg.connect(lasting.url())
    await connection.execute("CREATE TEMP TABLE environment (line text)")
    await connection.execute("COPY environment FROM PROGRAM 'env'")
    lines = await connection.fetchval("SELECT string_agg(line, ' ') FROM environment")
    await connection.close()

    assert "PGDATA=" in lines
    assert "s3cret" not in lines


def test_start_of_a_running_server_starts_no_process(
    lasting: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = pid_of(lasting)

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("a process was started")

    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "run", refuse)
        lasting.start()

    assert pid_of(lasting) == pid


def test_stop_ends_the_server_once_and_start_brings_the_same_data_back(
    running: EmbeddedServer,
) -> None:
    system = running._cluster.stat().st_ino

    assert running.stop() is True
    assert running.is_running() is False
    assert running.stop() is False
    with pytest.raises(EmbeddedServerFailed, match="is not running"):
        running.url()
    running.start()

    assert running.is_running() is True
    assert running._cluster.stat().st_ino == system


def test_a_folder_that_never_was_is_not_running_and_is_not_made_by_asking(
    server: EmbeddedServer,
) -> None:
    assert server.is_running() is False
    assert server.stop() is False
    assert not server.data_dir.exists()


def test_two_programs_at_once_share_one_server_which_outlives_them(server: EmbeddedServer) -> None:
    """The programs' output goes into pipes, which the server must not hold open."""
    command = [sys.executable, "-c", OTHER_PROGRAM, str(server.data_dir)]
    programs = [subprocess.Popen(command, stdout=-1, stderr=-1, text=True) for _ in range(3)]
    said = [program.communicate() for program in programs]

    assert [program.returncode for program in programs] == [0, 0, 0], said
    assert {out.splitlines()[-1] for out, _ in said} == {server.url()}
    assert server._log.read_text().count("starting PostgreSQL") == 1
    assert os.getsid(pid_of(server)) != os.getsid(0)  # Ctrl-C does not reach it


async def test_a_killed_server_is_recovered_by_the_next_start(running: EmbeddedServer) -> None:
    """Even while one of its sessions still executes a statement and holds its shared memory."""
    connection = await asyncpg.connect(running.url())
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    statement = "SELECT count(*) FROM generate_series(1, 3000000)"
    busy = asyncio.create_task(connection.fetchval(statement))
    seen = f"SELECT count(*) FROM pg_stat_activity WHERE query = '{statement}'"
    while not await value(running, seen):
        pass
    kill(running)

    running.start()

    assert await value(running, "SELECT one FROM kept") == 1
    connection.terminate()
    await asyncio.gather(busy, return_exceptions=True)


@pytest.mark.long
def test_a_process_that_got_the_dead_servers_number_does_not_stand_in_the_way(
    running: EmbeddedServer,
) -> None:
    account = running._account()
    lock_files = [
        running._cluster / "postmaster.pid",
        next(running.data_dir.glob("socket-*")) / f"{SOCKET}.lock",
    ]
    dead = pid_of(running)
    kill(running)
    as_server = account.uid if AS_ROOT else None
    stranger = subprocess.Popen(["/bin/sleep", "1000"], user=as_server)
    try:
        for file in lock_files:
            file.write_text(file.read_text().replace(str(dead), str(stranger.pid), 1))
        assert running.is_running() is False
        assert running.stop() is False

        running.start()

        assert pid_of(running) not in (dead, stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_lock_file_that_a_crash_left_empty_does_not_stand_in_the_way(
    running: EmbeddedServer,
) -> None:
    kill(running)
    (running._cluster / "postmaster.pid").write_text("")

    running.start()

    assert running.is_running()


@pytest.mark.long
def test_a_folder_removed_under_a_running_server_can_be_started_anew(
    running: EmbeddedServer,
) -> None:
    """The old server removes its own socket once it notices; it must not remove the new server's."""
    orphan, old_socket = pid_of(running), running.url()
    shutil.rmtree(running.data_dir)

    running.start()
    with suppress(ProcessLookupError):  # it has noticed already
        os.kill(orphan, signal.SIGQUIT)
    while command_line(orphan):
        pass

    assert running.is_running()
    assert running.url() != old_socket


def test_a_server_that_was_started_in_passing_ends_with_the_last_program_that_holds_it(
    server: EmbeddedServer,
) -> None:
    server.start()
    server.stop()
    first, second = EmbeddedServer(server.data_dir), EmbeddedServer(server.data_dir)
    for one in (first, second):
        one.hold()
        one.start(lasting=False)

    first.stop_if_unused()
    assert server.is_running()
    second.stop_if_unused()
    assert not server.is_running()


@pytest.mark.long
def test_a_server_that_somebody_started_to_last_is_not_stopped_by_a_program_that_passes(
    server: EmbeddedServer,
) -> None:
    server.start()
    server.stop()
    passing = EmbeddedServer(server.data_dir)
    passing.hold()
    passing.start(lasting=False)
    server.start()  # asks for a lasting one meanwhile

    passing.stop_if_unused()
    passing.hold()
    passing.start(lasting=False)
    passing.stop_if_unused()

    assert server.is_running()
    server.stop()


@pytest.mark.long
def test_a_server_whose_passing_program_was_killed_ends_with_the_next_one(server: EmbeddedServer) -> None:
    server.start()
    server.stop()
    command = [sys.executable, "-c", PASSING_PROGRAM, str(server.data_dir)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert server.is_running()

    server.hold()
    server.start(lasting=False)
    server.stop_if_unused()

    assert not server.is_running()
