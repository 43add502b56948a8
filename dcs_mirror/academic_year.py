"""Academic years in one spelling, ``2025-2026``, so that they sort by time as text."""

import re
from collections import Counter


def parse(value: object) -> str | None:
    """Convert an academic year from upstream's spelling to the mirror's (W4).

    Args:
        value: text such as ``2016-2017``, ``2016/2017``, ``2016/17`` or ``2016``, or an integer.

    Returns:
        A text such as ``2016-2017``; None if ``value`` is not an academic year.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    digits = re.sub(r"\D", "", str(value))
    start = int(digits[:4]) if len(digits) in {4, 6, 8} else 0
    following = str(start + 1)
    if not 1900 <= start <= 2999 or not following.endswith(digits[4:]):
        return None
    return f"{start}-{following}"


def of_courses(years: list[str]) -> str | None:
    """The academic year of an institution: the most frequent one of its courses, the latest if several are.

    None without courses.
    """
    counts = Counter(years)
    return max(counts, key=lambda year: (counts[year], year), default=None)


def before(year: str) -> str:
    """Return the year before one in the mirror's spelling."""
    start = int(year[:4])
    return f"{start - 1}-{start}"
