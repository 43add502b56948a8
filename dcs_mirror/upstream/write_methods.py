"""The three DCS methods that write: sent once, and again only if the DCS did not take the call (A6)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import stamina

from dcs_mirror.errors import OutcomeUnknown, SafeToResend
from dcs_mirror.upstream import wire
from dcs_mirror.upstream.client import DcsClient

VERBS: Mapping[str, str] = MappingProxyType(
    {"SubmitRequest": "POST", "SubmitCourse": "POST", "AmendCourse": "PUT"}
)
"""The HTTP method of each writing method (specification, technical part)."""

ATTEMPTS = 3
"""How often a call is sent that certainly does not reach the DCS."""


class SendObserver(Protocol):
    """Is notified of what happens to a call, as it happens."""

    async def sending(self) -> None:
        """The call is admitted: it is sent when this returns, and not sent if this raises."""

    def not_accepted(self, error: SafeToResend) -> None:
        """The call did not reach the DCS; it may be sent again."""


async def write(
    client: DcsClient, method: str, parameters: Mapping[str, str], observer: SendObserver
) -> wire.WriteAnswer:
    """Call one of the methods that write.

    The call is sent again only after a failure that proves that the DCS did not take it: no connection,
    HTTP 425 or 429. A time-out, a broken connection, HTTP 5xx, code 4 or an unreadable answer may each come
    after the work was done.

    Args:
        client: sends the call.
        method: a key of ``VERBS``.
        parameters: the specification's parameters, by name.
        observer: is notified of each attempt.

    Raises:
        SafeToResend: if no attempt reached the DCS.
        OutcomeUnknown: if the outcome is unknown.
        UpstreamError: if the DCS or a gateway refused it.
        Exception: whatever ``observer`` raises.
    """
    async for attempt in stamina.retry_context(
        on=_backoff, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
    ):
        with attempt:
            try:
                answer = await client.send(VERBS[method], method, parameters, observer.sending)
            except SafeToResend as error:
                observer.not_accepted(error)
                raise
    if method == "SubmitRequest" and answer.request_id is None:
        raise OutcomeUnknown("the DCS took the request, but its answer holds no request id")
    return answer


def _backoff(error: Exception) -> bool | float:
    """Stamina's back-off hook: whether to send again, or in how many seconds if upstream asked for a wait."""
    if not isinstance(error, SafeToResend):
        return False
    return True if error.retry_after is None else error.retry_after
