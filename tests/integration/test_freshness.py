"""Readings that overlap: the fresher one wins, whichever is applied last (C5)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import quote

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.sync.report import Report
from tests.support.control import control
from tests.support.faulty import FaultySandbox, Hold, faulty
from tests.support.running import refresh, sync
from tests.support.walk import assert_feed_replays, assert_views_equal

SIZES = Sizes(institutions=2, courses=5, items=4)
Run = Callable[[FaultySandbox, str, int, str], Coroutine[Any, Any, Report]]


async def _sync(upstream: FaultySandbox, database: str, _hei: int, _code: str) -> Report:
    return await sync(upstream, database)


async def _refresh(upstream: FaultySandbox, database: str, hei_id: int, _code: str) -> Report:
    return await refresh(upstream, database, hei_id)


async def _refresh_course(upstream: FaultySandbox, database: str, hei_id: int, code: str) -> Report:
    return await refresh(upstream, database, hei_id, course=code)


OVERLAPS: dict[str, tuple[Run, Run]] = {
    "a refresh during the nightly sync": (_sync, _refresh),
    "a refresh of one course during the nightly sync": (_sync, _refresh_course),
    "a refresh of one course inside a refresh of its institution": (_refresh, _refresh_course),
    "two syncs": (_sync, _sync),
    "a sync during a refresh of one course": (_refresh_course, _sync),
}


async def _edit_item(upstream: FaultySandbox, hei_id: int, course: dict[str, Any]) -> None:
    item = course["items"][0]
    changes = {"notes": "as asked"}
    await control(upstream, "edit", hei=hei_id, request_id=item["request-id"], set=changes)


async def _add_item(upstream: FaultySandbox, hei_id: int, course: dict[str, Any]) -> None:
    await control(upstream, "add", hei=hei_id, kind="item", course_id=course["id"])


async def _remove_item(upstream: FaultySandbox, hei_id: int, course: dict[str, Any]) -> None:
    await control(upstream, "remove", hei=hei_id, request_id=course["items"][0]["request-id"])


async def _rename_course(upstream: FaultySandbox, hei_id: int, course: dict[str, Any]) -> None:
    await control(upstream, "edit", hei=hei_id, course_id=course["id"], set={"name": "Another name"})


EDITS = [_edit_item, _add_item, _remove_item, _rename_course]


@pytest.mark.parametrize(
    ("overlap", "edit"),
    [
        pytest.param(
            overlap,
            edit,
            # Each overlap and each edit is in the short form.
            marks=[] if edit is EDITS[n % len(EDITS)] else pytest.mark.long,
            id=f"{edit.__name__.strip('_')}-{overlap}",
        )
        for n, overlap in enumerate(OVERLAPS)
        for edit in EDITS
    ],
)
async def test_c5_the_fresher_reading_wins_and_nobody_waits(
    overlap: str,
    edit: Callable[[FaultySandbox, int, dict[str, Any]], Awaitable[None]],
    database: str,
    connection: Connection,
) -> None:
    """C5: the older run holds answers from before the edit until the fresher one has landed."""
    older, fresher = OVERLAPS[overlap]
    async with running_sandbox(build_world(SIZES, seed=61)) as sandbox, faulty(sandbox) as upstream:
        assert (await sync(upstream, database)).outcome == "complete"
        institution = (await control(upstream, "state"))["institutions"][0]
        hei_id = institution["id"]
        course = next(
            c
            for c in institution["courses"]
            if len(c["items"]) > 1 and all(i["reachable"] for i in c["items"]) and c["status"] == "Active"
        )
        code = course["code"]
        # Another change, so that the older run has something of its own to apply.
        await control(
            upstream, "edit", hei=hei_id, request_id=course["items"][1]["request-id"], set={"notes": "1"}
        )
        hold = Hold(f"GetCourseContent?hei={hei_id}&code={quote(code, safe='')}", is_answered=True)
        upstream.holds.append(hold)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            under_way = group.create_task(older(upstream, database, hei_id, code))
            await hold.came.wait()
            await edit(upstream, hei_id, course)
            assert (await fresher(upstream, database, hei_id, code)).outcome == "complete"
            mark = await connection.fetchval("SELECT max(change_id) FROM dcs.change")
            hold.released.set()
        assert under_way.result().outcome == "complete"
        truth = await control(upstream, "state")
        await assert_views_equal(connection, truth)
        await assert_feed_replays(connection)
        flapped = await connection.fetch("SELECT * FROM dcs.change WHERE change_id > $1", mark)
        assert flapped == [], "the older run changed what the fresher one had brought"
        assert (await sync(upstream, database)).outcome == "complete"
        await assert_views_equal(connection, truth)


async def test_c5_a_course_into_which_a_look_up_moved_an_item_is_read_again(
    database: str, connection: Connection
) -> None:
    """C5: what the course answered before the item came says nothing of it, even if it answers so again."""
    async with running_sandbox(build_world(SIZES, seed=61)) as sandbox:
        assert (await sync(sandbox, database)).outcome == "complete"
        institution = (await control(sandbox, "state"))["institutions"][0]
        hei_id = institution["id"]
        courses = [c for c in institution["courses"] if c["status"] == "Active" and c["items"]]
        request_id = next(i["request-id"] for i in courses[0]["items"] if i["reachable"])
        await control(sandbox, "edit", hei=hei_id, request_id=request_id, set={"course_id": courses[1]["id"]})
        assert (await refresh(sandbox, database, hei_id, request_id=request_id)).outcome == "complete"
        await control(sandbox, "remove", hei=hei_id, request_id=request_id)
        assert (await sync(sandbox, database)).outcome == "complete"
        await assert_views_equal(connection, await control(sandbox, "state"))


async def test_r1_r4_an_id_of_a_year_that_was_not_seen_leads_to_the_item_that_is_stored(
    database: str, connection: Connection
) -> None:
    """R1, R4: nothing in the answer says that the item is a stored one; the look-up of its stored id does."""
    async with running_sandbox(build_world(SIZES, seed=61)) as sandbox:
        (hei_id, *_) = sandbox.world.institutions
        course = next(c for c in sandbox.world.institutions[hei_id].courses.values() if not c.deletion)
        new = {"content-status": "New Request"}
        added = await control(sandbox, "add", hei=hei_id, kind="item", course_id=course.id, set=new)
        asked: int = added["request_id"]
        item = sandbox.world.items[asked]
        item.published, course.answer = False, None  # so it has no GUID
        assert (await sync(sandbox, database)).outcome == "complete"
        key = "SELECT item_key FROM dcs.request_id WHERE hei_id = $1 AND request_id = $2"
        known = await connection.fetchval(key, hei_id, asked)
        for _ in range(2):
            await control(sandbox, "rollover", hei=hei_id)
        for request_id in item.request_ids[1:]:
            assert (await refresh(sandbox, database, hei_id, request_id=request_id)).outcome == "complete"
        assert (await sync(sandbox, database)).outcome == "complete"
        assert [await connection.fetchval(key, hei_id, each) for each in item.request_ids] == [known] * 3


async def _subscribed(connection: Connection) -> bool:
    found: bool = await connection.fetchval("SELECT subscribed FROM dcs.institution")
    return found


@pytest.mark.parametrize("is_read_since", [True, False])
async def test_c5_c4_of_an_answer_that_an_institution_withdrew_and_a_reading_the_later_one_stands(
    is_read_since: bool, database: str, connection: Connection
) -> None:
    """C5, C4: code 5 is an answer of its own, which keeps its order and is compared by it."""
    sizes = Sizes(institutions=1, courses=1, items=2)
    async with running_sandbox(build_world(sizes, seed=61)) as sandbox, faulty(sandbox) as upstream:
        assert (await sync(upstream, database)).outcome == "complete"
        (hei_id,) = (institution["id"] for institution in (await control(upstream, "state"))["institutions"])
        first, then = ("unsubscribe", "subscribe") if is_read_since else ("subscribe", "unsubscribe")
        await control(upstream, first, hei=hei_id)
        held = Hold("GetCourses?" if is_read_since else "GetCourseContent?", is_answered=True)
        upstream.holds.append(held)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            slow = group.create_task(refresh(upstream, database, hei_id))
            await held.came.wait()
            await control(upstream, then, hei=hei_id)
            fresh = await refresh(upstream, database, hei_id)
            held.released.set()
        outcomes = [report.institutions[0] for report in (fresh, slow.result())]
        if is_read_since:
            assert [outcome.outcome for outcome in outcomes] == ["complete", "failed"]
            assert "it was read since" in str(outcomes[1].error)
        else:
            assert [outcome.outcome for outcome in outcomes] == ["unsubscribed", "complete"]
        assert await _subscribed(connection) is is_read_since
        again = await refresh(upstream, database, hei_id)
        assert again.institutions[0].outcome == ("complete" if is_read_since else "unsubscribed")
        assert await _subscribed(connection) is is_read_since
