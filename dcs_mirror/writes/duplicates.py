"""Whether two calls that submit ask for the same, however it is written (A6). No I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dcs_mirror.writes.spelling import folded, folded_code

DAY = timedelta(days=1)
"""How far the DCS's dates may be from the mirror's clock: they have whole minutes and no zone (W5)."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a request asks for, as it was written: the work, and the extract of it."""

    title: str | None = None
    isn: str | None = None
    extract_title: str | None = None
    page_range: str | None = None
    volume: str | None = None
    issue: str | None = None

    def is_of(self, other: "Work") -> bool:
        """Whether both are about one work: the title or the ISN is the same."""
        return _same(self.title, other.title) or _same(_number(self.isn), _number(other.isn))

    def is_same(self, other: "Work") -> bool:
        """Whether both may ask for one extract: of one work, and nothing that both tell differs."""
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
    """A request that a SubmitRequest without an answer may have become."""

    request_id: int
    created: datetime | None
    work: Work


def work_of(parameters: Mapping[str, str]) -> Work:
    """What a SubmitRequest asks for, out of the specification's parameters."""
    return Work(
        title=parameters.get("Title"),
        isn=parameters.get("ISN"),
        extract_title=parameters.get("ExtractTitle"),
        page_range=parameters.get("PageRange"),
        volume=parameters.get("Volume"),
        issue=parameters.get("Issue"),
    )


def repeats(method: str, sent: Mapping[str, str], before: Mapping[str, str]) -> bool:
    """Whether a call of ``method`` would make again what one before may have made in the same institution."""
    code, other = sent.get("CourseCode"), before.get("CourseCode")
    same_course = folded_code(code or "") == folded_code(other or "")
    if method == "SubmitRequest":
        return same_course and work_of(sent).is_same(work_of(before))
    return method == "SubmitCourse" and same_course


def rank_candidates(
    parameters: Mapping[str, str], sent_at: datetime, candidates: list[Candidate]
) -> tuple[list[int], list[int]]:
    """The requests that a SubmitRequest became beyond doubt if there is only one, and those it may be.

    The second are about the same work, but ask for another edition or extract, or were made on another day.
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
    """The digits of an ISSN or ISBN, one of ten as its thirteen; None where it has none."""
    digits = re.sub("[^0-9X]", "", (isn or "").upper())
    if not re.fullmatch("[0-9]{9}[0-9X]", digits):
        return digits or None
    body = f"978{digits[:9]}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-total % 10}"
