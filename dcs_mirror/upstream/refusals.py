"""What an HTTP status other than success means, told in the words of the answer (W2, W3)."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from yarl import URL

from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    Forbidden,
    PutOff,
    Retryable,
    UpstreamError,
)
from dcs_mirror.upstream import lenient_json
from dcs_mirror.upstream.address import remark_on_version
from dcs_mirror.upstream.http import origin, retry_after
from dcs_mirror.upstream.redaction import Redactor, printable

ADVICE = "check DCS_API_USERNAME, DCS_API_PASSWORD and DCS_API_SUBSCRIPTION_KEY"
_MACHINE = "and whether this machine may call the DCS"

_WORDS_SEARCHED = 8 * 2**10
"""Letters at the beginning of an error's body in which its words are looked for."""

_NESTED = 3
"""How deep in a JSON body a message may stand."""

_MESSAGES = ("message", "detail", "status-message", "error_description", "description", "faultstring")
_AROUND = ("error", "fault", "errors", "title", "reason")
_MARKUP = re.compile(
    r"<(script|style)\b.{0,2000}?</\1[^>]{0,20}>|<!--.{0,2000}?-->|<[^<>]{0,2000}>", re.DOTALL | re.IGNORECASE
)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,500})</title", re.IGNORECASE)
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head|<body|<!--)", re.IGNORECASE)

_QUOTA = re.compile(r"\bquota|call volume|rate limit|too many requests|throttl", re.IGNORECASE)
_UNTIL = re.compile(
    r"\bin (?:(\d{1,4})\.)?(\d{1,4}):(\d\d):(\d\d)\b|\bin (\d{1,9}) seconds?\b", re.IGNORECASE
)
_DECADE = timedelta(days=3650).total_seconds()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with an HTTP status other than success: what may be told of it.

    Attributes:
        url: what was asked for.
        status: the HTTP status.
        phrase: the words of the status line, without secrets.
        words: what the body says, in one line without secrets; empty if it says nothing more.
        headers: of the answer.
        answered_at: when it came, by this machine's clock.
    """

    url: URL
    status: int
    phrase: str
    words: str
    headers: Mapping[str, str]
    answered_at: datetime

    @classmethod
    def of(
        cls,
        url: URL,
        status: int,
        phrase: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        secrets: Redactor,
        answered_at: datetime,
    ) -> "Refusal":
        """Return what may be told of an answer; ``body`` is the beginning of its body."""
        shown = "" if secrets.occur_in(phrase) else printable(phrase)
        words = "" if secrets.occur_in(body) else words_in(body)
        if words.casefold().strip(" .") in {shown.casefold(), str(status), f"{status} {shown}".casefold()}:
            words = ""
        return cls(url, status, shown, words, headers, answered_at)

    def __str__(self) -> str:
        told = f"{origin(self.url)} answered HTTP {self.status} {self.phrase}".rstrip()
        if self.status == 404:
            told += f" for {printable(self.url.path)}"
        return f"{told}: {self.words!r}" if self.words else told


def error_of(refusal: Refusal) -> UpstreamError:
    """The error for a refusal that is not the DCS's own."""
    status = refusal.status
    if status == 403 and (wait := _quota_wait(refusal)) is not None:
        return Retryable(f"the quota of calls is used up: {refusal}", retry_after=wait, throttled=True)
    if status == 403 and _QUOTA.search(f"{refusal.phrase} {refusal.words}"):
        return PutOff(
            f"the quota of calls is used up: {refusal}; it does not say until when. The run ends; what is "
            "already stored stays"
        )
    if status in {401, 403}:
        message = f"{refusal}: the credentials or the subscription key are refused; {ADVICE}"
        if refusal.words:
            message = f"{refusal}; {ADVICE}, {_MACHINE}"
        if status == 403:
            return Forbidden(message, answered=str(refusal))
        return CredentialsRefused(message)
    if status in {408, 425, 429} or status >= 500:
        return Retryable(
            str(refusal),
            retry_after=retry_after(refusal.headers, refusal.answered_at),
            overloaded=status in {408, 429, 503, 504},
            unreachable=status >= 500,
            throttled=status == 429,
        )
    return CallRefused(f"{_named(refusal)}; is DCS_API_URL right?{remark_on_version(refusal.url)}")


def _named(refusal: Refusal) -> str:
    """The refusal with what tells the reader whether the address is right."""
    if 300 <= refusal.status < 400:
        return f"{refusal}, a redirect{_target(refusal)}, which is not followed"
    if refusal.status == 407:
        return f"{refusal}: a proxy wants credentials of its own"
    return str(refusal)


def _target(refusal: Refusal) -> str:
    """Where a redirect leads: scheme and host alone, because the rest may hold a token."""
    try:
        location = refusal.url.join(URL(refusal.headers.get("Location", "")))
        _ = urlsplit(str(location)).port
    except ValueError:
        return ""
    return f" to {printable(origin(location))}" if location.host else ""


def _quota_wait(refusal: Refusal) -> float | None:
    """Seconds until the quota is filled again; None if this is no quota, or it does not say.

    A gateway that refuses for good does not say when to come back.
    """
    wait = retry_after(refusal.headers, refusal.answered_at, longest=_DECADE)
    if wait is not None:
        return wait
    said = _UNTIL.search(refusal.words) if _QUOTA.search(refusal.words) else None
    if said is None:
        return None
    days, hours, minutes, seconds, alone = (int(part or 0) for part in said.groups())
    return min(float(days * 86_400 + hours * 3_600 + minutes * 60 + seconds + alone), _DECADE)


def is_page(body: bytes) -> bool:
    """Whether a body is a web page."""
    return _PAGE.match(body[:1000]) is not None


def words_in(body: bytes) -> str:
    """What the body of an error says, in one line: its message if it is JSON, else its title or text."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff")
    try:
        return printable(_message(lenient_json.parse(body), _NESTED))
    except ValueError:
        pass
    text = text[:_WORDS_SEARCHED]
    if not is_page(body) and "<" not in text[:100]:
        return "" if "\ufffd" in text[:100] else printable(text)
    title = _TITLE.search(text)
    told = printable(html.unescape(_MARKUP.sub(" ", text)))
    named = printable(html.unescape(title[1])) if title else ""
    return named if re.search("[a-z]{3}", named, re.IGNORECASE) else told.removeprefix(named).strip()


def _message(value: object, depth: int) -> str:
    """The message in a decoded body of unknown form; empty if there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return _message(value[0], depth - 1) if value and depth else ""
    if not isinstance(value, dict) or not depth:
        return ""
    by_name = {str(key).casefold(): each for key, each in value.items()}
    for name in (*_MESSAGES, *_AROUND):
        if found := _message(by_name.get(name), depth - 1).strip():
            return found
    return ""
