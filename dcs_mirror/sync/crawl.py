"""Institutions → courses → content, many calls at once, bounded in flight and in memory."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Protocol, Self

from dcs_mirror.clock import Clock, ReadingOrder
from dcs_mirror.concurrency import for_each
from dcs_mirror.errors import (
    CallRefused,
    InstitutionEnded,
    InstitutionNotFound,
    InvalidParameter,
    NotFound,
    Retryable,
    RunEnded,
    UpstreamError,
)
from dcs_mirror.reading import (
    Content,
    CourseReading,
    InstitutionReading,
    LookedUp,
    StoredInstitution,
    entries,
)
from dcs_mirror.records import Course, Institution
from dcs_mirror.sync.listed_courses import leading, listed_once, owner, report_listed_twice
from dcs_mirror.sync.scheduler import CallScheduler
from dcs_mirror.upstream.answers import Answer
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.upstream.wire import ContentList, CourseList

NOT_FOUND_TOLERANCE = 5
"""How many listed courses of an institution may be missing before that is reported (W3)."""

OPEN_INSTITUTIONS = 8
"""Institutions that may be held in memory at once, being read or being applied."""

ReadingHandler = Callable[[Institution, InstitutionReading | UpstreamError], Awaitable[None]]
"""Takes an institution that was read, or the error that ended it."""


class StateReader(Protocol):
    """What the crawl reads from the store."""

    async def institution(self, hei_id: int) -> StoredInstitution:
        """Return what is stored of an institution; an empty state if nothing is."""

    async def institution_of(self, hei_id: int, courses: Sequence[Course]) -> int | None:
        """Return another institution whose list this is; None if it may be that of this one."""

    async def institution_with(self, course_id: int, *, besides: int) -> int | None:
        """Return an institution, besides this one, that has the course; None if none has."""

    async def open_requests(self, hei_id: int, course_ids: list[int]) -> list[int]:
        """Return the request ids of the live items of these courses that are not Deleted."""

    async def tracked_requests(self, hei_id: int, *, shows_year: bool | None) -> list[int]:
        """Return the request ids that no course's content shows: they are looked up one by one (A7).

        Those that have ended are left out if the course list shows an academic year; None: the stored list.
        """


class CrawlProgress(Protocol):
    """Watches a crawl."""

    def opened(self, hei_id: int, courses: int) -> None:
        """An institution's course list was read, with this many courses to ask for."""

    def answered(self) -> None:
        """One course was answered, or given up."""


class Crawler:
    """Reads institutions with one client; an async context manager.

    The client decides how many requests are in flight.
    """

    def __init__(
        self,
        client: DcsClient,
        known: StateReader,
        clock: Clock,
        *,
        order: ReadingOrder,
        progress: CrawlProgress,
    ) -> None:
        self._client = client
        self._known = known
        self._clock = clock
        self._order = order
        self._progress = progress
        self._scheduler = CallScheduler(client.width)

    async def __aenter__(self) -> Self:
        await self._scheduler.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._scheduler.__aexit__(*details)

    async def crawl(self, institutions: Iterable[Institution], land: ReadingHandler) -> None:
        """Read every institution and pass it, or the error that ended it, to ``land``.

        Raises:
            RunEnded: if no further call makes sense; what was read completely before has been passed on.
            Exception: whatever else ``land`` raises.
        """

        async def handle(institution: Institution) -> None:
            await self._scheduler.wait_for_room()
            if self._scheduler.ended is not None:
                return
            try:
                try:
                    reading = await self.read_institution(institution)
                except (InstitutionEnded, Retryable, CallRefused, NotFound) as error:
                    await land(institution, error)
                else:
                    await land(institution, reading)
            except RunEnded as error:  # raised below, after the applies under way
                self._scheduler.ended = error

        await for_each(institutions, handle, width=OPEN_INSTITUTIONS)
        if self._scheduler.ended is not None:
            raise self._scheduler.ended

    async def read_institution(self, institution: Institution) -> InstitutionReading:
        """Read the course list of one institution and the content of every course on it.

        Raises:
            UpstreamError: if the list cannot be read, or the institution or the run ends meanwhile.
        """
        hei_id = institution.hei_id
        reading = self._reading(hei_id)
        reading.name = institution.name
        opening = max(1, self._client.width // 4)  # what it counts for until its list is known
        self._scheduler.reserve(opening)
        try:
            known = await self._known.institution(hei_id)
            answer = await self._client.courses(hei_id, known=known.courses_digest)
        finally:
            self._scheduler.release(opening)
        await self._refuse_list_of_another(hei_id, answer)
        reading.name_unchanged = known.subscribed and institution.name in (None, known.name)
        reading.reading_order, reading.list_unchanged = answer.reading_order, answer.content is None
        reading.courses = listed_once(answer, known)
        is_whole = not report_listed_twice(reading, answer)
        if answer.content is not None and answer.content.rejected:
            reading.list_complete, reading.rejected = False, answer.content.kept
            _report_rejected(reading, "the course list", answer.content.rejected, "an id or a code")
        elif is_whole:
            reading.list_digest = answer.digest
        await self._read_contents(reading, known, listed=reading.courses)
        years = [course.course.academic_year for course in reading.courses]
        shows_year = None if reading.list_unchanged else any(years)
        await self.look_up(reading, await self._known.tracked_requests(hei_id, shows_year=shows_year))
        return reading

    async def _refuse_list_of_another(self, hei_id: int, answer: Answer[CourseList]) -> None:
        """Raise CallRefused if a list is that of another institution, as a cache may confuse them (D132)."""
        courses = [] if answer.content is None else answer.content.courses
        other = await self._known.institution_of(hei_id, courses) if courses else None
        if other is not None:
            raise CallRefused(
                f"the DCS answered with the course list of institution {other}. If its courses moved "
                f"here, sync that institution first: dcs-mirror sync --hei {other}"
            )

    async def _refuse_content_of_another(
        self, hei_id: int, answer: Answer[ContentList], course: Course
    ) -> None:
        """Raise CallRefused if what was taken for a course's content is of another institution (W8, D132)."""
        course_id = None if answer.content is None else answer.content.course_id
        if course_id in (None, course.course_id):
            return
        other = await self._known.institution_with(course_id, besides=hei_id)
        if other is not None:
            raise CallRefused(f"the DCS answered with the content of a course of institution {other}")

    async def read_course(self, hei_id: int, code: str) -> InstitutionReading:
        """Read the listed courses that have ``code``, and their content.

        Raises:
            UpstreamError: if they cannot be read; NotFound if no listed course has the code.
        """
        reading = self._reading(hei_id)
        reading.is_full = reading.list_complete = False
        answer = await self._client.courses(hei_id)
        await self._refuse_list_of_another(hei_id, answer)
        reading.reading_order = answer.reading_order
        courses = listed_once(answer, StoredInstitution())
        reading.courses = [c for c in courses if c.course.course_code == code]
        if not reading.courses:
            raise NotFound(f"institution {hei_id} lists no course with the code {code!r}")
        await self._read_contents(reading, StoredInstitution(), listed=courses)
        if reading.not_found:
            reading.problems.append(
                f"the DCS lists course {code!r} but does not find it (code 2): nothing of it was read"
            )
        return reading

    async def read_request(self, hei_id: int, request_id: int) -> InstitutionReading:
        """Look one request id up, of this or an earlier year (W9).

        Raises:
            UpstreamError: if there is no answer. An unknown id is an answer, and a problem of the reading.
        """
        reading = self._reading(hei_id)
        reading.is_full = reading.list_complete = False
        reading.is_unknown_told = True
        await self._look_up(reading, request_id)
        _tell_unknown(reading)
        return reading

    async def read_requests(self, hei_id: int, request_ids: list[int]) -> InstitutionReading:
        """Look several request ids of one institution up (R4, W9).

        Raises:
            UpstreamError: if the institution or the run ends; an id without an answer is a problem.
        """
        reading = self._reading(hei_id)
        reading.is_full = reading.list_complete = False
        await self.look_up(reading, request_ids)
        return reading

    async def look_up(self, reading: InstitutionReading, request_ids: list[int]) -> None:
        """Look items up by their request ids and add the answers to the reading (R4, W9).

        Raises:
            UpstreamError: if the institution or the run ends; an id without an answer is a problem.
        """

        async def ask(request_id: int) -> None:
            try:
                await self._look_up(reading, request_id)
            except (Retryable, CallRefused) as error:
                reading.looked_up.append(LookedUp(request_id, None, answered=False))
                reading.problems.append(f"request {request_id}: {error}")

        await self._scheduler.run_all([partial(ask, request_id) for request_id in request_ids])
        reading.doubt_repeated_look_ups()

    async def look_up_again(self, reading: InstitutionReading, request_ids: list[int]) -> None:
        """Look items up again, instead of the answers that another reading overtook (C5).

        Raises:
            UpstreamError: if the institution or the run ends; an id without an answer is a problem.
        """
        again = set(request_ids)
        reading.looked_up = [found for found in reading.looked_up if found.request_id not in again]
        reading.is_asked_again = True
        await self.look_up(reading, request_ids)
        _tell_unknown(reading)

    def _reading(self, hei_id: int) -> InstitutionReading:
        return InstitutionReading(hei_id, started_at=self._clock.now(), reading_order=self._order())

    async def _read_contents(
        self, reading: InstitutionReading, known: StoredInstitution, *, listed: list[CourseReading]
    ) -> None:
        """Ask once for each distinct code of the reading (W8), then look up what no code returns.

        Args:
            listed: all courses of the list, also those that are not read.
        """
        by_code = defaultdict(list)
        for course in reading.courses:
            by_code[course.course.course_code].append(course)
        listed_ids = {course.course.course_id for course in listed}
        digests = {course.course_id: course.digest for course in known.courses}
        self._progress.opened(reading.hei_id, len(by_code))
        await self._scheduler.run_all(
            [partial(self._ask, reading, sharing, listed_ids, digests) for sharing in by_code.values()]
        )
        if reading.not_found > max(NOT_FOUND_TOLERANCE, len(by_code) / 2):
            reading.problems.insert(
                0, f"the DCS lists {len(by_code)} courses but does not find {reading.not_found} of them"
            )
        reading.doubt_repeated_contents(digests)
        await self._read_shadowed(reading, by_code.values())

    async def _ask(
        self,
        reading: InstitutionReading,
        sharing: list[CourseReading],
        listed: set[int],
        digests: dict[int, bytes | None],
    ) -> None:
        """Ask for the content of one code and assign it to the course that it belongs to."""
        expected = leading(sharing)
        code = expected.course.course_code
        try:
            answer = await self._client.content(
                reading.hei_id, code, known=digests.get(expected.course.course_id)
            )
            course = owner(answer, listed, sharing, expected)
            await self._refuse_content_of_another(reading.hei_id, answer, course.course)
        except NotFound:  # deleted or renamed since the list was read: no failure, the first time (W3)
            expected.content = Content.NOT_FOUND
            reading.not_found += 1
            return
        except (Retryable, CallRefused) as error:
            expected.content = Content.UNREAD
            reading.problems.append(f"course {code!r}: {error}")
            return
        finally:
            self._progress.answered()
        _record_content(course, answer)
        if answer.content is not None and answer.content.rejected:
            _report_rejected(reading, f"course {code!r}", answer.content.rejected, "a request id")

    async def _read_shadowed(
        self, reading: InstitutionReading, groups: Iterable[list[CourseReading]]
    ) -> None:
        """Look up the items of deleted courses whose code belongs to another course now (W8, W9)."""
        shadowed = [
            course.course.course_id
            for sharing in groups
            if len(sharing) > 1
            for course in sharing
            if course.content is Content.UNASKED
        ]
        if not shadowed:
            return
        await self.look_up(reading, await self._known.open_requests(reading.hei_id, shadowed))

    async def _look_up(self, reading: InstitutionReading, request_id: int) -> LookedUp:
        """Add today's item of a request id to the reading; codes 1, 2 and 6 mean that it is gone (R4)."""
        found = LookedUp(request_id, None, reading_order=self._order())
        try:
            answer = await self._client.request(reading.hei_id, request_id)
        except (InstitutionNotFound, NotFound, InvalidParameter):
            pass
        else:
            found.fetched_at, found.reading_order = answer.fetched_at, answer.reading_order
            content = answer.content
            if content is not None and content.rejected:
                found.answered, found.rejected = False, content.kept
                _report_rejected(
                    reading, f"the answer for request {request_id}", content.rejected, "a request id"
                )
            elif content is not None and content.items:
                found.item, found.course_id = content.items[0], content.course_id
        reading.looked_up.append(found)
        return found


def _tell_unknown(reading: InstitutionReading) -> None:
    """Bring the problems in line with the ids that a person asked for and the DCS does not know."""
    if not reading.is_unknown_told:
        return
    for found in reading.looked_up:
        problem = f"request id {found.request_id} is not known to the DCS"
        reading.problems = [told for told in reading.problems if told != problem]
        if found.item is None and found.answered:
            reading.problems.append(problem)


def _report_rejected(reading: InstitutionReading, place: str, rejected: int, lacking: str) -> None:
    """Count the entries of an answer that lack ``lacking``, and report them to the operator (W4)."""
    reading.quarantined += rejected
    reading.problems.append(
        f"{place} holds {entries(rejected)} without {lacking}: see `dcs-mirror quarantine`"
    )


def _record_content(course: CourseReading, answer: Answer[ContentList]) -> None:
    course.fetched_at, course.reading_order = answer.fetched_at, answer.reading_order
    if answer.content is None:
        course.content, course.digest = Content.UNCHANGED, answer.digest
        return
    course.items = answer.content.items
    if answer.content.rejected:
        course.content, course.rejected = Content.PARTIAL, answer.content.kept
    else:
        course.content, course.digest = Content.WHOLE, answer.digest
