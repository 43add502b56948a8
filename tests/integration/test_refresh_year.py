"""A refresh of a part that meets a new academic year."""

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import build_world, running_sandbox
from tests.integration.test_rollover_race import SIZES, _mirror
from tests.long.watching import watching
from tests.support.control import control
from tests.support.running import refresh, sync
from tests.support.walk import assert_views_equal


@pytest.mark.parametrize("asked", ["course", "request"])
async def test_r8_r10_a_refresh_of_a_part_that_meets_a_new_year_brings_the_whole_institution_into_it(
    asked: str, database: str, connection: Connection
) -> None:
    """R8, R10: the ids of one institution are of one year, whatever was asked for."""
    async with running_sandbox(build_world(SIZES, seed=53)) as sandbox:
        rolling, _ = await _mirror(sandbox, database, connection)
        institution = (await control(sandbox, "state"))["institutions"][0]
        course = next(
            c
            for c in institution["courses"]
            if c["status"] == "Active" and c["items"] and c["items"][0]["reachable"]
        )
        await control(sandbox, "rollover", hei=rolling)
        async with watching(database) as watch:
            if asked == "course":
                report = await refresh(sandbox, database, rolling, course=course["code"])
            else:
                report = await refresh(
                    sandbox, database, rolling, request_id=course["items"][0]["request-id"]
                )
            assert report.outcome == "complete"
            assert (await sync(sandbox, database)).outcome == "complete"
        await assert_views_equal(connection, await control(sandbox, "state"))
    assert watch.strays == 0
    assert len(watch.of(rolling)) == 2
