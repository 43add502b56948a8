"""Addresses of recipients: how they are called without their passwords, and what they are known by."""

import hashlib
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from dcs_mirror import host_names
from dcs_mirror.settings import is_this_machine

WEBHOOK = "webhook+"
_SECRET_KEYS = ("pass", "password", "token", "secret", "key")
_SHOWN_HOSTS = {"mailto", "mailtos", "webhook+https", "webhook+http"}
"""Kinds of address whose host is no secret; in those of many services the host is a token."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the file.

    Attributes:
        url: the whole of it, which may contain secrets.
        shown: how it is called in messages: the kind, the host if it is none, and the place in the file.
        key: what it is known by in the database: a digest without passwords, so that a new password makes no
            new recipient.
    """

    url: str = field(repr=False)
    shown: str
    key: str

    @property
    def is_webhook(self) -> bool:
        """Whether it is a signed webhook of the mirror's own, not an address of Apprise."""
        return self.url.lower().startswith(WEBHOOK)


def parse(url: str, place: str) -> Address:
    """Read an address.

    Args:
        url: the address, as the file has it.
        place: where in the file it stands, for messages.

    Raises:
        ValueError: if it is invalid; the message does not repeat it, because it may contain a password.
    """
    if not url.isprintable() or url != url.strip():
        raise ValueError("must not contain blanks at its ends or letters that cannot be shown")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # its message repeats parts of the address
        raise ValueError("is not a valid address") from None
    scheme = parts.scheme.lower()
    if not scheme or "://" not in url:
        raise ValueError("must begin with its kind, such as mailto:// or webhook+https://")
    if scheme.startswith(WEBHOOK):
        _check_webhook(scheme, host, has_user="@" in parts.netloc, fragment=parts.fragment)
    at = f"{scheme}://{host if scheme in _SHOWN_HOSTS else '…'}"
    return Address(url, f"{at}{f':{port}' if port and host in at else ''} ({place})", _key(url))


def _check_webhook(scheme: str, host: str, *, has_user: bool, fragment: str) -> None:
    if scheme not in {"webhook+https", "webhook+http"} or not host:
        raise ValueError("must be an address such as webhook+https://library.example.ac.uk/dcs")
    if scheme == "webhook+http" and not is_this_machine(host):
        raise ValueError("would send titles unencrypted to another machine: use webhook+https://")
    try:
        host_names.check(host)
    except ValueError as error:
        raise ValueError(f"has a host that cannot exist: {error}") from None
    if has_user or fragment:
        raise ValueError("must not contain a user, a password or a fragment: the signature says who sends")


def _key(url: str) -> str:
    """Digest the address without the password of its user and values that are named like secrets."""
    parts = urlsplit(url)
    before, at, host = parts.netloc.rpartition("@")
    netloc = before.partition(":")[0] + at + host
    query = [
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0].lower() not in _SECRET_KEYS
    ]
    plain = parts._replace(netloc=netloc, query=urlencode(query)).geturl()
    return hashlib.sha256(plain.encode()).hexdigest()
