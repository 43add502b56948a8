"""Where a service of the mirror listens, and which proxies before it are trusted."""

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


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Who may say which person a request is from: networks, and whoever reaches the socket's file."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    by_socket: bool = False

    def __str__(self) -> str:
        return ",".join([*map(str, self.networks), *(["unix"] if self.by_socket else [])])

    @classmethod
    def parse(cls, text: str) -> "TrustedProxies":
        """Read addresses, networks and the word ``unix``, separated by commas or blanks.

        Raises:
            ValueError: if one of them is none of these, or names everybody.
        """
        networks = []
        words = text.replace(",", " ").split()
        for word in words:
            if word == "unix":
                continue
            try:
                network = ipaddress.ip_network(word)
            except ValueError:
                raise ValueError(
                    "must name addresses or networks such as 127.0.0.1, 10.0.0.0/8 or ::1, or unix"
                ) from None
            if not network.prefixlen:
                raise ValueError(f"must not trust everybody, as {network} does")
            networks.append(network)
        return cls(tuple(networks), "unix" in words)

    def trusts(self, peer: str | None) -> bool:
        """Whether a request from this address is believed; None is one that came by the socket's file."""
        if peer is None:
            return self.by_socket
        address = ipaddress.ip_address(peer.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.networks)
