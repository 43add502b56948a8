"""What takes long in the dashboard holds neither the place of files nor a connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from dcs_mirror.web.dashboard.people import People, Person
from dcs_mirror.web.dashboard.site import Later, Site, Visit


class _Pool:
    """Connections that only count how many of them are in use."""

    def __init__(self) -> None:
        self.in_use = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        self.in_use += 1
        yield self
        self.in_use -= 1

    @asynccontextmanager
    async def transaction(self, **_: object) -> AsyncIterator[None]:
        yield

    async def execute(self, _: str) -> None:
        return None


async def test_a_list_is_checked_without_a_place_of_files_and_without_a_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = Person("one", None, frozenset(), "session x")

    async def of(*_: object) -> Person:
        return person

    monkeypatch.setattr(People, "of", of)
    pool, held = _Pool(), []
    parts = SimpleNamespace(
        pool=pool,
        identity=None,
        lists=SimpleNamespace(coming=lambda _: nullcontext()),
        clock=SimpleNamespace(now=lambda: datetime(2026, 8, 6, tzinfo=UTC)),
    )
    application = web.Application()
    site = Site(application, cast("Any", parts), is_open=True)

    def places() -> tuple[int, bool, int]:
        return pool.in_use, site._files.locked(), site._pages._value

    async def check(visit: Visit) -> Later:
        assert visit.files == {"file": b"1"}
        held.append(places())

        async def later() -> web.Response:
            held.append(places())
            return web.Response(text="checked")

        return later

    site.post("/check", check, has_file=True)
    async with TestClient(TestServer(application)) as client:
        form = FormData({"csrf": site.forms.token(person.bound_to)})
        form.add_field("file", b"1", filename="list.csv")
        async with client.post("/check", data=form, headers={"Origin": str(client.make_url("/"))}) as answer:
            assert await answer.text() == "checked"
    free = site._pages._value
    assert held == [(1, False, free - 1), (0, False, free)]
