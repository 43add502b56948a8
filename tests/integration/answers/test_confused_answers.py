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
    course = await connection.fetchrow(
        "SELECT hei_id, course_id FROM dcs.course WHERE (hei_id = $1) = $3 AND course_code <> $2",
        scene.hei_id,
        scene.hit,
        is_listed,
    )
    assert course is not None
    body = b'{"total-results": 0, "content-items": [], "course-ID": %d, ' % course["course_id"] + OK + b"}"
    upstream.faults = [Fault(scene.content_of_hit, body)]
    if only_that_course:
        report = await refresh(upstream, database, scene.hei_id, course=scene.hit)
    else:
        report = await sync(upstream, database)
    outcome = {o.hei_id: o for o in report.institutions}[scene.hei_id]
    assert (outcome.outcome, outcome.removed) == ("partial", 0)
    whose = "another course" if is_listed else f"a course of institution {course['hei_id']}"
    assert outcome.error == f"course {scene.hit!r}: the DCS answered with the content of {whose}"
    after = await connection.fetch(
        "SELECT item_key, course_code, removed_at FROM dcs.content_item ORDER BY 1"
    )
    assert after == before


async def test_w8_the_content_of_a_course_that_nobody_lists_is_that_of_the_code(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """A DCS that means it would keep the institution partial for ever."""
    body = b'{"total-results": 1, "content-items": [{"request-id": 7}], "course-ID": 999999999, ' + OK + b"}"
    upstream.faults = [Fault(scene.content_of_hit, body)]
    (outcome,) = (await sync(upstream, database, scene.hei_id)).institutions
    assert (outcome.outcome, outcome.error, outcome.added) == ("complete", None, 1)
    code = await connection.fetchval("SELECT course_code FROM dcs.content_item WHERE request_id = 7")
    assert code == scene.hit


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
    courses = await connection.fetch("SELECT * FROM dcs.course ORDER BY course_key")
    other = await connection.fetchval("SELECT hei_id FROM dcs.institution WHERE hei_id <> $1", scene.hei_id)
    code = await connection.fetchval(
        "SELECT course_code FROM dcs.course WHERE hei_id = $1 AND removed_at IS NULL", other
    )
    body = await list_of(connection, other)
    upstream.faults = [Fault(f"GetCourses?hei={scene.hei_id}", body)]
    outcome = {o.hei_id: o for o in (await sync(upstream, database)).institutions}[scene.hei_id]
    assert (outcome.outcome, outcome.added, outcome.removed) == ("failed", 0, 0)
    told = (
        f"the DCS answered with the course list of institution {other}. If its courses moved here, sync that "
        f"institution first: dcs-mirror sync --hei {other}"
    )
    assert outcome.error == told
    (outcome,) = (await refresh(upstream, database, scene.hei_id, course=code)).institutions
    assert (outcome.outcome, outcome.error) == ("failed", told)
    assert await connection.fetch("SELECT * FROM dcs.content_item ORDER BY item_key") == before
    assert await connection.fetch("SELECT * FROM dcs.course ORDER BY course_key") == courses


async def test_w8_institutions_that_share_their_courses_are_both_read(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """As one for tests does, also when it is read for the first time, and when the shared list changes."""
    other = await connection.fetchval("SELECT hei_id FROM dcs.institution WHERE hei_id <> $1", scene.hei_id)
    await connection.execute("DELETE FROM dcs_mirror.content_item WHERE hei_id = $1", scene.hei_id)
    await connection.execute("DELETE FROM dcs_mirror.course WHERE hei_id = $1", scene.hei_id)
    for more in [(), ((999999999, "MORE", "Active"),)]:
        body = await list_of(connection, other, *more)
        upstream.faults = [Fault("GetCourses?hei=", body)]
        report = await sync(upstream, database)
        assert "failed" not in [o.outcome for o in report.institutions]
    shared = await connection.fetch(
        "SELECT course_id, course_code FROM dcs.course WHERE removed_at IS NULL"
        " GROUP BY 1, 2 HAVING count(*) = 2 ORDER BY course_id"
    )
    assert shared[-1]["course_id"] == 999999999
    assert len(shared) > 5


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
