"""Rows that are totals of other rows, not courses. No I/O."""

import re
from collections.abc import Sequence
from dataclasses import replace

from dcs_mirror.students.cells import plain
from dcs_mirror.students.rows import SourceRow

# English, Welsh (also as it stands after "is-") and Irish.
_WORD = r"((grand|sub|over-?all|is|fo)[\s-]*)?(totals?|[cg]yfanswm|iomlán)"
_TOTAL = re.compile(rf"{_WORD}\b.*|.*\b{_WORD}:?|(sum|Σ)(\s*[:(].*|\s+of\b.*)?", re.IGNORECASE | re.DOTALL)
_BEGINS = re.compile(rf"{_WORD}\b", re.IGNORECASE)
_NO_TITLE = re.compile(r"[\W_].*|(of|for|in)\b.*", re.IGNORECASE | re.DOTALL)
_COUNTED = frozenset(
    {
        "student",
        "students",
        "number",
        "numbers",
        "fte",
        "headcount",
        "enrolled",
        "enrolments",
        "registrations",
        "ug",
        "pg",
        "pgt",
        "pgr",
    }
)
_OTHER_SUMMARIES = frozenset(
    {
        "sum",
        "count",
        "average",
        "mean",
        "all",
        "overall",
        "rowcount",
        "recordcount",
        "numberofrows",
        "summe",
        "gesamt",
    }
)


def mark(rows: Sequence[SourceRow]) -> list[SourceRow]:
    """Mark the rows that are totals: by a word, or as the last row by the sum of those above.

    A row with a total's word in another cell than that of the code is one only if its number is a sum: of the
    rows above it, or of those directly above it that have its code. The title "Total design" beside a code is
    that of a course. In the column of codes the word is enough, even if the number cannot be read.
    """
    last = max((index for index, row in enumerate(rows) if row.students is not None), default=-1)
    found: list[SourceRow] = []
    counted: list[SourceRow] = []
    since_total = 0
    for index, row in enumerate(rows):
        why = _why(row, counted, since_total, is_last=index == last)
        if why is None:
            found.append(row)
            if row.students is not None:
                counted.append(row)
        else:
            found.append(replace(row, total=why, is_subtotal=_is_subtotal(row, counted)))
            since_total = len(counted)
    return found


def _why(row: SourceRow, above: Sequence[SourceRow], since_total: int, *, is_last: bool) -> str | None:
    """Return why a row is a total, or None.

    Args:
        row: the row.
        above: the rows above it that have a number and are no totals.
        since_total: how many of them there were at the last total.
        is_last: whether it is the last row with a number.
    """
    code = row.course_code.strip()
    if row.students is None:
        unread = f"{code[:40]!r} is a total, not a course; it has no number that can be read"
        return unread if _is_word(code) else None
    of_all, of_group = _sum(above), _sum(above[since_total:])
    is_sum = bool(above) and row.students in {of_all, of_group}
    if _is_word(code):
        if is_sum or not above or code.lower().startswith(("sub", "average", "mean", "count")):
            return f"{code[:40]!r} is a total of the rows above, not a course"
        add_up = f"the rows above add up to {of_all}, not {row.students}"
        return f"{code[:40]!r} is a total, not a course; but {add_up}"
    if _is_word_beside(row, code) and (is_sum or not code or _is_subtotal(row, above)):
        return "a cell of the row says that it is a total, not a course"
    if is_last and len(above) > 1 and row.students == of_all and row.students > 0:
        return "it is the last row, and its number is the sum of the rows above"
    return None


def _is_subtotal(row: SourceRow, above: Sequence[SourceRow]) -> bool:
    """Return whether a row says in another cell that it is the total of those above with its code."""
    code = row.course_code.strip()
    return bool(code) and _is_word_beside(row, code) and row.students == _sum(_directly_above(above, code))


def _directly_above(above: Sequence[SourceRow], code: str) -> list[SourceRow]:
    """Return the rows at the end that have a code, or blanks in its place."""
    found: list[SourceRow] = []
    for row in reversed(above):
        if row.course_code.strip() not in {code, ""}:
            break
        found.append(row)
    return found


def _sum(rows: Sequence[SourceRow]) -> int | None:
    return sum(row.students or 0 for row in rows) if rows else None


def _is_word_beside(row: SourceRow, code: str) -> bool:
    """Return whether another cell than that of the code says that the row is a total."""
    return any(_is_word(text) and not (code and _is_title(text, code)) for text in row.others)


def _is_title(text: str, code: str) -> bool:
    """Return whether a text that begins with a total's word goes on as a course's title does."""
    begins = _BEGINS.match(text)
    rest = text[begins.end() :].strip() if begins else ""
    return bool(rest) and rest != code and not _NO_TITLE.fullmatch(rest) and plain(rest) not in _COUNTED


def _is_word(text: str) -> bool:
    return bool(_TOTAL.fullmatch(text.strip())) or plain(text) in _OTHER_SUMMARIES
