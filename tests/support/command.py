"""The installed command line, as a user runs it: another process, an environment, exit codes."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcs_mirror.sandbox import RunningSandbox
from tests.support.faulty import FaultySandbox


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """``dcs-mirror`` with settings of its own and nothing of the caller's."""

    environment: dict[str, str]
    folder: Path

    def but(self, **settings: str | None) -> "CommandLine":
        """The same with other settings; None unsets one."""
        environment = self.environment | {k: v for k, v in settings.items() if v is not None}
        return CommandLine(
            {k: v for k, v in environment.items() if settings.get(k, v) is not None}, self.folder
        )

    async def start(self, *arguments: str, typed: str | None = None) -> asyncio.subprocess.Process:
        """The command, running; its standard input is open where something is to be ``typed``."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "dcs_mirror",
            *arguments,
            env=self.environment,
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL if typed is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def __call__(self, *arguments: str, typed: str | None = None) -> Finished:
        """The command, run to its end; ``typed`` is what stands on its standard input."""
        process = await self.start(*arguments, typed=typed)
        out, err = await process.communicate(None if typed is None else typed.encode())
        assert process.returncode is not None
        finished = Finished(process.returncode, out.decode(), err.decode())
        assert "Traceback" not in finished.err, finished.err
        return finished


def command_line(
    folder: Path, sandbox: RunningSandbox | FaultySandbox | None = None, database: str | None = None
) -> CommandLine:
    """A command line that works in ``folder``, against a sandbox and a database where they are given."""
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    environment["HOME"] = str(folder)
    if sandbox is not None:
        environment |= {
            "DCS_API_URL": sandbox.base_url,
            "DCS_API_USERNAME": "sandbox",
            "DCS_API_PASSWORD": "open-sesame",
        }
    if database is not None:
        environment["DCS_DATABASE_URL"] = database
    return CommandLine(environment, folder)
