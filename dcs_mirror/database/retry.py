"""Repeat work on a pool's connections if the server restarts."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import asyncpg
import stamina
import structlog

from dcs_mirror.database.connections import UNREACHABLE, Connection, Pool
from dcs_mirror.database.waiting import Waits
from dcs_mirror.errors import in_words

T = TypeVar("T")

RETRY_SECONDS = 30.0
"""How long work is repeated while the server is away."""

TELL_SECONDS = 10.0
"""An outage fails each piece of work several times a second: that much time is between two warnings of it."""

VICTIMS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""What the driver raises if others were in the way of a transaction: it may succeed later."""

log = structlog.get_logger()


class Database(Protocol):
    """Does work on a connection of its own choice, again if the server went away meanwhile."""

    async def __call__(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do ``work``, which must be idempotent, on a connection that is not in a transaction."""


class RetryingPool:
    """A pool whose work is repeated if the server went away, or chose it as the victim of a deadlock.

    The work must be idempotent: it may have been committed although the answer was lost.

    Args:
        pool: the pool.
        waits: watches over work that waits for locks of others; None if the sessions have time-outs.
    """

    def __init__(self, pool: Pool, waits: Waits | None = None) -> None:
        self._pool = pool
        self._waits = waits
        self._told_at: dict[type[Exception], float] = {}
        self._untold = 0

    async def __call__(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do ``work`` on a connection that is not in a transaction; repeat it for ``RETRY_SECONDS``.

        Raises:
            DatabaseBlocked: if a session of others locks what it needs, and does not end.
            DatabaseSilent: if the server answers nobody for as long.
            Exception: whatever ``work`` raised the last time.
        """
        async for attempt in stamina.retry_context(
            on=self._repeats, attempts=None, timeout=RETRY_SECONDS, wait_max=2.0, wait_jitter=0.2
        ):
            with attempt:
                async with self._pool.acquire() as connection:
                    if self._waits is None:
                        return await work(connection)
                    return await self._waits.watch(connection, work)
        raise AssertionError("the last attempt raises")  # for the type checker

    def _repeats(self, error: Exception) -> bool:
        """Stamina's hook: whether to try again. Warns once in ``TELL_SECONDS``, however much work fails."""
        if not _is_transient(error):
            return False
        kind = type(error) if isinstance(error, VICTIMS) else Exception
        now = time.monotonic()
        if now - self._told_at.get(kind, -TELL_SECONDS) < TELL_SECONDS:
            self._untold += 1
            return True
        also = {"also_failed": self._untold} if self._untold else {}
        # The driver speaks of its own states then.
        is_ended = isinstance(error, asyncpg.InternalClientError)
        because = "the server ended the session" if is_ended else in_words(error)
        log.warning("PostgreSQL: trying again", because=because, **also)
        self._told_at[kind], self._untold = now, 0
        return True


def _is_transient(error: Exception) -> bool:
    """Return whether the next attempt may succeed: the server is away, or chose this transaction as victim.

    A value that the driver cannot encode is also an interface error, but a permanent one.
    """
    if isinstance(error, ValueError):
        return False
    return isinstance(error, (*UNREACHABLE, *VICTIMS))
