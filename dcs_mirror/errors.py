"""Exceptions, by what the caller must do about them.

Every error that a user may see is a :class:`MirrorError`. Its text is one line that names what is wrong and
what to do, and never holds a secret; ``exit_code`` is what the command line returns.
"""

import errno
from collections.abc import Container, Sequence
from typing import ClassVar

from dcs_mirror.plain_text import one_line

NOTHING_DONE = 4
"""Exit code of a command that could do nothing at all."""


class MirrorError(Exception):
    """Base of all errors that are shown to the user as one line, whatever texts from outside they repeat."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *args: object) -> None:
        super().__init__(*(one_line(arg) if isinstance(arg, str) else arg for arg in args))


class SettingsError(MirrorError):
    """A setting or an argument is invalid; nothing was done."""

    exit_code = 2


class UnknownInstitution(MirrorError):
    """The mirror knows no institution with this id; nothing was done.

    Args:
        hei_id: the id.
        more: a sentence that follows, such as what was not done.
    """

    def __init__(self, hei_id: int, more: str = "") -> None:
        known = f"the mirror does not know institution {hei_id}; see `dcs-mirror status`"
        super().__init__(f"{known}. {more}" if more else known)


class CredentialsMissing(MirrorError):
    """The call needs credentials, and none are set."""

    exit_code = 3


class DatabaseUnavailable(MirrorError):
    """PostgreSQL cannot be reached, or refuses what the mirror needs."""

    exit_code = 4


class DatabaseFailed(DatabaseUnavailable):
    """PostgreSQL is there, and refused a statement: the same may be refused again."""


class LockNotFree(MirrorError):
    """Another program held a lock of the mirror's for too long."""

    exit_code = 4


class SchemaMismatch(MirrorError):
    """The database's schema is older or newer than this release expects."""

    exit_code = 4


class Interrupted(MirrorError):
    """The program was stopped by Ctrl-C or SIGTERM."""

    exit_code = 130


class UpstreamError(MirrorError):
    """The DCS or aXcelerate did not answer as asked; the subclass says how much of the work this ends.

    Attributes:
        reading_order: when the question was asked, if an error of the DCS's own answers it (C5); else None.
        said: the DCS's own message, if that is what it answered; else None.
    """

    reading_order: int | None = None
    said: str | None = None


class Retryable(UpstreamError):
    """May succeed if retried: DCS code 4, HTTP 429 and 5xx, time-outs, broken connections and bodies (W3).

    Args:
        message: what went wrong.
        retry_after: seconds to wait before the next call, if upstream asked for them.
        overloaded: upstream gets more calls than it can serve: HTTP 408, 429, 503 and 504, time-outs.
        unreachable: upstream itself may not have answered: HTTP 5xx, time-outs, broken connections.
        throttled: upstream answers, but no more than so many calls: HTTP 429, or a quota that is used up.
    """

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        overloaded: bool = False,
        unreachable: bool = False,
        throttled: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.overloaded = overloaded
        self.unreachable = unreachable
        self.throttled = throttled


class NotConnected(Retryable):
    """No connection could be made, so nothing was sent."""


class CallRefused(UpstreamError):
    """Upstream refuses this one call, and a retry would not help: DCS code 7, HTTP 4xx."""


class RefusedAlone(CallRefused):
    """HTTP 403 to this one call, while others are answered with the same credentials (W3)."""


class InvalidParameter(CallRefused):
    """DCS code 6: a parameter of the call is invalid."""


class SafeToResend(UpstreamError):
    """A call that writes certainly did not reach the DCS: it is safe to send again.

    Args:
        message: what went wrong.
        retry_after: seconds to wait before the next call, if upstream asked for them.
    """

    exit_code = 4

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(UpstreamError):
    """A call that writes was sent with unknown outcome: it is never sent again by itself (A6)."""


class NotFound(UpstreamError):
    """DCS code 2: the requested course or request does not exist."""


class InstitutionEnded(UpstreamError):
    """Nothing of this institution can be read; base of the two reasons."""


class InstitutionNotFound(InstitutionEnded):
    """DCS code 1: the institution does not exist."""


class NotSubscribed(InstitutionEnded):
    """DCS code 5: the institution has not subscribed these credentials."""


class RunEnded(UpstreamError):
    """No further call of the run makes sense; what is already stored stays."""

    exit_code = 4


class CredentialsRefused(RunEnded):
    """DCS code 3, HTTP 401 or 403. Not retried, which could lock the account (W3)."""

    exit_code = 3


class Forbidden(CredentialsRefused):
    """HTTP 403, which may also refuse this one call, as a firewall does that dislikes a course code (W3).

    Args:
        message: what went wrong, with advice about the credentials.
        answered: the same without the advice; empty of the error that ends calls of a run that has ended.
    """

    def __init__(self, message: str, *, answered: str = "") -> None:
        super().__init__(message)
        self.answered = answered


class UpstreamUnavailable(RunEnded):
    """The DCS cannot be reached, or its certificate is not trusted."""


class PutOff(UpstreamUnavailable):
    """The DCS, or the gateway in front of it, puts calls off for longer than the run may wait (W2)."""


def exit_code(outcomes: Sequence[str], *, good: Container[str]) -> int:
    """The exit code of a command that made many calls.

    Args:
        outcomes: one per call.
        good: the outcomes that count as success.

    Returns:
        0 if every outcome is good, 4 if there are outcomes and all are ``not sent``, else 1.
    """
    if outcomes and all(outcome == "not sent" for outcome in outcomes):
        return NOTHING_DONE
    return 0 if all(outcome in good for outcome in outcomes) else 1


def in_words(error: BaseException) -> str:
    """Return what an error says, or its kind: many of the database driver's say nothing."""
    return str(error) or type(error).__name__


def explained(error: OSError) -> str:
    """Return what an error of the operating system means, and what to do if that is known."""
    what = f"{error.filename}: " if error.filename else ""
    said = error.strerror or in_words(error)
    remedy = _REMEDIES.get(error.errno or 0)
    return f"{what}{said}" + (f": {remedy}" if remedy else "")


_REMEDIES = {
    errno.EMFILE: "raise the limit of open files (`ulimit -n`), or lower DCS_CONCURRENCY",
    errno.ENFILE: "this machine has no file descriptors left: end other programs",
    errno.ENOSPC: "free space on that disk",
    errno.EDQUOT: "the quota of this user is used up: free space",
    errno.EROFS: "use a folder on a file system that can be written to",
}
