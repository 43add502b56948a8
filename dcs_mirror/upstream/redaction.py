"""Redaction: keeps credentials that upstream repeats, as a gateway's debug page may, out of messages."""

import base64
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from dcs_mirror.errors import CredentialsRefused, UpstreamError

_NESTED = 2
"""How many layers of escaping are undone, such as a page within JSON."""

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
        self._advice = advice

    def occur_in(self, text: str | bytes) -> bool:
        """Return whether any of them occurs in a text from upstream."""
        decoded = text if isinstance(text, str) else text.decode("utf-8", "replace")
        return any(secret in variant for variant in _unescaped(decoded) for secret in self._secrets)

    def redact(self, error: UpstreamError, body: bytes) -> None:
        """Replace the message of an error that was read from ``body`` if it may contain a secret.

        The body is searched, too, because the message may have been cut within a secret.
        """
        if self.occur_in(body) or self.occur_in(str(error)):
            advice = f"; {self._advice}" if isinstance(error, CredentialsRefused) else ""
            error.args = (f"the answer repeats the credentials, so its words are left out{advice}",)


def printable(text: str) -> str:
    """The text on one line, cut, and without characters that a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST_TEXT]


_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")


def _unescaped(text: str) -> Iterator[str]:
    """The text itself, and the text with each kind of escaping undone, layer by layer."""
    yield text
    for _ in range(_NESTED):
        yield from (unquote(text), html.unescape(text), _unescape_json(text))
        text = _unescape_json(html.unescape(unquote(text)))
    yield text


def _unescape_json(text: str) -> str:
    return _JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], text)
