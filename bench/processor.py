"""Processor time and memory of programs that go on running, as Linux counts them in ``/proc``."""

import os
from pathlib import Path

from bench.process import BenchFailed
from dcs_mirror.database.connections import connect

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _OWN_TIMES, _ALL_TIMES = 1, slice(11, 13), slice(11, 15)
"""Places in ``/proc/PID/stat`` after the name: the parent, and the times without and with ended children."""


def cores() -> int:
    """Cores that this program and its children may use."""
    return len(os.sched_getaffinity(0))


def processor_seconds(pid: int) -> float:
    """Processor seconds that a process has used so far, without its children.

    Raises:
        BenchFailed: if the process has ended.
    """
    fields = _stat(pid)
    if fields is None:
        raise BenchFailed(f"process {pid} ended while it was measured")
    return sum(map(int, fields[_OWN_TIMES])) / _TICKS


def family_seconds(pid: int) -> float:
    """Processor seconds of a process with its children, those that have ended included."""
    ticks = 0
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))) is not None:
            is_of_family = int(folder.name) == pid or int(fields[_PARENT]) == pid
            ticks += sum(map(int, fields[_ALL_TIMES])) if is_of_family else 0
    return ticks / _TICKS


def peak_memory(pid: int) -> float:
    """The most memory that a process has had so far, in MB.

    Raises:
        BenchFailed: if the process has ended.
    """
    return _megabytes(pid, "VmHWM:")


def memory(pid: int) -> float:
    """The memory that a process has now, in MB.

    Raises:
        BenchFailed: if the process has ended.
    """
    return _megabytes(pid, "VmRSS:")


def _megabytes(pid: int, name: str) -> float:
    for line in _PROC.joinpath(str(pid), "status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise BenchFailed(f"process {pid} ended while it was measured")


async def postmaster(database: str) -> int | None:
    """The process that started the server's others; None if the server is on another machine."""
    async with connect(database) as connection:
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        try:
            command = _PROC.joinpath(str(backend), "cmdline").read_bytes()
        except OSError:
            return None
        fields = _stat(backend) if command.startswith(b"postgres") else None
        return None if fields is None else int(fields[_PARENT])


def _stat(pid: int) -> list[str] | None:
    """The fields of a process after its name, which may hold blanks; None if it has ended."""
    try:
        text = _PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()
