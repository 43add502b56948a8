"""Refreshes that clients ask for: one for each scope, however many ask at once; workers do them."""

import asyncio
from collections import Counter
from functools import partial
from typing import NamedTuple

from dcs_mirror.database import connections
from dcs_mirror.database.retry import Database
from dcs_mirror.jobs import queue
from dcs_mirror.web.record import Record

GATHER_SECONDS = 0.2
"""A refresh begins when no further client has asked for the same scope for so long."""
LONGEST_GATHER_SECONDS = 1.0
"""It begins after so long in any case."""
POLL_SECONDS = 0.1
MOST_AN_HOUR = 600
"""How many refreshes one account may ask for in an hour, as in SQL."""


class Scope(NamedTuple):
    """What is to be read: an institution, or a course or a request of it; 0 for the list of institutions."""

    hei_id: int
    course: str | None = None
    request_id: int | None = None


class Refused(Exception):
    """The account asked too often within the hour."""


class Refreshes:
    """Asks for refreshes and waits for their end.

    Args:
        database: connections that may write.
        record: is told of each.
    """

    def __init__(self, database: Database, record: Record) -> None:
        self._database = database
        self._record = record
        self._gathering: dict[Scope, asyncio.Task[int | None]] = {}
        self._wanted: Counter[Scope] = Counter()
        self._waiting: dict[int, asyncio.Future[queue.Refreshed]] = {}
        self._polling: asyncio.Task[None] | None = None

    async def refresh(self, account: str, scope: Scope, *, seconds: float) -> queue.Refreshed | None:
        """Have a scope read from the DCS, by a reading that begins after this was called.

        Returns:
            How it ended; None if it did not within ``seconds``. Then it goes on by itself.

        Raises:
            Refused: if the account asked too often.
            DatabaseUnavailable: if the database does not answer.
        """
        try:
            async with asyncio.timeout(seconds):
                refresh_id = await self.ask(account, scope)
                return await self._ended(refresh_id)
        except TimeoutError:
            return None

    async def ask(self, account: str, scope: Scope) -> int:
        """Ask for a refresh, together with all who want the same now; return the id of the asking.

        Raises:
            Refused: if the account asked too often.
        """
        self._wanted[scope] += 1
        self._record.add(
            account,
            "refresh",
            scope.hei_id or None,
            course_code=scope.course,
            request_id=scope.request_id,
        )
        gathering = self._gathering.get(scope)
        if gathering is None:
            gathering = self._gathering[scope] = asyncio.create_task(self._ask(account, scope))
        refresh_id = await asyncio.shield(gathering)
        if refresh_id is None:
            raise Refused
        return refresh_id

    async def _ask(self, account: str, scope: Scope) -> int | None:
        try:
            until = asyncio.get_running_loop().time() + LONGEST_GATHER_SECONDS
            had = 0
            while self._wanted[scope] > had and asyncio.get_running_loop().time() < until:
                had = self._wanted[scope]
                await asyncio.sleep(GATHER_SECONDS)
        finally:
            # Who comes from now on may have seen something newer than this reading will find.
            del self._gathering[scope], self._wanted[scope]
        return await self._database(
            lambda connection: queue.ask_refresh(
                connection,
                scope.hei_id,
                course=scope.course,
                request_id=scope.request_id,
                by=f"account {account}",
                most=MOST_AN_HOUR,
            )
        )

    async def _ended(self, refresh_id: int) -> queue.Refreshed:
        found = self._waiting.get(refresh_id)
        if found is None:
            found = self._waiting[refresh_id] = asyncio.get_running_loop().create_future()
            if self._polling is None or self._polling.done():
                self._polling = asyncio.create_task(self._poll())
        return await asyncio.shield(found)

    async def _poll(self) -> None:
        while self._waiting:
            ids = list(self._waiting)
            try:
                ended = await self._database(partial(queue.ended_refreshes, refresh_ids=ids))
            except connections.UNREACHABLE:
                ended = {}
            for refresh_id, how in ended.items():
                future = self._waiting.pop(refresh_id, None)
                if future is not None and not future.done():
                    future.set_result(how)
            if self._waiting:
                await asyncio.sleep(POLL_SECONDS)
