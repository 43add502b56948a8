"""Listening to the queue on one session after the other, because each may be lost."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

import anyio
import asyncpg
import structlog

from dcs_mirror.database import connections
from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.errors import in_words
from dcs_mirror.jobs.engine import Listener
from dcs_mirror.jobs.statements import STATEMENTS
from dcs_mirror.runtime import Runtime

STOP_SECONDS = 6.0
"""How long jobs may take to be handed back when the worker is told to stop: ten seconds later systemd and
Docker end it."""
RESTART_SECONDS = 1.0

log = structlog.get_logger()


class Listening:
    """Takes jobs until it is told to stop; :meth:`run` is its life.

    If a session is lost, the next one takes jobs at once. What the lost one had begun goes on meanwhile.

    Args:
        runtime: with the database.
        do: does the job with an id; raises PutBack if it cannot.
        accepts: says which kinds of jobs are taken now, given the kinds of those that are being done.
        asked: is called if something was asked for; only a hint.
    """

    def __init__(
        self,
        runtime: Runtime,
        do: Callable[[int], Awaitable[None]],
        accepts: Callable[[Collection[str]], Collection[str]],
        asked: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._do = do
        self._accepts = accepts
        self._asked = asked
        self._listeners: list[Listener] = []
        self._runs: set[asyncio.Task[None]] = set()

    @property
    def listener_ids(self) -> list[UUID]:
        """What the queue knows this worker by: a lost listener's id holds what it had begun."""
        return [listener.listener_id for listener in self._listeners]

    def stop(self) -> None:
        """Take no further job; :meth:`run` returns when those that are being done have ended."""
        for listener in self._listeners:
            listener.stop()

    def cut(self) -> None:
        """End the sessions, whatever they wait for."""
        for listener in self._listeners:
            listener.cut()

    async def run(self, *, until_empty: bool, stopping: Callable[[], None]) -> None:
        """Take jobs until the task is cancelled, or until none waits.

        Args:
            stopping: is called if the task is cancelled; it has the jobs handed back that are being done.
        """
        try:
            while True:
                try:
                    if await self._listen(until_empty=until_empty):
                        return
                except Exception as error:  # noqa: BLE001 - whatever the engine raises if its session is lost
                    log.warning("the queue was lost: listening again", because=in_words(error))
                await anyio.sleep(RESTART_SECONDS)
        except asyncio.CancelledError:
            stopping()
            self.stop()
            with anyio.move_on_after(STOP_SECONDS, shield=True):
                if self._runs:
                    await asyncio.wait(self._runs)
            raise
        finally:
            for run in self._runs:
                run.cancel()

    async def _listen(self, *, until_empty: bool) -> bool:
        """Listen on one session until it is lost; return whether nothing is left to do."""
        connection = await connections.open_connection(self._runtime.url)
        listener = Listener(connection, self._do, self._accepted)
        self._listeners.append(listener)
        run = asyncio.create_task(self._run(connection, listener, until_empty=until_empty))
        self._runs.add(run)
        run.add_done_callback(self._ended)
        either: list[asyncio.Future[Any]] = [run, listener.lost]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if listener.lost.done() and not run.done():
            log.warning("the queue was lost: listening again", because=listener.lost.result())
            listener.stop()
            return False
        run.result()
        if self._runs - {run}:  # what lost listeners do may come back into the queue
            await asyncio.wait(self._runs)
            return False
        return True

    async def _run(self, connection: ServerConnection, listener: Listener, *, until_empty: bool) -> None:
        try:
            await listener.run(until_empty=until_empty, asked=self._asked)
        finally:
            is_lost = listener.lost.done()
            self._listeners.remove(listener)
            await connections.close_gracefully(connection)
            if is_lost:
                await self._put_back(listener)

    async def _put_back(self, listener: Listener) -> None:
        """Put back into the queue what a lost listener had taken: it could not say how that ended."""
        release = STATEMENTS["release_picked"].bind({"listener_id": listener.listener_id})
        with suppress(*connections.UNREACHABLE, asyncpg.PostgresError):
            await self._runtime.database(lambda connection: connection.execute(*release))

    def _accepted(self) -> Collection[str]:
        return self._accepts([kind for listener in self._listeners for kind in listener.doing])

    def _ended(self, run: asyncio.Task[None]) -> None:
        self._runs.discard(run)
        if not run.cancelled():
            run.exception()  # was told by the listener
