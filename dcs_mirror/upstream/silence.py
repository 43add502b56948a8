"""What upstream says must not carry the credentials on: a gateway's page for debugging shows them."""

import base64
import html
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from dcs_mirror.errors import CredentialsRefused, UpstreamError


class Secrets:
    """The secrets that travel with every call to one upstream.

    Args:
        secrets: in plain; the spellings in which a page or a JSON text may repeat them are looked for, too.
        advice: what to do where they are refused, in the place of upstream's own words.
    """

    def __init__(self, secrets: Iterable[str], *, advice: str) -> None:
        self._spellings = {spelling.encode() for secret in secrets if secret for spelling in _ways(secret)}
        self._advice = advice

    def stand_in(self, text: str | bytes) -> bool:
        """Whether a text of upstream's repeats any of them."""
        said = text.encode("utf-8", "replace") if isinstance(text, str) else text
        return any(spelling in said for spelling in self._spellings)

    def silence(self, error: UpstreamError, body: bytes) -> None:
        """Leaves out the words of an error that was read from ``body`` where they may hold a secret.

        The body is looked at, too: the words may be cut off in the midst of one.
        """
        if self.stand_in(body) or self.stand_in(str(error)):
            advice = f"; {self._advice}" if isinstance(error, CredentialsRefused) else ""
            error.args = (f"the answer repeats the credentials, so its words are left out{advice}",)


def _ways(secret: str) -> Iterator[str]:
    """The ways in which a text may write a secret."""
    yield secret
    yield quote(secret, safe="")
    yield html.escape(secret)
    yield base64.b64encode(secret.encode()).decode()
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
