"""Requests that nobody should send: ``test_walk`` has the short form."""

import asyncio
from pathlib import Path

import pytest

from tests.support.command import command_line
from tests.support.fuzzing import MANY, Fuzzing
from tests.support.serving import account, mirrored, serving


@pytest.mark.long
async def test_twenty_thousand_requests_do_not_break_the_service(tmp_path: Path, database: str) -> None:
    async with mirrored(database, institutions=2, courses=3, items=3, seed=5) as sandbox:
        own, other = sandbox.world.institutions.values()
        hidden = [other.name, *(item.guid for course in other.courses.values() for item in course.items)]
        dcs_mirror = command_line(tmp_path, sandbox, database)
        credentials = await account(dcs_mirror, "own", "--hei", str(own.id), "--may", "refresh,write")
        async with serving(dcs_mirror, DCS_CLIENT_RATE="0") as service:
            fuzzing = Fuzzing(service.address, credentials, own.id, hidden, MANY)
            await asyncio.to_thread(fuzzing.as_described)
            await asyncio.to_thread(fuzzing.beside_the_description)
            assert fuzzing.sent >= 20_000
