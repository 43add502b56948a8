"""The plan of a push of requests: each row compared with what is there already. No I/O."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import msgspec

from dcs_mirror.requests.index import RequestIndex
from dcs_mirror.requests.rows import RequestRow, Understood
from dcs_mirror.students.codes import BLANKS
from dcs_mirror.students.nearest import NearestCodes
from dcs_mirror.writes.commands import SubmitRequest, parameters
from dcs_mirror.writes.duplicates import HeldRequest, Work, work_of
from dcs_mirror.writes.journal import Call
from dcs_mirror.writes.spelling import folded_code
from dcs_mirror.writes.validation import CannotBeSent, check

Verdict: TypeAlias = Literal[
    "submit",
    "already there",
    "repeated",
    "duplicate",
    "unusable",
    "unaligned",
    "archived",
    "deleted",
    "unsettled",
    "not read",
]
GOOD = frozenset({"submit", "already there", "repeated"})
"""Verdicts of rows that need no correction."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The verdict on one row of the list.

    ``write`` is the request, if the row says one; it is sent only if the verdict is ``submit``. ``held`` is
    the request that asks for the same and is there already, ``open_call`` a call that may have submitted it.
    ``nearest`` are codes of the DCS that are similar to one that it lacks. ``given`` is the code in the list
    if it differs from the DCS's. ``shown`` are the cells of a row that cannot be used.
    """

    where: str
    verdict: Verdict
    request: SubmitRequest | None = None
    why: str | None = None
    nearest: tuple[str, ...] = ()
    given: str | None = None
    held: HeldRequest | None = None
    open_call: int | None = None
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def write(self) -> SubmitRequest | None:
        """What is sent; None if nothing is."""
        return self.request if self.verdict == "submit" else None

    @property
    def course_code(self) -> str | None:
        """The code of the course, as the DCS spells it."""
        return self.shown.get("course_code") if self.request is None else self.request.course_code


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry for each row of a list of requests."""

    hei_id: int
    source: Understood
    entries: Sequence[Entry]

    @property
    def counts(self) -> Counter[Verdict]:
        """The number of entries with each verdict."""
        return Counter(entry.verdict for entry in self.entries)

    @property
    def to_send(self) -> list[Entry]:
        """The entries that a push sends."""
        return [entry for entry in self.entries if entry.write is not None]

    @property
    def exit_code(self) -> int:
        """0 if every row is sent, was sent before or is there; 1 if one cannot be used."""
        return 0 if all(entry.verdict in GOOD for entry in self.entries) else 1


@dataclass(frozen=True, slots=True)
class Known:
    """What is there of an institution.

    ``held`` are the requests that are there, and
    ``open_calls`` the calls whose outcome is unknown. ``unread`` says of courses why they could not be read.
    """

    held: Sequence[HeldRequest] = ()
    open_calls: Sequence[Call] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Courses:
    """The DCS's courses: their statuses by code, their codes by spelling, and the most similar ones."""

    statuses: Mapping[str, str | None]
    by_spelling: Mapping[str, Sequence[str]]
    nearest: NearestCodes


def aligned(
    hei_id: int, rows: Iterable[RequestRow], statuses: Mapping[str, str | None], *, without_course: bool
) -> list[Entry]:
    """Return an entry for each row, with the DCS's course in the place of the list's code (A2, A5).

    Args:
        hei_id: the institution.
        rows: the rows of the list.
        statuses: the DCS's courses by code.
        without_course: whether a row without a code is a request for no course.
    """
    by_spelling: dict[str, list[str]] = {}
    for code in statuses:
        by_spelling.setdefault(folded_code(code), []).append(code)
    courses = _Courses(statuses, by_spelling, NearestCodes(statuses))
    return [_aligned(hei_id, row, courses, without_course=without_course) for row in rows]


def judged(entries: Iterable[Entry], known: Known) -> list[Entry]:
    """Return the entries that could be sent with a verdict on whether they are there already (A6)."""
    held: RequestIndex[int] = RequestIndex()
    for place, there in enumerate(known.held):
        if not there.has_ended:
            held.add(there.course_code, there.work, place)
    calls: RequestIndex[int] = RequestIndex()
    for place, call in enumerate(known.open_calls):
        if call.method == SubmitRequest.method:
            calls.add(call.parameters.get("CourseCode"), work_of(call.parameters), place)
    return _without_repeats([_judged(entry, known, held, calls) for entry in entries])


def _aligned(
    hei_id: int,
    row: RequestRow,
    courses: _Courses,
    *,
    without_course: bool,
) -> Entry:
    if row.fault is not None:
        return Entry(row.where, "unusable", why=row.fault, shown=row.shown)
    given: dict[str, Any] = dict(row.values)
    shown = {name: str(value) for name, value in given.items()}
    named = given.pop("hei", hei_id)
    if named != hei_id:
        why = f"the row is for institution {named}, not {hei_id}"
        return Entry(row.where, "unusable", why=why, shown=shown)
    lacking = [name for name in ("academic_name", "email") if name not in given]
    if lacking:
        options = " and ".join(f"--{name.replace('_', '-')}" for name in lacking)
        names = " and ".join(name.replace("_", " ") for name in lacking)
        why = f"{names}: the row has none; {options} gives one for all such rows"
        return Entry(row.where, "unusable", why=why, shown=shown)
    own = given.pop("course_code", None)
    code, entry = _course(row.where, own, courses, without_course=without_course)
    request = SubmitRequest(hei_id=hei_id, course_code=code if own is not None else None, **given)
    entry = replace(entry, request=request, given=own if own not in {None, code} else None)
    try:
        check(request)
    except CannotBeSent as error:
        why = str(error).removesuffix("; nothing was sent")
        return replace(entry, verdict="unusable", why=why, nearest=())
    return entry


def _course(
    where: str,
    own: str | None,
    courses: _Courses,
    *,
    without_course: bool,
) -> tuple[str | None, Entry]:
    """Return the DCS's code for one of the list, and the verdict on the course."""
    if own is None:
        if without_course:
            return None, Entry(where, "submit")
        why = "course code: the row has none; --course gives one for such rows, --without-course submits them"
        return None, Entry(where, "unusable", why=why)
    trimmed = own.strip(BLANKS)
    statuses, spelled_alike = courses.statuses, courses.by_spelling.get(folded_code(own), ())
    alike = [code for code in spelled_alike if statuses[code] != "Deleted"] or spelled_alike
    code = next((each for each in (own, trimmed) if each in statuses and each in alike), None)
    if code is None and len(alike) == 1:
        code = alike[0]
    if code is None:
        why = (
            f"several courses of the DCS differ only in case, blanks or dashes: {', '.join(map(repr, alike))}"
            if alike
            else "the DCS has no course with this code"
        )
        return trimmed, Entry(where, "unaligned", why=why, nearest=tuple(alike) or courses.nearest.to(own))
    status = statuses[code]
    if status in {"Archived", "Deleted"}:
        verdict: Verdict = "archived" if status == "Archived" else "deleted"
        return code, Entry(where, verdict, why=f"the course is {status}")
    return code, Entry(where, "submit")


def _judged(entry: Entry, known: Known, held: RequestIndex[int], calls: RequestIndex[int]) -> Entry:
    """Return an entry that could be sent as what it is, given what is there."""
    if entry.write is None:
        return entry
    code, work = entry.course_code, work_of(parameters(entry.write))
    if (why := known.unread.get(code or "")) is not None:
        return replace(entry, verdict="not read", why=why)
    if (place := min(calls.maybe_same(code, work), default=None)) is not None:
        call = known.open_calls[place]
        why = (
            f"call {call.call_id} sent the same, and it is not known whether the DCS accepted it: "
            f"dcs-mirror calls settle {call.call_id}"
        )
        return replace(entry, verdict="unsettled", why=why, open_call=call.call_id)
    if (place := min(held.repeated_by(code, work), default=None)) is None:
        return entry
    first = known.held[place]
    by = "" if first.call_id is None else f", submitted by call {first.call_id}"
    why = f"request {first.request_id} asks for the same: {first.content_status or 'accepted'}{by}"
    return replace(entry, verdict="already there", why=why, held=first)


def _without_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries; of several that ask for the same, equal ones are sent once, others not at all."""
    equal: dict[SubmitRequest, list[int]] = {}
    works: dict[int, Work] = {}
    index: RequestIndex[int] = RequestIndex()
    for place, entry in enumerate(entries):
        if entry.write is None:
            continue
        work = work_of(parameters(entry.write))
        places = equal.setdefault(_in_one_spelling(entry.write, work), [])
        if not places:
            works[place] = work
            index.add(entry.course_code, work, place)
        places.append(place)
    found = list(entries)
    for first, *others in equal.values():
        asked = index.repeated_by(entries[first].course_code, works[first])
        contrary = next((place for place in asked if place != first), None)
        if contrary is None:
            for place in others:
                why = f"{entries[first].where} is the same"
                found[place] = replace(entries[place], verdict="repeated", why=why)
            continue
        why = (
            f"{entries[contrary].where} asks for the same, but says something else besides: keep one of the "
            "rows"
        )
        for place in (first, *others):
            found[place] = replace(entries[place], verdict="duplicate", why=why)
    return found


def _in_one_spelling(request: SubmitRequest, work: Work) -> SubmitRequest:
    """Return a request with its numbers and titles as they are compared."""
    folded = work.folded
    return msgspec.structs.replace(
        request,
        isn=folded.isn,
        title=folded.title,
        extract_title=folded.extract_title,
        page_range=folded.page_range,
        volume=folded.volume,
        issue=folded.issue,
    )
