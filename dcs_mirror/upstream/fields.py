"""Readers of single values: from JSON to the value of a column.

Each takes any JSON value but null and returns the column's value, or raises :class:`Unreadable`. The caller
then leaves the column null and keeps the raw value (W4).
"""

import math
import re
from datetime import UTC, datetime
from functools import lru_cache

from dcs_mirror import academic_year
from dcs_mirror.clock import UK

LONGEST_KEY = 500
"""Longest course code or GUID in characters; a PostgreSQL index entry holds some 2,700 bytes at most."""
INT4_MAX = 2**31 - 1
INT8_MAX = 2**63 - 1

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"\s*(\d{1,2})/([A-Za-z]{3})[A-Za-z]*/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*")
_DIGITS = re.compile(r"\s*-?[0-9]{1,19}\s*")
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Unreadable(ValueError):
    """The value is not of the column's type."""


def text(value: object) -> str:
    """A text, unchanged, or a number as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Unreadable


def anything(value: object) -> object:
    """Any value, unchanged; the caller reads it."""
    return value


def key(value: object) -> str:
    """A course code or GUID: a text of at most ``LONGEST_KEY`` characters."""
    read = text(value)
    if len(read) > LONGEST_KEY:
        raise Unreadable
    return read


def integer(value: object) -> int:
    """An integer that fits PostgreSQL's ``integer``, also as digits in a text."""
    return _whole(value, INT4_MAX)


def identity(value: object) -> int:
    """An id: a positive integer that fits PostgreSQL's ``bigint``, also as digits in a text."""
    return _positive(_whole(value, INT8_MAX))


def institution_id(value: object) -> int:
    """An institution's id: a positive integer that fits ``integer``, also as digits in a text."""
    return _positive(_whole(value, INT4_MAX))


def previous_id(value: object) -> int | None:
    """The id of last year's item; None for 0 and an empty text (W4)."""
    return None if value in (0, "", "0") and value is not False else identity(value)


def real(value: object) -> float:
    """A finite number, also as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable
    if isinstance(value, str) and "_" in value:
        raise Unreadable  # float() accepts underscores, JSON does not
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Unreadable from None
    if not math.isfinite(number):
        raise Unreadable
    return number


def truth(value: object) -> bool:
    """A boolean, also as a word or as 1 and 0."""
    if isinstance(value, bool):
        return value
    read = _TRUTHS.get(str(value).strip().lower()) if isinstance(value, int | str) else None
    if read is None:
        raise Unreadable
    return read


def year(value: object) -> str:
    """An academic year in the mirror's spelling (W4)."""
    read = academic_year.parse(value)
    if read is None:
        raise Unreadable
    return read


def instant(value: object) -> datetime | None:
    """``10/May/2019 10:21`` in UK civil time, or ISO 8601, as UTC; None for an empty text (W5)."""
    if not isinstance(value, str):
        raise Unreadable
    return _instant(value) if value.strip() else None


@lru_cache(maxsize=65536)
def _instant(value: str) -> datetime:
    match = _DATE.fullmatch(value)
    try:
        if match:
            day, month, year, hour, minute, second = match.groups()
            number = _MONTHS.index(month.lower()) + 1
            moment = datetime(
                int(year), number, int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UK
            )
        else:
            moment = datetime.fromisoformat(value.strip())
        # Converted here, because an instant of the year 1 may have no UTC date: the driver could not send it.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UK)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable from None


def _positive(number: int) -> int:
    if number <= 0:
        raise Unreadable
    return number


def _whole(value: object, largest: int) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > largest:
        raise Unreadable
    return value
