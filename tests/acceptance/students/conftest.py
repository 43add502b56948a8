"""A mirrored sandbox with four courses of known codes, and a command line that sends their numbers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.sandbox import RecordSizes, RunningSandbox, Sizes, build_records, build_world, running_sandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from tests.support.command import CommandLine, command_line
from tests.support.students import CODES, MARCH, THE_DAY_BEFORE, institution_of


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """One institution with four courses of known codes, 20 weeks and 9 students each."""
    world = build_world(Sizes(institutions=1, courses=1, items=1), seed=5)
    (institution,) = world.institutions.values()
    for code in CODES:
        made = add_course(world, institution, world.dice, code=code, items=1)
        edit_course(world, made, CourseChanges(students=9, duration=20))
    records = build_records([*CODES, "NEW 9"], RecordSizes(contacts=40, classes_each=2, units=1, modules=1))
    async with running_sandbox(world, records=records) as running:
        yield running


@pytest.fixture
def hei(sandbox: RunningSandbox) -> str:
    return str(institution_of(sandbox).id)


@pytest.fixture
async def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    """The command line, on the day after a sync: this clock starts anew in every process."""
    ready = command_line(tmp_path, sandbox, database).but(
        DCS_NOW=MARCH,
        DCS_TIMEOUT="5",
        AXCELERATE_URL=sandbox.axcelerate_url,
        AXCELERATE_API_TOKEN="sandbox",
        AXCELERATE_WS_TOKEN="sandbox",
        AXCELERATE_RATE="0",
    )
    assert (await ready.but(DCS_NOW=THE_DAY_BEFORE)("sync")).code == 0
    return ready
