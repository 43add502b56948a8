"""Lists of links: slow ones hold up nobody else, and a turn ends with its work."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from dcs_mirror.beside import in_thread
from dcs_mirror.web import link_lists, links_path
from dcs_mirror.web.identity import TooOften
from dcs_mirror.web.link_lists import LinkLists
from dcs_mirror.web.links_path import LinksPath
from dcs_mirror.web.problems import TooSlow
from tests.unit.web.test_bodies import posted


class _Lists:
    """Lists without a database: each is answered with the number of its lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def of(request: web.Request, _: int | None) -> tuple[str, Any]:
            return request.headers["From"], SimpleNamespace(is_seen=True, hei_ids=None)

        async def found(_: object, links: Any, *__: object) -> list[int]:
            return [len(links)]

        monkeypatch.setattr(LinkLists, "_found", found)
        self.lists = LinkLists(cast("Any", None))
        self.path = LinksPath(cast("Any", SimpleNamespace(of=of)), self.lists)

    def send(self, account: str, *parts: bytes, is_whole: bool = True) -> "asyncio.Task[web.StreamResponse]":
        headers = {"From": account, "Content-Type": "text/plain"}
        request = posted(*parts, is_whole=is_whole, headers=headers)
        return asyncio.create_task(self.path.handle(request))


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> _Lists:
    return _Lists(monkeypatch)


async def test_slow_lists_of_one_account_or_of_many_close_the_path_to_nobody_else(lists: _Lists) -> None:
    slow = [lists.send("slow", b"1", is_whole=False) for _ in range(link_lists.MOST_OF_ACCOUNT)]
    slow += [lists.send(f"slow {number}", b"1", is_whole=False) for number in range(20)]
    await asyncio.sleep(0)
    with pytest.raises(TooOften):
        await lists.send("slow", b"12\n")
    assert (await lists.send("other", b"12\n13\n")).status == 200
    for task in slow:
        task.cancel()
    await asyncio.wait(slow)
    assert (await lists.send("slow", b"12\n")).status == 200
    assert not lists.lists._of_account


async def test_a_list_that_trickles_is_given_up(lists: _Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_path, "BODY_SECONDS", 0.01)
    with pytest.raises(TooSlow, match="1 bytes"):
        await lists.send("slow", b"1", is_whole=False)


async def test_the_turn_of_a_client_that_is_gone_ends_when_its_thread_ends(
    lists: _Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended, threads = asyncio.Event(), threading.Event(), []
    loop, real = asyncio.get_running_loop(), links_path._read

    def read(*args: Any) -> Any:
        threads.append(1)
        loop.call_soon_threadsafe(begun.set)
        ended.wait(20)
        threads.pop()
        return real(*args)

    monkeypatch.setattr(links_path, "_read", read)
    gone = lists.send("gone", b"1\n")
    await begun.wait()
    gone.cancel()
    await asyncio.sleep(0)
    gone.cancel()
    waiting = lists.send("next", b"2\n")
    await asyncio.wait([waiting, gone], timeout=0.05)
    assert (lists.lists._turn.locked(), gone.done(), threads) == (True, False, [1])
    ended.set()
    assert (await waiting).status == 200
    assert gone.cancelled()


async def test_what_a_thread_raises_is_raised_or_if_nobody_waits_dropped() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await in_thread(fail)
    task = asyncio.create_task(in_thread(fail))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
