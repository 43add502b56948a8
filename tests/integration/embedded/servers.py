"""Helpers for the tests of the embedded server."""

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from dcs_mirror.embedded.server import EmbeddedServer

AS_ROOT = os.geteuid() == 0

# Another program: it starts the server, prints its URL, and ends.
OTHER_PROGRAM = """
import sys
from pathlib import Path
from dcs_mirror.embedded.server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
server.ensure_database()
print(server.url())
"""

# A command that only reads, and is killed.
PASSING_PROGRAM = """
import os, signal, sys
from pathlib import Path
from dcs_mirror.embedded.server import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.hold()
server.start(lasting=False)
os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def new_folder() -> Iterator[Path]:
    """A temporary folder outside pytest's own: every session of root closes that one to the server's user."""
    folder = Path(tempfile.mkdtemp(prefix="dcs-")).resolve()
    folder.chmod(0o711)  # the server's user passes through it
    yield folder
    shutil.rmtree(folder)


def pid_of(server: EmbeddedServer) -> int:
    return int((server._cluster / "postmaster.pid").read_text().split("\n")[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes_in(folder: Path) -> list[int]:
    return [mode(path) for path in folder.iterdir()]


def kill(server: EmbeddedServer) -> None:
    """Kill the server's main process and wait until its socket is dead."""
    os.kill(pid_of(server), signal.SIGKILL)
    while server.is_running():
        pass


def files_of(server: EmbeddedServer) -> set[str]:
    """Return the names in the data folder; the socket's folder without its number."""
    return {path.name.partition("socket-")[0] or "socket" for path in server.data_dir.iterdir()}


async def value(server: EmbeddedServer, query: str) -> object:
    connection = await asyncpg.connect(server.url())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def replace_initdb(server: EmbeddedServer, install: Path, script: str) -> None:
    """Replace PostgreSQL's programs by a single shell script that stands for initdb."""
    for part in ("bin", "lib", "share"):
        (install / part).mkdir()
    server.bin_dir = install / "bin"
    initdb = server.bin_dir / "initdb"
    initdb.write_text(f"#!/bin/sh\n{script}\n")
    initdb.chmod(0o755)
