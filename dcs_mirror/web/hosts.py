"""The host that a request is for. No I/O."""

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


@lru_cache(maxsize=1000)
def host_of(header: str | None) -> str | None:
    """Return the host in a Host header, in small letters and without its port; None if it holds none."""
    found = _HOST.fullmatch(header or "")
    return None if found is None else (found[1] or found[2]).lower().rstrip(".")


def is_of_another_site(headers: Mapping[str, str]) -> bool:
    """Whether a page elsewhere has a browser send the request; programs say nothing of where they are.

    A browser adds by itself what tells who its user is, so a page anywhere could act for them.

    Args:
        headers: the request's.
    """
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return True
    origin = headers.get("Origin")
    if origin is None:
        return False
    host = host_of(headers.get("Host"))
    return host is None or host_of(origin.partition("://")[2]) != host


@lru_cache(maxsize=1000)
def is_address(host: str) -> bool:
    """Whether a host is an address or this machine: no page elsewhere can have such a name."""
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
