"""Processes of the command line that a fork server makes: real ones, without the second of imports."""

import array
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.fork_server import STREAMS

# What a command reads of its environment when it runs; all else may make another interpreter.
_READ_LATE = ("DCS_", "AXCELERATE_")
_ROOT = Path(__file__).parents[2]
_NUMBER_BYTES = 32


class ForkedProcess:
    """A running command, with the part of :class:`asyncio.subprocess.Process` that the tests use."""

    stdin = None

    def __init__(
        self, pid: int, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader, answer: socket.socket
    ) -> None:
        self.pid, self.stdout, self.stderr = pid, stdout, stderr
        self.returncode: int | None = None
        self._answer = answer
        self._has_ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(answer, self._ended)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._answer)
        # Without an answer the fork server itself has ended, and its children with it.
        self.returncode = int(self._answer.recv(_NUMBER_BYTES) or -signal.SIGKILL)
        self._answer.close()
        self._has_ended.set()

    async def wait(self) -> int:
        """The exit code, when the process has ended; the negative number of the signal that ended it."""
        await self._has_ended.wait()
        assert self.returncode is not None
        return self.returncode

    async def communicate(self, typed: bytes | None = None) -> tuple[bytes, bytes]:
        """What is left on standard output and standard error, when the process has ended."""
        assert typed is None
        out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, err

    def send_signal(self, sent: int) -> None:
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, sent)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkServer:
    """A fork server, for commands whose interpreters would start alike."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = _read_early(environment)
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())],
                cwd=_ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def stop(self) -> None:
        """End the server, and every process of it that still runs."""
        self._requests.close()
        self._process.wait()

    def fits(self, environment: dict[str, str]) -> bool:
        """Whether an interpreter with this environment would start as the server's did."""
        return _read_early(environment) == self._environment

    async def start(
        self, arguments: tuple[str, ...], environment: dict[str, str], folder: Path, uid: int | None = None
    ) -> ForkedProcess:
        """Start ``dcs-mirror`` with these arguments, and nothing on its standard input, as a user."""
        request = {
            "arguments": arguments,
            "environment": environment,
            "folder": str(folder),
            "uid": uid,
        }
        nothing = os.open(os.devnull, os.O_RDONLY)
        (stdout, out), (stderr, err) = os.pipe(), os.pipe()
        answer, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        handed_over = array.array("i", [nothing, out, err, theirs.fileno()])
        assert len(handed_over) == STREAMS + 1
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, handed_over)
        self._requests.sendmsg([json.dumps(request).encode()], [rights])
        for descriptor in (nothing, out, err):
            os.close(descriptor)
        theirs.close()
        answer.setblocking(False)
        pid = int(await asyncio.get_running_loop().sock_recv(answer, _NUMBER_BYTES))
        return ForkedProcess(pid, await _reader(stdout), await _reader(stderr), answer)


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb", 0))
    return reader


def _read_early(environment: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in environment.items() if k != "HOME" and not k.startswith(_READ_LATE)}
