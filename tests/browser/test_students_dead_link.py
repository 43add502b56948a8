"""A dead link: what the student sees, and where a librarian finds it, with and without JavaScript."""

import re

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.conftest import HOSTILE, Dashboard

pytestmark = pytest.mark.asyncio(loop_scope="session")

ARCHIVE = """
UPDATE dcs_mirror.content_item SET content_status = $2 WHERE item_key = $1 RETURNING request_id, hei_id
"""


@pytest.mark.parametrize("scripted", [True, False])
async def test_a_dead_link_leads_a_student_to_a_reason_and_a_librarian_to_the_item(
    dashboard: Dashboard, server_url: str, template: str, *, scripted: bool
) -> None:
    connection = await asyncpg.connect(server_url.replace("/postgres?", f"/{template}_browser?"))
    key = dashboard.items[0]
    item = await connection.fetchrow(ARCHIVE, key, "Archived")
    assert item is not None
    try:
        address = f"{dashboard.service.address}/go/{item['hei_id']}/{item['request_id']}"
        context = await dashboard.browser.new_context(java_script_enabled=scripted)
        student = await context.new_page()
        response = await student.goto(address)
        assert response is not None
        assert response.status == 410
        await expect(student.locator("h1")).to_have_text("This link cannot be opened")
        await expect(student.locator("main")).to_contain_text("put this text away")
        assert HOSTILE[0] not in await student.inner_text("body")
        await context.close()

        # The student sends the address; the librarian pastes it, with what stood around it in the mail.
        page = await dashboard.visit(java_script_enabled=scripted)
        await page.click("nav >> text=Links")
        await page.fill("#lines", f"Help! <{address}>\n\n")
        await page.click("text=Check the links")
        await expect(page.locator(".verdict")).to_have_text("Students cannot open 1 of 1 link.")
        await expect(page.locator("tbody")).to_contain_text("no: it is archived")
        await page.click("tbody a")
        await page.wait_for_url(re.compile(f"/items/{key}$"))
        await expect(page.locator("h1")).to_contain_text("<script>")
        await expect(page.locator(".verdict")).to_contain_text("A student cannot open it: it is archived")
        await expect(page.locator("#item_changes")).to_contain_text("Changes")
        await page.context.close()
    finally:
        await connection.execute(ARCHIVE, key, "Active")
        await connection.close()
