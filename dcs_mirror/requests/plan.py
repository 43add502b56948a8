"""The plan of a push of requests: each row compared with what is there already. No I/O."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import msgspec
from rapidfuzz import fuzz, process

from dcs_mirror.requests.rows import RequestRow, Understood
from dcs_mirror.students.codes import BLANKS
from dcs_mirror.students.plan import NEAR_ENOUGH, NEAREST
from dcs_mirror.writes.commands import SubmitRequest, parameters
from dcs_mirror.writes.duplicates import HeldRequest, repeated, repeats, work_of
from dcs_mirror.writes.journal import Call
from dcs_mirror.writes.spelling import folded_code, folded_number, folded_pages, folded_title
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
    return [_aligned(hei_id, row, statuses, by_spelling, without_course=without_course) for row in rows]


def judged(entries: Iterable[Entry], known: Known) -> list[Entry]:
    """Return the entries that could be sent with a verdict on whether they are there already (A6)."""
    return _without_repeats([_judged(entry, known) for entry in entries])


def _aligned(
    hei_id: int,
    row: RequestRow,
    statuses: Mapping[str, str | None],
    by_spelling: Mapping[str, Sequence[str]],
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
    code, entry = _course(row.where, own, statuses, by_spelling, without_course=without_course)
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
    statuses: Mapping[str, str | None],
    by_spelling: Mapping[str, Sequence[str]],
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
    live = [code for code in by_spelling.get(folded_code(own), ()) if statuses[code] != "Deleted"]
    alike = live or by_spelling.get(folded_code(own), ())
    code = next((each for each in (own, trimmed) if each in statuses and each in alike), None)
    if code is None and len(alike) == 1:
        code = alike[0]
    if code is None:
        why = (
            f"several courses of the DCS differ only in case, blanks or dashes: {', '.join(map(repr, alike))}"
            if alike
            else "the DCS has no course with this code"
        )
        return trimmed, Entry(where, "unaligned", why=why, nearest=tuple(alike) or _nearest(own, statuses))
    status = statuses[code]
    if status in {"Archived", "Deleted"}:
        verdict: Verdict = "archived" if status == "Archived" else "deleted"
        return code, Entry(where, verdict, why=f"the course is {status}")
    return code, Entry(where, "submit")


def _nearest(code: str, codes: Collection[str]) -> tuple[str, ...]:
    """Return the most similar codes of the DCS."""
    folded = {each: each.casefold() for each in codes}
    found = process.extract(
        code.casefold(), folded, scorer=fuzz.ratio, limit=NEAREST, score_cutoff=NEAR_ENOUGH
    )
    return tuple(each for _, _, each in found)


def _judged(entry: Entry, known: Known) -> Entry:
    """Return an entry that could be sent as what it is, given what is there."""
    if entry.write is None:
        return entry
    sent = parameters(entry.write)
    if (why := known.unread.get(entry.course_code or "")) is not None:
        return replace(entry, verdict="not read", why=why)
    for call in known.open_calls:
        if call.method == entry.write.method and repeats(call.method, sent, call.parameters):
            why = (
                f"call {call.call_id} sent the same, and it is not known whether the DCS accepted it: "
                f"dcs-mirror calls settle {call.call_id}"
            )
            return replace(entry, verdict="unsettled", why=why, open_call=call.call_id)
    there = repeated(sent, known.held)
    if not there:
        return entry
    first = there[0]
    by = "" if first.call_id is None else f", submitted by call {first.call_id}"
    why = f"request {first.request_id} asks for the same: {first.content_status or 'accepted'}{by}"
    return replace(entry, verdict="already there", why=why, held=first)


def _without_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries; of several that ask for the same, equal ones are sent once, others not at all."""
    by_course: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        if entry.write is not None:
            by_course.setdefault(folded_code(entry.course_code or ""), []).append(index)
    found = list(entries)
    for indexes in by_course.values():
        works = {
            index: work_of(parameters(request)) for index in indexes if (request := entries[index].request)
        }
        for place, index in enumerate(indexes):
            for other in indexes[:place]:
                if not works[index].repeats(works[other]):
                    continue
                first, where = entries[other], entries[other].where
                if _in_one_spelling(entries[index].request) == _in_one_spelling(first.request):
                    if found[index].verdict == "submit":
                        found[index] = replace(entries[index], verdict="repeated", why=f"{where} is the same")
                    continue
                why = "asks for the same, but says something else besides: keep one of the rows"
                found[index] = replace(entries[index], verdict="duplicate", why=f"{where} {why}")
                found[other] = replace(first, verdict="duplicate", why=f"{entries[index].where} {why}")
    return found


def _in_one_spelling(request: SubmitRequest | None) -> SubmitRequest | None:
    """Return a request with its numbers and titles as they are compared."""
    if request is None:
        return None
    return msgspec.structs.replace(
        request,
        isn=folded_number(request.isn),
        title=folded_title(request.title),
        extract_title=folded_title(request.extract_title),
        page_range=folded_pages(request.page_range),
    )
