"""Runs programs as users do, in a new process, and measures them from outside."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.world import IN_FLIGHT

_ROOT = Path(__file__).parent.parent
_STOP_SECONDS = 30
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
    settings = _settings(api_url, database)
    return await python("-m", "dcs_mirror", *arguments, settings=settings)


@contextmanager
def workers(count: int, *, api_url: str, database: str) -> Iterator[list[int]]:
    """Run so many workers during the block, which gets the ids of their processes.

    Raises:
        BenchFailed: if one of them ended before it was told to, or with an exit code that is not 0.
    """
    settings = _settings(api_url, database) | {
        "DCS_SYNC_CRON": "0 0 29 2 *"
    }  # they begin no night by themselves
    with tempfile.TemporaryDirectory(prefix="dcs-bench-workers-") as folder, ExitStack() as stack:
        started = [_start_worker(stack, settings, folder) for _ in range(count)]
        yield [worker.pid for worker in started]
        lost = [worker.poll() for worker in started if worker.poll() is not None]
        for worker in started:
            worker.send_signal(signal.SIGTERM)
        codes = [worker.wait(_STOP_SECONDS) for worker in started]
        if lost or any(codes):
            raise BenchFailed(f"workers ended with {codes}, {len(lost)} of them by themselves")


@contextmanager
def running(*arguments: str, settings: Mapping[str, str], told: bytes = b"") -> Iterator[int]:
    """Run ``python ARGUMENTS`` during the block, which gets the id of the process, and end it then.

    Args:
        arguments: what to run.
        settings: environment variables.
        told: what it reads from standard input.
    """
    with tempfile.TemporaryDirectory(prefix="dcs-bench-run-") as folder:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(settings),
            cwd=folder,  # which holds no `.env` file
        )
        assert process.stdin is not None
        try:
            process.stdin.write(told)
            process.stdin.close()
            yield process.pid
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _start_worker(stack: ExitStack, settings: Mapping[str, str], folder: str) -> "subprocess.Popen[bytes]":
    """Start a worker, and have it killed if the stack is left before it has ended."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "dcs_mirror", "worker"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(settings),
        cwd=folder,  # which holds no `.env` file
    )
    stack.callback(worker.wait)
    stack.callback(worker.kill)
    return worker


def _settings(api_url: str, database: str) -> dict[str, str]:
    return {
        "DCS_API_URL": api_url,
        "DCS_API_USERNAME": "bench",
        "DCS_API_PASSWORD": "bench",
        "DCS_DATABASE_URL": database,
        "DCS_CONCURRENCY": str(IN_FLIGHT),
    }


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {"PYTHONPATH": str(_ROOT), **settings}


def _run(command: list[str], settings: Mapping[str, str]) -> Finished:
    with tempfile.TemporaryDirectory(prefix="dcs-bench-run-") as folder:
        usage_file = Path(folder, "usage.json")
        process = subprocess.run(
            [sys.executable, "-m", "bench.measure_child", str(usage_file), *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_environment(settings),
            cwd=folder,  # which holds no `.env` file
            text=True,
            check=True,
        )
        usage = msgspec.json.decode(usage_file.read_bytes(), type=_Usage)
    if usage.code:
        last = "\n".join(process.stderr.splitlines()[-20:])
        raise BenchFailed(f"{' '.join(command[1:4])} ended with {usage.code}:\n{last}")
    return Finished(process.stdout, usage.seconds, usage.processor_seconds, usage.peak)
