"""What is measured runs as users run it: a fresh process, timed and weighed from outside."""

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
_PASSED_ON = ("PATH", "LANG", "TMPDIR", "HOME", "DCS_DATA_DIR")


class BenchFailed(Exception):
    """Something that is measured did not do its work; the message has its last words."""


class _Weighed(msgspec.Struct):
    code: int
    seconds: float
    worked: float
    peak: float


@dataclass(frozen=True, slots=True)
class Finished:
    """What a process printed, the seconds from its start to its end, those in which it had a processor, and
    its largest resident size in MB."""

    out: str
    seconds: float
    worked: float
    peak: float


async def python(*arguments: str, settings: Mapping[str, str] | None = None) -> Finished:
    """Runs ``python ARGUMENTS`` with ``settings`` and none of the caller's own; secrets go there.

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
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"PYTHONPATH": str(_ROOT), **settings}
    with tempfile.TemporaryDirectory(prefix="dcs-bench-run-") as folder:
        weighed = Path(folder, "weighed.json")
        process = subprocess.run(
            [sys.executable, "-m", "bench.weighing", str(weighed), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            cwd=folder,  # where no `.env` of the caller's lies
            text=True,
            check=True,
        )
        found = msgspec.json.decode(weighed.read_bytes(), type=_Weighed)
    if found.code:
        last = "\n".join(process.stderr.splitlines()[-20:])
        raise BenchFailed(f"{' '.join(command[1:4])} ended with {found.code}:\n{last}")
    return Finished(process.stdout, found.seconds, found.worked, found.peak)
