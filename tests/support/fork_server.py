"""A program that has imported dcs-mirror and forks for each command: processes without a second of imports.

Each request names the arguments, the environment and the folder of one command, and hands over its standard
streams. The forked process then does what ``python -m dcs_mirror`` does after its imports, and ends without
taking apart every module, which would cost more than most commands do. Started by ``tests.support.forked``
with one end of a socket, and ended by closing it.
"""

import array
import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress

import dcs_mirror
import dcs_mirror.cli

REQUEST_BYTES = 128 * 1024
STREAMS = 3

# What dcs_mirror imports only when a command needs it.
_LATE = ("aiohttp.web", "alembic.command", "anyio._backends._asyncio", "openpyxl", "rapidfuzz", "uvloop")


class _ForkServer:
    """Forks for each request, and says over a socket of its own how each process ended."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)
        self._running: dict[int, tuple[int, socket.socket]] = {}  # number and socket, by descriptor

    def serve(self) -> bool:
        """Return True in a forked process, which has a command to run; False when requests have ended."""
        while True:
            for key, _ in self._selector.select():
                if self._selector.get_map().get(key.fd) is not key:
                    continue  # it was closed a moment ago
                if key.fileobj is self._requests:
                    request, descriptors = self._received()
                    if not request:
                        self._end()
                        return False
                    if self._fork(request, descriptors):
                        return True
                elif key.data is None:
                    self._report(key.fd)
                else:
                    self._collect(key.data)

    def _received(self) -> tuple[bytes, list[int]]:
        descriptors = array.array("i")
        room = socket.CMSG_SPACE((STREAMS + 1) * descriptors.itemsize)
        request, ancillary, _, _ = self._requests.recvmsg(REQUEST_BYTES, room)
        for _, _, data in ancillary:
            descriptors.frombytes(data)
        return request, list(descriptors)

    def _fork(self, request: bytes, descriptors: list[int]) -> bool:
        *streams, descriptor = descriptors
        answer = socket.socket(fileno=descriptor)
        pid = os.fork()
        if pid == 0:
            answer.close()
            self._leave()
            _become(request, streams)
            return True
        for stream in streams:
            os.close(stream)
        answer.send(b"%d" % pid)
        process = os.pidfd_open(pid)
        self._running[process] = pid, answer
        self._selector.register(process, selectors.EVENT_READ)
        self._selector.register(answer, selectors.EVENT_READ, process)
        return False

    def _leave(self) -> None:
        """Close, in a forked process, what is the server's."""
        self._selector.close()
        self._requests.close()
        for process, (_, answer) in self._running.items():
            os.close(process)
            answer.close()

    def _report(self, process: int) -> None:
        """Say how a process ended. It is collected, and its number given away, when that has been read."""
        self._selector.unregister(process)
        ended = os.waitid(os.P_PIDFD, process, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        with suppress(BrokenPipeError):
            self._running[process][1].send(b"%d" % code)

    def _collect(self, process: int) -> None:
        """Collect a process when the other end is closed. If it still runs it is killed first."""
        pid, answer = self._running.pop(process)
        self._selector.unregister(answer)
        if process in self._selector.get_map():
            self._selector.unregister(process)
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(process)
        answer.close()

    def _end(self) -> None:
        for process in list(self._running):
            self._collect(process)
        self._selector.close()
        self._requests.close()


def _become(request: bytes, streams: list[int]) -> None:
    """Make of a forked process what a new one would be."""
    wanted = json.loads(request)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(wanted["folder"])
    if wanted["uid"] is not None:
        os.setgroups([])
        os.setgid(wanted["uid"])
        os.setuid(wanted["uid"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.path[0] = wanted["folder"]
    sys.argv[1:] = wanted["arguments"]


def _run() -> None:
    """Run the command and exit with its code; what it does not catch ends it as Python does."""
    try:
        runpy.run_module("dcs_mirror", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int):
            raise
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code)


def main() -> None:
    """Serve requests; in a forked process, run its command."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which then close the socket
    for module in pkgutil.walk_packages(dcs_mirror.__path__, "dcs_mirror."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    dcs_mirror.cli.command()
    gc.collect()
    gc.freeze()
    if _ForkServer(requests).serve():
        _run()


if __name__ == "__main__":
    main()
