"""Runs programs as users do, in a new process, and measures them from outside."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.world import IN_FLIGHT

_ROOT = Path(__file__).parent.parent
_INHERITED = ("PATH", "LANG", "TMPDIR", "HOME", "DCS_DATA_DIR")


class BenchFailed(Exception):
    """A measured program did not do its work; the message ends with its last output."""


class _Usage(msgspec.Struct):
    code: int
    seconds: float
    processor_seconds: float
    peak: float


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process printed, its seconds from start to end, processor seconds, and peak memory in MB."""

    out: str
    seconds: float
    processor_seconds: float
    peak: float


async def python(*arguments: str, settings: Mapping[str, str] | None = None) -> Finished:
    """Run ``python ARGUMENTS`` with the environment variables ``settings`` and none of the caller's settings.

    Raises:
        BenchFailed: if its exit code is not 0.
    """
    return await asyncio.to_thread(_run, [sys.executable, *arguments], settings or {})


async def mirror(*arguments: str, api_url: str, database: str) -> Finished:
    """Run ``dcs-mirror ARGUMENTS`` as an operator would.

    Raises:
        BenchFailed: if its exit code is not 0.
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
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment |= {"PYTHONPATH": str(_ROOT), **settings}
    with tempfile.TemporaryDirectory(prefix="dcs-bench-run-") as folder:
        usage_file = Path(folder, "usage.json")
        process = subprocess.run(
            [sys.executable, "-m", "bench.measure_child", str(usage_file), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            cwd=folder,  # which holds no `.env` file
            text=True,
            check=True,
        )
        usage = msgspec.json.decode(usage_file.read_bytes(), type=_Usage)
    if usage.code:
        last = "\n".join(process.stderr.splitlines()[-20:])
        raise BenchFailed(f"{' '.join(command[1:4])} ended with {usage.code}:\n{last}")
    return Finished(process.stdout, usage.seconds, usage.processor_seconds, usage.peak)
