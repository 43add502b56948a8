"""The embedded server's cluster: PostgreSQL's data on disk, created once and checked before every start."""

import os
import shutil
import tempfile
from pathlib import Path

from dcs_mirror.embedded.account import Account, EmbeddedServerFailed, make_own
from dcs_mirror.embedded.binaries import MAJOR, last_lines, run_program


def set_up_if_new(cluster: Path, bin_dir: Path, account: Account, lock: int) -> None:
    """Create the cluster unless it exists.

    It is created under another name and renamed when it is complete, so that a half-made one is never served.

    Args:
        cluster: the folder of the cluster; its parent is the data folder.
        bin_dir: the folder of PostgreSQL's programs.
        account: the user that the cluster belongs to.
        lock: the descriptor that holds the data folder's lock. initdb inherits it: if this process is killed,
            the next one waits for that initdb to end before it removes what initdb was writing.

    Raises:
        EmbeddedServerFailed: if these binaries cannot serve the cluster that is there, or if initdb fails.
    """
    data_dir = cluster.parent
    for leftover in data_dir.glob(f"{cluster.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if _exists(cluster):
        return
    fresh = Path(tempfile.mkdtemp(prefix=f"{cluster.name}.new-", dir=data_dir))
    try:
        make_own(fresh, account)
        code, output = run_program(
            bin_dir / "initdb",
            f"--pgdata={fresh.name}",
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            # Sorts alike on every machine, whatever locales that machine has.
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            account=account,
            folder=data_dir,
            keep_open=lock,
        )
        if code:
            raise EmbeddedServerFailed(
                f"the embedded server cannot be set up in {data_dir}: {last_lines(output)}"
            )
        fresh.rename(cluster)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    # Otherwise a power cut could bring back the temporary name, which the next start removes.
    sync_folder(data_dir)


def _exists(cluster: Path) -> bool:
    """Return whether the cluster exists.

    Raises:
        EmbeddedServerFailed: if the data folder holds another major version or an incomplete cluster.
    """
    versions = {
        file.parent: file.read_text(encoding="ascii").strip()
        for file in cluster.parent.glob("postgres-*/PG_VERSION")
    }
    found = versions.get(cluster)
    if found == str(MAJOR):
        return True
    if versions:
        folder, version = (cluster, found) if found else min(versions.items())
        raise EmbeddedServerFailed(
            f"{folder} holds a cluster of PostgreSQL {version}, but this release uses PostgreSQL "
            f"{MAJOR}. Move the folder away, or set DCS_DATA_DIR to another one"
        )
    if cluster.exists() and any(cluster.iterdir()):
        raise EmbeddedServerFailed(
            f"{cluster} is not a complete cluster (it has no PG_VERSION): move it away, "
            "or set DCS_DATA_DIR to another folder"
        )
    return False


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
