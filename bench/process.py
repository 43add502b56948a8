"""What is measured runs as users run it: a fresh process, timed and weighed from outside."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from bench.fetch import IN_FLIGHT

_PASSED_ON = ("PATH", "LANG", "TMPDIR", "HOME", "DCS_DATA_DIR")
_TO_MEGABYTES = 1024 * 1024 if sys.platform == "darwin" else 1024


class BenchFailed(Exception):
    """Something that is measured did not do its work; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process printed, the seconds from its start to its end, and its largest resident size in MB."""

    out: str
    seconds: float
    peak: float


async def python(*arguments: str, settings: Mapping[str, str] | None = None) -> Finished:
    """Runs ``python ARGUMENTS`` with ``settings`` and none of the caller's own; secrets go there.

    This process must stay small: Linux counts what the parent weighed at the start as the child's peak.

    Raises:
        BenchFailed: where it does not end with 0.
    """
    return await asyncio.to_thread(_run, [sys.executable, *arguments], settings or {})


async def mirror(*arguments: str, api_url: str, database: str) -> Finished:
    """Runs ``dcs-mirror ARGUMENTS`` as an operator would.

    Raises:
        BenchFailed: where not everything landed.
    """
    settings = {
        "DCS_API_URL": api_url,
        "DCS_API_USERNAME": "bench",
        "DCS_API_PASSWORD": "bench",
        "DCS_DATABASE_URL": database,
        "DCS_CONCURRENCY": str(IN_FLIGHT),
    }
    return await python("-m", "dcs_mirror", *arguments, settings=settings)


def _run(command: list[str], settings: Mapping[str, str]) -> Finished:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | dict(settings)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
        # Not Popen.wait(): only wait4 tells what this one child has used.
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said = [_text(file) for file in (out, err)]
    if process.returncode:
        last = "\n".join(said[1].splitlines()[-20:])
        raise BenchFailed(f"{' '.join(command[1:4])} ended with {process.returncode}:\n{last}")
    return Finished(said[0], seconds, used.ru_maxrss / _TO_MEGABYTES)


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()
