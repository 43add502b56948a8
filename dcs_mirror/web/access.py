"""Who asks, and what an answer depends on: one question to the database for all requests that wait.

A question that is sent after a request came serves it. So each request sees what was committed before it
came, and a thousand requests at once cost hardly more than one. Who says so takes what was found a moment
ago, and does not wait at all.
"""

import asyncio
import time
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Pool

STATEMENTS = sql.by_name(Path(__file__).parent / "sql")

SECONDS = 5.0
"""How long the database may take."""
MOST_AT_ONCE = 500
MOST_KNOWN = 5_000
"""Accounts and institutions of which is known what was found."""


class Version(NamedTuple):
    """What an institution's answers depend on: its latest change, and its latest reading."""

    change_id: int | None
    run_id: int | None
    recorded_at: datetime | None


class Access(NamedTuple):
    """What the database says of an account and an institution.

    ``hei_ids`` are the institutions that the account sees; None for all. ``is_seen`` says that it sees the
    institution, and that the mirror knows it.
    """

    secret_digest: bytes | None
    sees_all: bool
    may: frozenset[str]
    hei_ids: tuple[int, ...] | None
    is_seen: bool
    is_subscribed: bool
    version: Version


class AccessChecks:
    """Asks the database for all requests that wait.

    Args:
        pool: connections that only read.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: dict[tuple[str, int | None], list[asyncio.Future[Access | None]]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._known: dict[tuple[str, int | None], tuple[float, Access]] = {}

    def known(self, name: str, hei_id: int | None, *, within: float) -> Access | None:
        """Return what the database said no longer than so many seconds ago; None if it did not."""
        found = self._known.get((name, hei_id))
        return found[1] if found is not None and time.monotonic() - found[0] < within else None

    async def check(self, name: str, hei_id: int | None, *, within: float = 0.0) -> Access | None:
        """Return what the database says; None if there is no such account.

        Args:
            name: the account's.
            hei_id: the institution that it asks for; None for none.
            within: how many seconds ago it may have been asked; 0 for what it says now.

        Raises:
            DatabaseUnavailable: if the database does not answer.
        """
        key = (name, hei_id)
        if not within:
            # Who asks for the present may change it next, and then read what came of that.
            self._known.pop(key, None)
            return await self._found(key)
        if (known := self.known(name, hei_id, within=within)) is not None:
            return known
        asked_at = time.monotonic()
        access = await self._found(key)
        if access is not None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = (asked_at, access)
        return access

    async def _found(self, key: tuple[str, int | None]) -> Access | None:
        """Have the database asked, together with all who wait."""
        future: asyncio.Future[Access | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await future

    async def _ask(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:MOST_AT_ONCE]
            asked = {key: self._waiting.pop(key) for key in keys}
            try:
                async with asyncio.timeout(SECONDS):
                    answers = await self._answers(keys)
            except Exception as error:  # noqa: BLE001 - whatever it is, each of those that wait is told
                for future in chain.from_iterable(asked.values()):
                    if not future.done():  # it is, if who waited is gone
                        future.set_exception(error)
            else:
                for key, futures in asked.items():
                    for future in futures:
                        if not future.done():
                            future.set_result(answers.get(key))

    async def _answers(self, keys: list[tuple[str, int | None]]) -> dict[tuple[str, int | None], Access]:
        values = {"names": [name for name, _ in keys], "hei_ids": [hei_id for _, hei_id in keys]}
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(*STATEMENTS["access"].bind(values))
        return {
            (row["name"], row["hei_id"]): Access(
                row["secret_digest"],
                row["sees_all"],
                frozenset(row["may"]),
                None if row["hei_ids"] is None else tuple(row["hei_ids"]),
                row["is_seen"],
                row["is_subscribed"],
                Version(row["change_id"], row["run_id"], row["recorded_at"]),
            )
            for row in rows
        }
