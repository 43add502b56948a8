"""The envelope of every DCS answer: its status, its errors and its list of entries (W2, W3, W6)."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    InstitutionNotFound,
    InvalidParameter,
    NotFound,
    NotSubscribed,
    Retryable,
    UpstreamError,
)
from dcs_mirror.upstream import fields, lenient_json
from dcs_mirror.upstream.http import LARGEST_ERROR
from dcs_mirror.upstream.redaction import printable
from dcs_mirror.upstream.refusals import is_page, words_in

# Specification, appendix 1. A code that it does not list may pass by itself, like 4 (W3).
_ERRORS: dict[int, type[UpstreamError]] = {
    1: InstitutionNotFound,
    2: NotFound,
    3: CredentialsRefused,
    4: Retryable,
    5: NotSubscribed,
    6: InvalidParameter,
    7: CallRefused,
}
_SUCCESS = 100
# Keys that decide whether an answer is complete: an answer with two values for one of them is not trusted.
_DECISIVE_KEYS = {"status", "statuscode", "totalresults", "institutions", "courses", "contentitems"}


def read_envelope(body: bytes) -> dict[str, Any]:
    """Decode an answer and check its status.

    Returns:
        The answer's outer object, by :func:`normalised_key`.

    Raises:
        UpstreamError: by the answer's status code (W2, W3); Retryable if it is not a DCS answer at all.
    """
    try:
        parsed = lenient_json.parse(body)
    except ValueError:
        if is_page(body):
            raise Retryable(
                f"the answer is a web page: {words_in(body[:LARGEST_ERROR])!r}. A login page, a proxy or a "
                "gateway answers in place of the DCS, or DCS_API_URL is wrong"
            ) from None
        raise Retryable(f"the answer is not JSON: {_excerpt(body)}") from None
    if not isinstance(parsed, dict):
        raise Retryable(f"the answer is not a DCS envelope: {_excerpt(body)}")
    envelope = {normalised_key(key): value for key, value in parsed.items()}
    if len(envelope) < len(parsed) and _DECISIVE_KEYS.intersection(_ambiguous_keys(parsed)):
        raise Retryable(f"the answer gives two values for one key: {_excerpt(body)}")
    status = text_in(envelope, "status").strip().lower()
    try:
        code = fields.integer(envelope.get("statuscode"))
    except fields.Unreadable:
        code = None
    if code in _ERRORS or status == "error":
        raise _error_of_code(code, text_in(envelope, "statusmessage"))
    if status != "ok" and code != _SUCCESS:
        raise Retryable(f"the answer is not a DCS envelope: {_excerpt(body)}")
    return envelope


def entries_in(envelope: dict[str, Any], name: str) -> list[object]:
    """The list called ``name``, which may also be one object or null (W4).

    Raises:
        Retryable: if its length differs from ``total-results``, or both are absent (W6).
    """
    listed, total = envelope.get(name), envelope.get("totalresults")
    if listed is None and total is None:
        raise Retryable(f"the answer holds neither {name} nor a total")
    entries: list[object] = listed if isinstance(listed, list) else [] if listed is None else [listed]
    if total is not None:
        try:
            expected = fields.integer(total)
        except fields.Unreadable:
            raise Retryable("the answer's total-results is not a number") from None
        if expected != len(entries):
            raise Retryable(f"the answer announces a total of {expected} but holds {len(entries)}")
    return entries


def error_in(body: bytes) -> UpstreamError | None:
    """The DCS's own error in ``body``; None if it holds none."""
    try:
        read_envelope(body)
    except Retryable:
        return None
    except UpstreamError as error:
        return error
    return None


def text_in(envelope: dict[str, Any], name: str) -> str:
    """The text called ``name``; empty if it is absent or not a text."""
    value = envelope.get(name)
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=4096)
def normalised_key(key: str) -> str:
    """A key without its spelling: ``extractauthor`` for ``extract-author`` and ``Extract Author`` alike."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _error_of_code(code: int | None, message: str) -> UpstreamError:
    """The error for a DCS status code (appendix 1)."""
    kind = _ERRORS.get(code, Retryable) if code is not None else Retryable
    shown = printable(message) or "no message"
    advice = "; check DCS_API_USERNAME and DCS_API_PASSWORD" if kind is CredentialsRefused else ""
    error = kind(f"the DCS answered code {code}: {shown}{advice}")
    error.said = shown
    return error


def _ambiguous_keys(keys: Iterable[str]) -> list[str]:
    """The normalised keys that occur in several spellings."""
    return [key for key, count in Counter(map(normalised_key, keys)).items() if count > 1]


def _excerpt(body: bytes) -> str:
    return repr(printable(body[:80].decode("utf-8", "replace")))
