"""Runs of `notify` over readings, and what was taken."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dcs_mirror.clock import Clock
from dcs_mirror.database import connections
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.notify import book, telling
from dcs_mirror.notify.telling import NotifyReport
from tests.support.readings import START, apply_reading, item, night_of, reading
from tests.support.receiver import Receiver

SECRET = "a secret of the tests"
EVERYTHING = list(book.EVENTS)
AUGUST = night_of(2026, 8, 3)


def entry(*to: str, events: Sequence[str] = EVERYTHING, institutions: object = "all") -> dict[str, Any]:
    return {"institutions": institutions, "events": list(events), "to": list(to), "secret": SECRET}


@asynccontextmanager
async def pool_of(database: str) -> AsyncIterator[RetryingPool]:
    async with connections.create_pool(database) as pool:
        yield RetryingPool(pool)


async def notify(
    database: str,
    *entries: dict[str, Any],
    night: float = 0,
    since: datetime | None = None,
    is_rehearsal: bool = False,
    pauses: Sequence[float] = (),
    seconds: float = 10,
) -> NotifyReport:
    """One run at an hour after a night's reading."""
    async with pool_of(database) as pool:
        return await telling.notify(
            pool,
            lambda: connections.connect(database),
            book.recipients({"notify": list(entries)}, Path()),
            clock=Clock.starting_at(START + timedelta(days=night, hours=1)),
            attempt_seconds=seconds,
            since=since,
            is_rehearsal=is_rehearsal,
            pauses=pauses,
        )


async def night(connection: Connection, number: int, *statuses: str, message: str | None = None) -> None:
    """A reading of one course with an item for each status."""
    items = [
        item(10 + n, content_status=s, title=f"Book {n}", rejection_message=message)
        for n, s in enumerate(statuses)
    ]
    await apply_reading(connection, reading({"A": items}, night=number))


def events(taken: Receiver) -> list[str]:
    return [document["event"] for document in taken.taken]
