"""The world that is measured on: any number of courses, every answer put together from prepared pieces.

The pieces are courses out of the sandbox, with places for what is a course's own: ids and GUIDs. So the
answers look like the DCS's, differ from course to course, are the same in every run, and take no memory
however many there are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dcs_mirror.sandbox import Sizes, build_world
from dcs_mirror.sandbox.render import content_answer, success
from dcs_mirror.sandbox.text import institution_name

ITEMS = 8
"""Content items in each course."""

BEFORE_JUNE, AFTER_JUNE = YEARS = (2025, 2026)
"""The academic years in which the world can be read, by the calendar year in which each starts."""

IN_FLIGHT = 32
"""Requests in flight, of whoever reads the world."""

_PIECES = 125
_FIRST_HEI = 101
_FIRST_COURSE_ID = 280_001
_FIRST_REQUEST_ID = 2_400_000

# Twelve digits stand for a course's own values in a piece, until those are put in; `+ place` for an item's.
_COURSE_ID = 660_000_000_000
_REQUEST_ID = 770_000_000_000
_PREVIOUS_ID = 880_000_000_000
_GUID = 990_000_000_000

_TARGET = re.compile(
    rb"/(?P<year>2025|2026)/Get(?:(?P<institutions>Institutions)"
    rb"|Courses\?hei=(?P<hei>\d+)"
    rb"|CourseContent\?hei=\d+&code=HIST(?P<course>\d+))"
)


@dataclass(frozen=True, slots=True)
class World:
    """``courses`` courses of eight items, spread over institutions as they are over the real ones."""

    courses: int

    @property
    def institutions(self) -> int:
        """Ten, or one for every 500 courses, and never more than 200: the whole country."""
        return min(200, max(10, self.courses // 500))

    @property
    def items(self) -> int:
        return self.courses * ITEMS

    @property
    def calls(self) -> int:
        """What one reading of everything takes: the list, each institution, each course."""
        return 1 + self.institutions + self.courses

    def courses_of(self, institution: int) -> range:
        """The numbers of the courses of the institution that is ``institution``-th, from 0."""
        each, more = divmod(self.courses, self.institutions)
        start = institution * each + min(institution, more)
        return range(start, start + each + (institution < more))

    def targets(self, year: int) -> Iterator[str]:
        """Path and query of every call that one reading takes."""
        yield f"/{year}/GetInstitutions"
        for institution in range(self.institutions):
            yield from self.targets_of(institution, year)

    def targets_of(self, institution: int, year: int) -> Iterator[str]:
        """Those of one institution: of its course list, then of each course."""
        hei_id = _FIRST_HEI + institution
        yield f"/{year}/GetCourses?hei={hei_id}"
        for course in self.courses_of(institution):
            yield f"/{year}/GetCourseContent?hei={hei_id}&code=HIST{course}"


class Answers:
    """What the DCS of a world answers. Pieces are prepared once; an answer takes microseconds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pieces = {year: _pieces(year) for year in YEARS}

    def to(self, target: bytes) -> bytes | None:
        """The body for a path with its query; None for what the mirror never asks of this world."""
        found = _TARGET.fullmatch(target)
        if found is None:
            return None
        year = int(found["year"])
        if found["course"]:
            return self._content(year, int(found["course"]))
        return self._institutions() if found["institutions"] else self._courses(year, int(found["hei"]))

    def _institutions(self) -> bytes:
        listed = [
            {"id": _FIRST_HEI + n, "name": institution_name(n)} for n in range(self._world.institutions)
        ]
        return success(len(listed), {"institutions": listed})

    def _courses(self, year: int, hei_id: int) -> bytes:
        listed = [
            {
                "academic-year": f"{year}-{year + 1}",
                "status": "Active",
                "course-code": f"HIST{number}",
                "duration": 52,
                "id": _FIRST_COURSE_ID + number,
                "lecturer": "Brightwater, Ione",
                "name": f"A History of Measuring, part {number}",
            }
            for number in self._world.courses_of(hei_id - _FIRST_HEI)
        ]
        return success(len(listed), {"courses": listed})

    def _content(self, year: int, number: int) -> bytes:
        values = {b"course": _FIRST_COURSE_ID + number}
        for place, (request, previous, guid) in enumerate(_NAMES):
            item = number * ITEMS + place
            # A year's ids lie between those of the year before, as they do after every June.
            values[request] = _FIRST_REQUEST_ID + 3 * item + year - BEFORE_JUNE
            values[previous] = values[request] - 1
            values[guid] = item
        return self._pieces[year][number % _PIECES] % values


_NAMES = [(b"request%d" % place, b"previous%d" % place, b"guid%d" % place) for place in range(ITEMS)]


def _pieces(year: int) -> list[bytes]:
    """Bodies of eight items, with a ``%(name)d`` for each of a course's own values."""
    world = build_world(Sizes(institutions=1, courses=_PIECES, items=ITEMS, unattached=0))
    (institution,) = world.institutions.values()
    made = []
    for course in institution.courses.values():
        course.id = _COURSE_ID
        for place, item in enumerate(course.items):
            item.guid = f"99999999-0000-4000-8000-{_GUID + place}"
            item.request_ids = [_REQUEST_ID + place]
            if year == AFTER_JUNE or item.previous_year_id is not None:
                item.previous_year_id = _PREVIOUS_ID + place
        made.append(_opened(content_answer(institution, course, course.items, world.spelling)))
    return made


def _opened(body: bytes) -> bytes:
    body = body.replace(b"\\u0000", b"")  # the mirror drops it (W7), but others fail on it
    opened = body.replace(b"%", b"%%").replace(b"%d" % _COURSE_ID, b"%(course)d")
    for place, (request, previous, guid) in enumerate(_NAMES):
        opened = opened.replace(b"%d" % (_REQUEST_ID + place), b"%%(%s)d" % request)
        opened = opened.replace(b"%d" % (_PREVIOUS_ID + place), b"%%(%s)d" % previous)
        opened = opened.replace(b"%d" % (_GUID + place), b"%%(%s)012x" % guid)
    return opened
