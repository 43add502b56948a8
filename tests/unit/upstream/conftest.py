"""A DCS mocked by aioresponses, and waits that take no time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aioresponses import aioresponses, core
from yarl import URL

from dcs_mirror import settings
from dcs_mirror.clock import Clock
from dcs_mirror.upstream import client as module
from dcs_mirror.upstream.admission import AdmissionGate
from dcs_mirror.upstream.client import DcsClient


class _Response(aiohttp.ClientResponse):
    """A response with the ``stream_writer`` that aiohttp needs since 3.14 and aioresponses 0.7.9 omits."""

    def __init__(self, method: str, url: URL, **rest: Any) -> None:
        rest.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(method, url, **rest)


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses]:
    """All requests of the test; the connection of an unexpected one is refused."""
    monkeypatch.setattr(core, "ClientResponse", _Response)
    with aioresponses() as mocked:
        yield mocked


@pytest.fixture
def asked(http: aioresponses, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The address of every request in order, as it was passed to the session."""
    addresses: list[str] = []
    get = aiohttp.ClientSession.get

    def spied(self: aiohttp.ClientSession, url: URL, **rest: Any) -> Any:
        addresses.append(str(url))
        return get(self, url, **rest)

    monkeypatch.setattr(aiohttp.ClientSession, "get", spied)
    return addresses


class _SkippingTimer:
    """The time of an event loop, which advances only when something waits for it."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._now = 1000.0

    def time(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], None], /) -> object:
        self.wait(when - self._now)
        return asyncio.get_running_loop().call_soon(callback)

    def wait(self, seconds: float) -> None:
        if seconds > 0:  # asyncio.sleep(0) only yields to other tasks
            self.waits.append(seconds)
            self._now += seconds


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each wait in the test; no time passes."""
    timer = _SkippingTimer()
    sleep = asyncio.sleep

    async def no_sleep(seconds: float) -> None:
        timer.wait(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", no_sleep)
    monkeypatch.setattr(module, "AdmissionGate", partial(AdmissionGate, timer=lambda: timer))
    return timer.waits


@pytest.fixture
async def client(http: aioresponses) -> AsyncIterator[DcsClient]:
    """A client of ``https://dcs.example/v3`` with the user Foo and the password Bar."""
    chosen = settings.load(api_url="https://dcs.example/v3", api_username="Foo", api_password="Bar")
    async with DcsClient(chosen, Clock()) as opened:
        yield opened
