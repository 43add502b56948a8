"""Chromium, and the service over an institution of the sandbox whose titles are hostile or long."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState, async_playwright

from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from dcs_mirror.sandbox.model import COVERED
from tests.support.command import command_line
from tests.support.control import control
from tests.support.running import sync
from tests.support.serving import Service, account, serving
from tests.support.sessions import execute

AXE = resources.files("axe_playwright_python") / "axe.min.js"
CHROMIUM = shutil.which("chromium")
HOSTILE = (
    "<script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">",
    "red\x1b[31m and \u202egnp.exe",
    "{{ 7 * 7 }} </title><h1>owned</h1>",
    "Długi tytuł " * 40,
    "مقدمة في القانون الدولي (الطبعة الثانية)",
    "中国法律史概论" * 12,
    "W" * 300,
)

IN_SIGHT = """
(() => {
    const place = document.activeElement.getBoundingClientRect();
    return place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
})()
"""

MAY, JUNE = (datetime(2026, month, day, 2, tzinfo=UTC) for month, day in ((5, 20), (6, 9)))
NOW = "2026-08-07T09:00:00+01:00"
LONG_NAME = "The Royal and Ancient University of " + "Llanfairpwllgwyngyll" * 4 + ", School of Law"


@dataclass(frozen=True)
class Dashboard:
    """The service that runs, a browser, and what it shows.

    Attributes:
        service: the service.
        reader: name and secret of an account that sees everything, and may do nothing.
        of_one: name and secret of an account that sees the first institution alone, and may do all.
        hei_ids: the institutions.
        items: a key of an item of each hostile title.
        sandbox: what is mirrored; the second institution has rolled over, the first has not.
        database: the address of the mirror.
        states: the cookies of who signed in, by the account's name.
    """

    service: Service
    browser: Browser
    reader: tuple[str, str]
    of_one: tuple[str, str]
    hei_ids: list[int]
    items: list[int]
    sandbox: RunningSandbox
    database: str
    states: dict[str, StorageState] = field(default_factory=dict)

    async def check_list(self, page: Page, lines: str) -> None:
        """Have a list of links checked as somebody who signed in; the page is then the list's."""
        await page.goto(f"{self.service.address}/links")
        await page.fill("#lines", lines)
        await page.click("text=Check the links")
        await page.wait_for_selector("#links")

    async def visit(
        self, path: str = "/", *, who: tuple[str, str] | None = None, signs_in: bool = False, **options: Any
    ) -> Page:
        """Open a page in a new window as somebody who signed in.

        Args:
            path: of the page.
            who: name and secret; by default of an account that sees everything and may do nothing.
            signs_in: whether they sign in anew, to sign out again.
            options: of the window.
        """
        name, secret = who or self.reader
        known = None if signs_in else self.states.get(name)
        context = await self.browser.new_context(storage_state=known, **options)
        page = await context.new_page()
        if known is None:
            await page.goto(f"{self.service.address}/sign-in")
            await page.fill("#name", name)
            await page.fill("#secret", secret)
            await page.click("main button")
            if not signs_in:
                self.states[name] = await context.storage_state()
        await page.goto(self.service.address + path)
        return page


async def findings(page: Page) -> list[str]:
    """What axe finds wrong with a page."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]} {v['help']}" for v in found["violations"]]


async def fits(page: Page) -> None:
    """A page is not wider than its window."""
    wide, window = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window, page.url


async def tab_to(page: Page, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until what has the focus is as a selector says.

    Whatever has it on the way must be in the window, where nothing may move smoothly: ``reduced_motion``.
    """
    for _ in range(400):
        await page.keyboard.press("Shift+Tab" if backwards else "Tab")
        assert await page.evaluate(IN_SIGHT), await page.evaluate("document.activeElement.outerHTML")
        if await page.locator(selector).count():
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def dashboard(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Dashboard]:
    name = f"{template}_browser"
    await execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = server_url.replace("/postgres?", f"/{name}?")
    folder: Path = tmp_path_factory.mktemp("dashboard")
    world = build_world(Sizes(institutions=2, courses=12, items=12), seed=18)
    world.institutions[max(world.institutions)].name = LONG_NAME
    # The world knows an item by each of its ids.
    active = {item.guid: item for item in world.items.values() if item.status == "Active"}
    items = list(active.values())[: len(HOSTILE)]
    for item, title in zip(items, HOSTILE, strict=True):
        edit_item(world, item, ItemChanges(title=title, extract_title=title, licence=COVERED))
    try:
        async with running_sandbox(world) as sandbox, async_playwright() as playwright:
            await sync(sandbox, database, now=MAY)
            connection = await asyncpg.connect(database)
            keys = [
                await connection.fetchval(
                    "SELECT item_key FROM dcs.content_item WHERE hei_id = $1 AND request_id = $2",
                    item.institution.id,
                    item.request_id,
                )
                for item in items
            ]
            await connection.close()
            hei_ids = sorted(world.institutions)
            await control(sandbox, "rollover", hei=hei_ids[1])
            await sync(sandbox, database, now=JUNE)
            command = command_line(folder, sandbox, database)
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            async with serving(command, DCS_NOW=NOW) as service:
                of_one = await account(
                    command, "one", "--hei", str(hei_ids[0]), "--may", "refresh,acknowledge,write"
                )
                reader = await account(command, "reader")
                yield Dashboard(service, browser, reader, of_one, hei_ids, keys, sandbox, database)
            await browser.close()
    finally:
        await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")
