"""Where a monitor asks: ``/metrics``, ``/healthz`` and ``/readyz`` over HTTP."""

import asyncio
import errno
import fcntl
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import anyio
import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from dcs_mirror import listen_address
from dcs_mirror.clock import Clock
from dcs_mirror.database.connections import Pool
from dcs_mirror.errors import MirrorError, SettingsError, explained
from dcs_mirror.listen_address import ListenAddress
from dcs_mirror.metrics import mirror
from dcs_mirror.metrics.calls import CallMetrics
from dcs_mirror.schema import migrate

READY_SECONDS = 3.0
"""How long the database may take to answer before a process is not ready."""
FRESH_SECONDS = 1.0
"""The database is asked once in that time at most, however many ask."""
DISPATCH_SECONDS = 15.0
"""A worker that has put nothing that is due into the queue for so long is not ready."""
STOP_SECONDS = 1.0

log = structlog.get_logger()


class Health:
    """What a monitor is told of this process.

    Attributes:
        is_draining: whether the process takes no more work, because it was told to stop.
        dispatched_at: when it last put into the queue what was due, by the monotonic clock; None if never.

    Args:
        pool: the process's connections to the database.
        clock: the mirror's.
        calls: what it sends to the DCS; None if it sends nothing.
    """

    def __init__(self, pool: Pool, clock: Clock, calls: CallMetrics | None) -> None:
        self.is_draining = False
        self.dispatched_at: float | None = None
        self._pool = pool
        self._clock = clock
        self._calls = calls
        self._one_scrape = asyncio.Lock()
        self._scraped_at = -FRESH_SECONDS
        self._scraped = b""
        self._one_look = asyncio.Lock()
        self._looked_at = -FRESH_SECONDS
        self._found: str | None = None

    async def metrics(self) -> bytes:
        """The figures of this process, and of the mirror as a whole."""
        async with self._one_scrape:
            if time.monotonic() - self._scraped_at >= FRESH_SECONDS:
                self._scraped = await mirror.text(self._pool, now=self._clock.now())
                self._scraped_at = time.monotonic()
        return (self._calls.text() if self._calls else b"") + self._scraped

    async def why_not_ready(self) -> str | None:
        """Why the process can do no work just now; None if it can."""
        if self.is_draining:
            return "draining: this process was told to stop"
        if because := await self._why_no_database():
            return because
        if self.dispatched_at is not None and time.monotonic() - self.dispatched_at > DISPATCH_SECONDS:
            return f"what is due was not put into the queue for {DISPATCH_SECONDS:.0f} s"
        return None

    async def _why_no_database(self) -> str | None:
        """Why the database cannot be worked with, as it was found within the last ``FRESH_SECONDS``."""
        async with self._one_look:
            if time.monotonic() - self._looked_at >= FRESH_SECONDS:
                self._found = await self._look()
                self._looked_at = time.monotonic()
        return self._found

    async def _look(self) -> str | None:
        try:
            async with asyncio.timeout(READY_SECONDS), self._pool.acquire() as connection:
                await migrate.require_current(connection)
        except MirrorError as error:
            return str(error)
        except mirror.FAILURES:
            return "the database does not answer"
        return None


@asynccontextmanager
async def serving(address: str | None, health: Health) -> AsyncIterator[None]:
    """Answer a monitor during the block, at ``address`` as ``DCS_METRICS_BIND`` has it; None for not at all.

    Raises:
        SettingsError: if nothing can listen there.
    """
    if address is None:
        yield
        return
    place = listen_address.parse(address)
    application = web.Application()
    application.add_routes(routes(health))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    try:
        async with listening(runner, place, setting="DCS_METRICS_BIND"):
            log.info("metrics are served", at=str(place))
            yield
    finally:
        with anyio.move_on_after(2 * STOP_SECONDS, shield=True):
            await runner.cleanup()


def routes(health: Health) -> list[web.RouteDef]:
    """The paths that a monitor asks."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await health.metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        because = await health.why_not_ready()
        return web.Response(text=f"{because or 'ready'}\n", status=503 if because else 200)

    return [web.get("/metrics", metrics), web.get("/healthz", healthz), web.get("/readyz", readyz)]


@asynccontextmanager
async def listening(runner: web.BaseRunner, place: ListenAddress, *, setting: str) -> AsyncIterator[None]:
    """Take requests at ``place`` during the block.

    Args:
        runner: is set up; the caller cleans it up.
        place: where.
        setting: the variable that says so, for the error.

    Raises:
        SettingsError: if nothing can listen there.
    """
    with ExitStack() as stack:
        try:
            if place.path:
                stack.enter_context(_only_one(place.path))
                await asyncio.to_thread(_require_free, place.path)
                await web.UnixSite(runner, place.path).start()
                stack.callback(_remove, place.path, _number(place.path))
            else:
                await web.TCPSite(runner, place.host, place.port).start()
        except (_Taken, OSError) as error:
            # A path may also be that of another file.
            taken = not place.path and getattr(error, "errno", None) == errno.EADDRINUSE
            if taken or isinstance(error, _Taken):
                raise SettingsError(f"{setting}: another process listens at {place}: {_ITS_OWN}") from None
            raise SettingsError(
                f"{setting}: cannot listen at {place}: {explained(error)}; {_ITS_OWN}"
            ) from None
        yield


_ITS_OWN = "each process needs an address of its own"


class _Taken(Exception):
    """Another process listens there, or is about to."""


@contextmanager
def _only_one(path: str) -> Iterator[None]:
    """Hold a lock beside the file of a socket: two that begin at once would both find that nobody listens.

    The file of the lock stays. If it were removed, two could hold locks of two files.

    Raises:
        _Taken: if another process has the lock.
        OSError: if its file cannot be opened.
    """
    file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _Taken from None
        yield
    finally:
        os.close(file)


def _require_free(path: str) -> None:
    """Raise _Taken if a process listens at the file of a socket, which a killed process leaves behind.

    One that is too busy to answer, or that answers only others, counts.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(1)
        try:
            trial.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return
        except OSError:
            if not Path(path).is_socket():
                return
    raise _Taken


def _number(path: str) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def _remove(path: str, number: tuple[int, int]) -> None:
    """Remove the file of a socket, unless another one is there by now."""
    with suppress(OSError):
        if _number(path) == number:
            Path(path).unlink()
