"""A dead link: what the student sees, and where a librarian finds it."""

import re

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.conftest import HOSTILE, Dashboard, fits
from tests.browser.hand import WAYS, Hand, a_hand

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARCHIVE = """
UPDATE dcs_mirror.content_item SET content_status = $2 WHERE item_key = $1 RETURNING request_id, hei_id
"""


@pytest.mark.parametrize("way", WAYS)
async def test_a_dead_link_leads_a_student_to_a_reason_and_a_librarian_to_the_item(
    dashboard: Dashboard, way: str
) -> None:
    connection = await asyncpg.connect(dashboard.database)
    key = dashboard.items[0]
    item = await connection.fetchrow(ARCHIVE, key, "Archived")
    assert item is not None
    try:
        address = f"{dashboard.service.address}/go/{item['hei_id']}/{item['request_id']}"
        await _student(dashboard, way, address)
        await _librarian(dashboard, way, address, key)
    finally:
        await connection.execute(ARCHIVE, key, "Active")
        await connection.close()


async def _student(dashboard: Dashboard, way: str, address: str) -> None:
    """Whoever follows the link needs no account, and reads why it is dead in English or in Welsh."""
    options = dict(WAYS[way])
    by_keyboard = options.pop("by_keyboard", False)
    context = await dashboard.browser.new_context(**options)
    page = await context.new_page()
    response = await page.goto(address)
    assert response is not None
    assert response.status == 410
    hand = Hand(page, by_keyboard)
    await expect(page.locator("h1")).to_have_text("This link cannot be opened")
    await expect(page.locator("main")).to_contain_text("put this text away")
    assert HOSTILE[0] not in await page.inner_text("body")
    await hand.press("text=Cymraeg")
    await expect(page.locator("h1")).to_have_text("Ni ellir agor y ddolen hon")
    await expect(page.locator("html")).to_have_attribute("lang", "cy")
    await hand.press("text=English")
    await expect(page.locator("h1")).to_have_text("This link cannot be opened")
    await fits(page)
    await context.close()


async def _librarian(dashboard: Dashboard, way: str, address: str, key: int) -> None:
    """The student sends the address; the librarian pastes it, with what stood around it in the mail."""
    async with a_hand(dashboard, way) as hand:
        page = hand.page
        await hand.press("nav >> text=Links")
        await hand.write("#lines", f"Help! <{address}>\n\n")
        await hand.press("text=Check the links")
        await expect(page.locator(".verdict")).to_have_text("Students cannot open 1 of 1 link.")
        await expect(page.locator("tbody")).to_contain_text("no: it is archived")
        await hand.press("tbody a")
        await page.wait_for_url(re.compile(f"/items/{key}$"))
        await expect(page.locator("h1")).to_contain_text("<script>")
        await expect(page.locator(".verdict")).to_contain_text("A student cannot open it: it is archived")
        await expect(page.locator("#item_changes")).to_contain_text("Changes")
        await fits(page)
