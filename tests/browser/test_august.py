"""August for a librarian: hostile titles are flagged, ticked off and assigned by keyboard alone."""

import asyncpg
import pytest

from tests.browser.conftest import Dashboard, findings, tab_to

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLAG = """
INSERT INTO dcs_mirror.recheck_flag (
    hei_id, item_key, licence_year, kind, previous_status, content_status, licence_before, licence, flagged_at
)
SELECT hei_id, item_key, 2026, 'pending', 'Active', 'Pending', 'Covered by CLA Licence', 'Excluded', now()
FROM dcs_mirror.content_item
WHERE item_key = ANY ($1) AND hei_id = $2
"""


async def test_a_librarian_ticks_flags_off_by_keyboard_on_a_narrow_screen(
    dashboard: Dashboard, server_url: str, template: str
) -> None:
    connection = await asyncpg.connect(server_url.replace("/postgres?", f"/{template}_browser?"))
    try:
        inserted = await connection.execute(FLAG, dashboard.items, dashboard.hei_ids[0])
        flagged = int(inserted.rpartition(" ")[2])
        assert flagged > 1
        await _tick_off(dashboard, flagged)
        notes = await connection.fetch("SELECT acknowledged_note FROM dcs.recheck_flag ORDER BY 1")
        assert [row[0] for row in notes] == ["asked the publisher"] + [None] * (flagged - 1)
        people = await connection.fetch("SELECT assigned_to FROM dcs.recheck_flag ORDER BY 1")
        assert [row[0] for row in people] == ["Priya"] * (flagged - 1) + [None]
    finally:
        await connection.execute("DELETE FROM dcs_mirror.recheck_flag")
        await connection.close()


async def _tick_off(dashboard: Dashboard, flagged: int) -> None:
    size = {"width": 320, "height": 640}
    page = await dashboard.visit("/august", who=dashboard.of_one, viewport=size, bypass_csp=True)
    assert await findings(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await page.locator("h1").count() == 1
    await page.emulate_media(media="print")
    assert await page.locator("main input:visible, main button:visible, main label:visible").count() == 0
    page = await dashboard.visit(
        "/august", who=dashboard.of_one, java_script_enabled=False, reduced_motion="reduce", viewport=size
    )
    assert f"{flagged} flags wait" in await page.inner_text(".verdict")
    await tab_to(page, ".tick:focus")
    await page.keyboard.press("Space")
    await tab_to(page, "#note:focus")
    await page.keyboard.type("asked the publisher")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".said")
    assert await page.locator("tbody .tick").count() == flagged - 1
    await tab_to(page, "#every:focus")
    await page.keyboard.press("Space")
    await tab_to(page, "#assign:focus")
    await page.keyboard.type("Priya")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".said >> text=are assigned")
    assert await page.locator("tbody >> text=Priya").count() == flagged - 1
    await page.click("text=Acknowledged: 1")
    assert "asked the publisher" in await page.inner_text("tbody")
