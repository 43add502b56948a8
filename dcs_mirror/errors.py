"""What can go wrong, told by what the caller must do about it.

Every error that a user may see is a :class:`MirrorError`: its text is one line that names what is
wrong and what to do, never holds a secret, and its ``exit_code`` is what the command line returns.
"""

from collections.abc import Container, Sequence
from typing import ClassVar

NOTHING_DONE = 4


class MirrorError(Exception):
    """Base of all errors that are told to the user as one line."""

    exit_code: ClassVar[int] = 1


class SettingsError(MirrorError):
    """A setting or an argument cannot be right; nothing was done."""

    exit_code = 2


class CredentialsMissing(MirrorError):
    """No credentials are set and the call needs them."""

    exit_code = 3


class DatabaseUnavailable(MirrorError):
    """PostgreSQL cannot be reached, or refuses what the mirror needs."""

    exit_code = 4


class SchemaMismatch(MirrorError):
    """The database's schema is older or newer than this program's."""

    exit_code = 4


class Interrupted(MirrorError):
    """Somebody ended the program: Ctrl-C or SIGTERM."""

    exit_code = 130


class UpstreamError(MirrorError):
    """The DCS, or aXcelerate, did not give what was asked for; the subclass says what that ends."""


class Retryable(UpstreamError):
    """Worth asking again: DCS code 4, HTTP 429 and 5xx, time-outs, broken connections and bodies (W3).

    Args:
        message: what went wrong.
        retry_after: seconds upstream asked to wait before the next call, if it said so.
        suffering: upstream gets more than it can take: HTTP 429 and 503, time-outs.
        down: nobody answered who could: HTTP 5xx, time-outs, broken connections.
    """

    exit_code = 4

    def __init__(
        self, message: str, *, retry_after: float | None = None, suffering: bool = False, down: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.suffering = suffering
        self.down = down


class NotConnected(Retryable):
    """Nobody took the connection: what was to be sent reached nobody."""


class CallRefused(UpstreamError):
    """Upstream will not answer this one call, however often it is asked: DCS code 7, HTTP 4xx."""


class InvalidParameter(CallRefused):
    """DCS code 6: the call names something that cannot be."""


class SafeToResend(UpstreamError):
    """A call that writes did not reach the DCS, beyond doubt: it may be sent again.

    Args:
        message: what went wrong.
        retry_after: seconds upstream asked to wait before the next call, if it said so.
    """

    exit_code = 4

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(UpstreamError):
    """A call that writes was sent, and nobody knows whether it was taken: never sent again unasked (A6)."""


class NotFound(UpstreamError):
    """The course or request asked for does not exist: DCS code 2."""


class InstitutionEnded(UpstreamError):
    """Nothing of this institution can be read: base of the two reasons below."""


class InstitutionNotFound(InstitutionEnded):
    """DCS code 1."""


class NotSubscribed(InstitutionEnded):
    """DCS code 5: the institution has not subscribed these credentials."""


class RunEnded(UpstreamError):
    """No further call makes sense; what has landed stays."""

    exit_code = 4


class CredentialsRefused(RunEnded):
    """DCS code 3, HTTP 401 or 403: asking again could lock the account (W3)."""

    exit_code = 3


class UpstreamUnavailable(RunEnded):
    """The DCS cannot be reached at all."""


def exit_code(outcomes: Sequence[str], *, good: Container[str]) -> int:
    """What a command returns that sent many things: 0 where all outcomes are ``good``, 4 where all are
    ``not sent``, so that nothing could be done, else 1."""
    if outcomes and all(outcome == "not sent" for outcome in outcomes):
        return NOTHING_DONE
    return 0 if all(outcome in good for outcome in outcomes) else 1
