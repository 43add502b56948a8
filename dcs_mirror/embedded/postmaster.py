"""A PostgreSQL server's main process, as its lock file and the operating system tell of it."""

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


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a lock file of PostgreSQL says about the server's main process.

    ``pid`` is 0 where a crash left the file empty; ``socket_folder`` is "" until it is bound.
    """

    pid: int
    socket_folder: str
    ready: bool

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """None when there is no such file: nothing runs, or it has not got that far."""
        try:
            lines = file.read_bytes().split(b"\n")
        except (FileNotFoundError, NotADirectoryError):
            return None
        pid, _, _, _, folder, _, _, status, *_ = [line.strip() for line in lines] + [b""] * 8
        return cls(int(pid) if pid.isdigit() else 0, os.fsdecode(folder), status == b"ready")

    def listens(self) -> bool:
        """Whether somebody accepts connections on the socket, be it to say "starting up"."""
        if not self.socket_folder:
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            try:
                probe.connect(f"{self.socket_folder}/{SOCKET}")
            except BlockingIOError:  # its queue is full: very much alive
                return True
            except OSError:
                return False
        return True


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def command_line(pid: int) -> bytes:
    """A process's arguments; empty when it has ended, even if nobody has collected it yet."""
    if Path("/proc/self/cmdline").exists():  # not on macOS
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, check=False).stdout  # noqa: S603 - a constant
