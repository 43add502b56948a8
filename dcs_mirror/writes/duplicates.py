"""Duplicates: whether two requests or courses are the same, however they are spelled (A6). No I/O."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from dcs_mirror.writes.spelling import (
    folded,
    folded_code,
    folded_number,
    folded_pages,
    folded_title,
)

DAY = timedelta(days=1)
"""How far the DCS's dates may be off the mirror's clock: they have no seconds and no time zone (W5)."""

ENDED = frozenset({"rejected", "deleted"})
"""Statuses, in lower case, of requests that may be submitted again."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a request asks for, as it was spelled: the work, and the extract from it."""

    title: str | None = None
    isn: str | None = None
    extract_title: str | None = None
    page_range: str | None = None
    volume: str | None = None
    issue: str | None = None

    @property
    def folded(self) -> "Work":
        """The same in the one spelling in which works are compared."""
        return _in_one_spelling(self)

    def is_of(self, other: "Work") -> bool:
        """Return whether both are about the same work: their titles or their ISNs are equal."""
        mine, theirs = self.folded, other.folded
        return _agrees(mine.title, theirs.title) or _agrees(mine.isn, theirs.isn)

    def is_same(self, other: "Work") -> bool:
        """Return whether both may ask for the same extract: the same work, and no field that differs."""
        mine, theirs = self.folded, other.folded
        return (
            self.is_of(other)
            and self._same_edition(other)
            and not _differs(mine.extract_title, theirs.extract_title)
            and not _differs(mine.page_range, theirs.page_range)
        )

    def repeats(self, other: "Work") -> bool:
        """Return whether both ask for the same extract, by its pages, else by its title.

        Unlike :meth:`is_same`, a field that only one of them has is no evidence, except that two requests
        without pages and without an extract title ask for the same.
        """
        if not (self.is_of(other) and self._same_edition(other)):
            return False
        pages = self.folded.page_range, other.folded.page_range
        if None not in pages:
            return _agrees(*pages)
        titles = self.folded.extract_title, other.folded.extract_title
        if None not in titles:
            return _agrees(*titles)
        return pages == titles == (None, None)

    def _same_edition(self, other: "Work") -> bool:
        """Return whether no number differs: that of the work, its volume or its issue."""
        mine, theirs = self.folded, other.folded
        return not (
            _differs(mine.isn, theirs.isn)
            or _differs(mine.volume, theirs.volume)
            or _differs(mine.issue, theirs.issue)
        )


@lru_cache(maxsize=8_192)  # a push compares each of its requests with all that their course has
def _in_one_spelling(work: Work) -> Work:
    return Work(
        title=folded_title(work.title),
        isn=folded_number(work.isn),
        extract_title=folded_title(work.extract_title),
        page_range=folded_pages(work.page_range),
        volume=_folded(work.volume),
        issue=_folded(work.issue),
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request that a SubmitRequest without an answer may have created."""

    request_id: int
    created: datetime | None
    work: Work


@dataclass(frozen=True, slots=True)
class HeldRequest:
    """A request that is there: the DCS lists it, or accepted it and has not shown it yet.

    ``content_status`` is None if the DCS has not shown it. ``call_id`` is the call that submitted it, None if
    it was not submitted through this mirror. ``submitted_at`` is when that call was sent, else when the
    request was created according to the DCS.
    """

    request_id: int
    course_code: str | None
    content_status: str | None
    submitted_at: datetime | None
    call_id: int | None
    work: Work

    @property
    def has_ended(self) -> bool:
        """Whether it was rejected or deleted, so that it may be submitted again."""
        return (self.content_status or "").strip().lower() in ENDED


def work_in(row: Mapping[str, str | None]) -> Work:
    """Return the work of a stored item, given a row with its columns."""
    return Work(
        title=row["title"],
        isn=row["identifier"],
        extract_title=row["extract_title"],
        page_range=row["page_range"],
        volume=row["volume"],
        issue=row["issue"],
    )


def work_of(parameters: Mapping[str, str]) -> Work:
    """Return what a SubmitRequest asks for, given the specification's parameters."""
    return Work(
        title=parameters.get("Title"),
        isn=parameters.get("ISN"),
        extract_title=parameters.get("ExtractTitle"),
        page_range=parameters.get("PageRange"),
        volume=parameters.get("Volume"),
        issue=parameters.get("Issue"),
    )


def repeats(method: str, sent: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Return whether a call would create again what an earlier call may have created.

    Args:
        method: the method of both calls.
        sent: the parameters of the new call.
        before: the parameters of the earlier call, to the same institution.
    """
    same_course = _same_course(sent.get("CourseCode"), before.get("CourseCode"))
    if method == "SubmitRequest":
        return same_course and work_of(sent).is_same(work_of(before))
    return method == "SubmitCourse" and same_course


def repeated(sent: Mapping[str, str], held: Iterable[HeldRequest]) -> list[HeldRequest]:
    """Return the requests that a SubmitRequest would repeat: of its course, or of none if it names none.

    Requests that were rejected or deleted do not count.

    Args:
        sent: the parameters of the new call.
        held: requests of its institution.
    """
    wanted = work_of(sent)
    asked = [request for request in held if not request.has_ended]
    codes = {request.course_code for request in asked}
    same = {code for code in codes if _same_course(sent.get("CourseCode"), code)}
    return [request for request in asked if request.course_code in same and request.work.repeats(wanted)]


def same_codes(code: str, codes: Collection[str]) -> list[str]:
    """Return those of ``codes`` that differ from ``code`` at most in case, spaces or dashes."""
    return [each for each in codes if folded_code(each) == folded_code(code)]


def rank_candidates(
    parameters: Mapping[str, str], sent_at: datetime, candidates: list[Candidate]
) -> tuple[list[int], list[int]]:
    """Sort the requests that a SubmitRequest may have created into likely and possible ones.

    Args:
        parameters: the parameters of the call.
        sent_at: when it was sent.
        candidates: requests that are new since.

    Returns:
        The ids of the likely requests: if there is exactly one, the call certainly created it. And the ids
        of requests for the same work that ask for another edition or extract, or were created on another day.
    """
    wanted = work_of(parameters)
    likely, possible = [], []
    for candidate in candidates:
        if candidate.work.is_same(wanted) and (
            candidate.created is None or abs(candidate.created - sent_at) <= DAY
        ):
            likely.append(candidate.request_id)
        elif candidate.work.is_of(wanted):
            possible.append(candidate.request_id)
    return likely, possible


def _same_course(code: str | None, other: str | None) -> bool:
    return folded_code(code or "") == folded_code(other or "")


def _folded(text: str | None) -> str | None:
    return folded(text) or None if text is not None else None


def _agrees(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def _differs(one: str | None, other: str | None) -> bool:
    return None not in (one, other) and one != other
