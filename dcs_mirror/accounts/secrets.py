"""Secrets of accounts: made by the mirror, and stored as digests. No I/O.

A secret has 256 random bits, so nobody can guess it, and a digest that is quick to compute keeps it as well
as a slow one would: slow ones are for passwords that people choose.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import lru_cache
from typing import NamedTuple

_BYTES = 32


class Presented(NamedTuple):
    """What a client says of itself: the name of an account, and the digest of the secret that it gives."""

    name: str
    digest: bytes


def new_secret() -> str:
    """Return a new secret, 43 letters that need no quoting anywhere."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> bytes:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_digest_of(stored: bytes, given: bytes) -> bool:
    """Whether the digest of what a client gave is the one that is stored. Takes as long if it is not."""
    return hmac.compare_digest(stored, given)


@lru_cache(maxsize=250)
def presented(authorization: str) -> Presented | None:
    """Return what an Authorization header says; None if it holds no credentials that an account may have.

    Programs send the same one with each request, so what it says is kept. Whether it is right is not.
    """
    found = basic_credentials(authorization)
    if found is None or "\x00" in found[0]:  # PostgreSQL takes no such text
        return None
    return Presented(found[0], digest(found[1]))


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Return the name and the secret in an Authorization header; None if it holds no Basic credentials."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(token.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    name, colon, secret = text.partition(":")
    return (name, secret) if colon else None
