"""The memory of the service levels off, whatever clients ask for. The short form is in ``test_access``."""

import asyncio
import itertools
from pathlib import Path

import pytest

from bench.processor import memory
from tests.support.command import command_line
from tests.support.serving import Service, mirrored, serving

ROUND = 10_000
"""Requests, each for something else; the answers of two such rounds take more than the service may keep."""
LONG = "x" * 4000


@pytest.mark.long
async def test_memory_levels_off_however_much_is_asked(tmp_path: Path, database: str) -> None:
    async with (
        mirrored(database, institutions=1, courses=300, items=8, seed=5) as sandbox,
        serving(command_line(tmp_path, sandbox, database), DCS_CLIENT_RATE="0") as service,
    ):
        (institution,) = sandbox.world.institutions.values()
        known = [course.code for course in institution.courses.values()]
        numbers = itertools.count()
        taken = []
        for _ in range(5):
            await _ask(service, institution.id, known, numbers)
            taken.append(memory(service.pid))
        assert taken[-1] < 1.03 * taken[2], taken
        assert taken[-1] < 250, taken


async def _ask(service: Service, hei_id: int, known: list[str], numbers: "itertools.count[int]") -> None:
    """Ask for courses that the DCS lists, and for long codes that nobody has, each with another query."""
    last = next(numbers) + ROUND

    async def client() -> None:
        while (number := next(numbers)) < last:
            code = known[number % len(known)] if number % 4 == 0 else f"{number}{LONG}"
            answer = await service.dcs(f"GetCourseContent?hei={hei_id}&code={code}&n={number}")
            assert answer.status == 200

    await asyncio.gather(*(client() for _ in range(20)))
