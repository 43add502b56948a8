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


@pytest.mark.parametrize("overlap", OVERLAPS)
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__.strip("_"))
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
