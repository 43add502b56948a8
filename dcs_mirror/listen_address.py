"""Where a service of the mirror listens: an address with a port, or a socket's file."""

import ipaddress
import os
from dataclasses import dataclass

_LONGEST_PATH = 100
"""In bytes: the shortest limit of the systems that the mirror runs on is a little more."""

_EXAMPLES = "an address with a port such as 127.0.0.1:9400 or [::1]:9400, or unix:/run/dcs-mirror.sock"


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """A host's address with its port, or the path of a Unix socket; one of the two is there."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(text: str) -> ListenAddress:
    """Read ``127.0.0.1:9400``, ``[::1]:9400`` or ``unix:/path``.

    Names are not looked up, and no address stands for all of them unless it says so (``0.0.0.0``), so that
    nothing is open to a network by mistake.

    Raises:
        ValueError: if it is none of these.
    """
    scheme, separator, path = text.partition(":")
    if scheme == "unix" and separator:
        if not path.startswith("/") or path.endswith("/") or not path.isprintable():
            raise ValueError(
                "must name the file of the socket from the root on, such as unix:/run/dcs-mirror.sock"
            )
        if len(os.fsencode(path)) > _LONGEST_PATH:
            raise ValueError(f"names a socket whose path is longer than {_LONGEST_PATH} bytes")
        return ListenAddress(path=path)
    host, _, port = text.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ipaddress.ip_address(host[1:-1] if is_bracketed else host)
    except ValueError:
        raise ValueError(f"must be {_EXAMPLES}") from None
    if (address.version == 6) != is_bracketed:
        raise ValueError(f"must be {_EXAMPLES}")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise ValueError("must end with a port from 1 to 65535, such as 127.0.0.1:9400")
    return ListenAddress(host=str(address), port=int(port))
