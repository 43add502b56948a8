"""A server that takes no new connection: when work on it is ended, by a clock that each look moves on."""

from dataclasses import dataclass, field

import anyio
import pytest

from dcs_mirror.database import waiting
from dcs_mirror.database.waiting import DatabaseSilent, Waits
from dcs_mirror.jobs.begun import is_outage


@dataclass
class Server:
    """Gives no answer. The first looks take so many ``seconds``, and further ones as long as the last."""

    seconds: list[float]
    is_pooled: bool = False
    pid: int = 1
    looks: int = 0
    now: float = 0.0
    cut: int = field(default=0, init=False)

    def monotonic(self) -> float:
        return self.now

    async def open_connection(self, _: str) -> None:
        await anyio.lowlevel.checkpoint()
        self.now += self.seconds[min(self.looks, len(self.seconds) - 1)]
        self.looks += 1
        raise TimeoutError

    def terminate(self) -> None:
        self.cut += 1

    async def work(self, _: object) -> None:
        """Wait for an answer for as long as it takes to look 50 times."""
        while self.looks < 50:
            await anyio.lowlevel.checkpoint()


async def watch(server: Server, monkeypatch: pytest.MonkeyPatch, *, at_once: int = 1) -> list[Exception]:
    """Do so much work at once; return what ended it."""
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0)
    monkeypatch.setattr(waiting, "open_connection", server.open_connection)
    monkeypatch.setattr(waiting, "time", server)
    waits, ended = Waits("postgresql://"), list[Exception]()

    async def one() -> None:
        try:
            await waits.watch(server, server.work)  # type: ignore[arg-type] # as much of it as is asked for
        except DatabaseSilent as error:
            ended.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(at_once):
            group.start_soon(one)
    return ended


async def test_a_server_is_silent_for_all_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the looks of the others, which take a minute each: they count for all."""
    server = Server([60.0])
    ended = await watch(server, monkeypatch, at_once=6)
    assert (len(ended), server.cut) == (6, 6)
    assert server.looks <= 11 + 6
    assert all(is_outage(error) for error in ended)  # no attempt of a job, so a worker does it again


async def test_a_program_that_stood_still_itself_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was stopped, or whose machine was, in the middle of a look sees a time-out when it goes on."""
    server = Server([3600.0, 1.0])
    assert await watch(server, monkeypatch) == []
    assert server.looks == 50


async def test_work_behind_a_pooler_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler lets those wait for whom it has no session, while others work."""
    assert await watch(Server([60.0], is_pooled=True), monkeypatch) == []
