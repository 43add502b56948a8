"""A mirrored world in which one method of the DCS fails again and again, and heals each time."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import stamina

from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import ItemChanges, edit_item
from dcs_mirror.sandbox.model import Course
from dcs_mirror.sandbox.server import Credentials
from dcs_mirror.sync.report import Report
from dcs_mirror.upstream.client import ATTEMPTS
from tests.support.control import control, misbehave
from tests.support.fault_cases import Case
from tests.support.running import sync
from tests.support.walk import assert_views_equal

_EDITS = 4
_SIZES = Sizes(institutions=2, courses=6, items=4)
_LISTED = Sizes(institutions=3, courses=6, items=4)  # with two, half a list would be a single institution
_TIMEOUT = 0.4
_USUAL_TIMEOUT = 30

# Not the sandbox's usual ones, whose words stand in its answers: the mirror keeps silent about those.
_CREDENTIALS = Credentials("library", "correct horse")

_LIVE = """
SELECT 'course' AS entity, hei_id, course_id AS id, course_key AS key FROM dcs.course WHERE removed_at IS NULL
UNION ALL
SELECT 'content_item', hei_id, request_id, item_key FROM dcs.content_item WHERE removed_at IS NULL
"""
_PLACES = """
SELECT item.request_id, course.course_id
FROM dcs.content_item AS item
JOIN dcs.course AS course USING (course_key)
WHERE item.removed_at IS NULL
"""
_NOTED = "SELECT request_id FROM dcs.content_item WHERE notes = $1 AND removed_at IS NULL"

# What differs from run to run in a line, and what stands for it.
_UNSTEADY = {
    r"http://127\.0\.0\.1:\d+": "https://api.cla.co.uk",
    rf"within {_TIMEOUT:g} s": f"within {_USUAL_TIMEOUT} s",
    r"\[Errno \d+\] ": "",
    r"(not JSON: )(['\"]).+\2": r"\1'…'",
    r"\d+ entries": "… entries",
    r"a total of \d+ but holds \d+": "a total of … but holds …",
    r"\d+ of \d+ rows": "… of … rows",
}

Place = tuple[str, int, int]  # "course" or "content_item", the institution, upstream's id
Keys = dict[Place, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """A sync that a fault hit: its exit code, the outcome of the institution that was hit (empty where it
    has none), the line that the operator sees (empty where there is none), and what landed."""

    exit_code: int
    outcome: str
    line: str
    landed: str


CLEAN = Seen(0, "complete", "", "everything")


@dataclass(frozen=True, slots=True)
class _Scene:
    """An edited world that the mirror has not read yet.

    ``hit`` is the course, and its institution the one, that the fault is for. ``edited`` are the request
    ids of the items that bear ``note`` since then: elsewhere, in other courses of that institution, in that
    course. ``kept`` are the keys of what the mirror holds and the world still has; ``moved`` are items of
    those that are in another course by now.
    """

    hit: Course
    note: str
    edited: tuple[set[int], set[int], set[int]]
    kept: Keys
    moved: set[Place]


class FaultHarness:
    """Plays faults of one ``method``, one after the other, on the same world and mirror."""

    def __init__(self, sandbox: RunningSandbox, database: str, connection: Connection, method: str) -> None:
        self._sandbox = sandbox
        self._database = database
        self._connection = connection
        self._method = method
        self._scenes = 0

    async def begin(self) -> None:
        """Mirrors the world for the first time."""
        await self._sync()

    async def play(self, case: Case, times: int | None = None) -> Seen:
        """Edits the world and syncs it while calls are hit, ``times`` of them or every one.

        Asserts that the mirror removes nothing that the world has, but what an answer without a flaw leaves
        out: of one course, while the one that an item moved to cannot be read, or of an empty list. And that
        the next sync, without the fault, makes the views equal to the world, with the keys that there were.
        """
        scene = await self._edit()
        await misbehave(self._sandbox, self._fault(case, scene, times))
        report = await self._sync(_TIMEOUT if case.is_slow else _USUAL_TIMEOUT)
        (played,) = (await control(self._sandbox, "faults"))["faults"]
        assert played["fired"], case
        await misbehave(self._sandbox)
        lost = {place for place, _ in scene.kept.items() - (await self._live()).items()}
        is_emptied = not lost <= scene.moved
        assert not is_emptied or case.kind == "empty", (case, report)
        seen = await self._seen(scene, report, is_emptied=is_emptied)

        if seen != CLEAN:
            healed = await self._sync()
            assert (healed.exit_code, healed.outcome) == (0, "complete"), (case, healed)
        assert scene.kept.items() <= (await self._live()).items(), case
        await assert_views_equal(self._connection, await control(self._sandbox, "state"))
        return seen

    async def _sync(self, seconds: float = _USUAL_TIMEOUT) -> Report:
        return await sync(
            self._sandbox,
            self._database,
            api_username=_CREDENTIALS.username,
            api_password=_CREDENTIALS.password,
            timeout=seconds,
        )

    def _fault(self, case: Case, scene: _Scene, times: int | None) -> dict[str, object]:
        query: dict[str, object] = {}
        if self._method != "GetInstitutions":
            query["hei"] = scene.hit.institution.id
        if self._method == "GetCourseContent":
            query["code"] = scene.hit.code
        return {"kind": case.kind, "method": self._method, "query": query, "times": times} | case.parameters

    async def _edit(self) -> _Scene:
        """A night's random edits, and a new note on every item that can still be edited."""
        self._scenes += 1
        note, before = f"edit {self._scenes}", await self._live()
        await control(self._sandbox, "random-edits", count=_EDITS, seed=self._scenes)
        world = self._sandbox.world
        first, *_ = world.institutions.values()
        courses = [c for i in world.institutions.values() for c in i.courses.values() if not c.deletion]
        hit = next(course for course in courses if course.institution is first and _is_known(course, before))
        edited: tuple[set[int], set[int], set[int]] = (set(), set(), set())
        for course in courses:
            for item in course.items:
                edit_item(world, item, ItemChanges(notes=note))
                edited[(course.institution is first) + (course is hit)].add(item.request_id)
        rows = await self._connection.fetch(_PLACES)
        places = {row["request_id"]: row["course_id"] for row in rows}
        moved = {
            ("content_item", course.institution.id, item.request_id)
            for course in courses
            for item in course.items
            if places.get(item.request_id, course.id) != course.id
        }
        there = _ids(courses)
        kept = {place: key for place, key in before.items() if place in there}
        return _Scene(hit, note, edited, kept, moved)

    async def _live(self) -> Keys:
        rows = await self._connection.fetch(_LIVE)
        return {(row["entity"], row["hei_id"], row["id"]): row["key"] for row in rows}

    async def _seen(self, scene: _Scene, report: Report, *, is_emptied: bool) -> Seen:
        hit = next((o for o in report.institutions if o.hei_id == scene.hit.institution.id), None)
        told = [hit.error] if hit else [*report.failures, report.error]
        line = "; ".join(str(error) for error in told if error is not None)
        for pattern, stable in _UNSTEADY.items():
            line = re.sub(pattern, stable, line)
        line = line.replace(repr(scene.hit.code), "'ENG 101'")
        rows = {row["request_id"] for row in await self._connection.fetch(_NOTED, scene.note)}
        landed = self._landed(scene, report, rows)
        if is_emptied:
            landed += "; what the answer leaves out counts as removed"
        return Seen(report.exit_code, hit.outcome if hit else "", line, landed)

    def _landed(self, scene: _Scene, report: Report, rows: set[int]) -> str:
        """What landed, in words; ``rows`` are the request ids of the items that did."""
        elsewhere, institution, course = scene.edited
        if report.error is not None and self._method != "GetInstitutions":
            assert not course & rows, report
            return "what came before"  # which is a matter of luck where all are read at once
        if self._method != "GetCourseContent":
            institution = course = institution | course  # all of it is hit alike
        return _LANDED[_share(elsewhere, rows), _share(institution, rows), _share(course, rows)]


def _is_known(course: Course, live: Keys) -> bool:
    """Whether the mirror holds a course and several of its items."""
    known = _ids([course]) & live.keys()
    return ("course", course.institution.id, course.id) in known and len(known) > 2


def _ids(courses: Iterable[Course]) -> set[Place]:
    """The courses and their items, as the keys of ``Keys`` name them."""
    ids: set[Place] = set()
    for course in courses:
        hei_id = course.institution.id
        ids.add(("course", hei_id, course.id))
        ids |= {("content_item", hei_id, item.request_id) for item in course.items}
    return ids


def _share(wanted: set[int], rows: set[int]) -> str:
    found = len(wanted & rows)
    return "all" if found == len(wanted) else "some" if found else "none"


_LANDED = {
    ("all", "all", "all"): "everything",
    ("all", "all", "some"): "all but some items of the course",
    ("all", "all", "none"): "all but the course",
    ("all", "some", "some"): "all but some courses of the institution",
    ("all", "none", "none"): "all other institutions",
    ("none", "none", "none"): "nothing",
}


@asynccontextmanager
async def stage(database: str, method: str) -> AsyncIterator[FaultHarness]:
    """A stage in the migrated, empty database at the address ``database``; nothing is waited for."""
    connection = await asyncpg.connect(database, connection_class=ServerConnection)
    try:
        with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
            world = build_world(_LISTED if method == "GetInstitutions" else _SIZES, seed=3)
            async with running_sandbox(world, credentials=_CREDENTIALS) as sandbox:
                prepared = FaultHarness(sandbox, database, connection, method)
                await prepared.begin()
                yield prepared
    finally:
        await connection.close()
