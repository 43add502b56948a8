"""What takes long in the dashboard holds neither the place of files nor a connection, nor the loop."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from dcs_mirror.web.dashboard import render
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


def _site(monkeypatch: pytest.MonkeyPatch, pool: _Pool, person: Person) -> tuple[Site, web.Application]:
    """A site that a person looks at, who has signed in."""

    async def of(*_: object) -> Person:
        return person

    monkeypatch.setattr(People, "of", of)
    parts = SimpleNamespace(
        pool=pool,
        identity=None,
        lists=SimpleNamespace(coming=lambda _: nullcontext()),
        clock=SimpleNamespace(now=lambda: datetime(2026, 8, 6, tzinfo=UTC)),
    )
    application = web.Application()
    return Site(application, cast("Any", parts), is_open=True), application


async def test_a_list_is_checked_without_a_place_of_files_and_without_a_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = Person("one", None, frozenset(), "session x")
    pool, held = _Pool(), []
    site, application = _site(monkeypatch, pool, person)

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


async def test_pages_are_written_in_a_thread_one_after_the_other_and_without_a_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The loop serves others meanwhile: what it is asked for is answered before any page is written."""
    pool, at_once, seen, served = _Pool(), [], [], threading.Event()
    site, application = _site(monkeypatch, pool, Person("one", None, frozenset(), "session x"))
    fill = render.Page.fill

    def slowly(page: render.Page) -> render.Page:
        at_once.append(page)
        # Only the loop, which must be free, can set it.
        seen.append((len(at_once), pool.in_use, served.wait(10)))
        at_once.remove(page)
        return fill(page)

    async def long(visit: Visit) -> web.Response:
        return visit.page("accessibility.html", title="Long")

    async def health(_: web.Request) -> web.Response:
        if at_once:
            served.set()
        return web.Response(text="ok")

    monkeypatch.setattr(render.Page, "fill", slowly)
    site.get("/long", long)
    application.router.add_get("/healthz", health)
    async with TestClient(TestServer(application)) as client:
        pages = [asyncio.create_task(client.get("/long")) for _ in range(3)]
        while not served.is_set() and not all(page.done() for page in pages):
            async with client.get("/healthz") as answer:
                assert answer.status == 200
        for page in pages:
            answer = await page
            assert (answer.status, "<h1" in await answer.text()) == (200, True)
    assert seen == [(1, 0, True)] * 3
