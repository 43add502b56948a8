"""A sandbox with one institution, and a command line that writes to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import CourseChanges, add_course, edit_course
from dcs_mirror.sandbox.model import Course, Institution
from tests.support.command import CommandLine, command_line

NOW = "2026-03-02T10:20+00:00"  # not the sandbox's time: clocks and time zones differ in reality


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=1, courses=4, items=2), seed=5)) as running:
        yield running


@pytest.fixture
def institution(sandbox: RunningSandbox) -> Institution:
    (only,) = sandbox.world.institutions.values()
    return only


@pytest.fixture
def hei(institution: Institution) -> str:
    return str(institution.id)


@pytest.fixture
def course(sandbox: RunningSandbox, institution: Institution) -> Course:
    made = add_course(sandbox.world, institution, sandbox.world.dice, code="HIS & 1", items=1)
    edit_course(sandbox.world, made, CourseChanges(students=40, duration=12))
    return made


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, sandbox, database).but(DCS_NOW=NOW, DCS_TIMEOUT="3")
