"""A year for a librarian: June and August, each from what happens in the DCS to what is done about it.

The tests of August come after those of June, as in a year.
"""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import expect

from dcs_mirror.sandbox.model import COVERED, Item
from tests.browser.conftest import HOSTILE, Dashboard, findings, fits
from tests.browser.hand import WAYS, a_hand
from tests.support.control import control
from tests.support.running import sync

pytestmark = pytest.mark.asyncio(loop_scope="session")

JUNE, AUGUST, LATER = (datetime(2026, month, day, 2, tzinfo=UTC) for month, day in ((6, 12), (8, 4), (8, 6)))
NOTE = "asked the <publisher>"
IDS = "SELECT request_id FROM dcs.content_item WHERE item_key = ANY ($1) AND hei_id = $2 ORDER BY item_key"


def _plain_items(dashboard: Dashboard) -> list[Item]:
    """Active items of the first institution that have titles of their own."""
    items = {item.guid: item for item in dashboard.sandbox.world.items.values()}.values()
    return [
        item for item in items
        if item.institution.id == dashboard.hei_ids[0] and item.status == "Active" and item.course
        and item.course.status == "Active" and item.details.title not in HOSTILE
    ]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_before_june_a_librarian_sees_what_may_block_the_rollover(
    dashboard: Dashboard, way: str
) -> None:
    first = dashboard.hei_ids[0]
    async with a_hand(dashboard, way) as hand:
        page = hand.page
        await hand.press("nav >> text=June")
        await expect(page.locator(".verdict")).to_have_text(
            "1 of 2 institutions is in 2026-2027; 1 in 2025-2026."
        )
        await expect(page.locator("#june tbody")).to_contain_text("not seen yet")
        await hand.press(f'#june a[href="/june/{first}"]')
        await expect(page.locator(".verdict")).to_contain_text("has seen no June of this institution yet")
        await expect(page.locator(".verdict")).to_contain_text("courses may block its rollover.")
        await expect(page.locator("main")).to_contain_text(f"dcs-mirror rehearse-rollover {first}")
        await expect(page.locator("#june_columns")).to_contain_text("No registered column")
        listed = await hand.download("#june_students .download a")
        assert "not known: no number was sent from here" in listed
        number = page.locator('#june_students tbody a[href^="/items"]').first
        items = int(re.findall(r"^\d+", await number.inner_text())[0])
        await hand.press('#june_students tbody a[href^="/items"]')
        await expect(page.locator("#items tbody tr")).to_have_count(items)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rolled_over(dashboard: Dashboard) -> AsyncIterator[tuple[Item, Item, int]]:
    """June comes: an item that is not carried over, one that is, and its id of the year before."""
    dropped, kept, *_ = _plain_items(dashboard)
    before, hei = kept.request_id, dashboard.hei_ids[0]
    await control(dashboard.sandbox, "rollover", hei=hei, drop_items=[dropped.request_id])
    await sync(dashboard.sandbox, dashboard.database, now=JUNE)
    yield dropped, kept, before


@pytest.mark.parametrize("way", WAYS)
async def test_after_june_a_librarian_sees_what_became_of_the_items(
    dashboard: Dashboard, rolled_over: tuple[Item, Item, int], way: str
) -> None:
    (dropped, kept, before), first = rolled_over, dashboard.hei_ids[0]
    async with a_hand(dashboard, way) as hand:
        page = hand.page
        await hand.press("nav >> text=June")
        await expect(page.locator(".verdict")).to_have_text("All 2 institutions are in 2026-2027.")
        await hand.press(f'#june a[href*="/june/{first}?what=not_carried_over"]')
        await expect(page.locator(".verdict")).to_contain_text("It rolled over to 2026-2027")
        await expect(page.locator(".verdict")).to_contain_text(" items came over, and ")
        await expect(page.locator("main")).to_contain_text("If one is still taught, request it again.")
        title = dropped.details.extract_title or dropped.details.title
        listed = await hand.download("#june_items .download a")
        assert str(dropped.request_id) in listed
        await hand.press(f"#june_items tbody tr:has-text('{dropped.request_id}') a")
        await expect(page.locator("h1")).to_have_text(title or "")
        await expect(page.locator(".verdict")).to_contain_text("the DCS does not list it any more, since ")

        # A reading list has the id of the year before.
        await hand.press("nav >> text=Items")
        await hand.write("#q", str(before))
        await hand.press("main form button")
        await hand.press(f"#items tbody tr:has-text('{kept.request_id}') a")
        await expect(page.locator(".verdict")).to_have_text("A student can open it.")
        await expect(page.locator("#item_ids tbody")).to_contain_text(str(before))
        assert kept.request_id != before


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def flagged(dashboard: Dashboard) -> AsyncIterator[list[int]]:
    """August comes: the ids of items that the recheck makes pending, more than are ticked off."""
    hei = dashboard.hei_ids[0]
    connection = await asyncpg.connect(dashboard.database)
    ids = [row["request_id"] for row in await connection.fetch(IDS, dashboard.items, hei)]
    await connection.close()
    assert len(ids) > len(WAYS)
    await control(dashboard.sandbox, "recheck", hei=hei, kind="pending", request_ids=ids)
    await sync(dashboard.sandbox, dashboard.database, now=AUGUST)
    yield ids
    await _back(dashboard, ids)


async def _back(dashboard: Dashboard, ids: list[int]) -> None:
    """Items are active and covered again."""
    change = {"content-status": "Active", "licence": COVERED}
    for request_id in ids:
        await control(dashboard.sandbox, "edit", hei=dashboard.hei_ids[0], request_id=request_id, set=change)
    await sync(dashboard.sandbox, dashboard.database, now=LATER)


async def test_the_work_list_is_accessible_narrow_and_prints_without_its_form(
    dashboard: Dashboard, flagged: list[int]
) -> None:
    size = {"width": 320, "height": 640}
    page = await dashboard.visit("/august", who=dashboard.of_one, viewport=size, bypass_csp=True)
    assert await page.locator("tbody .tick").count() == len(flagged)
    assert await findings(page) == []
    await fits(page)
    assert await page.locator("h1").count() == 1
    await page.emulate_media(media="print")
    assert await page.locator("main input:visible, main button:visible, main label:visible").count() == 0
    await expect(page.locator(".on-paper")).to_have_text("Only: State: Nobody has looked")
    clamped = "all => all.filter(each => getComputedStyle(each).webkitLineClamp !== 'none').length"
    assert await page.locator("tbody .title").evaluate_all(clamped) == 0
    await page.emulate_media(media="screen")
    await page.set_viewport_size({"width": 1280, "height": 1024})
    wide, window = await page.evaluate(
        "(frame => [frame.scrollWidth, frame.clientWidth])(document.querySelector('#flags .scroll'))"
    )
    assert wide <= window
    await page.context.close()


@pytest.mark.parametrize("way", WAYS)
async def test_a_librarian_ticks_a_flag_off_assigns_the_others_and_takes_the_list(
    dashboard: Dashboard, flagged: list[int], way: str
) -> None:
    async with a_hand(dashboard, way, who=dashboard.of_one) as hand:
        page = hand.page
        await hand.press('.tasks a[href^="/august"]')
        await expect(page.locator("h1")).to_have_text("August")
        waiting = await page.locator("tbody .tick").count()
        assert 0 < waiting <= len(flagged)
        await expect(page.locator(".verdict")).to_contain_text(f"{waiting} flag")
        if not await page.locator(".forward").count():
            await expect(page.locator(".hint >> nth=0")).to_contain_text("To write to a lecturer")

        # Who forgets the tick finds the note again.
        await hand.write("#note", NOTE)
        await hand.press("text=Save for the ticked items")
        await expect(page.locator(".said")).to_contain_text("Nothing was saved.")
        await expect(page.locator("#note")).to_have_value(NOTE)
        await hand.tick("tbody .tick")
        await hand.press("text=Save for the ticked items")
        await expect(page.locator(".said")).to_contain_text("The ticked flags are acknowledged.")
        await expect(page.locator("tbody .tick")).to_have_count(waiting - 1)

        await hand.tick("#every")
        await hand.write("#assign", f"Priya {way}")
        await hand.press("text=Save for the ticked items")
        await expect(page.locator(".said")).to_contain_text("are assigned")
        await expect(page.locator(f"tbody tr:has-text('Priya {way}')")).to_have_count(waiting - 1)
        await hand.press("text=Acknowledged: ")
        await expect(page.locator("tbody")).to_contain_text(NOTE)
        listed = await hand.download("#flags .download a")
        assert NOTE in listed


async def test_a_flag_closes_when_its_item_comes_back(dashboard: Dashboard, flagged: list[int]) -> None:
    await _back(dashboard, flagged[:1])
    async with a_hand(dashboard, "without JavaScript", "/august", who=dashboard.of_one) as hand:
        await hand.press("text=Closed: 1")
        await expect(hand.page.locator("tbody")).to_contain_text("it is active and covered again")
