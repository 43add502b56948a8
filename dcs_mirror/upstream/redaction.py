"""What upstream says must not carry the credentials on: a gateway's page for debugging shows them."""

import base64
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from dcs_mirror.errors import CredentialsRefused, UpstreamError

_NESTED = 2
"""How many kinds of escapes may lie in one another: a page within JSON."""


class Redactor:
    """The secrets that travel with every call to one upstream.

    Args:
        secrets: in plain; they are found in what a page, an address or a JSON text escapes, too.
        advice: what to do where they are refused, in the place of upstream's own words.
    """

    def __init__(self, secrets: Iterable[str], *, advice: str) -> None:
        given = [secret for secret in secrets if secret]
        self._secrets = {*given, *(base64.b64encode(secret.encode()).decode() for secret in given)}
        self._advice = advice

    def stand_in(self, text: str | bytes) -> bool:
        """Whether a text of upstream's repeats any of them."""
        said = text if isinstance(text, str) else text.decode("utf-8", "replace")
        return any(secret in read for read in _readings(said) for secret in self._secrets)

    def silence(self, error: UpstreamError, body: bytes) -> None:
        """Leaves out the words of an error that was read from ``body`` where they may hold a secret.

        The body is looked at, too: the words may be cut off in the midst of one.
        """
        if self.stand_in(body) or self.stand_in(str(error)):
            advice = f"; {self._advice}" if isinstance(error, CredentialsRefused) else ""
            error.args = (f"the answer repeats the credentials, so its words are left out{advice}",)


_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")


def _readings(text: str) -> Iterator[str]:
    """What a text says: as it stands, and with its escapes undone, which may lie in one another."""
    yield text
    for _ in range(_NESTED):
        yield from (unquote(text), html.unescape(text), _of_json(text))
        text = _of_json(html.unescape(unquote(text)))
    yield text


def _of_json(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
