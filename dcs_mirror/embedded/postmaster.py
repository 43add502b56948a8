"""The state of a PostgreSQL server's main process, from its lock file and the operating system."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PORT = 5432
"""Names the socket's file; nothing listens on TCP."""
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
"""The longest path that a Unix socket address holds."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The contents of a lock file of PostgreSQL's main process.

    ``pid`` is 0 if a crash left the file empty; ``socket_folder`` is "" until the socket is bound.
    """

    pid: int
    socket_folder: str
    ready: bool

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Return the contents of a lock file; None if there is no such file."""
        try:
            lines = file.read_bytes().split(b"\n")
        except (FileNotFoundError, NotADirectoryError):
            return None
        pid, _, _, _, folder, _, _, status, *_ = [line.strip() for line in lines] + [b""] * 8
        return cls(int(pid) if pid.isdigit() else 0, os.fsdecode(folder), status == b"ready")

    def listens(self) -> bool:
        """Return whether a process accepts connections on the socket, if only to answer "starting up"."""
        if not self.socket_folder:
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            try:
                probe.connect(f"{self.socket_folder}/{SOCKET}")
            except BlockingIOError:  # its queue is full, so it is alive
                return True
            except OSError:
                return False
        return True


def exists(pid: int) -> bool:
    """Return whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def command_line(pid: int) -> bytes:
    """Return a process's command line; empty if it has ended, even if it is still a zombie."""
    if Path("/proc/self/cmdline").exists():  # not on macOS
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - a constant
