"""Bounded concurrency over many inputs, and its first error; work that no cancellation cuts off."""

import asyncio
from collections.abc import Iterator

import anyio
import pytest

from dcs_mirror.beside import to_its_end
from dcs_mirror.concurrency import for_each


async def _linger() -> None:
    """Wait long enough to be cancelled, but not for ever."""
    for _ in range(1000):
        await asyncio.sleep(0)


async def test_work_is_done_once_for_every_input() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    await for_each(range(50), work, width=7)
    assert sorted(done) == list(range(50))


async def test_without_inputs_no_work_is_done() -> None:
    async def work(number: int) -> None:
        raise AssertionError

    await for_each([], work, width=3)


@pytest.mark.parametrize(("width", "inputs", "expected"), [(4, 20, 4), (1, 5, 1), (10, 3, 3)])
async def test_as_many_are_under_way_as_the_width_allows_and_never_more(
    width: int, inputs: int, expected: int
) -> None:
    under_way = 0
    most = 0

    async def work(number: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        under_way -= 1

    await for_each(range(inputs), work, width=width)
    assert most == expected


async def test_inputs_are_taken_only_as_places_come_free() -> None:
    taken = 0
    gate = anyio.Event()

    def inputs() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    async def work(number: int) -> None:
        await gate.wait()

    async with anyio.create_task_group() as group:
        group.start_soon(lambda: for_each(inputs(), work, width=3))
        await anyio.wait_all_tasks_blocked()
        assert taken == 3
        gate.set()
    assert taken == 100


async def test_the_first_error_is_raised_as_itself_and_the_rest_is_cancelled() -> None:
    error = ValueError("the first")
    cancelled: list[int] = []
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        if number == 2:
            await asyncio.sleep(0)
            raise error
        try:
            await _linger()
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    with pytest.raises(ValueError, match="the first") as raised:
        await for_each(range(100), work, width=4)
    assert raised.value is error
    assert sorted(cancelled) == [0, 1, 3]
    assert len(begun) == 4


async def test_an_error_while_the_rest_is_cancelled_does_not_hide_the_first() -> None:
    async def work(number: int) -> None:
        if number == 0:
            await asyncio.sleep(0)
            raise ValueError("the first")
        try:
            await _linger()
        finally:
            raise OSError("while tidying up")

    with pytest.raises(ValueError, match="the first"):
        await for_each(range(3), work, width=3)


async def test_an_error_of_the_inputs_is_raised_as_itself() -> None:
    def inputs() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    async def work(number: int) -> None:
        await asyncio.sleep(0)

    with pytest.raises(LookupError, match="no more"):
        await for_each(inputs(), work, width=2)


async def test_cancellation_from_outside_reaches_the_work_and_goes_on() -> None:
    begun = anyio.Event()
    cancelled: list[int] = []

    async def work(number: int) -> None:
        begun.set()
        try:
            await _linger()
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    task = asyncio.create_task(for_each(range(9), work, width=2))
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(cancelled) == [0, 1]


@pytest.mark.parametrize("fails", [False, True])
async def test_work_that_is_to_reach_its_end_does_whoever_cancels(fails: bool) -> None:
    gate, reached = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        await gate.wait()
        reached.set()
        if fails:
            raise LookupError
        return 7

    async def in_a_scope() -> None:
        with anyio.CancelScope() as scope:
            asyncio.get_running_loop().call_soon(scope.cancel)
            await to_its_end(work())

    async def within_no_time() -> None:
        async with asyncio.timeout(0):
            await to_its_end(work())

    tasks = [asyncio.create_task(each) for each in (to_its_end(work()), in_a_scope(), within_no_time())]
    for _ in range(5):
        await asyncio.sleep(0)
        tasks[0].cancel()
    await asyncio.wait(tasks, timeout=0.05)
    assert not any(task.done() for task in tasks)
    gate.set()
    cancelled, scoped, timed_out = await asyncio.gather(*tasks, return_exceptions=True)
    assert reached.is_set()
    assert isinstance(cancelled, asyncio.CancelledError)
    assert isinstance(scoped, LookupError if fails else None.__class__)
    assert isinstance(timed_out, TimeoutError)


async def test_work_that_reaches_its_end_gives_its_result_or_its_error() -> None:
    async def work(number: int) -> int:
        return 6 // number

    assert await to_its_end(work(2)) == 3
    with pytest.raises(ZeroDivisionError):
        await to_its_end(work(0))
