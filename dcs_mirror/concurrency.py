"""Running one piece of work over many inputs, a bounded number at once."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import anyio

T = TypeVar("T")


async def for_each(inputs: Iterable[T], work: Callable[[T], Awaitable[None]], *, width: int) -> None:
    """Awaits ``work`` for each of ``inputs``, at most ``width`` at once, taking inputs as places come free.

    Raises:
        Exception: the first one that ``work`` raised, as itself; what else is under way is cancelled.
    """
    remaining = iter(inputs)
    failures: list[Exception] = []

    async def worker() -> None:
        try:
            for each in remaining:
                await work(each)
        except Exception as error:  # noqa: BLE001 - raised again below, out of its group
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(width):
            group.start_soon(worker)
    if failures:
        raise failures[0]
