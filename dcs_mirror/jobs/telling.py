"""After a night, tell those whom it concerns what it brought; whichever worker is left does it."""

import asyncio
from contextlib import suppress

import asyncpg
import structlog

from dcs_mirror.database import connections
from dcs_mirror.errors import LockNotFree, MirrorError, in_words
from dcs_mirror.jobs.statements import STATEMENTS
from dcs_mirror.notify import book, telling
from dcs_mirror.runtime import Runtime

LOOK_SECONDS = 30.0
"""How often a worker looks whether nobody was told of a night: the worker that ended it may be gone."""
LONGEST_PAUSE = 3600.0

log = structlog.get_logger()


class Telling:
    """Sends the notifications of nights that have ended; :meth:`run` is its life.

    Args:
        runtime: with the settings that say whom to tell, if anybody, and the database that says of what.

    Raises:
        SettingsError: if the file of recipients is wrong.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        file = runtime.settings.notify_file
        self._recipients = book.load(file) if file else []
        self._ended = asyncio.Event()
        self._one = asyncio.Lock()
        self._pause = LOOK_SECONDS

    def night_ended(self) -> None:
        """Have :meth:`run` tell at once."""
        self._ended.set()

    async def run(self) -> None:
        """Tell of each night that ends, and of those that nobody was told of, until cancelled."""
        while self._recipients:
            await self.tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._ended.wait()
            self._ended.clear()

    async def tell(self) -> None:
        """Tell of the nights that have ended, if nobody was told yet; errors are logged, and tried again."""
        if not self._recipients:
            return
        async with self._one:
            try:
                await self._tell()
            except LockNotFree:  # who has it may have looked before the night ended
                self._pause = LOOK_SECONDS
            except (*connections.UNREACHABLE, asyncpg.PostgresError, MirrorError) as error:
                log.warning("the notifications of a night could not be sent yet", because=in_words(error))
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
            else:
                self._pause = LOOK_SECONDS

    async def _tell(self) -> None:
        runtime = self._runtime
        ask = STATEMENTS["untold_nights"].bind({})
        nights = [row["job_id"] for row in await runtime.database(lambda pooled: pooled.fetch(*ask))]
        if not nights:
            return
        report = await telling.notify(
            runtime.database,
            runtime.connect,
            self._recipients,
            clock=runtime.clock,
            attempt_seconds=runtime.settings.timeout,
            public_url=runtime.settings.public_url,
        )
        for failure in report.failures:  # what was not taken is kept, and sent after the next night
            log.warning(
                "a notification was not taken", to=failure.to, because=failure.why, waiting=failure.waiting
            )
        note = STATEMENTS["set_told"].bind({"job_ids": nights})
        await runtime.database(lambda pooled: pooled.execute(*note))
