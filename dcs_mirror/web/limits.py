"""How often a client may ask. No I/O."""

import ipaddress
from collections import OrderedDict
from functools import lru_cache

MOST_KNOWN = 10_000
"""How many clients are remembered: those that have not asked for longest are forgotten."""


@lru_cache(maxsize=MOST_KNOWN)
def network_of(address: str | None) -> object:
    """Return what of a client's address counts for its rate: all of IPv4, and of IPv6 the network (/64).

    A single machine has all 2^64 addresses of such a network, and could ask from another one each time.
    """
    if address is None or ":" not in address:
        return address
    whole = ipaddress.IPv6Address(address)
    return str(whole.ipv4_mapped) if whole.ipv4_mapped else int(whole) >> 64


class Bucket:
    """So many requests a second for each client, as many at once after a pause.

    Args:
        rate: requests a second; 0 for no limit.
        burst: how many may come at once.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = max(1.0, burst)
        self._left: OrderedDict[object, tuple[float, float]] = OrderedDict()

    def wait(self, client: object, now: float) -> float:
        """Count a request; return for how many seconds the client should wait first, 0 if it may go on.

        Args:
            client: who asks.
            now: in seconds, of a clock that does not jump.
        """
        if not self._rate:
            return 0.0
        left, since = self._left.pop(client, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        seconds = 0.0 if left >= 1 else (1 - left) / self._rate
        self._left[client] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)
        return seconds
