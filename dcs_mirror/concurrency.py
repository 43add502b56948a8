"""Bounded concurrency: run one coroutine function over many inputs."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import anyio

T = TypeVar("T")


async def for_each(inputs: Iterable[T], work: Callable[[T], Awaitable[None]], *, width: int) -> None:
    """Await ``work`` for each of ``inputs``, at most ``width`` at once; take inputs as places become free.

    Raises:
        Exception: the first one that ``work`` or ``inputs`` raised, ungrouped; all other work is cancelled.
    """
    remaining = iter(inputs)
    failures: list[Exception] = []

    async def worker() -> None:
        try:
            for each in remaining:
                await work(each)
        except Exception as error:  # noqa: BLE001 - raised again below, outside the task group
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(width):
            group.start_soon(worker)
    if failures:
        raise failures[0]
