"""Reference of the identity rules: which stored course and item an incoming one is (R1 to R5)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
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
    asked_ids: list[int] = field(default_factory=list)
    fetched_at: datetime | None = None
    is_listed: bool = False
    names_course: bool = False
    stored: StoredItem | None = None
    via: str | None = None
    is_dropped: bool = False
    is_undecided: bool = False

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


@dataclass(frozen=True)
class Read:
    """What a reading asked for, and what became of it.

    Attributes:
        contents: what became of the question for each listed course's content, by course key.
        list_complete: whether a course that is not listed is gone.
        answered: the ids that were looked up by themselves and answered; ``unanswered`` those that were not.
    """

    contents: Mapping[int, Content]
    list_complete: bool
    answered: frozenset[int]
    unanswered: frozenset[int]

    @property
    def is_whole(self) -> bool:
        """Whether the list and every course were read completely."""
        return self.list_complete and not {Content.UNREAD, Content.NOT_FOUND, Content.PARTIAL} & set(
            self.contents.values()
        )

    def is_unread(self, stored: StoredItem) -> bool:
        """Whether its own course may still list it: it was not read, and no look-up was answered."""
        if stored.is_removed or stored.course is None or stored.record.request_id in self.answered:
            return False
        content = self.contents.get(stored.course)
        return (
            not self.list_complete if content is None else content not in {Content.WHOLE, Content.UNCHANGED}
        )


def items(state: State, incoming: list[Incoming], read: Read) -> list[int]:
    """R1 to R4, in their order; sets ``stored``, ``via``, ``is_dropped`` and ``is_undecided``.

    Returns:
        The ids to look up before anything is decided; if there are any, nothing is applied.
    """
    _drop_repeated(state, incoming)
    _match_current_ids(state, incoming, read)
    _match_replaced_ids(state, incoming, read)
    _match_previous_ids(state, incoming, read)
    for item in _open(incoming):
        _match_look_ups(state, item, _taken(incoming))
    undecided = _undecided(state, incoming, read)
    missing = {found.record.request_id for _, found in undecided} - read.unanswered
    if missing:
        return sorted(missing)
    for item in _open(incoming) if read.is_whole else ():
        found = _same_guid(state, incoming, read, item)
        if found is not None and found.record.request_id in read.answered and _agree(item, found):
            item.stored, item.via = found, "content-guid"
    for item, _ in undecided:
        if item.is_new:
            item.is_dropped = item.is_undecided = True
    return []


def _match_current_ids(state: State, incoming: list[Incoming], read: Read) -> None:
    for item in incoming:
        stored = state.bearer(item.record.request_id)
        if stored is not None and _stands(stored, read) and stored.course != item.course:
            item.is_dropped = True  # its own course's answer, unchanged, lists it too
    for item in _open(incoming):
        item.stored = state.bearer(item.record.request_id)


def _match_replaced_ids(state: State, incoming: list[Incoming], read: Read) -> None:
    """R2, C5: an id that was replaced is current again if a whole answer lists it, else the answer is old."""

    def had(item: Incoming) -> StoredItem | None:
        return state.items.get(state.history.get(item.record.request_id, 0))

    _claim(incoming, read, "request-id-returned", lambda item: had(item) if item.is_listed else None)
    for item in _open(incoming):
        if not item.is_listed and had(item) is not None:
            item.stored, item.is_dropped = had(item), True


def _match_previous_ids(state: State, incoming: list[Incoming], read: Read) -> None:
    """R1: the items that had the previous id last, then those that had it earlier."""
    for named in _named_now, _named_before:

        def claimed(
            item: Incoming, named: Callable[[State, Incoming], StoredItem | None] = named
        ) -> StoredItem | None:
            found = named(state, item)
            is_settled = found is None or found.course == item.course or not read.is_unread(found)
            return found if is_settled else None

        _claim(incoming, read, "previous-year-id", claimed)


def _named_now(state: State, item: Incoming) -> StoredItem | None:
    """The item whose current id is the previous id of one that came."""
    previous = item.record.previous_year_id
    return None if previous is None else state.bearer(previous)


def _named_before(state: State, item: Incoming) -> StoredItem | None:
    """The item that had the previous id of one that came."""
    return state.items.get(state.history.get(item.record.previous_year_id or 0, 0))


def _match_look_ups(state: State, item: Incoming, taken: set[int]) -> None:
    """R4: of the stored items whose ids were answered with it, one that was asked for by its current id,
    then one with its GUID, then one of its course, then the one that was seen first."""

    def rank(stored: StoredItem) -> tuple[bool, bool, bool, datetime, int]:
        current, guid = stored.record.request_id, _guid(item.record)
        was_asked, is_same = current in item.asked_ids, guid is not None and guid == _guid(stored.record)
        is_elsewhere = stored.course_code != item.course_code
        return not was_asked, not is_same, is_elsewhere, stored.first_seen_at, current

    found = [state.holder(asked) for asked in item.asked_ids]
    free = [stored for stored in found if stored is not None and stored.key not in taken]
    if free:
        item.stored = min(free, key=rank)
        item.via = "request-id-lookup"


def _undecided(state: State, incoming: list[Incoming], read: Read) -> list[tuple[Incoming, StoredItem]]:
    """Items that came and the stored ones that they may be, as only a look-up can tell."""
    found: list[tuple[Incoming, StoredItem]] = []
    taken = _taken(incoming)
    for item in _open(incoming):
        named = _named_now(state, item), _named_before(state, item)
        found += [(item, i) for i in named if i is not None and i.key not in taken and read.is_unread(i)]
        same = _same_guid(state, incoming, read, item)
        if same is not None and same.record.request_id not in read.answered:
            found.append((item, same))
    return found


def _open(incoming: Iterable[Incoming]) -> list[Incoming]:
    return [item for item in incoming if item.is_new]


def _taken(incoming: Iterable[Incoming]) -> set[int]:
    return {item.stored.key for item in incoming if item.stored is not None and not item.is_dropped}


def _stands(stored: StoredItem, read: Read) -> bool:
    """Whether an answer that did not change lists the item under its current id."""
    unchanged = stored.course is not None and read.contents.get(stored.course) is Content.UNCHANGED
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
        first = min(same, key=lambda item: (bool(item.asked_ids), item.course != home))
        first.asked_ids = [asked for item in same for asked in item.asked_ids]
        for item in same:
            item.is_dropped = item is not first


def _claim(
    incoming: list[Incoming],
    read: Read,
    via: str,
    claimed: Callable[[Incoming], StoredItem | None],
) -> None:
    """R3: of several that claim one stored item the one in its course takes it, else the lowest id."""
    claims = defaultdict(list)
    taken = _taken(incoming)
    for item in _open(incoming):
        found = claimed(item)
        if found is not None and found.key not in taken and not _stands(found, read):
            claims[found.key].append((item, found))
    for rivals in claims.values():
        winner, found = min(
            rivals, key=lambda r: (r[0].course_code != r[1].course_code, r[0].record.request_id)
        )
        winner.stored, winner.via = found, via


def _guid(record: ContentItem) -> str | None:
    """The GUID, unless it stands for no content."""
    guid = record.content_guid or ""
    return guid.lower() if set(guid) - set("0-{} ") else None


def _same_guid(state: State, incoming: list[Incoming], read: Read, item: Incoming) -> StoredItem | None:
    """The one stored item with the GUID of an item that has it alone, unless it is known to be another."""
    guid = _guid(item.record)
    if guid is None:
        return None
    came = [other for other in incoming if not other.is_dropped and _guid(other.record) == guid]
    found = [stored for stored in state.items.values() if _guid(stored.record) == guid]
    if len(came) != 1 or len(found) != 1 or found[0].key in _taken(incoming) or _stands(found[0], read):
        return None
    return found[0]


def _agree(item: Incoming, stored: StoredItem) -> bool:
    """Whether something else than the GUID says that the two are one."""
    came, held = item.record, stored.record
    same_pages = (came.identifier, came.page_range) == (held.identifier, held.page_range)
    return (
        (item.course is not None and item.course == stored.course)
        or (bool(came.identifier and came.page_range) and same_pages)
        or (bool(came.extract_title) and came.extract_title == held.extract_title)
    )
