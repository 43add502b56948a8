"""Redaction: keeps credentials that upstream repeats, as a gateway may, out of messages and of the tables."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, unquote

import structlog

from dcs_mirror.errors import CredentialsRefused, UpstreamError
from dcs_mirror.plain_text import one_line
from dcs_mirror.upstream import lenient_json

log = structlog.get_logger()

_NESTED = 2
"""How many layers of escaping are undone, such as a page within JSON."""

SHORTEST_IN_DATA = 8
"""Fewest characters of a secret that is looked for in the fields of answers."""

SEARCHED = 64 * 2**10
"""Bytes at the beginning of a body that are searched in every spelling for what an error may repeat of it."""

_LONGEST_TEXT = 200
"""Most characters of upstream's text in a message."""


class Redactor:
    """The secrets sent with every call to one upstream.

    Args:
        secrets: in plain text; they are also recognised in base64 and if HTML, URLs or JSON escape them.
        advice: what to do if they are refused, shown in place of upstream's own words.
    """

    def __init__(self, secrets: Iterable[str], *, advice: str) -> None:
        plain = [secret for secret in secrets if secret]
        self._secrets = {*plain, *(base64.b64encode(secret.encode()).decode() for secret in plain)}
        self._long = {secret for secret in self._secrets if len(secret) >= SHORTEST_IN_DATA}
        self._all_spellings = {spelling.encode() for s in self._secrets for spelling in _usual_spellings(s)}
        self._spellings = {
            spelling.encode() for secret in self._long for spelling in _usual_spellings(secret)
        }
        self._advice = advice

    def occur_in(self, text: str | bytes) -> bool:
        """Return whether any of them occurs in a text from upstream."""
        decoded = text if isinstance(text, str) else text.decode("utf-8", "replace")
        return any(secret in variant for variant in _unescaped(decoded) for secret in self._secrets)

    def removed_from(self, body: bytes) -> bytes:
        """Return the body of an answer without the values that repeat a secret: they become null.

        What the mirror stores of an answer must not hold one. Secrets shorter than ``SHORTEST_IN_DATA`` are
        left: they may be words of titles. A body that is no JSON is returned as it is: it is not stored.
        """
        if not self._may_occur_in(body):
            return body
        try:
            answer = lenient_json.parse(body)
        except ValueError:
            return body
        cleaned, count = self._cleaned(answer)
        if count:
            log.warning(
                "an answer repeats the credentials: the values that hold them are not stored", values=count
            )
        return json.dumps(cleaned).encode() if count else body

    def _may_occur_in(self, body: bytes) -> bool:
        """Whether a secret occurs in a body, in a usual spelling. Quick: every answer is searched."""
        plain = _ASCII_ESCAPE.sub(_unescape_ascii, body) if b"\\" in body else body
        if any(spelling in plain for spelling in self._spellings):
            return True
        return b"&#" in plain and self._occurs_long(plain.decode("utf-8", "replace"))

    def _occurs_long(self, text: str) -> bool:
        return any(secret in variant for variant in _unescaped(text) for secret in self._long)

    def _cleaned(self, value: Any) -> tuple[Any, int]:
        """Return a decoded value without the texts that repeat a secret, and how many there were."""
        if isinstance(value, str):
            return (None, 1) if self._occurs_long(value) else (value, 0)
        if isinstance(value, list):
            parts = [self._cleaned(each) for each in value]
            return [part for part, _ in parts], sum(count for _, count in parts)
        if isinstance(value, dict):
            named = {key: self._cleaned(each) for key, each in value.items() if not self._occurs_long(key)}
            lost = len(value) - len(named)
            return {key: part for key, (part, _) in named.items()}, lost + sum(n for _, n in named.values())
        return value, 0

    def redact(self, error: UpstreamError, body: bytes) -> None:
        """Replace the message of an error that was read from ``body`` if it may contain a secret.

        The body is searched, too, because the message may have been cut within a secret. Beyond its first
        ``SEARCHED`` bytes it is searched for the usual spellings only: an answer may have many megabytes.
        """
        if (
            self.occur_in(body[:SEARCHED])
            or self.occur_in(str(error))
            or any(body.find(spelling, SEARCHED // 2) >= 0 for spelling in self._all_spellings)
        ):
            advice = f"; {self._advice}" if isinstance(error, CredentialsRefused) else ""
            error.args = (f"the answer repeats the credentials, so its words are left out{advice}",)


def printable(text: str) -> str:
    """The text on one line, cut, and without characters that a terminal would obey."""
    return " ".join(one_line(text).split())[:_LONGEST_TEXT]


_ASCII_ESCAPE = re.compile(rb"\\(?:u00([2-7][0-9a-fA-F])|([/\"\\]))")
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")


def _unescaped(text: str) -> Iterator[str]:
    """The text itself, and the text with each kind of escaping undone, layer by layer."""
    yield text
    for _ in range(_NESTED):
        yield from (unquote(text), html.unescape(text), _unescape_json(text))
        text = _unescape_json(html.unescape(unquote(text)))
    yield text


def _usual_spellings(secret: str) -> Iterator[str]:
    """A secret as it stands in JSON once its ASCII characters are not escaped any more."""
    in_url = quote(secret, safe="")
    yield from (in_url, re.sub("%..", lambda found: found[0].lower(), in_url))
    for spelling in (secret, html.escape(secret)):
        yield spelling
        for digits in ("04x", "04X"):
            yield "".join(c if c.isascii() else f"\\u{ord(c):{digits}}" for c in spelling)


def _unescape_ascii(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)]) if found[1] else found[2]


def _unescape_json(text: str) -> str:
    return _JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)
