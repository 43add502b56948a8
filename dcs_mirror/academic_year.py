"""Academic years, in one spelling: ``2025-2026``. Later years sort after earlier ones as text."""

import re
from collections import Counter


def parse(value: object) -> str | None:
    """An academic year as upstream spells it, in the mirror's spelling (W4).

    Args:
        value: ``2016-2017``, ``2016/2017``, ``2016/17``, ``2016``, as text or number.

    Returns:
        ``2016-2017``, or None where no academic year can be read from ``value``.
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
    """The academic year an institution is in: the one most of its courses are in, the later of equals."""
    counts = Counter(years)
    return max(counts, key=lambda year: (counts[year], year), default=None)
