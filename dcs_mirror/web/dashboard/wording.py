"""How the dashboard writes what it shows: dates, ages, reasons, and text of others. No I/O."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from dcs_mirror.clock import UK

# Controls, and marks that change the direction of what stands beside them. Joiners stay, which words of
# Persian and of India have.
_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u180e\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "removed": "the DCS does not list it any more",
        "course-removed": "the DCS does not list its course any more",
        "course-archived": "its course is archived",
        "course-deleted": "its course is deleted",
        "archived": "it is archived",
        "deleted": "it is deleted",
        "pending": "it is pending: its licence is being checked",
        "rejected": "the request was rejected",
        "new-request": "it was requested and is not there yet",
        "no-link": "it has no link yet",
    }
)
"""Why a student cannot open a link, by ``why_not`` of ``dcs.content_item``."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "pending": "It is pending: students cannot open it.",
        "licence": "The licence does not cover it any more; students can still open it.",
    }
)
"""What the licence recheck took away, by ``kind`` of ``dcs.recheck_flag``."""
RESOLUTIONS: Mapping[str, str] = MappingProxyType(
    {
        "reinstated": "it is active and covered again",
        "archived": "it was archived",
        "deleted": "it was deleted",
        "rejected": "it was rejected",
        "removed": "the DCS does not list it any more",
    }
)
"""Why a flag is closed, by ``resolution`` of ``dcs.recheck_flag``."""
CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "course-changed": "its course changed",
        "course-removed": "the DCS did not list its course any more",
        "course-restored": "the DCS listed its course again",
        "course-renumbered": "its course changed",
    }
)
"""What happened to the course of an item, by ``kind`` of the change feed; of items the kind says it."""
REJECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "ExtentExceed": "Extent limits exceed CLA Licence limits",
        "ExcludedFromCLA": "Excluded from CLA Licence",
        "ExtractLimitReached": "Extract limit reached for course",
        "NoPermission": "Cannot get permissions to use",
        "NoSourceContent": "Cannot source content",
        "NotOwned": "Content not owned by institution",
        "Other": "Other",
    }
)
"""Why a request was rejected, by ``rejection_message``, as the DCS's own screens have it."""
VIA: Mapping[str, str] = MappingProxyType(
    {
        "previous-year-id": "the id before, which the DCS names",
        "content-guid": "its GUID",
        "request-id-lookup": "a look-up of the id before",
        "request-id-returned": "its id, which the DCS took back into use",
    }
)
"""How an item was recognised under a new id, by ``via`` of ``dcs.request_id_history``."""

SAID: Mapping[str, str] = MappingProxyType(
    {
        "signed-out": "You are signed out.",
        "session-ended": "Your session has ended, so nothing was saved. Sign in, and send it again.",
        "refused": "Your account has asked for as many readings as it may within an hour. Try again later.",
        "acknowledged": "The ticked flags are acknowledged. They stay until their items change.",
        "assigned": "The ticked flags are assigned.",
        "unassigned": "The ticked flags are assigned to nobody any more.",
        "acknowledged-assigned": "The ticked flags are acknowledged and assigned.",
        "acknowledged-unassigned": "The ticked flags are acknowledged, and assigned to nobody any more.",
        "nothing-acknowledged": "Nothing was saved. Tick at least one item, and write a note or a name.",
    }
)
"""What a page says at its top after something was done, by ``said`` of its address."""
UNDONE = frozenset({"session-ended", "refused", "nothing-acknowledged"})
"""Those of ``SAID`` after which somebody has to do it again."""

_FITS = 20  # Characters that the column of a table has room for.
_AGES = ((86_400, "day"), (3600, "hour"), (60, "minute"))


def plain(text: str) -> str:
    """Return a text in which every character that a browser would obey is replaced by U+FFFD."""
    return _OBEYED.sub("\ufffd", text)


def date(instant: datetime) -> str:
    """Return a day in the United Kingdom, such as 3 August 2026."""
    local = instant.astimezone(UK)
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def moment(instant: datetime) -> str:
    """Return an instant in UK time with its zone, such as 3 August 2026, 02:15 BST."""
    local = instant.astimezone(UK)
    return f"{date(instant)}, {local:%H:%M} {local.tzname()}"


def age(span: timedelta) -> str:
    """Return how long ago something was, such as 3 hours ago."""
    seconds = span.total_seconds()
    for length, unit in _AGES:
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def why_not(reason: str) -> str:
    """Return in words why a student cannot open a link; see ``WHY_NOT``."""
    return WHY_NOT.get(reason, f"its status is {reason.replace('-', ' ')}")


def item_value(name: str, value: Any) -> str:
    """Return a value of an item's column as a person reads it: an instant, a reason, or what it is.

    Args:
        name: of the column.
        value: as the database returns it, or as the change feed has it.
    """
    if name.endswith("_at") or name in {"date_created", "last_modified"}:
        return moment(value if isinstance(value, datetime) else datetime.fromisoformat(value))
    return REJECTIONS.get(value, value) if name == "rejection_message" else str(value)


def wrapping(value: object, kind: str) -> str:
    """Return the class that says where a value of a table may be broken; empty for between its words.

    Args:
        value: what is shown.
        kind: of its column.
    """
    text = str(value)
    if kind == "code" and len(text) <= _FITS:
        return "whole"
    return "long" if max(map(len, text.split()), default=0) > _FITS else ""


def number(value: int) -> str:
    """Return a whole number with commas between its thousands."""
    return f"{value:,}"


def one_of(words: Mapping[str, str]) -> Callable[[str], str]:
    """Return what says a code in words, and a code that has none as it is."""
    return lambda code: words.get(code, code)


def field(name: str) -> str:
    """Return the name of a field of an item as a person writes it: ``request_id`` is request id."""
    return name.replace("_", " ")
