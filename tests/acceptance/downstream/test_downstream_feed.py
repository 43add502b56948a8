"""The recipes of docs/downstream.md for a copy that follows the change feed."""

import asyncio
import json

from dcs_mirror.schema import contract
from tests.acceptance.downstream.guide import (
    AUGUST,
    HEI,
    JUNE,
    MAY,
    OTHER,
    Downstream,
    blocks,
    june,
    pairs,
)
from tests.support.control import control
from tests.support.restoring import Dump
from tests.support.roles import login_role
from tests.support.running import refresh


async def test_a_copy_that_follows_the_feed_is_the_view(downstream: Downstream) -> None:
    page, renumbered, create, follow, *_ = blocks("Follow the change feed")
    await downstream.lists.execute(create)
    before = {row["key"]: row for row in await downstream.ask(page)}
    assert len(before) > 500
    assert await downstream.ask(renumbered) == []
    await _follow(downstream, follow)

    await control(downstream.sandbox, "random-edits", hei=HEI, count=60, seed=5)
    await downstream.night(MAY.replace(day=21))
    held = dict(await pairs(downstream, "SELECT item_key, request_id FROM dcs.content_item"))
    await june(downstream)
    for kind in ("pending", "licence"):
        await control(downstream.sandbox, "recheck", hei=HEI, kind=kind)
    await downstream.night(AUGUST)
    await _follow(downstream, follow)

    for row in await downstream.ask(renumbered):
        assert held[row["item_key"]] == row["old_request_id"]
        held[row["item_key"]] = row["request_id"]
    now = dict(await pairs(downstream, "SELECT item_key, request_id FROM dcs.content_item"))
    assert held == {key: request_id for key, request_id in now.items() if key in held}
    assert len(await downstream.ask(renumbered)) > 300


async def test_a_role_that_sees_single_institutions_reads_the_feed_by_ranges(downstream: Downstream) -> None:
    """In steps of 100 ids, so that some ranges are all of the other institution."""
    *_, ranges, _ = blocks("Follow the change feed")
    until, page = ranges.split("\n\n")
    async with login_role(downstream.admin, "library") as role:
        await contract.add_reader(downstream.admin, role, [HEI])
        await downstream.admin.execute(f"SET ROLE {role}")
        cursor, sizes, found = 0, [], []
        while True:
            asked = until.replace("0 + 10000", f"{cursor} + 100").replace("dcs.", f"dcs_{role}.")
            end = await downstream.admin.fetchval(asked)
            if end == cursor:
                break
            asked = (
                page.replace("> 0", f"> {cursor}").replace("523", str(end)).replace("dcs.", f"dcs_{role}.")
            )
            rows = await downstream.admin.fetch(asked)
            sizes.append(len(rows))
            found += rows
            cursor = end
        await downstream.admin.execute("RESET ROLE")
        assert 0 in sizes
        assert max(sizes) > 50
        whole = page.replace("<= 523", f"<= {cursor} AND hei_id = {HEI}")
        assert found == await downstream.admin.fetch(whole) != []
        assert await downstream.admin.fetchval("SELECT max(change_id) FROM dcs.change") == cursor


async def test_a_listener_hears_of_the_institution_that_changed(downstream: Downstream) -> None:
    *_, listen = blocks("Follow the change feed")
    assert listen == "LISTEN dcs_change;\n"
    heard: asyncio.Queue[object] = asyncio.Queue()
    await downstream.lists.add_listener("dcs_change", lambda *what: heard.put_nowait(what[-1]))
    await downstream.night(MAY.replace(day=21))
    await control(downstream.sandbox, "edit", hei=HEI, request_id=2400830, set={"notes": "new"})
    assert (await refresh(downstream.sandbox, downstream.url, HEI)).outcome == "complete"
    assert await asyncio.wait_for(heard.get(), timeout=30) == str(HEI)
    assert heard.empty(), "a night on which nothing changed wakes nobody"


async def test_a_copy_finds_the_institutions_that_were_deleted(downstream: Downstream) -> None:
    (deleted,) = blocks("When an institution is deleted")
    assert await downstream.ask(deleted) == []
    heard: asyncio.Queue[object] = asyncio.Queue()
    await downstream.lists.add_listener("dcs_change", lambda *what: heard.put_nowait(what[-1]))
    assert (await downstream.dcs_mirror("purge", str(HEI), "--yes-delete", str(HEI))).code == 0
    assert [row["hei_id"] for row in await downstream.ask(deleted)] == [HEI]
    assert await asyncio.wait_for(heard.get(), timeout=30) == str(HEI)
    assert {row["hei_id"] for row in await downstream.ask("SELECT hei_id FROM dcs.change")} == {OTHER}


async def test_r2_a_copy_reads_everything_again_when_the_epoch_is_another_one(
    downstream: Downstream, empty_database: str
) -> None:
    """R2: what it read after the backup never happened; its cursor is ahead of the restored feed."""
    _, _, create, follow, *_ = blocks("Follow the change feed")
    (begin_again,) = blocks("When the epoch is another one")
    await downstream.lists.execute(create)
    await _follow(downstream, follow)
    assert await downstream.lists.execute(begin_again) == "INSERT 0 0"
    dump = Dump(empty_database)
    await dump.back_up()
    before = await downstream.lists.fetchval("SELECT count(*) FROM dcs.content_item")
    await control(downstream.sandbox, "random-edits", hei=HEI, count=60, seed=5)
    await downstream.night(MAY.replace(day=21))
    await _follow(downstream, follow)
    assert await downstream.lists.fetchval("SELECT count(*) FROM lists.item_copy") > before

    await dump.restore()
    await dump.drop()
    await control(downstream.sandbox, "random-edits", hei=HEI, count=30, seed=6)
    await downstream.night(MAY.replace(day=22))
    assert await downstream.ask(follow) == [], "it reads no change of another epoch"
    assert await downstream.lists.execute(begin_again) != "INSERT 0 0"
    await _assert_copied(downstream)
    assert await downstream.ask(follow) == []
    assert await downstream.lists.execute(begin_again) == "INSERT 0 0"
    await control(downstream.sandbox, "random-edits", hei=HEI, count=30, seed=7)
    await downstream.night(MAY.replace(day=23))
    await _follow(downstream, follow)


async def test_a_copy_that_is_behind_what_was_deleted_reads_everything_again(downstream: Downstream) -> None:
    _, _, create, follow, *_ = blocks("Follow the change feed")
    (begin_again,) = blocks("When the epoch is another one")
    await downstream.lists.execute(create)
    pruned = (await downstream.dcs_mirror("prune", "--before", "2026-06-01", "--json")).json
    (state,) = await downstream.ask("SELECT low_water, high_water FROM dcs.feed_state")
    assert (pruned["low_water"], state["high_water"]) == (state["low_water"], state["low_water"])
    await control(downstream.sandbox, "random-edits", hei=HEI, count=30, seed=5)
    await downstream.night(JUNE)
    assert await downstream.ask(follow) == [], "it lacks what was deleted, so it reads no later change"
    await downstream.lists.execute(begin_again)
    await _assert_copied(downstream)
    assert await downstream.ask(follow) == []
    await control(downstream.sandbox, "random-edits", hei=HEI, count=30, seed=6)
    await downstream.night(JUNE.replace(day=10))
    await _follow(downstream, follow)


async def _follow(downstream: Downstream, follow: str) -> None:
    """Run the guide's statement until it returns no rows; then the copy equals the view."""
    pages = 0
    while await downstream.ask(follow):
        pages += 1
    assert pages > 0
    await _assert_copied(downstream)


async def _assert_copied(downstream: Downstream) -> None:
    copied = dict(await pairs(downstream, "SELECT item_key, jsonb_strip_nulls(item) FROM lists.item_copy"))
    shown = "to_jsonb(i) - '{item_key,first_seen_at,changed_at,is_openable,why_not,isbn13,issn}'::text[]"
    # The nulls of `extra` are upstream's own: both sides go through the same function.
    expected = await pairs(
        downstream, f"SELECT item_key, jsonb_strip_nulls({shown}) FROM dcs.content_item AS i"
    )
    assert {key: json.loads(item) for key, item in copied.items()} == {
        key: json.loads(item) for key, item in expected
    }
