"""Duplicates: whether two submitting calls ask for the same thing, however they spell it (A6). No I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dcs_mirror.writes.spelling import folded, folded_code

DAY = timedelta(days=1)
"""How far the DCS's dates may be off the mirror's clock: they have no seconds and no time zone (W5)."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a request asks for, as it was spelled: the work, and the extract from it."""

    title: str | None = None
    isn: str | None = None
    extract_title: str | None = None
    page_range: str | None = None
    volume: str | None = None
    issue: str | None = None

    def is_of(self, other: "Work") -> bool:
        """Return whether both are about the same work: their titles or their ISNs are equal."""
        return _same(self.title, other.title) or _same(_number(self.isn), _number(other.isn))

    def is_same(self, other: "Work") -> bool:
        """Return whether both may ask for the same extract: the same work, and no field that differs."""
        return self.is_of(other) and all(
            None in pair or _same(*pair)
            for pair in (
                (_number(self.isn), _number(other.isn)),
                (self.extract_title, other.extract_title),
                (self.page_range, other.page_range),
                (self.volume, other.volume),
                (self.issue, other.issue),
            )
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request that a SubmitRequest without an answer may have created."""

    request_id: int
    created: datetime | None
    work: Work


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
    code, other = sent.get("CourseCode"), before.get("CourseCode")
    same_course = folded_code(code or "") == folded_code(other or "")
    if method == "SubmitRequest":
        return same_course and work_of(sent).is_same(work_of(before))
    return method == "SubmitCourse" and same_course


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


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and folded(one) == folded(other)


def _number(isn: str | None) -> str | None:
    """Return the digits of an ISSN or ISBN, an ISBN-10 as ISBN-13; None if there are none."""
    digits = re.sub("[^0-9X]", "", (isn or "").upper())
    if not re.fullmatch("[0-9]{9}[0-9X]", digits):
        return digits or None
    body = f"978{digits[:9]}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(body))
    return f"{body}{-total % 10}"
