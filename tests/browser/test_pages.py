"""Every page in Chromium: accessible, without JavaScript, narrow, and safe with hostile titles."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import HOSTILE, Dashboard, findings

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "/",
    "/institutions/{hei}",
    "/institutions/{hei}/runs/1",
    "/institutions/{hei}/runs/1?what=flagged",
    "/items",
    "/items?hei={hei}",
    "/items?hei={hei}&q=nothing-is-so",
    "/items/{item}",
    "/june",
    "/june/{hei}",
    "/june/{second}?what=renumbered",
    "/june/{second}?what=conflicts",
    "/august?state=any",
    "/august?hei={hei}",
    "/requests",
    "/requests?q=nothing-is-so",
    "/links",
    "/operations",
    "/operations?hei={hei}&run=1",
    "/accessibility",
)
"""Addresses of all pages, for one institution and item."""
LINES = "\n".join(
    [*HOSTILE, "x" * 3000, "187698", "https://contentstore.cla.co.uk/secure/link?id=" + "0" * 32]
)


UNREADABLE = """
(() => {
    const place = element => element.getBoundingClientRect();
    const cut = [...document.querySelectorAll("caption span")].filter(each => place(each).right > innerWidth);
    const long = [...document.querySelectorAll("h1")].filter(each => place(each).height > 200);
    const months = [...document.querySelectorAll(".chart text")].filter(each => place(each).height);
    const tiny = months.filter(each => place(each).height < 12);
    const beside = (one, other) => one && one.parentNode === other.parentNode;
    const touching = months.filter(
        (each, at) => beside(months[at - 1], each) && place(months[at - 1]).right > place(each).left
    );
    const over = [...document.querySelectorAll(":is(td, th) :not(.hidden)")].filter(
        each => place(each).right > place(each.closest("td, th")).right + 1
    );
    const broken = [...document.querySelectorAll(".whole")].filter(each => each.getClientRects().length > 1);
    const backwards = [...document.querySelectorAll(".title")].filter(
        each => getComputedStyle(each).textAlign !== "start"
    );
    return [...cut, ...long, ...tiny, ...touching, ...over, ...broken, ...backwards].map(
        each => each.outerHTML.slice(0, 200)
    );
})()
"""
"""What nobody can read: captions that are cut off, headings that push the page down, months that touch, texts
that lie over the next cell, codes that are broken, and titles that begin at the wrong side, which cuts off
the ellipsis of one in Arabic."""

SILENT = """
isNarrow => [...document.querySelectorAll('.table:has(thead th:nth-child(5))')].filter(table => {
    const {scrollWidth, clientWidth} = table.querySelector('.scroll');
    const isSaid = getComputedStyle(table.querySelector('.sideways')).display !== 'none';
    return isSaid !== isNarrow || isNarrow && scrollWidth <= clientWidth;
}).map(table => table.id)
"""
"""Tables that do not say on a narrow screen that they scroll to further columns, or that say it elsewhere."""


def _addresses(dashboard: Dashboard) -> list[str]:
    return [
        path.format(hei=dashboard.hei_ids[0], second=dashboard.hei_ids[1], item=dashboard.items[0])
        for path in PAGES
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(dashboard: Dashboard, scheme: str) -> None:
    page = await dashboard.visit(color_scheme=scheme, bypass_csp=True)
    found = {}
    for address in [*_addresses(dashboard), "/items/999999999", "/nothing/here", "/go/1", "/go/1?lang=cy"]:
        await page.goto(dashboard.service.address + address)
        if wrong := await findings(page):
            found[address] = wrong
    await dashboard.check_list(page, LINES)
    if wrong := await findings(page):
        found["/links/…"] = wrong
    await page.goto(f"{dashboard.service.address}/links")
    await page.click("text=Check the links")
    await page.wait_for_selector("#wrong")
    if wrong := await findings(page):
        found["a list that cannot be read"] = wrong
    await page.goto(f"{dashboard.service.address}/links")
    await page.context.clear_cookies()
    await page.click("text=Check the links")
    await expect(page.locator(".waits")).to_contain_text("Your session has ended")
    if wrong := await findings(page):
        found["a session that ended"] = wrong
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
        assert await page.evaluate(UNREADABLE) == [], address
        assert await page.evaluate(SILENT, width == 320) == [], address
    items = dashboard.sandbox.world.items.values()
    hostile = {str(item.request_id) for item in items if item.details.title in HOSTILE}
    await dashboard.check_list(page, "\n".join([LINES, *hostile]))
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, "/links/…"
    assert await page.evaluate(UNREADABLE) == [], "/links/…"


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
    page = await dashboard.visit(signs_in=True, java_script_enabled=False)
    assert await page.inner_text("h1") == "Overview"
    await page.click("nav >> text=Items")
    await page.select_option("#hei", str(dashboard.hei_ids[0]))
    await page.click("main button")
    await expect(page.locator("tbody tr")).to_have_count(50)
    await page.click("text=Further rows")
    await expect(page.locator("main")).to_contain_text("Rows 51 to")
    await page.click("text=Earlier rows")
    await page.click("text=A longer page, to print")
    await expect(page.locator(".under nav")).to_have_text("A shorter page")
    assert await page.locator("tbody tr").count() > 100
    await page.click("text=A shorter page")
    await expect(page.locator("tbody tr")).to_have_count(50)
    await page.click("thead >> text=Title")
    await expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    await page.click("thead >> text=Title")
    await expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    await page.click("tbody a >> nth=0")
    await expect(page.locator("main")).to_contain_text("A student can")
    await page.click("text=Sign out")
    await expect(page.locator("main")).to_contain_text("You are signed out.")
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
    await page.keyboard.type(dashboard.reader[0])
    await page.keyboard.press("Tab")
    await page.keyboard.type(dashboard.reader[1])
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#q")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "q":
            break
    await page.keyboard.type("W" * 20)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#results tbody tr:only-child")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if "/items/" in str(await page.evaluate("document.activeElement.getAttribute('href')")):
            break
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/items/*")
    await expect(page.locator("h1")).to_have_text("W" * 300)
    await context.close()


@pytest.mark.parametrize("scripted", [True, False])
async def test_an_institution_is_read_at_once_by_who_may_and_the_page_says_how_far_it_is(
    dashboard: Dashboard, *, scripted: bool
) -> None:
    address = f"/institutions/{dashboard.hei_ids[0]}"
    other = await dashboard.visit(address)
    assert await other.locator("text=Read it from the DCS now").count() == 0
    await other.context.close()
    page = await dashboard.visit(address, who=dashboard.of_one, java_script_enabled=scripted)
    await page.click("text=Read it from the DCS now")
    for _ in range(60):
        if scripted:
            await page.wait_for_timeout(250)
        elif await page.locator("text=Look again").count():
            await page.wait_for_timeout(250)
            await page.click("text=Look again")
        if await page.locator("text=It was read from the DCS: complete").count():
            break
    await page.click("text=Show what it found")
    await expect(page.locator("#runs")).to_contain_text("refresh")
    await page.context.close()


async def test_with_javascript_results_follow_what_is_typed(dashboard: Dashboard) -> None:
    page = await dashboard.visit(f"/items?hei={dashboard.hei_ids[0]}")
    await page.locator("#q").press_sequentially("W" * 12)
    await page.wait_for_selector("#results tbody tr:only-child")
    assert "q=WWWW" in page.url
    assert await page.evaluate("document.activeElement.id") == "q"
    await page.context.close()


async def test_a_page_prints_with_the_colours_that_explain_its_pictures(dashboard: Dashboard) -> None:
    page = await dashboard.visit(f"/institutions/{dashboard.hei_ids[0]}")
    await page.emulate_media(media="print")
    names = "all => all.map(each => getComputedStyle(each).printColorAdjust)"
    assert set(await page.locator(".swatch").evaluate_all(names)) == {"exact"}
    assert not await page.locator("header nav").is_visible()
    await page.context.close()
