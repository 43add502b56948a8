"""Connect to the first server of an address that will do, without any setting of the session yet."""

import random
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import asyncpg

from dcs_mirror.database.array_types import ARRAY_TYPES
from dcs_mirror.database.unreached import NOT_CONNECTED, why
from dcs_mirror.errors import SettingsError, in_words
from dcs_mirror.postgres_address import Address, Host, resolve
from dcs_mirror.postgres_address.resolve import SYSTEM
from dcs_mirror.settings import is_this_machine

PROGRAM = "dcs-mirror"

if TYPE_CHECKING:
    _Base = asyncpg.Connection[asyncpg.Record]
else:
    _Base = asyncpg.Connection


class ServerConnection(_Base):
    """A connection that also knows what it runs on.

    Attributes:
        pid: the process id of the session on the server; behind a pooler the driver has another one.
    """

    pid: int = 0

    def __init__(self, protocol: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(protocol, *arguments, **options)
        protocol.get_settings().register_data_types(ARRAY_TYPES)

    @property
    def is_pooled(self) -> bool:
        """Whether a pooler stands between: it hands out process ids of its own, to pass on cancellations."""
        return self.pid != self.get_server_pid()

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS session; None if the connection is not encrypted."""
        found: ssl.SSLObject | None = self._transport.get_extra_info("ssl_object")  # type: ignore[attr-defined]
        return found

    @property
    def is_local(self) -> bool:
        """Whether the connection stays on this machine."""
        peer = self._transport.get_extra_info("peername")  # type: ignore[attr-defined]
        return not isinstance(peer, tuple) or is_this_machine(peer[0])


async def connect_first(dsn: str | None, **options: Any) -> "asyncpg.Connection[Any]":
    """Connect as the driver's ``connect`` does, but as libpq reads the address ``dsn``.

    Raises:
        SettingsError: if a part of the address is invalid or cannot be heeded.
        ConnectionError: if no server could be reached, with the reason of each.
        Exception: the driver's own of the only server, or if one refuses.
    """
    try:
        address = resolve(dsn or "")
    except ValueError as error:
        raise SettingsError(f"the address of the database: {error}") from None
    hosts = list(address.hosts)
    if address.in_any_order:
        random.shuffle(hosts)
    target = address.target
    tries = [(host, "standby" if target == "prefer-standby" else target) for host in hosts]
    if target == "prefer-standby":
        tries += [(host, "any") for host in hosts]
    failures = dict[Host, str]()  # the last of each: of a standby that is preferred all are tried twice
    for host, wanted in tries:
        try:
            return await _connect_to(address, host, wanted, options)
        except asyncpg.ClientConfigurationError as error:
            raise SettingsError(f"the address of the database: {in_words(error)}") from None
        except (OSError, asyncpg.CannotConnectNowError, *NOT_CONNECTED) as error:
            if len(tries) == 1 and isinstance(error, TimeoutError | asyncpg.CannotConnectNowError):
                raise
            failures[host] = _reason(error, address, host, wanted)
    if len(failures) == 1:
        raise ConnectionError(*failures.values())
    raise ConnectionError("; ".join(f"{host}: {reason}" for host, reason in failures.items()))


async def _connect_to(
    address: Address, host: Host, wanted: str, options: Mapping[str, Any]
) -> "asyncpg.Connection[Any]":
    tls = {} if host.is_socket else dict(address.tls)
    # Said to the driver, which would read PGSSLMODE and PGSSLNEGOTIATION for a socket, too.
    context: dict[str, Any] = {"ssl": False, "direct_tls": False} if host.is_socket else {}
    if tls.get("sslrootcert") == SYSTEM:
        trusted = ssl.create_default_context()
        if "sslcert" in tls:
            trusted.load_cert_chain(tls["sslcert"], tls.get("sslkey"), tls.get("sslpassword", ""))
        context = {"ssl": trusted}
        tls = {}
    settings = {
        "dsn": "postgresql:///?" + urlencode(tls) if tls else None,
        "host": host.name,
        "port": host.port,
        "user": address.user,
        "password": host.password or "",
        "database": address.database,
        "target_session_attrs": wanted,
        "timeout": address.seconds,
        "server_settings": {"application_name": PROGRAM} | dict(address.startup),
        "connection_class": ServerConnection,
    }
    return await asyncpg.connect(**settings | context | dict(address.kerberos) | dict(options))


def _reason(error: Exception, address: Address, host: Host, wanted: str) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {address.seconds:g} s"
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return f"the server is not what target_session_attrs={wanted} asks for"
    return why(error, host.name)
