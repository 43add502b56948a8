"""Forms that change something: who sent them, and from which page. No I/O."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from dcs_mirror.web.hosts import host_of


class Forgery(Exception):
    """A form that did not come from a page of this dashboard, or from one of before a restart."""


class Forms:
    """Makes and checks the tokens of forms; each is bound to who was shown the form, and to this process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, bound_to: str) -> str:
        """Return the token of every form that is shown to somebody."""
        return hmac.new(self._key, bound_to.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def check(self, given: str | None, bound_to: str) -> None:
        """Raise Forgery if a form has not the token of who sends it."""
        expected = self.token(bound_to)
        if given is None or not hmac.compare_digest(
            given.encode("utf-8", "surrogatepass"), expected.encode()
        ):
            raise Forgery


def check_origin(origin: str | None, host: str | None) -> None:
    """Raise Forgery if a form was sent from a page of another site, or from none.

    Args:
        origin: the Origin header, which every browser sends with a form.
        host: the Host header. A proxy may have left out its port.
    """
    try:
        parts = urlsplit(origin or "")
        port = parts.port
    except ValueError:
        raise Forgery from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or host_of(host) != parts.hostname:
        raise Forgery
    _, _, given = (host or "").rpartition("]")[2].partition(":")
    if given and int(given) != (port or (443 if parts.scheme == "https" else 80)):
        raise Forgery


def is_secure(origin: str | None) -> bool:
    """Whether the browser that sent a form speaks https, to us or to a proxy before us."""
    return (origin or "").startswith("https://")
