"""Reference of the identity rules: which stored course and item an incoming one is (R1 to R5)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dcs_mirror.reading import Content, CourseReading, InstitutionReading
from dcs_mirror.records import ContentItem
from tests.properties.state import State, StoredItem


@dataclass
class Listed:
    """A listed course and the stored one that it is; None while none is known."""

    read: CourseReading
    key: int | None = None


@dataclass
class Incoming:
    """An item that came, and what was found out about it."""

    record: ContentItem
    course: int | None
    course_code: str | None
    asked: int | None = None
    fetched_at: datetime | None = None
    stored: StoredItem | None = None
    via: str | None = None
    is_dropped: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the mirror never held the item."""
        return self.stored is None and not self.is_dropped

    @property
    def replaces(self) -> int | None:
        """The id that the item bore until now, where it bears another one from now on."""
        if self.stored is None or self.is_dropped or self.stored.record.request_id == self.record.request_id:
            return None
        return self.stored.record.request_id


def courses(state: State, reading: InstitutionReading, *, year_advanced: bool) -> list[Listed]:
    """R5: by id; when the year advanced by code, Deleted courses last and one for each code."""
    by_id = {course.record.course_id: course.key for course in state.courses.values()}
    listed = [Listed(read, by_id.get(read.course.course_id)) for read in reading.courses]
    if not year_advanced:
        return listed
    taken = {course.key for course in listed}
    for code in {course.read.course.course_code for course in listed}:
        incoming = [c for c in listed if c.key is None and c.read.course.course_code == code]
        free = [
            c
            for c in state.courses.values()
            if c.record.course_code == code and not c.is_removed and c.key not in taken
        ]
        if incoming and free:
            first = min(incoming, key=lambda c: (c.read.course.status == "Deleted", c.read.course.course_id))
            first.key = min(free, key=lambda c: (c.record.status == "Deleted", c.key)).key
    return listed


def items(
    state: State,
    incoming: list[Incoming],
    contents: Mapping[int, Content],
    year: str | None,
    *,
    list_complete: bool,
) -> None:
    """R1 to R4, in their order; sets ``stored``, ``via`` and ``is_dropped``.

    Args:
        contents: what became of the question for each listed course's content, by course key.
        year: the academic year that the institution is in now.
        list_complete: whether a course that is not listed is gone.
    """
    _drop_repeated(state, incoming)
    for item in incoming:
        stored = state.bearer(item.record.request_id)
        if stored is not None and _stands(stored, contents) and stored.course != item.course:
            item.is_dropped = True  # its own course's answer, unchanged, lists it too
    for item in _open(incoming):
        item.stored = state.bearer(item.record.request_id)
    for item in _open(incoming):
        if item.record.request_id in state.history:
            item.stored, item.is_dropped = state.holder(item.record.request_id), True
    for item in _open(incoming):
        if item.asked is not None:
            found = state.holder(item.asked)
            if found is not None and found.key not in _taken(incoming):
                item.stored, item.via = found, "request-id-lookup"
    _claim(incoming, contents, state.bearer)
    _claim(incoming, contents, lambda previous: state.items.get(state.history.get(previous, 0)))
    _match_guids(state, incoming, contents, year, list_complete=list_complete)


def _open(incoming: Iterable[Incoming]) -> list[Incoming]:
    return [item for item in incoming if item.is_new]


def _taken(incoming: Iterable[Incoming]) -> set[int]:
    return {item.stored.key for item in incoming if item.stored is not None and not item.is_dropped}


def _stands(stored: StoredItem, contents: Mapping[int, Content]) -> bool:
    """Whether an answer that did not change lists the item under its current id."""
    unchanged = stored.course is not None and contents.get(stored.course) is Content.UNCHANGED
    return unchanged and not stored.is_removed


def _drop_repeated(state: State, incoming: list[Incoming]) -> None:
    """An id that came more than once counts in the course that holds it, else where it came first.

    A course's answer goes before one to a look-up.
    """
    by_id = defaultdict(list)
    for item in incoming:
        by_id[item.record.request_id].append(item)
    for request_id, same in by_id.items():
        stored = state.bearer(request_id)
        home = None if stored is None else stored.course
        first = min(same, key=lambda item: (item.asked is not None, item.course != home))
        asked = [item.asked for item in same if item.asked is not None]
        first.asked = min(asked) if first.asked is None and asked else first.asked
        for item in same:
            item.is_dropped = item is not first


def _claim(
    incoming: list[Incoming],
    contents: Mapping[int, Content],
    claimed: Callable[[int], StoredItem | None],
) -> None:
    """R3: of several that claim one stored item the one in its course takes it, else the lowest id."""
    claims = defaultdict(list)
    taken = _taken(incoming)
    for item in _open(incoming):
        found = None if item.record.previous_year_id is None else claimed(item.record.previous_year_id)
        if found is not None and found.key not in taken and not _stands(found, contents):
            claims[found.key].append((item, found))
    for rivals in claims.values():
        winner, found = min(
            rivals, key=lambda r: (r[0].course_code != r[1].course_code, r[0].record.request_id)
        )
        winner.stored, winner.via = found, "previous-year-id"


def _match_guids(
    state: State,
    incoming: list[Incoming],
    contents: Mapping[int, Content],
    year: str | None,
    *,
    list_complete: bool,
) -> None:
    unlisted = Content.WHOLE if list_complete else Content.UNREAD

    def may_be_there(stored: StoredItem) -> bool:
        """Whether a course that was not read whole may still hold it under its own id."""
        content = Content.WHOLE if stored.course is None else contents.get(stored.course, unlisted)
        late = stored.year is not None and year is not None and stored.year < year
        return not stored.is_removed and (
            content is Content.UNCHANGED or (content is not Content.WHOLE and not late)
        )

    taken = _taken(incoming)
    came, free = defaultdict(list), defaultdict(list)
    for item in _open(incoming):
        came[(item.record.content_guid or "").lower()].append(item)
    for stored in state.items.values():
        if stored.key not in taken and not may_be_there(stored):
            free[(stored.record.content_guid or "").lower()].append(stored)
    for guid, items_ in came.items():
        if guid and len(items_) == len(free[guid]) == 1:
            items_[0].stored, items_[0].via = free[guid][0], "content-guid"
