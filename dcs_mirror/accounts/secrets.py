"""Secrets of accounts: made by the mirror, and stored as digests. No I/O.

A secret has 256 random bits, so nobody can guess it, and a digest that is quick to compute keeps it as well
as a slow one would: slow ones are for passwords that people choose.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

_BYTES = 32


def new_secret() -> str:
    """Return a new secret, 43 letters that need no quoting anywhere."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> bytes:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_secret_of(stored: bytes, given: str) -> bool:
    """Whether ``given`` is the secret with this digest. Takes as long if it is not."""
    return hmac.compare_digest(stored, digest(given))


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
