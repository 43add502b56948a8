"""Reference of the rules: a stored state and a reading give the next state, in plain Python.

It is written from the rules, not from the product's SQL, and shares no code with the reconciliation.
Readings are taken to come in the order in which they were made (C5 is tested elsewhere).
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from dcs_mirror import academic_year
from dcs_mirror.reading import Content, InstitutionReading
from dcs_mirror.records import ContentItem
from tests.properties import recheck, recognise
from tests.properties.recognise import Incoming, Listed
from tests.properties.state import Counts, Rollover, State, StatusChange, StoredCourse, StoredItem


@dataclass(frozen=True)
class Owed:
    """R4: these ids must be asked for before anything is applied."""

    request_ids: list[int]


@dataclass(frozen=True)
class Mixed:
    """The institution was rolled over while it was read."""


@dataclass(frozen=True)
class Held:
    """R7: nothing is applied."""


def apply(
    state: State, reading: InstitutionReading, now: datetime
) -> tuple[State, Counts] | Owed | Mixed | Held:
    """The state after a reading and what it counted, or why nothing was applied; ``state`` stays as it is."""
    after = deepcopy(state)
    if reading.unchanged:
        standing = {read.course.course_id for read in reading.courses if read.content is Content.UNCHANGED}
        _see(after, reading, {c.key for c in after.courses.values() if c.record.course_id in standing})
        return after, replace(_counts(after), is_partial=bool(reading.problems))
    incoming_year = _year(reading)
    if state.year and incoming_year and incoming_year < state.year:
        return Held()
    year_advanced = bool(state.year and incoming_year and incoming_year > state.year)
    return _Reconciliation(after, reading, now, incoming_year or state.year, year_advanced).run()


def _year(reading: InstitutionReading) -> str | None:
    """The year that most listed courses are in."""
    years = Counter(read.course.academic_year for read in reading.courses if read.course.academic_year)
    return max(years, key=lambda year: (years[year], year), default=None)


def _counts(state: State) -> Counts:
    return Counts(
        courses=sum(not course.is_removed for course in state.courses.values()),
        content_items=sum(not item.is_removed for item in state.items.values()),
    )


def _see(state: State, reading: InstitutionReading, unchanged: set[int]) -> None:
    """S1: the answer of a course that did not change shows every live item in it."""
    for item in state.items.values():
        if not item.is_removed and item.course in unchanged:
            item.seen_at = max(item.seen_at, reading.started_at)


class _Reconciliation:
    """One reading on its way into a state, which it changes."""

    def __init__(
        self, state: State, reading: InstitutionReading, now: datetime, year: str | None, advanced: bool
    ) -> None:
        self.state, self.reading, self.now, self.year, self.advanced = state, reading, now, year, advanced
        self.listed = recognise.courses(state, reading, year_advanced=advanced)
        for course in self.listed:
            self._write_course(course)
        self.contents = {c.key: c.read.content for c in self.listed if c.key is not None}
        self.incoming = self._incoming()
        read = recognise.Read(
            self.contents,
            reading.list_complete,
            frozenset(answer.request_id for answer in reading.looked_up if answer.answered),
            frozenset(answer.request_id for answer in reading.looked_up if not answer.answered),
        )
        self.undecided = recognise.items(state, self.incoming, read)
        self._keep_courses()
        self.kinds: Counter[str] = Counter()

    def _keep_courses(self) -> None:
        """W9: an item that was looked up keeps its course if the answer names one that is not known."""
        for item in self.incoming:
            if item.names_course and item.course is None and item.stored is not None:
                item.course, item.course_code = item.stored.course, item.stored.course_code

    def run(self) -> tuple[State, Counts] | Owed | Mixed:
        if self.undecided:
            return Owed(self.undecided)
        if not self.reading.is_reread and any(self._is_sign_of_rollover(item) for item in self.incoming):
            return Mixed()
        self._drop_replaced()
        absent = self._absent()
        owed = self._owed(absent)
        if owed:
            return Owed(owed)
        self._record_rollover(len(absent))
        state, first_change = self.state, len(self.state.status_changes)
        state.year = self.year
        state.name = self.reading.name or state.name
        self._write_history()
        for item in self.incoming:
            if not item.is_dropped:
                self._write_item(item)
        self._rename_courses()
        for key in absent:
            self._remove(state.items[key])
        self._remove_courses()
        self._write_asked_ids()
        changes = sorted(state.status_changes[first_change:], key=lambda change: change.item)
        flagged = recheck.raise_flags(state, changes)
        flagged += recheck.reopen_flags(state)
        recheck.resolve_flags(state, self.now)
        for item in self.incoming:
            if item.stored is not None and not item.is_dropped:
                item.stored.seen_at = max(item.stored.seen_at, self.reading.started_at)
        _see(state, self.reading, {k for k, content in self.contents.items() if content is Content.UNCHANGED})
        undecided = any(item.is_undecided for item in self.incoming)
        is_partial = self._note_not_found() or undecided or bool(self.reading.problems)
        counts = replace(
            _counts(state),
            added=self.kinds["added"] + self.kinds["restored"],
            changed=self.kinds["changed"],
            removed=self.kinds["removed"],
            renumbered=self.kinds["renumbered"],
            flagged=flagged,
            is_partial=is_partial,
        )
        return state, counts

    # Courses.

    def _write_course(self, listed: Listed) -> None:
        record = listed.read.course
        if listed.key is None:
            listed.key = self.state.new_key()
            self.state.courses[listed.key] = StoredCourse(listed.key, record)
            return
        stored = self.state.courses[listed.key]
        stored.is_removed = False
        if not self.reading.list_unchanged:
            stored.record = record

    def _remove_courses(self) -> None:
        """C1, C6: a complete list proves absence."""
        if self.reading.list_complete:
            for course in self.state.courses.values():
                course.is_removed = course.is_removed or course.key not in self.contents

    def _rename_courses(self) -> None:
        """Items that were not read themselves follow the code of their course."""
        for item in self.state.items.values():
            code = None if item.course is None else self.state.courses[item.course].record.course_code
            if item.course_code != code:
                item.course_code = code
                self.kinds["changed"] += 1

    def _note_not_found(self) -> bool:
        """W3: whether a listed course, not a Deleted one, was not found in two readings running."""
        lost = False
        for course in self.state.courses.values():
            content = self.contents.get(course.key)
            if content is Content.NOT_FOUND:
                is_second = course.not_found_since is not None
                lost = lost or (is_second and course.record.status != "Deleted")
                course.not_found_since = course.not_found_since or self.reading.started_at
            elif content is not Content.UNREAD:
                course.not_found_since = None if content or course.is_removed else course.not_found_since
        return lost

    # Items.

    def _incoming(self) -> list[Incoming]:
        by_id = {course.record.course_id: course for course in self.state.courses.values()}
        found: list[Incoming] = []
        for listed in self.listed:
            read = listed.read
            own = by_id[read.course.course_id].record.course_code
            found += [
                Incoming(
                    i,
                    listed.key,
                    own,
                    fetched_at=read.fetched_at,
                    is_listed=read.content is Content.WHOLE,
                )
                for i in read.items
            ]
        for answer in self.reading.looked_up:
            if answer.item is not None:
                course = None if answer.course_id is None else by_id.get(answer.course_id)
                key = None if course is None else course.key
                code = None if course is None else course.record.course_code
                found.append(
                    Incoming(
                        answer.item,
                        key,
                        code,
                        asked_ids=[answer.request_id],
                        fetched_at=answer.fetched_at,
                        names_course=answer.course_id is not None,
                    )
                )
        return found

    def _is_sign_of_rollover(self, item: Incoming) -> bool:
        """An id replaced although the year stands, or kept although it advanced, or named as the one before
        by a look-up, or claimed by a new item although its own answer still has it."""
        if item.is_new and self._is_listed_unchanged(item.record.previous_year_id):
            return True
        if item.is_dropped or item.asked_ids:
            return False
        stored = item.stored
        if stored is None:
            # An id that was replaced before today says nothing of today.
            return item.record.request_id not in self.state.history and self._is_named_by_look_up(item)
        if stored.year is None or self.year is None:
            return False
        if self.advanced:
            return item.replaces is None and stored.year < self.year
        return (
            item.replaces is not None
            and item.record.previous_year_id == item.replaces
            and stored.year == self.year
        )

    def _drop_replaced(self) -> None:
        """R2: an id that a look-up names as the one before is not that of a new item."""
        for item in self.incoming:
            item.is_dropped |= item.is_new and not item.asked_ids and self._is_named_by_look_up(item)

    def _is_named_by_look_up(self, item: Incoming) -> bool:
        """Whether an item that was looked up names the id of this one as its previous id."""
        named = [i.record.previous_year_id for i in self.incoming if i.asked_ids and not i.is_dropped]
        return item.record.request_id in named

    def _is_listed_unchanged(self, request_id: int | None) -> bool:
        bearer = self.state.bearer(request_id or 0)
        if bearer is None or bearer.is_removed or bearer.course is None:
            return False
        return self.contents.get(bearer.course) is Content.UNCHANGED

    def _absent(self) -> set[int]:
        """C1: live items that the reading proves to be gone."""
        mentioned = {item.stored.key for item in self.incoming if item.stored is not None}
        unanswered = {f.request_id for f in self.reading.looked_up if not f.answered}
        absent = set()
        for item in self.state.items.values():
            if item.is_removed or item.course is None or item.record.request_id in unanswered:
                continue
            content = self.contents.get(item.course)
            if content is Content.WHOLE or (content is None and self.reading.list_complete):
                absent.add(item.key)
        for answer in self.reading.looked_up:
            if answer.answered and answer.item is None:
                found = self.state.holder(answer.request_id)
                if found is not None and not found.is_removed:
                    absent.add(found.key)
        # R4: an id that a look-up answered with another item is not current any more, unless it is listed.
        asked = [i for item in self.incoming if not item.is_dropped for i in item.asked_ids]
        bearers = [self.state.bearer(i) for i in asked if not self._is_listed_unchanged(i)]
        absent |= {bearer.key for bearer in bearers if bearer is not None and not bearer.is_removed}
        return absent - mentioned

    def _owed(self, absent: set[int]) -> list[int]:
        """R4: what would be gone, stands in no course, or in one that answered in part, and bears an id of
        an earlier year."""
        mentioned = {item.stored.key for item in self.incoming if item.stored is not None}
        asked = {answer.request_id for answer in self.reading.looked_up}
        return sorted(
            item.record.request_id
            for item in self.state.items.values()
            if not item.is_removed
            and item.year is not None
            and self.year is not None
            and item.year < self.year
            and (item.course is None or item.key in absent or self._came_in_part(item.course))
            and item.key not in mentioned
            and item.record.request_id not in asked
        )

    def _came_in_part(self, course: int) -> bool:
        return self.contents.get(course) is Content.PARTIAL

    def _write_history(self) -> None:
        """R2: replaced ids, and ids of last year that upstream names, lead to their items."""
        state = self.state
        for item in self.incoming:
            if item.is_new:
                key = state.new_key()
                item.stored = StoredItem(
                    key,
                    item.record,
                    item.course,
                    item.course_code,
                    self.year,
                    self.now,
                    self.reading.started_at,
                )
                state.items[key] = item.stored
                self.kinds["added"] += 1
            elif item.replaces is not None and item.stored is not None:
                state.lead(item.replaces, item.stored.key, item.via or "")
        current = {i.record.request_id for i in state.items.values() if i.key not in self._renumbered()}
        current |= {item.record.request_id for item in self.incoming if not item.is_dropped}
        for item in sorted(self.incoming, key=lambda item: item.record.request_id):
            previous = item.record.previous_year_id
            if item.is_dropped or item.stored is None or previous is None:
                continue
            if previous not in current | set(state.history):
                state.lead(previous, item.stored.key, "previous-year-id")

    def _write_asked_ids(self) -> None:
        """R2, A7: an id that leads to no live item leads to the one that its look-up was answered with."""
        for item in self.incoming:
            for asked in [] if item.is_dropped else item.asked_ids:
                found = self.state.holder(asked)
                if item.stored is not None and (found is None or found.is_removed):
                    self.state.lead(asked, item.stored.key, "request-id-lookup")

    def _renumbered(self) -> set[int]:
        return {i.stored.key for i in self.incoming if i.stored is not None and i.replaces is not None}

    def _write_item(self, item: Incoming) -> None:
        stored = item.stored
        assert stored is not None
        before = (stored.record, stored.course, stored.course_code, stored.is_removed)
        # Listed today, so the id is one of this year (W10), unless it was replaced before.
        returned = item.via == "request-id-returned"
        stored.year = academic_year.before(self.year) if self.year and returned else self.year
        if before == (item.record, item.course, item.course_code, False):
            return
        if item.replaces is not None:
            self.kinds["renumbered"] += 1
        else:
            self.kinds["restored" if stored.is_removed else "changed"] += 1
        was = stored.record
        stored.record, stored.course, stored.course_code = item.record, item.course, item.course_code
        stored.is_removed = False
        self._record_status(stored, was, item.fetched_at or self.now)

    def _remove(self, item: StoredItem) -> None:
        """C1, R6: marked, never deleted."""
        item.is_removed = True
        self.kinds["removed"] += 1

    # S1.

    def _record_status(self, item: StoredItem, was: ContentItem, at: datetime) -> None:
        """The interval begins when the old status was last seen, and never after it ends."""
        record = item.record
        if (was.content_status, was.licence) != (record.content_status, record.licence):
            self.state.status_changes.append(
                StatusChange(
                    item.key,
                    record.request_id,
                    was.content_status,
                    record.content_status,
                    was.licence,
                    record.licence,
                    min(item.seen_at, at),
                    at,
                )
            )

    # R10.

    def _record_rollover(self, absent: int) -> None:
        incoming = [item for item in self.incoming if not item.is_dropped]
        renumbered = [item for item in incoming if item.replaces]
        if self.year is None or not (self.advanced or (renumbered and self.year in self.state.rollovers)):
            return
        bore = {i.stored.record.request_id for i in incoming if i.stored is not None}
        rollover = self.state.rollovers.setdefault(self.year, Rollover(self.state.year))
        rollover.renumbered += len(renumbered)
        rollover.new += sum(item.is_new for item in incoming)
        rollover.not_carried_over += absent
        rollover.looked_up += sum(item.via == "request-id-lookup" for item in renumbered)
        rollover.conflicts += sum(item.is_new and item.record.previous_year_id in bore for item in incoming)


def as_values(record: ContentItem) -> dict[str, object]:
    """An item's fields by column name."""
    return msgspec.structs.asdict(record)
