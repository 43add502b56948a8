"""The record of what was done in the service: written beside the answers, so that none waits for it."""

import asyncio
import json
import time
from dataclasses import dataclass
from functools import partial

import asyncpg
import structlog

from dcs_mirror.accounts import book
from dcs_mirror.clock import Clock
from dcs_mirror.database import connections
from dcs_mirror.database.retry import Database
from dcs_mirror.errors import in_words

MOST_WAITING = 1000
REPEATED_SECONDS = 60.0
"""The same refusal is recorded once in that time: a client that tries for ever must not fill the disk."""

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
        self._refused_at: dict[tuple[str | None, str], float] = {}

    def add(self, account: str | None, action: str, hei_id: int | None = None, **details: object) -> None:
        """Have something recorded."""
        try:
            self._waiting.put_nowait(_Action(account, action, hei_id, json.dumps(details)))
        except asyncio.QueueFull:
            log.warning("too much is done to record it all", action=action, account=account)

    def refused(self, account: str | None, peer: str | None) -> None:
        """Have a refusal recorded, unless it was just now."""
        key, now = (account, peer or "unix"), time.monotonic()
        if now - self._refused_at.get(key, -REPEATED_SECONDS) < REPEATED_SECONDS:
            return
        if len(self._refused_at) >= MOST_WAITING:
            self._refused_at.clear()
        self._refused_at[key] = now
        self.add(account and account[: book.LONGEST_NAME], "refused", None, address=key[1])

    async def write(self) -> None:
        """Write what is to be recorded, until the task is cancelled."""
        while True:
            action = await self._waiting.get()
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
            except (*connections.UNREACHABLE, asyncpg.PostgresError) as error:
                log.warning("an action could not be recorded", action=action.action, because=in_words(error))
