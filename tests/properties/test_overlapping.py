"""Readings that overlap at random: the fresher list wins, and a quiet night ends with what is listed (C5)."""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import blake2b

import msgspec
import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import (
    Content,
    CourseReading,
    InstitutionReading,
    LookedUp,
    StoredCourse,
    StoredInstitution,
)
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.required import LookupsOvertaken, ReadingOvertaken
from dcs_mirror.records import ContentItem, Course
from tests.support.readings import START, item, start_run

TICKS = 24
OPTIONS = ApplyOptions(removal_guard=1.0)
NAME = "University of Example"


@dataclass
class Version:
    """What the DCS lists at one tick: name and status of every course, and the notes of its items."""

    courses: dict[int, tuple[str, str]] = field(default_factory=dict)
    items: dict[int, dict[int, str]] = field(default_factory=dict)

    def listed(self, hei_id: int) -> list[Course]:
        return [_course(hei_id, number, *columns) for number, columns in sorted(self.courses.items())]

    def content(self, hei_id: int, number: int) -> list[ContentItem]:
        held = sorted(self.items[number].items())
        return [item(hei_id * 1000 + n, content_guid=f"{hei_id}-{n}", notes=notes) for n, notes in held]


def _course(hei_id: int, number: int, name: str, status: str) -> Course:
    code, extra = f"C{number}", {"note": name[-1:]}
    return msgspec.convert(
        {"course_id": hei_id * 100 + number, "course_code": code, "name": name, "status": status}
        | {"academic_year": "2025-2026", "extra": extra},
        Course,
    )


def _digest(what: object) -> bytes:
    return blake2b(msgspec.json.encode(what), digest_size=16).digest()


@dataclass
class UnderWay:
    """A reading that began and has not landed: its questions are sent at ``began`` and later."""

    kind: str
    known: StoredInstitution
    began: int
    lands: int
    course: int = 0
    request: int = 0


UNREAD = "SELECT course_id FROM dcs_mirror.course WHERE hei_id = $1 AND unread_since IS NOT NULL"


class Overlaps:
    """One institution over some ticks: edits upstream, and readings that begin and land in any order."""

    def __init__(self, connection: Connection, hei_id: int) -> None:
        self.connection, self.hei_id = connection, hei_id
        self.dice = random.Random(hei_id)  # noqa: S311 - an order, not a secret
        first = Version({n: (f"A{n}", "Active") for n in range(4)}, {n: {n * 10: "a"} for n in range(4)})
        self.versions = [first]
        self.spoken: dict[int, tuple[int, tuple[str, str] | None]] = {}
        self.contents: dict[int, tuple[int, dict[int, str]]] = {}
        self.looked_up: set[int] = set()
        self.orders = 0

    async def run(self) -> None:
        """Let it all happen, then one quiet night."""
        await self._land(UnderWay("sync", StoredInstitution(), 0, 0), 0)
        under_way: list[UnderWay] = []
        for tick in range(1, TICKS):
            self._edit()
            if tick < TICKS - 8 and self.dice.random() < 0.7:
                under_way.append(await self._begin(tick))
            for reading in [r for r in under_way if r.lands <= tick]:
                under_way.remove(reading)
                await self._land(reading, tick)
                await self._check_lists()
                await self._check_contents()
        last = len(self.versions) - 1
        await self._land(UnderWay("sync", await self._known(), last, last), last)
        await self._check_lists()
        assert await self._stored_courses() == self.versions[-1].courses
        assert await self._stored_items() == self.versions[-1].items

    def _edit(self) -> None:
        now = deepcopy(self.versions[-1])
        number = self.dice.randrange(4)
        if self.dice.random() < 0.25:  # something is taken back
            now = deepcopy(self.dice.choice(self.versions))
        elif number not in now.courses:
            now.courses[number], now.items[number] = (f"A{number}", "Active"), {number * 10: "a"}
        else:
            name, status = now.courses[number]
            held = now.items[number]
            edits: list[Callable[[], object]] = [
                partial(now.courses.__setitem__, number, (name[0] + str(self.dice.randrange(3)), status)),
                partial(now.courses.__setitem__, number, (name, self.dice.choice(["Active", "Archived"]))),
                partial(held.__setitem__, number * 10 + self.dice.randrange(3), self.dice.choice("abc")),
                partial(held.pop, self.dice.choice([*held, 0]), None),
                partial(self._close, now, number),
            ]
            self.dice.choice(edits)()
        self.versions.append(now)

    def _close(self, now: Version, number: int) -> None:
        del now.courses[number], now.items[number]

    async def _begin(self, tick: int) -> UnderWay:
        kind = self.dice.choice(["sync", "sync", "course", "request"])
        lands = tick + self.dice.randrange(8)
        number = self.dice.randrange(4)
        request = number * 10 + self.dice.randrange(3)
        known = StoredInstitution() if kind != "sync" else await self._known()
        return UnderWay(kind, known, tick, lands, number, request)

    async def _land(self, what: UnderWay, tick: int) -> None:
        reading = self._read(what, until=tick)
        if reading is None:
            return
        at = START + timedelta(days=tick)
        run_id = await start_run(self.connection, at)
        while True:
            self._speak(what, reading)
            try:
                await apply(self.connection, reading, run_id=run_id, options=OPTIONS, now=at)
            except LookupsOvertaken as overtaken:
                asked_again = [self._look_up(i % 1000, tick) for i in overtaken.request_ids]
                reading.looked_up, reading.is_asked_again = asked_again, True
            except ReadingOvertaken as overtaken:
                again = self._read(UnderWay("sync", await self._known(), tick, tick), until=tick)
                assert again is not None
                overtaken.mark(again, instead_of=reading)
                reading = again
            else:
                return

    def _read(self, what: UnderWay, *, until: int) -> InstitutionReading | None:
        """Return the reading: its list as of its beginning, each content as of some tick after that."""
        at = START + timedelta(days=what.began)
        listed = self.versions[what.began]
        reading = InstitutionReading(self.hei_id, at, self._order(what.began), name=NAME)
        if what.kind == "request":
            reading.is_full = reading.list_complete = False
            reading.looked_up = [self._look_up(what.request, until)]
            self.looked_up.add(what.request // 10)
            return reading
        known = {course.course_id: course for course in what.known.courses}
        reading.name_unchanged = what.known.name == NAME and what.known.subscribed
        reading.list_digest = _digest(listed.listed(self.hei_id))
        reading.list_unchanged = reading.list_digest == what.known.courses_digest
        numbers = sorted(listed.courses)
        if what.kind == "course":
            reading.is_full = reading.list_complete = False
            numbers = [number for number in numbers if number == what.course]
            if not numbers:
                return None
        for number in numbers:
            record = _course(self.hei_id, number, *listed.courses[number])
            if reading.list_unchanged:
                record = Course(course_id=record.course_id, course_code=record.course_code)
            read = CourseReading(record, fetched_at=at)
            reading.courses.append(read)
            asked = self.dice.randint(what.began, until)
            if number not in self.versions[asked].courses:
                read.content = Content.UNREAD
                continue
            read.reading_order = self._order(asked)
            items = self.versions[asked].content(self.hei_id, number)
            read.digest = _digest(items)
            stored = known.get(record.course_id)
            if stored is not None and stored.digest == read.digest:
                read.content = Content.UNCHANGED
            else:
                read.content, read.items = Content.WHOLE, items
        return reading

    def _look_up(self, request: int, tick: int) -> LookedUp:
        number, asked = request // 10, self.hei_id * 1000 + request
        held = self.versions[tick].items.get(number, {})
        order = self._order(tick)
        if request not in held:
            return LookedUp(asked, None, reading_order=order)
        found = next(i for i in self.versions[tick].content(self.hei_id, number) if i.request_id == asked)
        at = START + timedelta(days=tick)
        return LookedUp(asked, found, self.hei_id * 100 + number, fetched_at=at, reading_order=order)

    def _order(self, tick: int) -> int:
        """Return a place among the questions of a tick, in which upstream does not change."""
        self.orders += 1
        return tick * 1_000_000 + self.orders

    # What must be true of courses: each is as the freshest list that speaks of it has it.

    def _speak(self, what: UnderWay, reading: InstitutionReading) -> None:
        if what.kind == "request" and not reading.is_full:
            return
        tick = reading.reading_order // 1_000_000
        for number in range(4) if reading.is_full else [what.course]:
            said = (reading.reading_order, self.versions[tick].courses.get(number))
            self.spoken[number] = max(self.spoken.get(number, (-1, None)), said, key=lambda s: s[0])

        for read in reading.courses:
            if read.reading_order is not None:
                number = read.course.course_id % 100
                held = self.versions[read.reading_order // 1_000_000].items[number]
                said_of = (read.reading_order, held)
                self.contents[number] = max(self.contents.get(number, (-1, {})), said_of, key=lambda s: s[0])

    async def _check_contents(self) -> None:
        """The content of each course is as the freshest answer has it, unless single items were looked up.

        If a list closes a course, contents that are older than that list count no more. If a later list opens
        it again, the mirror may say that it has to read its content first.
        """
        stored = await self._stored_items()
        for number in self.contents.keys() - stored.keys():
            if self.contents[number][0] < self.spoken[number][0]:
                del self.contents[number]
        asked_again = await self.connection.fetch(UNREAD, self.hei_id)
        unread = {row["course_id"] % 100 for row in asked_again}
        compared = stored.keys() & self.contents.keys() - self.looked_up - unread
        assert {n: stored[n] for n in compared} == {n: self.contents[n][1] for n in compared}

    async def _check_lists(self) -> None:
        expected = {n: columns for n, (_, columns) in self.spoken.items() if columns is not None}
        assert await self._stored_courses() == expected

    async def _stored_courses(self) -> dict[int, tuple[str, str]]:
        rows = await self.connection.fetch(
            "SELECT course_id, name, status, extra ->> 'note' AS note FROM dcs_mirror.course"
            " WHERE hei_id = $1 AND removed_at IS NULL",
            self.hei_id,
        )
        assert all(row["note"] == row["name"][-1:] for row in rows)
        return {row["course_id"] % 100: (row["name"], row["status"]) for row in rows}

    async def _stored_items(self) -> dict[int, dict[int, str]]:
        rows = await self.connection.fetch(
            "SELECT c.course_id, i.request_id, i.notes FROM dcs.course AS c"
            " LEFT JOIN dcs.content_item AS i ON i.course_key = c.course_key AND i.removed_at IS NULL"
            " WHERE c.hei_id = $1 AND c.removed_at IS NULL",
            self.hei_id,
        )
        found: dict[int, dict[int, str]] = {row["course_id"] % 100: {} for row in rows}
        for row in rows:
            if row["request_id"] is not None:
                found[row["course_id"] % 100][row["request_id"] % 1000] = row["notes"]
        return found

    async def _known(self) -> StoredInstitution:
        stored = await self.connection.fetchrow(
            "SELECT name, subscribed, courses_digest FROM dcs_mirror.institution WHERE hei_id = $1",
            self.hei_id,
        )
        assert stored is not None
        rows = await self.connection.fetch(
            "SELECT course_id, course_code, status, digest FROM dcs_mirror.course"
            " WHERE hei_id = $1 AND removed_at IS NULL",
            self.hei_id,
        )
        courses = [StoredCourse(*row) for row in rows]
        return StoredInstitution(stored["name"], stored["subscribed"], stored["courses_digest"], courses)


@pytest.mark.parametrize(
    ("first", "count"),
    [
        (100, 5),
        *(pytest.param(first, 12, marks=pytest.mark.long) for first in (105, 200, 300)),
        *(pytest.param(seed, 1, marks=pytest.mark.long) for seed in (31210, 32099)),
    ],
)
async def test_c5_c1_overlapping_readings_end_with_what_the_dcs_lists(
    first: int, count: int, connection: Connection
) -> None:
    """C5, C1: after each landing the freshest list stands, and after one quiet night everything does."""
    for hei_id in range(first, first + count):
        await Overlaps(connection, hei_id).run()
