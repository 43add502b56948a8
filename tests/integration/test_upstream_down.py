"""Upstream goes away in mid-run, or a part of it does: what the run makes of it (W3, C1, C2)."""

from collections.abc import AsyncIterator

import pytest
import stamina

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import UpstreamUnavailable
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.upstream.client import ATTEMPTS, PROBES
from tests.support.control import control
from tests.support.faulty import Fault, FaultySandbox, faulty
from tests.support.running import sync
from tests.support.walk import assert_views_equal


@pytest.fixture
async def upstream() -> AsyncIterator[FaultySandbox]:
    world = build_world(Sizes(institutions=3, courses=12, items=2), seed=3)
    with stamina.set_testing(True, attempts=PROBES, cap=True):
        async with running_sandbox(world) as sandbox, faulty(sandbox) as front:
            yield front


async def test_w3_an_upstream_that_goes_away_ends_the_run_and_removes_nothing(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    width, answered = 2, 3
    await sync(upstream, database)
    stored = await connection.fetchval("SELECT count(*) FROM dcs.content_item WHERE removed_at IS NULL")
    upstream.calls.clear()
    upstream.faults = [Fault("", b"gone", status=502, after=answered)]
    report = await sync(upstream, database, concurrency=width)
    assert isinstance(report.error, UpstreamUnavailable)
    assert "HTTP 502" in str(report.error)
    assert report.exit_code == 4
    assert report.requests == len(upstream.calls) <= answered + 2 * width + ATTEMPTS + PROBES
    left = await connection.fetchval("SELECT count(*) FROM dcs.content_item WHERE removed_at IS NULL")
    assert left == stored > 0

    upstream.faults = []
    assert (await sync(upstream, database)).outcome == "complete"
    await assert_views_equal(connection, await control(upstream, "state"))


async def test_c2_an_institution_that_always_fails_does_not_end_the_run(
    upstream: FaultySandbox, database: str
) -> None:
    hit = (await control(upstream, "state"))["institutions"][0]["id"]
    upstream.faults = [Fault(f"GetCourseContent?hei={hit}", b"gone", status=502)]
    report = await sync(upstream, database, concurrency=1)
    outcomes = {outcome.hei_id: outcome.outcome for outcome in report.institutions}
    assert outcomes.pop(hit) == "partial"
    assert list(outcomes.values()) == ["complete", "complete"]
    assert report.exit_code == 1
    assert sum("GetInstitutions" in call for call in upstream.calls) > 1  # the doubt was raised, and settled
