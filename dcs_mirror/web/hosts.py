"""The host that a request is for. No I/O."""

import ipaddress
import re

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


def host_of(header: str | None) -> str | None:
    """Return the host in a Host header, in small letters and without its port; None if it holds none."""
    found = _HOST.fullmatch(header or "")
    return None if found is None else (found[1] or found[2]).lower().rstrip(".")


def is_address(host: str) -> bool:
    """Whether a host is an address or this machine: no page elsewhere can have such a name."""
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
