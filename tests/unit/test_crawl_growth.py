"""What the crawl itself does for one answer does not grow with the number of courses of the institution."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import cast

import pytest

from dcs_mirror.clock import Clock, ReadingOrder
from dcs_mirror.reading import Content, StoredCourse, StoredInstitution
from dcs_mirror.records import Course, Institution
from dcs_mirror.sync.crawl import Crawler
from dcs_mirror.sync.report import NoProgress
from dcs_mirror.upstream.answers import Answer
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.upstream.wire import ContentList, CourseList

HEI = 101
UNLISTED = 900_000
FEW, MANY = 50, 800
DIGEST = b"same"


class _Upstream:
    """Answers each question at once: the list of courses as stored, and for each of them the same answer."""

    width = 32

    def __init__(self, content: ContentList | None) -> None:
        self._content = content

    async def courses(self, hei_id: int, *, known: bytes | None = None) -> Answer[CourseList]:
        assert (hei_id, known) == (HEI, DIGEST)
        return Answer(None, DIGEST, datetime.now(UTC), 1)

    async def content(self, hei_id: int, code: str, *, known: bytes | None = None) -> Answer[ContentList]:
        assert (hei_id, known) == (HEI, DIGEST)
        digest = DIGEST if self._content is None else code.encode()
        return Answer(self._content, digest, datetime.now(UTC), 2)


class _Stored:
    """An institution that was read before."""

    def __init__(self, courses: int) -> None:
        listed = [StoredCourse(number, f"HIST{number}", "Active", DIGEST) for number in range(courses)]
        self._state = StoredInstitution("A university", True, DIGEST, listed)

    async def institution(self, hei_id: int) -> StoredInstitution:
        assert hei_id == HEI
        return self._state

    async def institution_of(self, hei_id: int, courses: Sequence[Course]) -> int | None:
        raise AssertionError((hei_id, courses))  # the list is unchanged

    async def institution_with(self, course_id: int, *, besides: int) -> int | None:
        assert (course_id, besides) == (UNLISTED, HEI)
        return None

    async def open_requests(self, hei_id: int, course_ids: list[int]) -> list[int]:
        raise AssertionError((hei_id, course_ids))  # no two courses share a code

    async def tracked_requests(self, hei_id: int, *, shows_year: bool | None) -> list[int]:
        assert (hei_id, shows_year) == (HEI, None)
        return []


async def _steps(courses: int, content: ContentList | None, expected: Content) -> int:
    """Read an institution; return how many functions of Python were called or resumed."""
    client, clock = cast("DcsClient", _Upstream(content)), Clock()
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event == "call"

    async with Crawler(
        client, _Stored(courses), clock, order=ReadingOrder(), progress=NoProgress()
    ) as crawler:
        sys.setprofile(count)
        try:
            reading = await crawler.read_institution(Institution(HEI, "A university"))
        finally:
            sys.setprofile(None)
    assert [course.content for course in reading.courses] == [expected] * courses
    return steps


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, Content.UNCHANGED),
        (ContentList(None, [], 0, []), Content.WHOLE),
        (ContentList(UNLISTED, [], 0, []), Content.WHOLE),
    ],
    ids=["unchanged", "names no course", "names a course that is not listed"],
)
async def test_an_answer_takes_as_many_steps_however_many_courses_are_listed(
    content: ContentList | None, expected: Content
) -> None:
    few = await _steps(FEW, content, expected)
    many = await _steps(MANY, content, expected)
    assert many / MANY < 1.1 * few / FEW
