"""Upstream's truth over several years, and the readings that a crawl would make of it.

A piece of content keeps its identity here whatever its request id is: the mirror's keys are held
against that.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import msgspec

from dcs_mirror.reading import (
    Content,
    CourseReading,
    InstitutionReading,
    LookedUp,
    StoredInstitution,
)
from dcs_mirror.records import ContentItem, Course, Rejected


def chosen(mask: int, place: int) -> bool:
    """Whether a bit mask names the place; masks have eight bits and repeat."""
    return bool(mask >> place % 8 & 1)


class Ids:
    """Hands out request ids that were never used, in no order: old and new sets interleave (R8)."""

    def __init__(self) -> None:
        ids = list(range(1, 2000))
        random.Random(209).shuffle(ids)  # noqa: S311 - an order, not a secret
        self._ids = iter(ids)

    def next(self) -> int:
        return next(self._ids)


@dataclass(eq=False)
class Piece:
    """A piece of content; ``ids`` are its request ids of all years, ``previous`` the one it names."""

    ids: list[int]
    guid: str
    previous: int | None = None
    status: str = "Active"
    licence: str | None = "Covered by CLA licence"
    notes: str = ""

    def record(self) -> ContentItem:
        """The item as GetCourseContent tells it today."""
        return ContentItem(
            request_id=self.ids[-1],
            previous_year_id=self.previous,
            content_guid=self.guid,
            content_status=self.status,
            licence=self.licence,
            notes=self.notes,
            title="A title",
        )


@dataclass(eq=False)
class Place:
    """A course and what it holds."""

    course_id: int
    code: str
    name: str = "About it"
    status: str = "Active"
    pieces: list[Piece] = field(default_factory=list)


@dataclass(frozen=True)
class Faults:
    """What goes wrong in one night; masks choose courses by their place in the list, ids by theirs.

    ``rolls_over_at`` is the course before which the institution rolls over while it is read.
    """

    unread: int = 0
    partial: int = 0
    vanished: int = 0
    unlisted: int = 0
    stale: int = 0
    unanswered: int = 0
    listed_twice: int = 0
    rolls_over_at: int | None = None


class World:
    """One institution upstream. ``is_plain`` ends where upstream contradicts itself."""

    def __init__(self, hei_id: int, ids: Ids, contents: Iterable[int], *, year: int = 2024) -> None:
        self.hei_id, self.year, self.is_plain = hei_id, year, True
        self._ids, self._places, self._guids = ids, 0, 0
        self.places: list[Place] = []
        self.gone: list[tuple[Place, Piece | None]] = []
        for amount in contents:
            place = self.open()
            for _ in range(amount):
                piece = self.add(place)
                piece.ids = [self._ids.next(), *piece.ids]
                piece.previous = piece.ids[0]

    def pieces(self) -> Iterator[tuple[Place, Piece]]:
        """Everything upstream lists."""
        return ((place, piece) for place in self.places for piece in place.pieces)

    # What librarians and CLA do.

    def open(self) -> Place:
        """A new course."""
        self._places += 1
        place = Place(self.hei_id * 1000 + self._places, f"C{self._places}")
        self.places.append(place)
        return place

    def add(self, place: Place) -> Piece:
        """A new piece in a course."""
        self._guids += 1
        piece = Piece([self._ids.next()], f"G{self.hei_id}-{self._guids}")
        place.pieces.append(piece)
        return piece

    def drop(self, place: Place, piece: Piece) -> None:
        """Takes a piece off its course; it may come back."""
        place.pieces.remove(piece)
        self.gone.append((place, piece))

    def close(self, place: Place) -> None:
        """Takes a course off the list with all that it holds; it may come back."""
        self.places.remove(place)
        self.gone.append((place, None))

    def bring_back(self, place: Place, piece: Piece | None) -> None:
        """What was dropped is there again, under the ids it had."""
        self.gone.remove((place, piece))
        if piece is None:
            self.places.append(place)
        else:
            place.pieces.append(piece)

    def roll_over(self, *, nameless: int = 0, new_courses: bool = False) -> None:
        """The next academic year: every piece gets a new id and most name the old one.

        Args:
            nameless: mask of the pieces that do not name their previous id.
            new_courses: whether courses get new ids too.
        """
        self.year += 1
        self.gone.clear()
        for place in self.places:
            if new_courses:
                self._places += 1
                place.course_id = self.hei_id * 1000 + self._places
        for number, (_, piece) in enumerate(self.pieces()):
            piece.previous = None if chosen(nameless, number) else piece.ids[-1]
            piece.ids.append(self._ids.next())

    # What the mirror reads of it.

    def read(
        self,
        known: StoredInstitution,
        faults: Faults,
        *,
        started_at: datetime,
        fetched_at: datetime,
        order: int,
    ) -> InstitutionReading:
        """One night's reading, as the crawl makes it from what is known."""
        reading = InstitutionReading(self.hei_id, started_at=started_at, reading_order=order, name="Example")
        reading.name_unchanged = known.subscribed and known.name == reading.name
        listed = [p for n, p in enumerate(self.places) if not chosen(faults.unlisted, n)]
        reading.list_complete = len(listed) == len(self.places)
        records = [self._course(place) for place in listed]
        digest = _digest(records)
        if not reading.list_complete:
            reading.problems.append("entries without an id")
            reading.rejected = [Rejected(1, "id is missing", '{"name": "About it"}')]
            reading.quarantined += 1
        else:
            reading.list_digest = digest
            reading.list_unchanged = digest == known.courses_digest
        if reading.list_unchanged:
            stored = {c.course_id: c for c in known.courses}
            records = [
                Course(course_id=c.course_id, course_code=c.course_code, status=c.status)
                for c in (stored[place.course_id] for place in listed)
            ]
        digests = {course.course_id: course.digest for course in known.courses}
        for number, (place, record) in enumerate(zip(listed, records, strict=True)):
            if number == faults.rolls_over_at:
                self.roll_over()
            read = CourseReading(record)
            reading.courses.append(read)
            self._read_content(reading, read, place, number, faults, digests.get(record.course_id))
            if read.content in {Content.WHOLE, Content.PARTIAL, Content.UNCHANGED}:
                read.fetched_at, read.reading_order = fetched_at, order
        return reading

    def _read_content(
        self,
        reading: InstitutionReading,
        read: CourseReading,
        place: Place,
        number: int,
        faults: Faults,
        known: bytes | None,
    ) -> None:
        if chosen(faults.unread, number):
            read.content = Content.UNREAD
            reading.problems.append("not read")
            return
        if chosen(faults.vanished, number):
            read.content = Content.NOT_FOUND  # renamed since the list was read: not seen (W3)
            reading.not_found += 1
            return
        items = [self._answer(piece, stale=chosen(faults.stale, n)) for n, piece in enumerate(place.pieces)]
        if chosen(faults.listed_twice, number):
            items += [piece.record() for other, piece in self.pieces() if other is not place][:1]
            if faults.rolls_over_at is not None:
                self.is_plain = False  # one piece under two ids in one reading
        if chosen(faults.partial, number):
            read.content, read.items = Content.PARTIAL, items[1:]
            read.rejected = [Rejected(1, "request-id is missing", f'{{"title": "{place.code}"}}')]
            reading.quarantined += 1
            reading.problems.append("entries without a request id")
            return
        digest = _digest(items)
        if digest == known:
            read.content, read.digest = Content.UNCHANGED, digest
        else:
            read.content, read.items, read.digest = Content.WHOLE, items, digest

    def _answer(self, piece: Piece, *, stale: bool) -> ContentItem:
        """What is told of a piece; a stale answer is from before its id was replaced."""
        record = piece.record()
        if stale and len(piece.ids) > 1:
            self.is_plain = False
            record.request_id, record.previous_year_id = piece.ids[-2], None
        return record

    def look_up(self, request_id: int, *, answered: bool, fetched_at: datetime) -> LookedUp:
        """GetCourseContent by a request id of any year (W9)."""
        if not answered:
            return LookedUp(request_id, None, answered=False)
        for place, piece in self.pieces():
            if request_id in piece.ids:
                return LookedUp(request_id, piece.record(), place.course_id, fetched_at=fetched_at)
        return LookedUp(request_id, None)

    def _course(self, place: Place) -> Course:
        return Course(
            course_id=place.course_id,
            course_code=place.code,
            name=place.name,
            academic_year=f"{self.year}-{self.year + 1}",
            status=place.status,
            duration=52,
        )

    def courses(self) -> list[Course]:
        """The course list of today."""
        return [self._course(place) for place in self.places]


def _digest(what: object) -> bytes:
    return blake2b(msgspec.json.encode(what), digest_size=16).digest()
