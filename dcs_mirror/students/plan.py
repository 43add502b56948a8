"""The plan of a push: a source's rows compared with what is known of the courses. No I/O."""

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Literal, TypeAlias

from dcs_mirror.clock import UK
from dcs_mirror.plain_text import counted
from dcs_mirror.students.known import KnownCourse
from dcs_mirror.students.likeness import Likeness
from dcs_mirror.students.nearest import NearestCodes
from dcs_mirror.students.repeats import Combination, Repeated
from dcs_mirror.students.rows import SourceRow
from dcs_mirror.students.table import Understood
from dcs_mirror.writes.commands import AmendCourse, SubmitCourse
from dcs_mirror.writes.spelling import folded_code
from dcs_mirror.writes.validation import MOST_STUDENTS, MOST_WEEKS, CannotBeSent, check, code_fault

Verdict: TypeAlias = Literal[
    "change",
    "create",
    "unchanged",
    "repeated",
    "total",
    "unaligned",
    "archived",
    "deleted",
    "unusable",
    "duplicate",
    "out of range",
    "unsettled",
    "learnt",
    "not mirrored",
]
TO_SEND = frozenset({"change", "create"})
WRONG = frozenset({"unusable", "duplicate", "out of range", "unsettled", "not mirrored"})
"""Verdicts that need correction. Unaligned, archived and deleted courses are normal: a record system also
holds courses without digital content."""

ROLLOVER = (6, 15)
"""Month and day from which every institution has rolled over (A4)."""

Write: TypeAlias = AmendCourse | SubmitCourse


@dataclass(frozen=True, slots=True)
class Entry:
    """The verdict on one row of the source.

    ``where`` is the row's place in the source. ``before`` is the number last sent and accepted, ``students``
    the source's number. ``write`` is what would be sent. ``nearest`` are codes of the DCS that are similar to
    an unaligned one, the most similar first. ``given`` is the source's code if it differs from the DCS's.
    """

    where: str
    course_code: str
    verdict: Verdict
    students: int | None = None
    before: int | None = None
    why: str | None = None
    nearest: tuple[str, ...] = ()
    write: Write | None = None
    given: str | None = None

    @property
    def zeroes(self) -> bool:
        """Whether a course would be set to 0 students, or created with 0."""
        return self.verdict in TO_SEND and self.students == 0


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry for each row of a source, and the active courses that the source does not name."""

    hei_id: int
    source: Understood
    """What was understood of the source."""
    entries: Sequence[Entry]
    not_in_source: Sequence[str]
    refusal: str | None = None
    """Why nothing of the plan may be sent (A4)."""
    strict: bool = False
    """Whether an unaligned code counts as wrong."""

    @property
    def counts(self) -> Counter[Verdict]:
        """The number of entries with each verdict."""
        return Counter(entry.verdict for entry in self.entries)

    @property
    def to_send(self) -> list[Entry]:
        """The entries that a push sends."""
        return [entry for entry in self.entries if entry.verdict in TO_SEND]

    @property
    def exit_code(self) -> int:
        """0 if every row can be used; 1 if a row cannot, or the push would be refused."""
        wrong = WRONG | {"unaligned"} if self.strict else WRONG
        return 1 if self.refusal or any(entry.verdict in wrong for entry in self.entries) else 0


def plan(
    hei_id: int,
    source: Understood,
    rows: Iterable[SourceRow],
    known: Mapping[str, KnownCourse],
    *,
    now: datetime,
    combination: Combination | None = None,
    create_missing: bool = False,
    allow_zero: bool = False,
    strict: bool = False,
) -> Plan:
    """Plan what a push of these rows sends, what it leaves out, and why.

    Args:
        hei_id: the institution.
        source: what was understood of the source.
        rows: the source's rows, with the codes of the DCS that theirs are taken for.
        known: the institution's courses by code.
        now: the time, with a time zone. Before 15 June in UK time, a plan that would leave a course with 0
            students is refused (A4).
        combination: how several rows of one course give its number; None refuses them.
        create_missing: whether to create courses that the DCS lacks (A5).
        allow_zero: whether 0 students are allowed on any day.
        strict: whether an unaligned code gives the exit code 1.
    """
    rows = list(rows)
    live = {code for code, course in known.items() if course.is_live}
    courses = [row for row in rows if not _is_total(row, live)]
    repeated = Repeated(courses, combination)
    known_spellings = _spellings(code for code, course in known.items() if course.status != "Deleted")
    row_spellings = _spellings({row.course_code for row in courses if row.fault is None})
    likeness = Likeness(live)
    entries = []
    for row in rows:
        if _is_total(row, live):
            entries.append(Entry(row.where, row.course_code.strip(), "total", row.students, why=row.total))
            continue
        entry = _unusable(row, repeated) or _entry(hei_id, repeated.combined(row), known.get(row.course_code))
        if entry.verdict == "unaligned" and row.unaligned is None and create_missing:
            spelling = folded_code(row.course_code)
            similar = [known[code] for code in known_spellings.get(spelling, ())]
            entry = _created(
                hei_id, repeated.combined(row), entry, similar, row_spellings[spelling], likeness
            )
        note = repeated.note(row) if entry.why is None else None
        entries.append(replace(entry, given=row.given, why=entry.why or note))
    entries = _with_nearest(entries, live)
    named = {row.course_code for row in courses}
    missing = sorted(code for code, course in known.items() if course.takes_numbers and code not in named)
    refusal = None
    if rows and not courses:
        refusal = _without_courses(len(rows), source)
    elif (zeroed := sum(entry.zeroes for entry in entries)) and not allow_zero and is_before_rollover(now):
        refusal = _refusal(zeroed)
    return Plan(hei_id, source, entries, missing, refusal, strict)


def is_before_rollover(now: datetime) -> bool:
    """Return whether ``now`` is a day from 1 January to 14 June in UK time (A4)."""
    today = now.astimezone(UK)
    return (today.month, today.day) < ROLLOVER


def _without_courses(totals: int, source: Understood) -> str:
    hidden = counted(source.hidden_rows or 0, "hidden row")
    ways = "" if source.hidden_rows_taken or not source.hidden_rows else f"; --hidden-rows takes {hidden}"
    return f"the source holds {counted(totals, 'total')} and no course{ways}; nothing is sent"


def _refusal(zeroed: int) -> str:
    return (
        f"{counted(zeroed, 'course')} would have 0 students, and it is before 15 June. Student records that "
        "begin their next year early read 0, and no course rolls over with 0 students. Nothing is sent; if "
        "0 is correct, give --allow-zero"
    )


def _is_total(row: SourceRow, live: Collection[str]) -> bool:
    """Return whether a row is a total, and no course of the DCS."""
    return row.total is not None and (row.is_subtotal or row.course_code not in live)


def _unusable(row: SourceRow, repeated: Repeated) -> Entry | None:
    """Return the entry of a row that cannot be used whatever is known of its course, else None."""
    entry = partial(Entry, row.where, row.course_code.strip() if row.fault else row.course_code)
    if row.fault is not None or row.students is None:
        return entry("unusable", row.students, why=row.fault)
    bearer = repeated.stands_for(row)
    fault = repeated.fault(row)
    counted = (row.students, row.students if fault else repeated.combined(row).students)
    for students in counted:
        if students is not None and not 0 <= students <= MOST_STUDENTS:
            why = f"students: {students} is not from 0 to {MOST_STUDENTS}"
            return entry("out of range", students, why=why)
    if fault is not None:
        return entry("duplicate", row.students, why=fault)
    if bearer is not row:
        return entry("repeated", row.students, why=f"{bearer.where} stands for all rows of this course")
    return None


def _entry(hei_id: int, row: SourceRow, course: KnownCourse | None) -> Entry:
    """Return the entry of a usable row, compared with its course."""
    before = course.students if course else None
    entry = partial(Entry, row.where, row.course_code, students=row.students, before=before)
    if course is None:
        return entry("unaligned", why=row.unaligned or "the DCS has no course with this code")
    if obstacle := _obstacle(hei_id, course):
        verdict, why = obstacle
        return entry(verdict, why=why)
    if course.students == row.students and course.open_call is None:
        return entry("unchanged")
    write = AmendCourse(hei_id=hei_id, course_code=row.course_code, weeks=course.weeks, students=row.students)
    doubt = None
    if course.open_call is not None:
        doubt = f"it is not known whether the DCS accepted call {course.open_call}"
    return _checked(entry("change", why=doubt, write=write))


def _obstacle(hei_id: int, course: KnownCourse) -> tuple[Verdict, str] | None:
    """Return why a course cannot be amended, or None if it can."""
    if course.status is None:
        return (
            "unsettled",
            f"call {course.open_call} submitted it: dcs-mirror calls settle {course.open_call}",
        )
    if not course.takes_numbers:
        return "archived" if course.is_live else "deleted", f"the course is {course.status}"
    if course.weeks is None or not 1 <= course.weeks <= MOST_WEEKS:
        why = (
            "weeks: the DCS lists none that it would take back, and sets 52 if none are sent. Give them once:"
        )
        amend = f"dcs-mirror amend-course {hei_id} {shlex.quote(course.course_code)}"
        return "unusable", f"{why} {amend} --weeks WEEKS --students STUDENTS"
    return None


def _created(
    hei_id: int,
    row: SourceRow,
    entry: Entry,
    similar: Sequence[KnownCourse],
    row_codes: Sequence[str],
    likeness: Likeness,
) -> Entry:
    """Return the entry of a row whose course is to be created, unless it exists in another spelling (A5).

    Args:
        hei_id: the institution.
        row: the row.
        entry: its unaligned entry.
        similar: the courses, not deleted, whose codes differ only in spelling.
        row_codes: the source's codes that differ only in spelling.
        likeness: what the codes have in common.
    """
    if live := next((course.course_code for course in similar if course.is_live), None):
        why = f"not created: the DCS has {live!r}, which differs only in case, spaces or dashes"
        return replace(entry, why=why)
    if similar:
        call_id, code = similar[0].open_call, similar[0].course_code
        why = f"call {call_id} submitted it as {code!r}: dcs-mirror calls settle {call_id}"
        return replace(entry, verdict="unsettled", why=why)
    if doubtful := _doubtful(row, entry, likeness):
        return doubtful
    if others := [code for code in row_codes if code != row.course_code]:
        why = f"another row spells the code {others[0]!r}: only one of them can be created"
        return replace(entry, verdict="duplicate", why=why)
    write = SubmitCourse(
        hei_id=hei_id,
        course_code=row.course_code,
        name=row.name or row.course_code,
        weeks=MOST_WEEKS,
        students=row.students,
    )
    return _checked(replace(entry, verdict="create", why=None, write=write))


def _doubtful(row: SourceRow, entry: Entry, likeness: Likeness) -> Entry | None:
    """Return the entry of a row whose code may be no new course's, else None."""
    obstacle = likeness.obstacle(row.course_code)
    if obstacle is None or not obstacle.is_course:
        if row.doubt is not None:
            return replace(entry, verdict="unusable", why=f"not created: the course code {row.doubt}")
        if fault := code_fault(row.course_code):
            return replace(entry, verdict="unusable", why=f"course code: {fault}")
    if obstacle is not None:
        why = f"not created: {obstacle.why}. If it is meant: dcs-mirror submit-course"
        return replace(entry, verdict="unaligned" if obstacle.is_course else "unusable", why=why)
    return None


def _spellings(codes: Iterable[str]) -> dict[str, list[str]]:
    """Group codes that differ only in case, spaces or dashes."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(folded_code(code), []).append(code)
    return found


def _checked(entry: Entry) -> Entry:
    """Validate the entry's write as every write is (A2); if it is invalid, return an unusable entry."""
    try:
        if entry.write is not None:
            check(entry.write)
    except CannotBeSent as error:
        return replace(
            entry, verdict="unusable", why=str(error).removesuffix("; nothing was sent"), write=None
        )
    return entry


def _with_nearest(entries: list[Entry], live: Collection[str]) -> list[Entry]:
    """Return the entries; unaligned ones get the most similar codes (A5)."""
    nearest = NearestCodes(live)
    return [
        replace(entry, nearest=nearest.to(entry.course_code)) if entry.verdict == "unaligned" else entry
        for entry in entries
    ]
