"""A cache on the way that confuses its answers: what names something else counts as not read."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.support.control import control
from tests.support.faulty import Fault, FaultySandbox, faulty
from tests.support.running import refresh, sync
from tests.support.scene import OK, Scene, list_of
from tests.support.walk import assert_views_equal


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("only_that_course", [False, True])
async def test_w8_c1_the_content_of_another_course_tells_nothing(
    *,
    only_that_course: bool,
    is_listed: bool,
    scene: Scene,
    upstream: FaultySandbox,
    database: str,
    connection: Connection,
) -> None:
    """C1: a cache that mixes answers up makes nothing vanish, if they are of another institution, too."""
    before = await connection.fetch(
        "SELECT item_key, course_code, removed_at FROM dcs.content_item ORDER BY 1"
    )
    course_id = await connection.fetchval(
        "SELECT course_id FROM dcs.course WHERE (hei_id = $1) = $3 AND course_code <> $2",
        scene.hei_id,
        scene.hit,
        is_listed,
    )
    body = b'{"total-results": 0, "content-items": [], "course-ID": %d, ' % course_id + OK + b"}"
    upstream.faults = [Fault(scene.content_of_hit, body)]
    if only_that_course:
        report = await refresh(upstream, database, scene.hei_id, course=scene.hit)
    else:
        report = await sync(upstream, database)
    outcome = {o.hei_id: o for o in report.institutions}[scene.hei_id]
    assert (outcome.outcome, outcome.removed) == ("partial", 0)
    whose = "another course" if is_listed else f"course {course_id}, which it does not list"
    assert outcome.error == f"course {scene.hit!r}: the DCS answered with the content of {whose}"
    after = await connection.fetch(
        "SELECT item_key, course_code, removed_at FROM dcs.content_item ORDER BY 1"
    )
    assert after == before


async def test_w8_c1_the_same_content_for_several_courses_tells_nothing(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """C1: a cache that does not tell the codes apart, and answers that name no course."""
    before = await connection.fetch("SELECT * FROM dcs.content_item ORDER BY item_key")
    body = b'{"total-results": 1, "content-items": [{"request-id": %d}], ' % scene.other_request + OK + b"}"
    upstream.faults = [Fault(f"GetCourseContent?hei={scene.hei_id}&code=", body)]
    outcome = {o.hei_id: o for o in (await sync(upstream, database)).institutions}[scene.hei_id]
    assert (outcome.outcome, outcome.added, outcome.removed) == ("partial", 0, 0)
    assert "the DCS answered with the same content for " in (outcome.error or "")
    assert await connection.fetch("SELECT * FROM dcs.content_item ORDER BY item_key") == before
    upstream.faults = []
    assert (await sync(upstream, database)).outcome == "complete"
    await assert_views_equal(connection, await control(upstream, "state"))


async def test_w8_c1_the_course_list_of_another_institution_tells_nothing(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """A cache that does not tell the institutions apart: no course moves, and no item goes."""
    before = await connection.fetch("SELECT * FROM dcs.content_item ORDER BY item_key")
    other = await connection.fetchval("SELECT hei_id FROM dcs.institution WHERE hei_id <> $1", scene.hei_id)
    body = await list_of(connection, other)
    upstream.faults = [Fault(f"GetCourses?hei={scene.hei_id}", body)]
    outcome = {o.hei_id: o for o in (await sync(upstream, database)).institutions}[scene.hei_id]
    assert (outcome.outcome, outcome.added, outcome.removed) == ("failed", 0, 0)
    assert outcome.error == f"the DCS answered with the course list of institution {other}"
    assert await connection.fetch("SELECT * FROM dcs.content_item ORDER BY item_key") == before


async def test_w9_the_same_item_for_every_look_up_tells_nothing(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """A cache that does not tell the ids apart: no item turns into another one (D132)."""
    hei_id = scene.hei_id
    for _ in range(3):
        added = await control(upstream, "add", hei=hei_id, kind="item", set={"content_status": "Active"})
        await refresh(upstream, database, hei_id, request_id=added["request_id"])
    live = "SELECT * FROM dcs.content_item WHERE removed_at IS NULL ORDER BY item_key"
    before = await connection.fetch(live)
    body = b'{"total-results": 1, "content-items": [{"request-id": %d}], ' % added["request_id"] + OK + b"}"
    upstream.faults = [Fault(f"GetCourseContent?hei={hei_id}&Request-ID=", body)]
    (outcome,) = (await sync(upstream, database, hei_id)).institutions
    assert (outcome.outcome, outcome.removed) == ("partial", 0)
    assert outcome.error == (
        f"the DCS answered with the same item for 3 requests: request id {added['request_id']}"
    )
    assert await connection.fetch(live) == before
    upstream.faults = []
    assert (await sync(upstream, database)).outcome == "complete"
    await assert_views_equal(connection, await control(upstream, "state"))


async def test_w8_a_course_that_is_listed_with_two_codes_is_told_every_night(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """The content of one code is read; the mirror does not know whose the other is."""
    before = await connection.fetch("SELECT * FROM dcs.content_item ORDER BY item_key")
    first = await connection.fetchrow(
        "SELECT course_id, course_code FROM dcs.course WHERE hei_id = $1 AND removed_at IS NULL LIMIT 1",
        scene.hei_id,
    )
    assert first is not None
    body = await list_of(connection, scene.hei_id, (first["course_id"], "ANOTHER", "Active"))
    upstream.faults = [Fault(f"GetCourses?hei={scene.hei_id}", body)]
    for _ in range(2):
        (outcome,) = (await sync(upstream, database, scene.hei_id)).institutions
        assert (outcome.outcome, outcome.added, outcome.removed) == ("partial", 0, 0)
        assert outcome.error == (
            f"the DCS lists course {first['course_id']} with several codes: "
            f"{first['course_code']!r} was read, 'ANOTHER' not"
        )
    assert await connection.fetch("SELECT * FROM dcs.content_item ORDER BY item_key") == before


async def test_w8_the_same_content_for_courses_that_were_never_read_is_believed(database: str) -> None:
    """Nothing can be lost, and a DCS that means it would keep the institution partial for ever."""
    world = build_world(Sizes(institutions=1, courses=3, items=2), seed=3)
    async with running_sandbox(world) as sandbox, faulty(sandbox) as upstream:
        body = b'{"total-results": 1, "content-items": [{"request-id": 7}], ' + OK + b"}"
        upstream.faults = [Fault("GetCourseContent?hei=", body)]
        assert (await sync(upstream, database)).outcome == "complete"
        upstream.faults = [Fault("GetCourseContent?hei=", body)]
        assert (await sync(upstream, database)).outcome == "complete"
