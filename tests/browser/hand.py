"""A person at a page who clicks or uses the keyboard alone: a story is written once, told in every way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Download, Page

from tests.browser.conftest import IN_SIGHT, Dashboard, fits

HAS_FOCUS = "element => element === document.activeElement"
KEYBOARD: dict[str, Any] = {"by_keyboard": True, "reduced_motion": "reduce"}
WAYS: dict[str, dict[str, Any]] = {
    "with JavaScript": {},
    "without JavaScript": {"java_script_enabled": False},
    "by keyboard at 320 pixels, without JavaScript": {
        **KEYBOARD, "viewport": {"width": 320, "height": 640}, "java_script_enabled": False,
    },
    # A window of 1280 by 1024 pixels.
    "by keyboard at a zoom of 400 %": {
        **KEYBOARD, "viewport": {"width": 320, "height": 256}, "device_scale_factor": 4,
    },
}  # fmt: skip
"""How a story is told: options of the window, and whether the mouse is left alone."""


@dataclass(frozen=True)
class Hand:
    """Clicks on what a selector names first, or tabs to it and presses a key. Pages must fit their window."""

    page: Page
    by_keyboard: bool

    async def press(self, selector: str, key: str = "Enter") -> None:
        """Follow a link, press a button, or with the key Space tick a box."""
        # What it leads to from the page before may still be coming.
        await self.page.locator(selector).first.wait_for(state="attached")
        await fits(self.page)
        if self.by_keyboard:
            await self._reach(selector)
            await self.page.keyboard.press(key)
        else:
            await self.page.locator(selector).first.click()

    async def tick(self, selector: str) -> None:
        """Tick a box."""
        await self.press(selector, "Space")

    async def write(self, selector: str, text: str) -> None:
        """Write into a field, in the place of what it holds."""
        if not self.by_keyboard:
            await self.page.fill(selector, text)
            return
        await self._reach(selector)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Delete")
        await self.page.keyboard.insert_text(text)

    async def download(self, selector: str) -> str:
        """Download a file; its text."""
        async with self.page.expect_download() as coming:
            await self.press(selector)
        file: Download = await coming.value
        return (await file.path()).read_text(encoding="utf-8-sig")

    async def _reach(self, selector: str) -> None:
        """Press Tab until the element has the focus; whatever has it on the way is in the window."""
        wanted = self.page.locator(selector).first
        await wanted.wait_for(state="attached")
        for _ in range(400):
            if await wanted.evaluate(HAS_FOCUS):
                return
            await self.page.keyboard.press("Tab")
            assert await self.page.evaluate(IN_SIGHT), await self.page.evaluate(
                "document.activeElement.outerHTML"
            )
        raise AssertionError(f"the keyboard does not reach {selector} of {self.page.url}")


@asynccontextmanager
async def a_hand(
    dashboard: Dashboard, way: str, path: str = "/", *, who: tuple[str, str] | None = None
) -> AsyncIterator[Hand]:
    """Somebody who signed in and opened a page, in one of the ways."""
    options = dict(WAYS[way])
    by_keyboard = options.pop("by_keyboard", False)
    page = await dashboard.visit(path, who=who, **options)
    yield Hand(page, by_keyboard)
    await page.context.close()
