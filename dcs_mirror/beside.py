"""Work beside the task that waits for it: in a thread, or such that no cancellation cuts it off."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import anyio

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function returns, done in a thread.

    If this is cancelled, it ends only when the thread has: what is held for the work, such as a turn, is not
    free as long as the work goes on.
    """
    return await to_its_end(asyncio.to_thread(work, *args, **kwargs))


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Return what ``work`` returns; if this is cancelled meanwhile, raise that only once ``work`` has ended.

    A shield of anyio alone does not do: it stops cancellations of anyio's scopes, and neither
    ``Task.cancel`` nor ``asyncio.timeout``.
    """
    working = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):  # else anyio would cancel again and again, and the loop be busy
        while not working.done():
            try:
                await asyncio.wait([working])
            except asyncio.CancelledError as error:
                cancelled = error
    if cancelled is None:
        return working.result()
    if not working.cancelled():
        working.exception()  # nobody else asks for it
    raise cancelled
