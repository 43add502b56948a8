"""Why there is no connection to PostgreSQL, in words that a person can act on: names, ports, sockets, TLS."""

import os
import socket
import ssl

import asyncpg

from dcs_mirror.certificates import distrust
from dcs_mirror.errors import in_words
from dcs_mirror.plain_text import one_line

_ENDED = "it ended the connection at once; is it a PostgreSQL server, and is its port right?"

_KNOWN: tuple[tuple[type[Exception], str, str], ...] = (
    (socket.gaierror, "", "its name is not known here; is the address right, and does DNS work?"),
    (ConnectionRefusedError, "", "connection refused; does the server run, and is its port right?"),
    (FileNotFoundError, "", "no server has its socket there; does it run, and is the folder right?"),
    (PermissionError, "", "this user may not use its socket; open the folder to it, or name a host"),
    (
        ConnectionError,
        "rejected SSL upgrade",
        (
            "it offers no TLS, which the sslmode of the address or PGSSLMODE demands, or it is no PostgreSQL "
            "server; is its port right?"
        ),
    ),
    (ConnectionError, "connection_lost", _ENDED),
    (ConnectionResetError, "", _ENDED),
    (asyncpg.ConnectionDoesNotExistError, "", _ENDED),
)
"""What an error means, by its class and what the driver says in it."""

NOT_CONNECTED = (asyncpg.ConnectionDoesNotExistError, asyncpg.TargetServerAttributeNotMatched)
"""What the driver raises, beside errors of the operating system, if another server may do instead."""


def why(error: Exception) -> str:
    """Return why no connection to a server came about, in one line."""
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    said = in_words(error)
    for kinds, part, words in _KNOWN:
        if isinstance(error, kinds) and part in said:
            return words
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return one_line(said.splitlines()[0])


def _of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not trusted: {distrust(error, setting='sslrootcert')}"
    reason = one_line((error.reason or str(error)).replace("_", " ").lower())
    hint = "; do ssl_min_protocol_version and ssl_max_protocol_version fit?" if "protocol" in reason else ""
    return f"TLS fails: {reason}{hint}"
