"""aXcelerate's classes as rows: the number of students enrolled for each course of the DCS."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from dcs_mirror.axcelerate.classes import ClassSize, Period
from dcs_mirror.errors import SettingsError
from dcs_mirror.plain_text import counted
from dcs_mirror.students.rows import Source, SourceRow
from dcs_mirror.students.table import Understood

SHOWN_STATUSES = 10
"""How many statuses that are not known are named."""

_PERIOD = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})", re.ASCII)


def rows(
    sizes: Iterable[ClassSize],
    codes: Collection[str],
    mapping: Mapping[str, str] | None = None,
    *,
    period: Period,
) -> Source:
    """Return one row for each course code, with the students of all its classes that run in a period.

    A course without any such class has no row, and so keeps its number in the DCS.

    Args:
        sizes: the classes.
        codes: the course codes of the DCS.
        mapping: aXcelerate's class or course codes to those of the DCS. A class that it does not name counts
            under its class code if the DCS has that code, else under its course code.
        period: the days by which the classes were counted.
    """
    mapping = mapping or {}
    left_out = 0
    classes: dict[str, list[ClassSize]] = {}
    for size in sizes:
        if size.students is None and not size.undated:
            left_out += 1
            continue
        own_codes = [code for code in (size.class_code, size.course_code) if code]
        mapped = (mapping[code] for code in own_codes if code in mapping)
        equal = (code for code in own_codes if code in codes)
        code = next(mapped, None) or next(equal, None) or (own_codes[-1] if own_codes else "")
        classes.setdefault(code, []).append(size)
    found = [_row(code, classes[code]) for code in sorted(classes)]
    days = f"on {period.first}" if period.first == period.last else f"from {period.first} to {period.last}"
    counted = sum(map(len, classes.values()))
    statuses = Counter(
        status for each in classes.values() for size in each for status in size.unknown_statuses
    )
    told = ", ".join(
        f"{status[:40]!r} ({count})" for status, count in sorted(statuses.items())[:SHOWN_STATUSES]
    )
    odd = f"; counted although it is not known whether these statuses should: {told}" if told else ""
    read_as = f"aXcelerate: {counted} classes that run {days}, {left_out} others left out{odd}"
    return Source(found, Understood(read_as))


def _row(code: str, classes: Sequence[ClassSize]) -> SourceRow:
    """Return the row of one course code; unusable if a class has enrolments without dates."""
    fault = None if code else "aXcelerate gives no code"
    for size in classes:
        if size.undated:
            fault = (
                f"class {size.class_id}: aXcelerate gives no dates for {counted(size.undated, 'enrolment')}, "
                "so it is not known how many count. Give the class its dates in aXcelerate"
            )
    students = sum(size.students or 0 for size in classes)
    where = f"class {', '.join(str(size.class_id) for size in classes)}"
    return SourceRow(where, code, students, fault=fault)


def period_of(text: str) -> Period:
    """Parse a period such as ``2025-08-01..2026-07-31``.

    Raises:
        SettingsError: if it is not a period, or if its last day is before its first.
    """
    found = _PERIOD.fullmatch(text.strip())
    try:
        period = Period(*map(date.fromisoformat, found.groups())) if found else None
    except ValueError:
        period = None
    if period is None or period.last < period.first:
        raise SettingsError(f"--running: {text[:40]!r} is not a period such as 2025-08-01..2026-07-31")
    return period
