"""Why there is no connection to PostgreSQL, in words that a person can act on: names, ports, sockets, TLS."""

import errno
import os
import re
import socket
import ssl

import asyncpg

from dcs_mirror.certificates import distrust
from dcs_mirror.errors import in_words
from dcs_mirror.plain_text import one_line

CLOSED = "connection was closed in the middle of operation"
"""How the driver begins to say that a connection was lost; what was said last may follow."""

_SEVERAL = "Multiple exceptions: "
_ERRNO = re.compile(r"\[Errno (\d+)\]")

_ENDED = "it ended the connection at once; is it a PostgreSQL server, and is its port right?"

_KNOWN: tuple[tuple[type[Exception], str, str], ...] = (
    (socket.gaierror, "", "its name is not known here; is the address right, and does DNS work?"),
    (ConnectionRefusedError, "", "connection refused; does the server run, and is its port right?"),
    (FileNotFoundError, "", "no server has its socket there; does it run, and is the folder right?"),
    (
        PermissionError,
        "",
        "this machine does not let the connection out; does a firewall or SELinux forbid it?",
    ),
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


def why(error: Exception, host: str | None) -> str:
    """Return why no connection to a server came about, in one line.

    Args:
        error: what connecting raised.
        host: the server; None for the usual sockets and then this machine.
    """
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    error = _decisive(error)
    said = in_words(error)
    last = said.partition(f"{CLOSED}: ")[2].strip()
    if isinstance(error, asyncpg.ConnectionDoesNotExistError) and last:
        return f"it ended the connection: {one_line(last.splitlines()[0])}"
    if isinstance(error, PermissionError) and host is not None and host.startswith("/"):
        return "this user may not use its socket; open the folder to it, or name a host"
    for kinds, part, words in _KNOWN:
        if isinstance(error, kinds) and part in said:
            return words
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return one_line(said.splitlines()[0])


def _decisive(error: Exception) -> Exception:
    """Return the error of one address of a name that has several, as ``localhost`` has; others as they are.

    A refusal says more than that an address has no route. asyncio raises one error with the texts of all.
    """
    said = str(error)
    numbers = [int(number) for number in _ERRNO.findall(said)] if said.startswith(_SEVERAL) else []
    if not numbers:
        return error
    number = errno.ECONNREFUSED if errno.ECONNREFUSED in numbers else numbers[-1]
    return OSError(number, os.strerror(number))


def _of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its TLS certificate is not trusted: {distrust(error, setting='sslrootcert')}"
    reason = one_line((error.reason or str(error)).replace("_", " ").lower())
    hint = "; do ssl_min_protocol_version and ssl_max_protocol_version fit?" if "protocol" in reason else ""
    return f"TLS fails: {reason}{hint}"
