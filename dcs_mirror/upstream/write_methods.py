"""The DCS's three writing methods: sent once, and asked again only where nobody took them (A6)."""

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
"""How often a call is sent that provably reaches nobody."""


class SendObserver(Protocol):
    """Is told what happens to a call, as it happens."""

    async def sending(self) -> None:
        """Its turn has come: it is sent when this returns, and not where this raises."""

    def not_accepted(self, error: SafeToResend) -> None:
        """What was sent reached nobody; it may be sent again."""


async def write(
    client: DcsClient, method: str, parameters: Mapping[str, str], witness: SendObserver
) -> wire.WriteAnswer:
    """Sends one call of ``method``, a key of ``VERBS``, with the specification's parameters.

    Only what shows that nobody took it is answered by sending again: no connection, HTTP 425 and 429.
    A time-out, a broken connection, HTTP 5xx, code 4 or an answer that cannot be read may each come
    after the work was done.

    Raises:
        NotTaken: where it did not reach the DCS, after the attempts.
        Unanswered: where nobody knows whether it was taken.
        UpstreamError: where the DCS or a gateway refused it.
        Exception: what ``witness`` raises.
    """
    async for attempt in stamina.retry_context(
        on=_waiting_time, attempts=ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=10.0
    ):
        with attempt:
            try:
                answer = await client.send(VERBS[method], method, parameters, witness.sending)
            except SafeToResend as error:
                witness.not_accepted(error)
                raise
    if method == "SubmitRequest" and answer.request_id is None:
        raise OutcomeUnknown("the DCS took the request, but its answer holds no request id")
    return answer


def _waiting_time(error: Exception) -> bool | float:
    """Stamina's back-off hook: whether to send again, or the seconds that upstream asked for."""
    if not isinstance(error, SafeToResend):
        return False
    return True if error.retry_after is None else error.retry_after
