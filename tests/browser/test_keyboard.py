"""The newer pages by keyboard alone, in a window of 320 pixels: that of 1280 pixels at a zoom of 400 %."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Dashboard, tab_to

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDTH = 320
AT_ITS_END = """
region => {
    const {scrollLeft, scrollWidth, clientWidth} = document.querySelector(region);
    return scrollWidth > clientWidth && scrollWidth - clientWidth - scrollLeft <= 1;
}
"""


async def test_the_keyboard_alone_reaches_requests_links_operations_and_a_run_at_400_percent(
    dashboard: Dashboard,
) -> None:
    size = {"width": WIDTH, "height": 256}
    page = await dashboard.visit("/", who=dashboard.of_one, viewport=size, reduced_motion="reduce")
    await _open(page, "Requests")
    await tab_to(page, "#state:focus")
    await page.keyboard.type("Rejected")
    await tab_to(page, "main form button:focus")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**state=rejected*")
    await expect(page.locator("#requests")).to_contain_text("No such request was submitted")

    await _open(page, "Links")
    await tab_to(page, "#lines:focus")
    await page.keyboard.type("187698\nno link")
    await tab_to(page, "main form button:focus")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#links tbody")
    await _scroll(page, "#links .scroll")
    await tab_to(page, "#links .download a:focus")

    await _open(page, "Operations")
    await tab_to(page, '#all_runs tbody a[href*="run=1#"]:focus')
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#run_institutions tbody")
    await tab_to(page, '#run_institutions a[href*="what=added"]:focus')
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"/runs/1\?what=added"))
    await _scroll(page, "#run_changes .scroll")
    await tab_to(page, '.legend a[href*="what=removed"]:focus', backwards=True)
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(r"/runs/1\?what=removed"))
    await expect(page.locator("main")).to_contain_text("No item is like this.")
    await page.context.close()


async def _open(page: Page, name: str) -> None:
    """Open a page from the navigation; it is not wider than the window."""
    await page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges()")
    await tab_to(page, f"header nav a:focus >> text={name}")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(name)
    assert await page.evaluate("document.documentElement.scrollWidth") <= WIDTH


async def _scroll(page: Page, region: str) -> None:
    """A table that is wider than the window is read to its last column with the arrow keys."""
    await tab_to(page, f"{region}:focus")
    for _ in range(60):
        await page.keyboard.press("ArrowRight")
    await page.wait_for_function(AT_ITS_END, arg=region)
