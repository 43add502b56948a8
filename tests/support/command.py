"""The installed command line, as a user runs it: another process, an environment, exit codes.

On Linux the processes are forked from one that has imported dcs-mirror (``tests.support.fork_server``), which
saves each of them a second of imports. ``TEST_COMMANDS=exec`` gives every command an interpreter of its own,
and :meth:`CommandLine.by_itself` does so for tests of what an interpreter shows or does at its start.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from dcs_mirror.sandbox import RunningSandbox
from tests.support.faulty import FaultySandbox
from tests.support.forked import ForkedProcess, ForkServer

Process: TypeAlias = asyncio.subprocess.Process | ForkedProcess

_servers: list[ForkServer] = []


def stop_fork_server() -> None:
    """End what the commands of this session were forked from."""
    while _servers:
        _servers.pop().stop()


def _fork_server(environment: dict[str, str]) -> ForkServer | None:
    """The session's fork server; None if it would not start an interpreter in this environment alike.

    None also on other systems than Linux: on macOS a process should not fork after such imports.
    """
    if sys.platform != "linux" or os.environ.get("TEST_COMMANDS") == "exec":
        return None
    if not _servers:
        _servers.append(ForkServer(_inherited()))
    (server,) = _servers
    return server if server.fits(environment) else None


def _inherited() -> dict[str, str]:
    """The part of the caller's environment that commands get to see."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}


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
    is_forked: bool = True
    uid: int | None = None

    def by_itself(self) -> "CommandLine":
        """The same, each command an interpreter of its own that imports all it needs."""
        return replace(self, is_forked=False)

    def as_user(self, uid: int) -> "CommandLine":
        """The same as another user, if this one is root and may become it; else as this user."""
        return replace(self, uid=uid) if os.geteuid() == 0 else self

    def but(self, **settings: str | None) -> "CommandLine":
        """The same with other settings; None unsets one."""
        environment = self.environment | {k: v for k, v in settings.items() if v is not None}
        kept = {k: v for k, v in environment.items() if settings.get(k, v) is not None}
        return replace(self, environment=kept)

    async def start(self, *arguments: str, typed: str | None = None) -> Process:
        """The command, running; its standard input is open if something is to be ``typed``."""
        if self.is_forked and typed is None and (server := _fork_server(self.environment)):
            return await server.start(arguments, self.environment, self.folder, self.uid)
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
            user=self.uid,
            group=self.uid,
            extra_groups=None if self.uid is None else [],
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
    environment = _inherited() | {"HOME": str(folder)}
    if sandbox is not None:
        environment |= {
            "DCS_API_URL": sandbox.base_url,
            "DCS_API_USERNAME": "sandbox",
            "DCS_API_PASSWORD": "open-sesame",
        }
    if database is not None:
        environment["DCS_DATABASE_URL"] = database
    return CommandLine(environment, folder)
