"""Where a monitor asks: ``/metrics``, ``/healthz`` and ``/readyz`` over HTTP."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
        try:
            async with asyncio.timeout(READY_SECONDS), self._pool.acquire() as connection:
                await migrate.require_current(connection)
        except MirrorError as error:
            return str(error)
        except mirror.FAILURES:
            return "the database does not answer"
        if self.dispatched_at is not None and time.monotonic() - self.dispatched_at > DISPATCH_SECONDS:
            return f"what is due was not put into the queue for {DISPATCH_SECONDS:.0f} s"
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
    try:
        if place.path:
            if await asyncio.to_thread(_is_in_use, place.path):
                raise SettingsError(f"{setting}: another process listens at {place}: {_ITS_OWN}")
            await web.UnixSite(runner, place.path).start()
        else:
            await web.TCPSite(runner, place.host, place.port).start()
    except OSError as error:
        because = explained(error)
        raise SettingsError(f"{setting}: cannot listen at {place}: {because}; {_ITS_OWN}") from None
    try:
        yield
    finally:
        if place.path:
            Path(place.path).unlink(missing_ok=True)  # noqa: ASYNC240 - one short call at the end


_ITS_OWN = "each process needs an address of its own"


def _is_in_use(path: str) -> bool:
    """Whether a process answers at the file of a socket, which a process that was killed leaves behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(1)
        try:
            trial.connect(path)
        except OSError:
            return False
        return True
