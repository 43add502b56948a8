"""A call that is refused while others are answered: the credentials, or this one call alone (W3)."""

from collections import Counter
from collections.abc import Awaitable, Callable

from yarl import URL

from dcs_mirror.errors import CredentialsRefused, Forbidden, RefusedAlone
from dcs_mirror.upstream.admission import AdmissionGate
from dcs_mirror.upstream.envelope import error_in
from dcs_mirror.upstream.http import method_of

UNUSABLE = 10
"""Calls of a method that are refused, none of them answered, before the method itself counts as refused."""

Send = Callable[[URL, int], Awaitable[bytes]]
"""Sends the call with a number to an address, and returns the body of its answer."""


class SecondLook:
    """Decides what an HTTP 403 means. All users of a client share one.

    The refused call says nothing by itself: a gateway refuses credentials with it, and a firewall refuses a
    course code that it takes for an attack. So a call that was answered before is sent once more. If it is
    refused now, the credentials are, and the run ends. If it is answered, only the refused call is.

    Nothing is sent twice if nothing was answered before: that could lock the account.

    Args:
        gate: admits the calls; it is closed meanwhile.
    """

    def __init__(self, gate: AdmissionGate) -> None:
        self._gate = gate
        self._answered: dict[str, URL] = {}
        self._refused: Counter[str] = Counter()

    def record_answer(self, url: URL) -> None:
        """Record that a call that reads was answered with these credentials."""
        self._answered[method_of(url)] = url

    async def read(self, url: URL, number: int, refusal: Forbidden, send: Send) -> bytes:
        """Ask once more, alone, after a call that reads was refused; return the body of the answer.

        Raises:
            CredentialsRefused: if the other call is refused now, too, or none was answered before.
            RefusedAlone: if only this call is refused, and again.
            UpstreamError: if one of the two calls fails in another way.
        """
        self._raise_if_first(refusal)
        async with self._gate.alone():
            await self._check_others(url, number, refusal, send)
            await self._gate.wait_to_resend()
            try:
                return await send(url, number)
            except Forbidden as again:
                raise self._own_refusal(url, again) from None

    async def check_write(self, url: URL, number: int, refusal: Forbidden, send: Send) -> RefusedAlone:
        """Return the error of a call that writes and was refused; it is not sent again (A6).

        Raises:
            CredentialsRefused: if another call is refused now, too, or none was answered before.
        """
        self._raise_if_first(refusal)
        async with self._gate.alone():
            await self._check_others(url, number, refusal, send)
        return self._own_refusal(url, refusal)

    def _raise_if_first(self, refusal: Forbidden) -> None:
        if not self._answered:
            raise refusal

    async def _check_others(self, url: URL, number: int, refusal: Forbidden, send: Send) -> None:
        """Send a call that was answered before, of the same method if possible.

        Raises:
            CredentialsRefused: if it is refused now.
        """
        self._gate.pause_remaining()  # raises if the run has ended meanwhile
        await self._gate.wait_to_resend()
        known = self._answered.get(method_of(url)) or next(reversed(self._answered.values()))
        try:
            error = error_in(await send(known, number))
        except CredentialsRefused:
            raise refusal from None
        if isinstance(error, CredentialsRefused):
            raise refusal

    def _own_refusal(self, url: URL, refusal: Forbidden) -> RefusedAlone:
        """The error of a call that is refused alone.

        Raises:
            CredentialsRefused: if every call of this method was refused so far, and they were many.
        """
        method = method_of(url)
        self._refused[method] += 1
        if method not in self._answered and self._refused[method] >= UNUSABLE:
            raise CredentialsRefused(
                f"{refusal}; the first {UNUSABLE} calls of {method} were all refused, while other methods "
                "answer. Ask CLA whether these credentials may use it"
            )
        return RefusedAlone(
            f"{refusal.answered}; only this call is refused, others are answered. A firewall in front of "
            "the DCS may take it for an attack. Ask CLA, or whoever runs the firewall, to let it through"
        )
