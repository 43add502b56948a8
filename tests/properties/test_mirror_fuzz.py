"""Whatever body upstream sends, a run ends and removes only what a whole answer truly lacks (C1, C2, W4)."""

import random
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import stamina

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.methods import METHODS, call
from tests.properties.bodies import Body, damaged, whole_ids
from tests.support.faulty import Fault, FaultySandbox, faulty
from tests.support.running import sync

SEEDS, NIGHTS, INSTITUTIONS = 6, 8, 6
"""Together 288 bodies, one an institution and night."""


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
async def sandbox(seed: int) -> AsyncIterator[RunningSandbox]:
    world = build_world(Sizes(institutions=INSTITUTIONS, courses=3, items=3), seed=seed)
    async with running_sandbox(world) as running:
        yield running


@pytest.fixture
async def upstream(sandbox: RunningSandbox) -> AsyncIterator[FaultySandbox]:
    async with faulty(sandbox) as front:
        yield front


class Proofs:
    """What the damaged bodies of one night prove to be gone, by the oracle."""

    def __init__(self) -> None:
        self._lists: dict[int, set[int]] = {}
        self._contents: dict[tuple[int, str], set[int]] = {}

    def damage(self, sandbox: RunningSandbox, hei_id: int, dice: random.Random) -> Fault:
        """Damages an answer of an institution, and remembers what it says."""
        codes = {course.code for course in sandbox.world.institutions[hei_id].courses.values()}
        # A fault is known by the beginning of its query, which must fit no other course's.
        apart = [c for c in sorted(codes) if not any(o.startswith(c) for o in codes - {c})]
        code = dice.choice([None, *apart])
        name = "GetCourses" if code is None else "GetCourseContent"
        query = f"hei={hei_id}" + ("" if code is None else f"&code={quote(code, safe='')}")
        real = call(METHODS["GET", name.lower()], sandbox.world, query)
        assert real.code == 100
        body = damaged(Body(name, real.body), dice)
        told = whole_ids(name, body.raw)
        if told is not None and code is None:
            self._lists[hei_id] = told
        elif told is not None and code is not None:
            self._contents[hei_id, code] = told
        return Fault(f"{name}?{query}", body.raw)

    def is_gone(self, item: dict[str, Any]) -> bool:
        """Whether an item's course answered whole without it, or the list without its course."""
        hei_id = item["hei_id"]
        content = self._contents.get((hei_id, item["course_code"]))
        listed = self._lists.get(hei_id)
        return (content is not None and item["request_id"] not in content) or (
            listed is not None and item["course_id"] not in listed
        )

    def is_unlisted(self, course: dict[str, Any]) -> bool:
        """Whether the list came whole without a course."""
        listed = self._lists.get(course["hei_id"])
        return listed is not None and course["course_id"] not in listed


async def _live(connection: Connection, table: str) -> dict[int, dict[str, Any]]:
    query = {
        "content_item": "SELECT i.item_key AS key, i.hei_id, i.request_id, i.course_code, c.course_id"
        " FROM dcs.content_item AS i LEFT JOIN dcs.course AS c USING (course_key) WHERE i.removed_at IS NULL",
        "course": "SELECT course_key AS key, hei_id, course_id FROM dcs.course WHERE removed_at IS NULL",
    }[table]
    return {row["key"]: dict(row) for row in await connection.fetch(query)}


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.long if seed else []) for seed in range(SEEDS)]
)
async def test_c1_a_damaged_answer_removes_only_what_it_truly_lacks(
    seed: int, sandbox: RunningSandbox, upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    dice = random.Random(seed)  # noqa: S311 - damage, not a secret
    assert (await sync(upstream, database)).outcome == "complete"
    for _ in range(NIGHTS):
        proofs = Proofs()
        items, courses = await _live(connection, "content_item"), await _live(connection, "course")
        upstream.faults = [proofs.damage(sandbox, hei_id, dice) for hei_id in sandbox.world.institutions]
        report = await sync(upstream, database)
        assert report.error is None
        assert len(report.institutions) == INSTITUTIONS
        after = await _live(connection, "content_item")
        for key in items.keys() - after.keys():
            assert proofs.is_gone(items[key]), (items[key], upstream.faults)
        still = await _live(connection, "course")
        for key in courses.keys() - still.keys():
            assert proofs.is_unlisted(courses[key]), (courses[key], upstream.faults)
        upstream.faults = []
        await sync(upstream, database)
        open_rows = await connection.fetchval("SELECT count(*) FROM dcs.quarantine WHERE cleared_at IS NULL")
        assert open_rows == 0
