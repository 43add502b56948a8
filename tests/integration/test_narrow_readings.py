"""A reading of one course or request says nothing of its institution."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.doctor import database as doctor
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.store import status
from tests.support.control import control
from tests.support.faulty import Fault, FaultySandbox, faulty
from tests.support.readings import NEXT, apply_reading, item, reading
from tests.support.running import refresh, sync

NOT_FOUND = b'{"status": "error", "status-code": 2, "status-message": "Course not found"}'
REFUSED = b'{"status": "error", "status-code": 6, "status-message": "Invalid Parameters"}'
EXAMINED = sql.load(Path(doctor.__file__).parent / "sql" / "institutions.sql")


@pytest.fixture
async def upstream() -> AsyncIterator[FaultySandbox]:
    world = build_world(Sizes(institutions=1, courses=12, items=4), seed=7)
    async with running_sandbox(world) as sandbox, faulty(sandbox) as upstream:
        yield upstream


async def of_institution(connection: Connection) -> tuple[str | None, str | None]:
    """What is said of the one institution, by the view, `status` and `doctor` alike, and of the last run."""
    outcome = await connection.fetchval("SELECT last_sync_outcome FROM dcs.institution")
    (shown,) = (await status.read(connection, now=datetime(2026, 6, 1, tzinfo=UTC)))["institutions"]
    examined = await connection.fetchrow(*EXAMINED.bind({}))
    assert examined is not None
    assert shown["last_sync_outcome"] == examined["outcome"] == outcome
    row = await connection.fetchrow(
        "SELECT outcome, error FROM dcs.sync_outcome ORDER BY run_id DESC LIMIT 1"
    )
    assert row is not None
    return outcome, row["outcome"]


async def test_a_refresh_of_a_course_leaves_a_held_institution_held(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    await sync(upstream, database)
    institution = (await control(upstream, "state"))["institutions"][0]
    hei_id, courses = institution["id"], institution["courses"]
    for course in courses[:9]:
        await control(upstream, "remove", hei=hei_id, course_id=course["id"])
    await sync(upstream, database)
    assert await of_institution(connection) == ("held", "held")
    report = await refresh(upstream, database, hei_id, course=courses[-1]["code"])
    assert report.outcome == "complete"
    assert await of_institution(connection) == ("held", "complete")


@pytest.mark.parametrize("how", ["mistyped", "refused", "not found", "request"])
async def test_a_narrow_reading_that_fails_leaves_a_whole_institution_complete(
    how: str, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    await sync(upstream, database)
    institution = (await control(upstream, "state"))["institutions"][0]
    code = institution["courses"][0]["code"]
    bodies = {"refused": REFUSED, "not found": NOT_FOUND}
    if how in bodies:
        upstream.faults = [Fault("GetCourseContent", bodies[how])]
    if how == "request":
        report = await refresh(upstream, database, institution["id"], request_id=999_999_999)
    else:
        course = "NO SUCH COURSE" if how == "mistyped" else code
        report = await refresh(upstream, database, institution["id"], course=course)
    own = {"mistyped": "failed"}.get(how, "partial")
    assert (report.outcome, report.exit_code) == (own, 1)
    assert await of_institution(connection) == ("complete", own)


async def test_a_refresh_of_the_whole_institution_is_its_own_outcome(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    await sync(upstream, database)
    institution = (await control(upstream, "state"))["institutions"][0]
    upstream.faults = [Fault("GetCourseContent", REFUSED, times=4)]
    await refresh(upstream, database, institution["id"])
    assert (await of_institution(connection))[0] == "partial"
    upstream.faults = []
    await refresh(upstream, database, institution["id"], course=institution["courses"][0]["code"])
    assert await of_institution(connection) == ("partial", "complete")
    await refresh(upstream, database, institution["id"])
    assert await of_institution(connection) == ("complete", "complete")


async def test_an_institution_of_which_only_a_course_was_read_has_no_outcome(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    institution = (await control(upstream, "state"))["institutions"][0]
    await refresh(upstream, database, institution["id"], course=institution["courses"][0]["code"])
    assert await of_institution(connection) == (None, "complete")


async def test_outcomes_of_release_0_1_0_count_by_the_run_or_by_the_reading(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    """Kind sync, or a reading that was applied whole."""
    await sync(upstream, database)
    institution = (await control(upstream, "state"))["institutions"][0]
    await refresh(upstream, database, institution["id"], course="NO SUCH COURSE")
    await connection.execute("UPDATE dcs_mirror.sync_outcome SET is_full = NULL")
    assert await of_institution(connection) == ("complete", "failed")


async def test_r8_a_narrow_reading_does_not_hold_a_mixed_institution_again(connection: Connection) -> None:
    """Held once: what looks mixed in the next full reading, too, is how upstream is."""
    await apply_reading(connection, reading({"A": [item(10)], "B": [item(11)], "C": [item(12)]}))
    mixed = {"A": [item(10)], "B": [item(21, 11)], "C": [item(12)]}
    assert (await apply_reading(connection, reading(mixed, year=NEXT, night=1))).outcome == "held"
    alone = reading({"C": [item(12)]}, night=1, is_full=False, list_complete=False)
    assert (await apply_reading(connection, alone)).outcome == "complete"
    assert (await apply_reading(connection, reading(mixed, year=NEXT, night=2))).outcome == "complete"
