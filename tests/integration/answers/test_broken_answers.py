"""Garbage from upstream: what is hit counts as unread, everything else lands, the next run mends it."""

from urllib.parse import quote

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.control import control, misbehave
from tests.support.faulty import Fault, FaultySandbox, faulty
from tests.support.running import refresh, sync
from tests.support.scene import OK, Scene
from tests.support.walk import assert_views_equal

GARBAGE = {
    "html": b"<html><body>Bad gateway</body></html>",
    "half a json": b'{"content-items": [{"request-id": 1',
    "empty body": b"",
    "a list": b"[]",
    "a cut list": b'{"total-results": 3, "content-items": [], ' + OK + b"}",
    "neither list nor total": b"{" + OK + b"}",
    "no status": b'{"total-results": 0, "content-items": []}',
    "an internal error": b'{"status": "error", "status-code": 4, "status-message": "Oops"}',
    "an invalid parameter": b'{"status": "error", "status-code": 6, "status-message": "No"}',
    "a number for the list": b'{"total-results": 1, "content-items": 7, ' + OK + b"}",
    "an item without an id": b'{"total-results": 1, "content-items": [{"title": "x"}], ' + OK + b"}",
    "an item that is no object": b'{"total-results": 1, "content-items": ["x"], ' + OK + b"}",
    "ids out of range": b'{"total-results": 1, "content-items": [{"request-id": 1e30}], ' + OK + b"}",
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
async def test_c1_c2_w2_w4_w6_a_course_of_garbage_is_incomplete_and_removes_nothing(
    body: bytes, scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """C1, C2, W2, W4, W6."""
    await control(upstream, "edit", hei=scene.hei_id, request_id=scene.other_request, set={"notes": "new"})
    upstream.faults = [Fault(scene.content_of_hit, body)]
    report = await sync(upstream, database)
    outcomes = {o.hei_id: o for o in report.institutions}
    assert outcomes[scene.hei_id].outcome == "partial"
    assert repr(scene.hit) in (outcomes[scene.hei_id].error or "")
    assert (report.outcome, report.exit_code) == ("partial", 1)
    assert sum(o.removed for o in report.institutions) == 0
    assert await connection.fetchval("SELECT count(*) FROM dcs.content_item WHERE notes = 'new'") == 1

    upstream.faults = []
    assert (await sync(upstream, database)).outcome == "complete"
    await assert_views_equal(connection, await control(upstream, "state"))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(body, id=kind, marks=[pytest.mark.long] if n % 3 else [])
        for n, (kind, body) in enumerate(GARBAGE.items())
    ],
)
async def test_c1_c2_a_course_list_of_garbage_fails_its_institution_alone(
    body: bytes, scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """C1, C2."""
    courses = await connection.fetchval("SELECT count(*) FROM dcs.course WHERE removed_at IS NULL")
    body = body.replace(b"content-items", b"courses")
    upstream.faults = [Fault(f"GetCourses?hei={scene.hei_id}", body)]
    report = await sync(upstream, database)
    outcomes = {o.hei_id: o.outcome for o in report.institutions}
    assert outcomes.pop(scene.hei_id) in {"failed", "partial"}
    assert set(outcomes.values()) == {"complete"}
    assert report.exit_code == 1
    live = await connection.fetchval("SELECT count(*) FROM dcs.course WHERE removed_at IS NULL")
    assert live == courses

    upstream.faults = []
    assert (await sync(upstream, database)).outcome == "complete"
    await assert_views_equal(connection, await control(upstream, "state"))


async def test_w3_a_course_deleted_since_the_list_was_read_is_no_failure(
    scene: Scene, upstream: FaultySandbox, database: str
) -> None:
    """W3: code 2 for a listed course is a race."""
    gone = b'{"status": "error", "status-code": 2, "status-message": "Course not found"}'
    upstream.faults = [Fault(scene.content_of_hit, gone)]
    report = await sync(upstream, database)
    assert report.outcome == "complete"
    assert sum(o.removed for o in report.institutions) == 0


async def test_w3_what_passes_by_itself_is_asked_again(
    scene: Scene, upstream: FaultySandbox, database: str
) -> None:
    """W3: a fault that goes away within the attempts leaves no trace."""
    upstream.faults = [Fault(scene.content_of_hit, b"busy", status=503, times=3)]
    assert (await sync(upstream, database)).outcome == "complete"


async def test_w3_credentials_refused_in_the_middle_end_the_run(
    scene: Scene, upstream: FaultySandbox, database: str
) -> None:
    """W3: code 3 stops the whole run; what landed stays."""
    refused = b'{"status": "error", "status-code": 3, "status-message": "Could not authenticate user"}'
    upstream.faults = [Fault(scene.content_of_hit, refused)]
    report = await sync(upstream, database)
    assert report.exit_code == 3
    assert sum(scene.content_of_hit in call for call in upstream.calls) == 2  # the night before, and now


async def test_c4_an_empty_institution_list_is_refused(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """C4."""
    upstream.faults = [Fault("GetInstitutions", b'{"total-results": 0, "institutions": [], ' + OK + b"}")]
    report = await sync(upstream, database)
    assert report.exit_code == 4
    assert "C4" in str(report.error)
    assert "--accept-removals" in str(report.error)
    assert await connection.fetchval("SELECT count(*) FROM dcs.institution WHERE subscribed") == 2
    assert (await sync(upstream, database, accept_removals=True)).exit_code == 0
    assert await connection.fetchval("SELECT count(*) FROM dcs.institution WHERE subscribed") == 0


async def test_w4_c4_an_institution_list_without_any_id_ends_the_run(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    """C4: nothing could be done, and nobody counts as withdrawn."""
    await sync(sandbox, database)
    await misbehave(sandbox, {"kind": "no-ids", "method": "GetInstitutions"})
    report = await sync(sandbox, database)
    assert (report.outcome, report.exit_code) == ("failed", 4)
    assert str(report.error) == (
        "the institution list holds 2 entries without an id: see `dcs-mirror quarantine`"
    )
    assert await connection.fetchval("SELECT count(*) FROM dcs.institution WHERE subscribed") == 2


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("cut", "broke off its answer"),
        ("gzip-plain", "compressed its answer wrongly"),
        ("wrong-total", "the answer announces a total of 3 but holds 2"),
    ],
)
async def test_a_broken_answer_is_told_in_plain_words(
    kind: str, told: str, sandbox: RunningSandbox, database: str
) -> None:
    await misbehave(sandbox, {"kind": kind, "method": "GetInstitutions"})
    report = await sync(sandbox, database)
    assert report.exit_code == 4
    assert str(report.error).endswith(told)


async def test_c4_an_institution_that_withdrew_is_marked_and_keeps_its_rows(
    scene: Scene, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """C4."""
    await control(upstream, "unsubscribe", hei=scene.hei_id)
    report = await sync(upstream, database)
    assert report.exit_code == 0
    assert {o.hei_id: o.outcome for o in report.institutions}[scene.hei_id] == "unsubscribed"
    row = await connection.fetchrow("SELECT * FROM dcs.institution WHERE hei_id = $1", scene.hei_id)
    assert row is not None
    assert (row["subscribed"], row["last_sync_outcome"]) == (False, "unsubscribed")
    live = "SELECT count(*) FROM dcs.content_item WHERE hei_id = $1 AND removed_at IS NULL"
    assert await connection.fetchval(live, scene.hei_id) > 0

    await control(upstream, "subscribe", hei=scene.hei_id)
    assert (await sync(upstream, database)).outcome == "complete"
    await assert_views_equal(connection, await control(upstream, "state"))


async def test_c3_a_sync_that_would_remove_most_rows_is_held_until_accepted(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """C3."""
    await sync(upstream, database)
    institution = (await control(upstream, "state"))["institutions"][0]
    for course in institution["courses"][:5]:
        await control(upstream, "remove", hei=institution["id"], course_id=course["id"])
    live = "SELECT count(*) FROM dcs.content_item WHERE hei_id = $1 AND removed_at IS NULL"
    before = await connection.fetchval(live, institution["id"])
    report = await sync(upstream, database)
    held = next(o for o in report.institutions if o.hei_id == institution["id"])
    assert (held.outcome, report.exit_code) == ("held", 1)
    assert f"--hei {institution['id']} --accept-removals" in (held.error or "")
    assert await connection.fetchval(live, institution["id"]) == before

    report = await sync(upstream, database, institution["id"], accept_removals=True)
    assert report.outcome == "complete"
    await assert_views_equal(connection, await control(upstream, "state"))


NOT_FOUND = b'{"status": "error", "status-code": 2, "status-message": "Course not found"}'


@pytest.mark.parametrize(("hit", "outcome"), [(5, "complete"), (6, "partial"), (8, "partial")])
async def test_w3_courses_that_are_listed_but_mostly_not_found_are_no_race(
    hit: int, outcome: str, database: str
) -> None:
    """A handful may have been deleted since the list was read; most of them have not."""
    world = build_world(Sizes(institutions=1, courses=8, items=2), seed=3)
    async with running_sandbox(world) as sandbox, faulty(sandbox) as upstream:
        await sync(upstream, database)
        (institution,) = (await control(upstream, "state"))["institutions"]
        codes = list(dict.fromkeys(course["code"] for course in institution["courses"]))
        upstream.faults = [
            Fault(f"GetCourseContent?hei={institution['id']}&code={quote(code, safe='')}", NOT_FOUND)
            for code in codes[:hit]
        ]
        report = await sync(upstream, database)
    (found,) = report.institutions
    assert (found.outcome, found.removed) == (outcome, 0)
    if outcome == "partial":
        assert (
            found.error
            == f"the DCS lists {len(codes)} courses but does not find {min(hit, len(codes))} of them"
        )


async def test_w3_a_course_that_is_never_found_is_told_by_every_sync_and_by_a_refresh(
    scene: Scene, upstream: FaultySandbox, database: str
) -> None:
    await sync(upstream, database)
    upstream.faults = [Fault(scene.content_of_hit, NOT_FOUND)] * 4
    outcomes = [(await sync(upstream, database, scene.hei_id)).institutions[0] for _ in range(3)]
    assert [outcome.outcome for outcome in outcomes] == ["complete", "partial", "partial"]
    assert f"course {scene.hit!r} but has not found it (code 2)" in (outcomes[2].error or "")

    report = await refresh(upstream, database, scene.hei_id, course=scene.hit)
    assert (report.outcome, report.exit_code) == ("partial", 1)
    assert report.institutions[0].error == (
        f"the DCS lists course {scene.hit!r} but does not find it (code 2): nothing of it was read"
    )
    upstream.faults = []
    assert (await refresh(upstream, database, scene.hei_id, course=scene.hit)).outcome == "complete"
    assert (await sync(upstream, database, scene.hei_id)).outcome == "complete"
