"""Requests of no course follow their ids, also after they ended, whatever the list shows (R4, R7, A7)."""

from collections.abc import AsyncIterator
from copy import deepcopy

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.downstream import targets
from dcs_mirror.reading import LookedUp
from dcs_mirror.runtime import open_runtime
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item, remove_course
from dcs_mirror.sandbox.model import Item
from dcs_mirror.sandbox.years import roll_over
from dcs_mirror.sync.mirror import open_mirror, reconcile
from dcs_mirror.web.dashboard.site import STATEMENTS
from dcs_mirror.writes import journal
from tests.support.faulty import Fault, faulty
from tests.support.readings import (
    HEI,
    NEXT,
    START,
    apply_reading,
    current,
    history,
    item,
    keys,
    live,
    reading,
)
from tests.support.running import settings_for, sync
from tests.support.writing import request

STATUSES = [
    ItemChanges(content_status="Rejected"),
    ItemChanges(content_status="Deleted"),
    ItemChanges(content_status="Pending"),
]


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """One course with one item, and a Rejected, a Deleted and a Pending request of no course."""
    world = build_world(Sizes(institutions=1, courses=1, items=1, unattached=3), seed=7)
    (institution,) = world.institutions.values()
    for loose, status in zip(institution.unattached, STATUSES, strict=True):
        edit_item(world, loose, status)
    async with running_sandbox(world) as running:
        yield running


def loose_items(sandbox: RunningSandbox) -> list[Item]:
    (institution,) = sandbox.world.institutions.values()
    return institution.unattached


async def know(sandbox: RunningSandbox, database: str, connection: Connection) -> dict[int, int]:
    """Mirror the world, its requests of no course by their ids; return the key of each by its number."""
    (hei_id,) = sandbox.world.institutions
    async with open_mirror(settings_for(sandbox), database) as mirror:
        await mirror.sync()
        for loose in loose_items(sandbox):
            await mirror.refresh(hei_id, request_id=loose.request_id)
    await connection.execute("CREATE TABLE public.link (request_id bigint)")
    await connection.execute("INSERT INTO public.link SELECT request_id FROM dcs.content_item")
    await targets.add(connection, "public.link", "request_id", now=START)
    stored = await keys(connection)
    return {loose.number: stored[loose.request_id] for loose in loose_items(sandbox)}


async def assert_follows(sandbox: RunningSandbox, connection: Connection, known: dict[int, int]) -> None:
    stored = await keys(connection)
    found = {loose.number: stored.get(loose.request_id) for loose in loose_items(sandbox)}
    assert found == known
    links = {row["request_id"] for row in await connection.fetch("SELECT request_id FROM public.link")}
    assert {loose.request_id for loose in loose_items(sandbox)} <= links


async def test_r4_a7_ended_requests_follow_a_june_in_which_the_list_is_empty(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    """R4, A7: no course tells that the year advanced, in the night of that June and in later ones."""
    known = await know(sandbox, database, connection)
    (institution,) = sandbox.world.institutions.values()
    for course in list(institution.courses.values()):
        remove_course(sandbox.world, course)
    roll_over(sandbox.world, institution)
    assert (await sync(sandbox, database)).outcome == "complete"
    await assert_follows(sandbox, connection, known)
    roll_over(sandbox.world, institution)
    assert (await sync(sandbox, database)).outcome == "complete"
    await assert_follows(sandbox, connection, known)


async def test_r4_a7_ended_requests_are_not_asked_for_while_the_list_shows_the_year(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    await know(sandbox, database, connection)
    asked = sandbox.stats.methods["GetCourseContent"]
    assert (await sync(sandbox, database)).outcome == "complete"
    assert sandbox.stats.methods["GetCourseContent"] - asked == 1 + 1  # the course, and what is Pending


async def test_r7_r2_requests_of_no_course_follow_a_rollover_that_is_taken_back(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    known = await know(sandbox, database, connection)
    (hei_id,) = sandbox.world.institutions
    before = deepcopy((sandbox.world.institutions[hei_id], sandbox.world.items))
    roll_over(sandbox.world, sandbox.world.institutions[hei_id])
    assert (await sync(sandbox, database)).outcome == "complete"
    await assert_follows(sandbox, connection, known)
    sandbox.world.institutions[hei_id], sandbox.world.items = before
    async with open_mirror(settings_for(sandbox), database) as mirror:
        assert (await mirror.sync(hei_ids=[hei_id], accept_year=True)).outcome == "complete"
    await assert_follows(sandbox, connection, known)
    assert (await sync(sandbox, database)).outcome == "complete"
    await assert_follows(sandbox, connection, known)
    roll_over(sandbox.world, sandbox.world.institutions[hei_id])
    assert (await sync(sandbox, database)).outcome == "complete"
    await assert_follows(sandbox, connection, known)


async def test_r7_r4_reconcile_asks_for_requests_of_a_year_that_was_taken_back(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    """R7, R4: what got no answer while the year was taken back is owed, and a reconciliation asks for it."""
    known = await know(sandbox, database, connection)
    (hei_id,) = sandbox.world.institutions
    before = deepcopy((sandbox.world.institutions[hei_id], sandbox.world.items))
    roll_over(sandbox.world, sandbox.world.institutions[hei_id])
    await sync(sandbox, database)
    sandbox.world.institutions[hei_id], sandbox.world.items = before
    async with faulty(sandbox) as front:
        front.faults = [Fault("Request-ID=", b"<html>no</html>", status=418)]
        async with open_mirror(settings_for(front), database) as mirror:
            assert (await mirror.sync(hei_ids=[hei_id], accept_year=True)).outcome == "partial"
        async with open_runtime(settings_for(front), database) as runtime:
            (refused,) = await reconcile(runtime)
    assert (refused.look_ups, refused.look_ups_owed, refused.is_complete) == (0, 3, False)
    async with open_runtime(settings_for(sandbox), database) as runtime:
        (done,) = await reconcile(runtime)
    assert (done.look_ups, done.look_ups_owed, done.is_complete) == (3, 0, True)
    await assert_follows(sandbox, connection, known)


async def taken_back(connection: Connection) -> None:
    """An ended request of no course, 50, that is 60 since a rollover."""
    ended = item(50, content_status="Rejected")
    await apply_reading(connection, reading({"A": [item(10)]}, looked_up=[LookedUp(50, ended)]))
    june = reading({"A": [item(20, 10)]}, year=NEXT, night=1)
    await apply_reading(connection, june, answers={50: item(60, 50, content_status="Rejected")})
    assert set(await live(connection)) == {20, 60}


async def test_r7_r4_a_request_of_no_course_that_got_no_answer_is_asked_for_again(
    connection: Connection,
) -> None:
    """R7, R4: neither gone nor of the accepted year, until it is answered."""
    await taken_back(connection)
    back = reading({"A": [item(10)]}, night=2)
    await apply_reading(connection, back, accept_year=True, answers={50: LookedUp(50, None, answered=False)})
    assert set(await live(connection)) == {10, 60}
    later = reading({"A": [item(10)], "B": []}, night=3)
    await apply_reading(connection, later, answers={50: item(50, content_status="Rejected")})
    assert [found.request_id for found in later.looked_up] == [50]
    assert set(await live(connection)) == {10, 50}
    assert await current(connection, 60) == 50
    assert (60, 50, "request-id-returned") in await history(connection)
    again = reading({"A": [item(10)]}, night=4)
    await apply_reading(connection, again)
    assert again.looked_up == []


async def test_r7_a_tracked_request_that_is_unknown_by_its_later_id_is_not_gone(
    connection: Connection,
) -> None:
    await taken_back(connection)
    back = reading({"A": [item(10)]}, night=2, looked_up=[LookedUp(60, None)])
    await apply_reading(connection, back, accept_year=True, answers={50: item(50)})
    assert set(await live(connection)) == {10, 50}


async def test_r7_c1_a_request_that_the_accepted_year_does_not_have_is_gone(connection: Connection) -> None:
    await taken_back(connection)
    outcome = await apply_reading(connection, reading({"A": [item(10)]}, night=2), accept_year=True)
    assert (outcome.outcome, outcome.removed) == ("complete", 1)
    assert set(await live(connection)) == {10}


async def test_a7_a_request_of_no_course_is_found_by_the_course_that_it_was_submitted_for(
    connection: Connection,
) -> None:
    """The list of requests shows that code, so a search for it finds the request."""
    call_id = await journal.begin(connection, request(HEI, "HIST 7"), now=START)
    await journal.end(connection, call_id, journal.CallEnd("answered", request_id=50), now=START)
    pending = item(50, content_status="Pending", author="Austen")
    await apply_reading(connection, reading({"A": []}, looked_up=[LookedUp(50, pending)]))
    for patterns in (["%hist 7%"], ["%hist 7%", "%austen%", "%emma%"]):
        query, *values = STATEMENTS["request_counts"].bind(
            {"hei_ids": None, "hei_id": HEI, "patterns": patterns}
        )
        assert [row["waiting"] for row in await connection.fetch(query, *values)] == [1], patterns
