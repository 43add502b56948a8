"""Who is told of every HTTP request that is sent to the DCS, for figures."""

import time
from types import TracebackType
from typing import Protocol

from dcs_mirror.errors import (
    CredentialsRefused,
    OutcomeUnknown,
    PutOff,
    Retryable,
    SafeToResend,
    UpstreamError,
    UpstreamUnavailable,
)

OUTCOMES = ("answered", "refused", "forbidden", "throttled", "unavailable", "failed", "cancelled")
"""What became of a request: HTTP 200; an error for this request; 401 or 403; too many requests; no answer, or
one that says that the DCS is not there; another failure that may pass; given up by the mirror itself."""


# The first that fits counts.
_BY_KIND: tuple[tuple[type[UpstreamError], str], ...] = (
    (CredentialsRefused, "forbidden"),
    (PutOff, "throttled"),
    (UpstreamUnavailable, "unavailable"),
    (OutcomeUnknown, "unavailable"),
    (UpstreamError, "refused"),
)


class Observer(Protocol):
    """Is told what happens; it must be quick, and must not raise."""

    def sent(self, method: str, outcome: str, seconds: float) -> None:
        """A request of a ``method`` of the DCS has ended with one of ``OUTCOMES`` after so many seconds."""

    def unusable(self) -> None:
        """An answer with HTTP 200 was an error of the DCS's own, or could not be read."""

    def retried(self) -> None:
        """A question is about to be asked again."""


class NoObserver:
    """Takes no notice."""

    def sent(self, method: str, outcome: str, seconds: float) -> None:
        """Nothing."""

    def unusable(self) -> None:
        """Nothing."""

    def retried(self) -> None:
        """Nothing."""


class Watched:
    """A context manager around one request that tells an observer how it ends.

    Args:
        observer: is told.
        method: the method of the DCS.
    """

    __slots__ = ("_began", "_method", "_observer")

    def __init__(self, observer: Observer, method: str) -> None:
        self._observer = observer
        self._method = method
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.sent(self._method, outcome_of(error), time.monotonic() - self._began)


def outcome_of(error: BaseException | None) -> str:
    """Return which of ``OUTCOMES`` a request had that raised ``error``; None of one that was answered."""
    if error is None:
        return "answered"
    if isinstance(error, Retryable):
        return "throttled" if error.throttled else "unavailable" if error.unreachable else "failed"
    if isinstance(error, SafeToResend):
        return "unavailable" if error.retry_after is None else "throttled"
    return next((outcome for kind, outcome in _BY_KIND if isinstance(error, kind)), "cancelled")
