"""The record of what was done in the service: written beside the answers, so that none waits for it."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import asyncpg
import structlog

from dcs_mirror.accounts import book
from dcs_mirror.clock import Clock
from dcs_mirror.database import connections
from dcs_mirror.database.retry import Database
from dcs_mirror.errors import MirrorError, in_words

MOST_WAITING = 1000
REPEATED_SECONDS = 60.0
"""The same refusal is recorded once in that time: a client that tries for ever must not fill the disk."""
FINISH_SECONDS = 2.0
"""How long the service waits for the record, when it stops or the record must not miss something."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Action:
    account: str | None
    action: str
    hei_id: int | None
    details: str


class Record:
    """Adds rows to the record.

    Args:
        database: connections that may write.
        clock: the mirror's.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: asyncio.Queue[_Action] = asyncio.Queue(MOST_WAITING)
        self._refused_at: dict[tuple[object, ...], float] = {}

    def add(self, account: str | None, action: str, hei_id: int | None = None, **details: object) -> None:
        """Have something recorded."""
        try:
            self._waiting.put_nowait(_action(account, action, hei_id, details))
        except asyncio.QueueFull:
            log.warning("too much is done to record it all", action=action, account=account)

    async def keep(self, account: str, action: str, hei_id: int | None = None, **details: object) -> None:
        """Have something recorded that must not be missing: wait, but not for long, if much is recorded."""
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self._waiting.put(_action(account, action, hei_id, details))
        except TimeoutError:
            log.warning("too much is done to record it all", action=action, account=account, **details)

    def refused(
        self, account: str | None, peer: str | None, right: str | None = None, hei_id: int | None = None
    ) -> None:
        """Have a refusal recorded, unless it was just now.

        Args:
            account: who was refused, or what was given as the name.
            peer: their address.
            right: what the account may not do; None if it was not let in at all.
            hei_id: to which institution.
        """
        key, now = (account, peer or "unix", right, hei_id), time.monotonic()
        if now - self._refused_at.get(key, -REPEATED_SECONDS) < REPEATED_SECONDS:
            return
        if len(self._refused_at) >= MOST_WAITING:
            self._refused_at.clear()
        self._refused_at[key] = now
        details = {"address": key[1]} if right is None else {"address": key[1], "right": right}
        self.add(account and account[: book.LONGEST_NAME], "refused", hei_id, **details)

    async def write(self) -> None:
        """Write what is to be recorded, until the task is cancelled."""
        while True:
            action = await self._waiting.get()
            try:
                await self._write(action)
            finally:
                self._waiting.task_done()

    async def finish(self) -> None:
        """Wait until all is written that was to be recorded, but not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self._waiting.join()

    async def _write(self, action: _Action) -> None:
        try:
            await self._database(
                partial(
                    book.record,
                    account=action.account,
                    action=action.action,
                    now=self._clock.now(),
                    hei_id=action.hei_id,
                    details=action.details,
                )
            )
        except (*connections.UNREACHABLE, asyncpg.PostgresError, MirrorError) as error:
            log.warning("an action could not be recorded", action=action.action, because=in_words(error))


def _action(account: str | None, action: str, hei_id: int | None, details: dict[str, object]) -> _Action:
    return _Action(account, action, hei_id, json.dumps(details))
