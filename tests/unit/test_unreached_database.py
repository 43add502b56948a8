"""Why there is no connection to PostgreSQL: no word of the driver's or OpenSSL's own, and what to look at."""

import errno
import socket
import ssl

import asyncpg
import pytest

from dcs_mirror.database.connections import translate_errors
from dcs_mirror.database.fitness import Fitness, unfit
from dcs_mirror.database.unreached import CLOSED, why
from dcs_mirror.errors import DatabaseUnavailable

EXPIRED = ssl.SSLCertVerificationError(
    1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired (_ssl.c:1)"
)
TOO_OLD = ssl.SSLError(1, "[SSL: NO_PROTOCOLS_AVAILABLE] no protocols available (_ssl.c:1)")
TOO_OLD.reason = "NO_PROTOCOLS_AVAILABLE"
EXPIRED.verify_message = "certificate has expired"


def several(*numbers: int) -> OSError:
    """What asyncio raises for a name with several addresses, each with an error of its own."""
    calls = [f"[Errno {number}] Connect call failed ('::{number}', 1)" for number in numbers]
    return OSError(f"Multiple exceptions: {', '.join(calls)}")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "does DNS work?"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "connection refused"),
        (FileNotFoundError(errno.ENOENT, "x"), "no server has its socket there"),
        (PermissionError(errno.EPERM, "x"), "does a firewall or SELinux forbid it?"),
        (PermissionError(errno.EACCES, "x"), "does a firewall or SELinux forbid it?"),
        (several(errno.ECONNREFUSED, errno.ECONNREFUSED), "connection refused"),
        (several(errno.ECONNREFUSED, errno.ENETUNREACH), "connection refused"),
        (several(errno.ENETUNREACH, errno.EHOSTUNREACH), "No route to host"),
        (several(errno.ENETUNREACH, errno.EPERM), "does a firewall or SELinux forbid it?"),
        (OSError(errno.EHOSTUNREACH, "Connect call failed ('::1', 1)"), "No route to host"),
        (ConnectionError('PostgreSQL server at "h:1" rejected SSL upgrade'), "it offers no TLS"),
        (ConnectionError("unexpected connection_lost() call"), "it ended the connection at once"),
        (ConnectionResetError(), "it ended the connection at once"),
        (asyncpg.ConnectionDoesNotExistError(CLOSED), "it ended the connection at once"),
        (asyncpg.ConnectionDoesNotExistError(f"{CLOSED}: "), "it ended the connection at once"),
        (
            asyncpg.ConnectionDoesNotExistError(f"{CLOSED}: query_wait_timeout\nsecond"),
            "it ended the connection: query_wait_timeout",
        ),
        (EXPIRED, "not trusted: certificate has expired; or the clock of this machine is wrong"),
        (TOO_OLD, "TLS fails: no protocols available; do ssl_min_protocol_version"),
    ],
)
def test_why_there_is_no_connection_is_told_in_words_to_act_on(error: Exception, words: str) -> None:
    told = why(error, "db")
    assert words in told
    assert "\n" not in told
    for own in ("_ssl.c", "[SSL", "upgrade", "call", "Error", "Errno", "second"):
        assert own not in told


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES])
def test_a_socket_that_this_user_may_not_use_is_told_with_its_folder(number: int) -> None:
    told = why(PermissionError(number, "x"), "/run/postgresql")
    assert told == "this user may not use its socket; open the folder to it, or name a host"


@pytest.mark.parametrize(
    ("of_client", "todo"),
    [
        ((), '`ALTER ROLE "R" IN DATABASE "D" SET statement_timeout = 0`'),
        (("statement_timeout",), "leave statement_timeout out of the options"),
    ],
)
def test_a_setting_is_changed_where_it_was_made(of_client: tuple[str, ...], todo: str) -> None:
    found = Fitness(
        encoding="UTF8",
        is_standby=False,
        is_read_only=False,
        is_replica=False,
        has_limit=False,
        connection_limit=-1,
        time_limits=["statement_timeout"],
        of_client=of_client,
        role='"R"',
        database='"D"',
    )
    (problem,) = unfit(found)
    assert problem.todo.startswith(todo)


_CLOSED = "connection was closed in the middle of operation"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.ConnectionDoesNotExistError(_CLOSED), ""),
        (asyncpg.ConnectionDoesNotExistError(f"{_CLOSED}: query_wait_timeout"), ": query_wait_timeout"),
        (asyncpg.ConnectionDoesNotExistError(""), ": ConnectionDoesNotExistError"),
        (asyncpg.ConnectionFailureError("server shut down"), ": server shut down"),
        (asyncpg.InternalClientError("cannot process message"), ": cannot process message"),
    ],
)
def test_a_connection_that_is_lost_is_told_with_what_was_said_last(error: Exception, told: str) -> None:
    with (
        pytest.raises(DatabaseUnavailable, match=rf"cannot be reached: the connection was lost{told}$"),
        translate_errors("host=db user=u"),
    ):
        raise error
