"""Places that the server's user reaches: for its socket, and for what root keeps in a closed folder."""

import functools
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path

import structlog

from dcs_mirror.embedded.account import Account, EmbeddedServerFailed, blocked
from dcs_mirror.embedded.postmaster import SOCKET, SOCKET_PATH_BYTES
from dcs_mirror.settings import ROOT_DATA_DIR

SHARED = ROOT_DATA_DIR
"""Where the data and the programs go then."""

log = structlog.get_logger()


def reachable_folder(data_dir: Path, account: Account) -> Path:
    """Return the folder for the server's data: ``data_dir``, or another one to which it becomes a link.

    It is another one if root runs the program, ``data_dir`` is new or empty, and the server's user cannot
    pass the folders above it: these are not the mirror's to open. A warning names both.

    Raises:
        OSError: if the other folder or the link cannot be made.
    """
    if os.geteuid() != 0 or (data_dir.exists() and any(data_dir.iterdir())):
        return data_dir
    above = next(path for path in data_dir.parents if path.exists())
    if not blocked(account, above):
        return data_dir
    identity = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:8]
    folder = SHARED / f"{data_dir.name.strip('.')}-{identity}"
    folder.mkdir(parents=True, exist_ok=True)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    if data_dir.exists():
        data_dir.rmdir()
    data_dir.symlink_to(folder)
    log.warning(
        "the data are in another folder, because the embedded server's user cannot pass to this one",
        folder=str(data_dir),
        data=str(folder),
        uid=account.uid,
    )
    return folder


@functools.cache
def reachable_programs(bin_dir: Path, account: Account) -> Path:
    """Return the folder of PostgreSQL's programs that the server's user can run: ``bin_dir``, or a copy's.

    Raises:
        OSError: if they cannot be copied.
    """
    install = bin_dir.parent
    package = install.parent
    if os.geteuid() != 0 or not set(blocked(account, install)) - {install, package}:
        return bin_dir
    identity = hashlib.sha256((bin_dir / "postgres").read_bytes()).hexdigest()[:16]
    copy = SHARED / f"programs-{identity}"
    if not copy.exists():
        _copy(package, install, copy)
    return copy / bin_dir.relative_to(package.parent)


def socket_folder(data_dir: Path, name: str, account: Account) -> Path:
    """Return the socket's folder: beside the data if PostgreSQL accepts that path, else a temporary one.

    The path must fit into a socket address. The setting that holds it is a list, so the path must not need
    quoting there.

    Raises:
        EmbeddedServerFailed: if no candidate is short enough.
    """
    candidates = (
        data_dir / f"socket-{name[-8:]}",
        Path(tempfile.gettempdir()).resolve() / name,
        Path("/tmp").resolve() / name,  # noqa: S108 - never trusted: see make_own
    )
    for folder in candidates:
        path = f"{folder}/{SOCKET}"
        may_pass = os.geteuid() != 0 or not blocked(account, folder.parent)
        if may_pass and len(path) <= SOCKET_PATH_BYTES and re.fullmatch(r"[A-Za-z0-9/._+-]+", path):
            return folder
    raise EmbeddedServerFailed(f"no folder for the socket: {candidates[-1]} is too long a path")


def _copy(package: Path, install: Path, copy: Path) -> None:
    """Copy the programs with the libraries beside the package or in it. The copy appears whole."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="programs-", dir=copy.parent) as made:
        for tree in (install, package.with_name(f"{package.name}.libs"), package / ".dylibs"):
            if tree.exists():
                shutil.copytree(tree, Path(made) / tree.relative_to(package.parent), symlinks=True)
        for path in (Path(made), *Path(made).rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        whole = Path(made).with_name(f"{Path(made).name}.whole")
        Path(made).rename(whole)
        Path(made).mkdir()  # for the block to remove
        try:
            whole.rename(copy)
        except OSError:  # another program was faster
            shutil.rmtree(whole)
            if not copy.exists():
                raise
