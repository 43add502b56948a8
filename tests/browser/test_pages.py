"""Every page in Chromium: accessible, without JavaScript, narrow, and safe with hostile titles."""

import pytest

from tests.browser.conftest import Dashboard, findings

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "/",
    "/items",
    "/items?hei={hei}",
    "/items?hei={hei}&q=nothing-is-so",
    "/items/{item}",
    "/accessibility",
)
"""Addresses of all pages, for one institution and item."""


def _addresses(dashboard: Dashboard) -> list[str]:
    return [path.format(hei=dashboard.hei_ids[0], item=dashboard.items[0]) for path in PAGES]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(dashboard: Dashboard, scheme: str) -> None:
    page = await dashboard.visit(color_scheme=scheme, bypass_csp=True)
    found = {}
    for address in [*_addresses(dashboard), "/items/999999999"]:
        await page.goto(dashboard.service.address + address)
        if wrong := await findings(page):
            found[address] = wrong
    await page.context.clear_cookies()
    await page.goto(f"{dashboard.service.address}/sign-in")
    if wrong := await findings(page):
        found["/sign-in"] = wrong
    assert found == {}


@pytest.mark.parametrize("width", [320, 1280])
async def test_no_page_is_wider_than_its_window(dashboard: Dashboard, width: int) -> None:
    page = await dashboard.visit(viewport={"width": width, "height": 640})
    for address in [*_addresses(dashboard), *(f"/items/{key}" for key in dashboard.items)]:
        await page.goto(dashboard.service.address + address)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, address


async def test_hostile_titles_are_text_and_nothing_else(dashboard: Dashboard) -> None:
    page = await dashboard.visit()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for key in dashboard.items:
        await page.goto(f"{dashboard.service.address}/items/{key}")
        assert await page.locator("h1").count() == 1
        assert not (await page.title()).startswith("owned")
        text = await page.inner_text("body")
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert await page.locator("main img, main script").count() == 0
    assert "<script>" in await (await dashboard.visit(f"/items/{dashboard.items[0]}")).inner_text("h1")
    assert complaints == []


async def test_without_javascript_people_sign_in_search_sort_and_sign_out(dashboard: Dashboard) -> None:
    page = await dashboard.visit(java_script_enabled=False)
    assert await page.inner_text("h1") == "Overview"
    await page.click("nav >> text=Items")
    await page.select_option("#hei", str(dashboard.hei_ids[0]))
    await page.click("main button")
    assert await page.locator("tbody tr").count() == 50
    await page.click("text=Further rows")
    assert "Rows 51 to" in await page.inner_text("main")
    await page.click("thead >> text=Title")
    assert await page.get_attribute("th[aria-sort]", "aria-sort") == "ascending"
    await page.click("thead >> text=Title")
    assert await page.get_attribute("th[aria-sort]", "aria-sort") == "descending"
    await page.click("tbody a >> nth=0")
    assert "A student can" in await page.inner_text("main")
    await page.click("text=Sign out")
    assert "You are signed out." in await page.inner_text("main")
    await page.goto(f"{dashboard.service.address}/items")
    assert await page.inner_text("h1") == "Sign in"


async def test_the_keyboard_alone_signs_in_searches_and_opens_an_item(dashboard: Dashboard) -> None:
    context = await dashboard.browser.new_context()
    page = await context.new_page()
    await page.goto(f"{dashboard.service.address}/items?hei={dashboard.hei_ids[0]}")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type(dashboard.service.account)
    await page.keyboard.press("Tab")
    await page.keyboard.type(dashboard.service.secret)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#q")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "q":
            break
    await page.keyboard.type("W" * 20)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/items?**q=W*")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if "/items/" in str(await page.evaluate("document.activeElement.getAttribute('href')")):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/items/*")
    assert await page.inner_text("h1") == "W" * 300
    await context.close()
