"""Why a TLS certificate is not trusted, in words that a person can act on."""

import ssl

from dcs_mirror.plain_text import one_line

_CLOCK = "or the clock of this machine is wrong"
_ADDRESS = "it is made out to another host: is the address right?"

_TODO = {
    "certificate has expired": _CLOCK,
    "certificate is not yet valid": _CLOCK,
    "Hostname mismatch": _ADDRESS,
    "IP address mismatch": _ADDRESS,
    "self-signed certificate": "if it is one of your own, let {setting} name the certificates to trust",
    "unable to get local issuer": "if the CA is one of your own, let {setting} name its certificate",
}
"""What to do about a certificate, by how OpenSSL's words begin or what they hold."""


def distrust(error: ssl.SSLCertVerificationError, *, setting: str) -> str:
    """Return what OpenSSL says about a certificate, and what to do if that is known.

    Args:
        error: the error of the handshake.
        setting: what names the authorities that are trusted: a variable, or a parameter of an address.
    """
    told = one_line(getattr(error, "verify_message", "") or str(error))
    todo = next((todo for words, todo in _TODO.items() if words in told), None)
    return told.rstrip(".") + (f"; {todo.format(setting=setting)}" if todo else "")
