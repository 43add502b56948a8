"""The world that is measured: any number of courses, with answers made from prepared templates.

The templates are courses of the sandbox with placeholders for the values of each course: ids and GUIDs. So
the answers look like those of the DCS, differ from course to course, are the same in every run, and take no
memory however many there are.
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
"""The academic years of the world, by the calendar year in which each starts."""

IN_FLIGHT = 32
"""Requests that each client of the world keeps in flight."""

_TEMPLATES = 125
_FIRST_HEI = 101
_FIRST_COURSE_ID = 280_001
_FIRST_REQUEST_ID = 2_400_000

# Numbers that mark the placeholders in a template while it is made; an item's are offset by its position.
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
    """``courses`` courses of eight items, distributed over institutions as in the real DCS."""

    courses: int

    @property
    def institutions(self) -> int:
        """One for every 500 courses, at least 10, at most 200 as in the whole country."""
        return min(200, max(10, self.courses // 500))

    @property
    def items(self) -> int:
        return self.courses * ITEMS

    @property
    def calls(self) -> int:
        """The number of calls of one full reading: the list, each institution, each course."""
        return 1 + self.institutions + self.courses

    def courses_of(self, institution: int) -> range:
        """The numbers of the courses of an institution, which is numbered from 0."""
        each, remainder = divmod(self.courses, self.institutions)
        start = institution * each + min(institution, remainder)
        return range(start, start + each + (institution < remainder))

    def targets(self, year: int) -> Iterator[str]:
        """Path and query of every call of one full reading, in order."""
        yield f"/{year}/GetInstitutions"
        for institution in range(self.institutions):
            yield from self.targets_of(institution, year)

    def targets_of(self, institution: int, year: int) -> Iterator[str]:
        """Path and query of the calls of one institution: its course list, then each course."""
        hei_id = _FIRST_HEI + institution
        yield f"/{year}/GetCourses?hei={hei_id}"
        for course in self.courses_of(institution):
            yield f"/{year}/GetCourseContent?hei={hei_id}&code=HIST{course}"


class Answers:
    """The answers of a world. Templates are prepared once, so that an answer takes microseconds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._templates = {year: _make_templates(year) for year in YEARS}

    def to(self, target: bytes) -> bytes | None:
        """The body for a path with its query; None for one that is not among the targets of a world."""
        match = _TARGET.fullmatch(target)
        if match is None:
            return None
        year = int(match["year"])
        if match["course"]:
            return self._content(year, int(match["course"]))
        return self._institutions() if match["institutions"] else self._courses(year, int(match["hei"]))

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
            # The ids of a year interleave with those of the year before, as after every rollover.
            values[request] = _FIRST_REQUEST_ID + 3 * item + year - BEFORE_JUNE
            values[previous] = values[request] - 1
            values[guid] = item
        return self._templates[year][number % _TEMPLATES] % values


_NAMES = [(b"request%d" % place, b"previous%d" % place, b"guid%d" % place) for place in range(ITEMS)]


def _make_templates(year: int) -> list[bytes]:
    """Bodies of eight items, with a ``%(name)d`` for each value that differs between courses."""
    world = build_world(Sizes(institutions=1, courses=_TEMPLATES, items=ITEMS, unattached=0))
    (institution,) = world.institutions.values()
    templates = []
    for course in institution.courses.values():
        course.id = _COURSE_ID
        for place, item in enumerate(course.items):
            item.guid = f"99999999-0000-4000-8000-{_GUID + place}"
            item.request_ids = [_REQUEST_ID + place]
            if year == AFTER_JUNE or item.previous_year_id is not None:
                item.previous_year_id = _PREVIOUS_ID + place
        templates.append(
            _with_placeholders(content_answer(institution, course, course.items, world.spelling))
        )
    return templates


def _with_placeholders(body: bytes) -> bytes:
    body = body.replace(b"\\u0000", b"")  # the mirror drops it (W7), but other tools fail on it
    template = body.replace(b"%", b"%%").replace(b"%d" % _COURSE_ID, b"%(course)d")
    for place, (request, previous, guid) in enumerate(_NAMES):
        template = template.replace(b"%d" % (_REQUEST_ID + place), b"%%(%s)d" % request)
        template = template.replace(b"%d" % (_PREVIOUS_ID + place), b"%%(%s)d" % previous)
        template = template.replace(b"%d" % (_GUID + place), b"%%(%s)012x" % guid)
    return template
