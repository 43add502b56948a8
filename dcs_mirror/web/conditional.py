"""HTTP caching, as RFC 9110 and RFC 9111 have it: validators, freshness, encodings. No I/O."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from aiohttp import hdrs
from multidict import MultiMapping

REUSE_SECONDS = 60
"""How long a client may use an answer without asking again."""

_DIRECTIVE = re.compile(r"""\s*([A-Za-z-]+)\s*(?:=\s*("[^"]*"|[^\s,]*))?\s*(?:,|$)""")
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_ENCODING = re.compile(
    r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*[qQ]\s*=\s*([0-9.]{1,5})\s*)?(?:;[^,]*)?(?:,|$)"
)
_LONGEST = 4096
"""Characters of a header that are read."""


def wanted_age(cache_control: str | None) -> float | None:
    """Return how old an answer a client takes at most, in seconds; None if it does not say.

    Args:
        cache_control: the request's Cache-Control header.
    """
    if not cache_control:
        return None
    least: float | None = None
    for name, value in _DIRECTIVE.findall(cache_control[:_LONGEST]):
        if name.lower() == "no-cache":
            return 0.0
        if name.lower() == "max-age":
            digits = value.strip('"')
            if digits.isascii() and digits.isdigit() and len(digits) <= 12:
                least = min(float(digits), least) if least is not None else float(digits)
    return least


def listed(headers: MultiMapping[str], name: str) -> str | None:
    """Return a header that is a list: several of the name are one, as RFC 9110 has it. None for none."""
    found = headers.getall(name, None)
    if not found:
        return None
    return found[0] if len(found) == 1 else ", ".join(found)


def is_unchanged(headers: MultiMapping[str], etags: tuple[str, ...], changed_at: datetime | None) -> bool:
    """Whether a client has the answer already, so that a 304 is enough.

    Args:
        headers: the request's.
        etags: the answer's, one for each encoding that it may have.
        changed_at: when the answer last changed.
    """
    given = listed(headers, hdrs.IF_NONE_MATCH)
    if given is not None:
        if given.strip() == "*":
            return True
        return given in etags or any(tag in etags for tag in _TAG.findall(given[:_LONGEST]))
    since = headers.get(hdrs.IF_MODIFIED_SINCE)
    if since is None or changed_at is None:
        return False
    try:
        instant = parsedate_to_datetime(since)
    except (ValueError, OverflowError):
        return False
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return changed_at.replace(microsecond=0) <= instant


@lru_cache(maxsize=1000)
def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether a client takes a gzip-encoded answer."""
    if not accept_encoding:
        return False
    weights = {name.lower(): weight for name, weight in _ENCODING.findall(accept_encoding[:_LONGEST])}
    weight = weights.get("gzip", weights.get("x-gzip", weights.get("*")))
    if weight is None:
        return False
    return not weight or weight.strip("0.") != ""


def http_date(instant: datetime) -> str:
    """Return an instant as HTTP headers have it."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)
