"""Everything that says where a database is, put together: address, service, environment, password file."""

import getpass
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dcs_mirror import host_names
from dcs_mirror.postgres_address import files, parameters, spelling

PORT = 5432
CONNECT_SECONDS = 15.0

_FILES = ("sslrootcert", "sslcrl", "sslcert", "sslkey")
_NOTHING = {"sslrootcert": "it has no certificate", "sslcrl": "it has no list of revoked certificates"}
SYSTEM = "system"
"""As ``sslrootcert``: the certification authorities that this machine trusts."""


@dataclass(frozen=True, slots=True)
class Host:
    """A server to try. ``name`` is None for the usual sockets and then this machine."""

    name: str | None
    port: int
    password: str | None = field(repr=False)

    @property
    def is_socket(self) -> bool:
        """Whether it is a socket for certain, which has no TLS."""
        return self.name is not None and self.name.startswith("/")

    def __str__(self) -> str:
        if self.name is None:
            return "localhost" + ("" if self.port == PORT else f":{self.port}")
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == PORT else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is and how to connect to it.

    Attributes:
        hosts: the servers, in the order in which they are tried.
        in_any_order: whether they are tried in a random order.
        target: what the server must be: ``target_session_attrs``.
        seconds: how long one server may take to answer; None for no limit.
        startup: parameters for the server.
        tls: parameters of TLS, as libpq calls them.
        kerberos: further parameters of the driver.
    """

    hosts: tuple[Host, ...]
    user: str
    database: str
    target: str
    in_any_order: bool
    seconds: float | None
    startup: Mapping[str, str]
    tls: Mapping[str, str] = field(repr=False)
    kerberos: Mapping[str, str]

    def __str__(self) -> str:
        return f"{','.join(map(str, self.hosts))}/{self.database}"


def resolve(text: str, environment: Mapping[str, str] | None = None) -> Address:
    """Return what an address means.

    What it does not say comes from its service, then from the environment, as in libpq.

    Args:
        text: ``postgresql://…`` or ``name=value`` pairs.
        environment: the variables; those of the process if None.

    Raises:
        ValueError: if a part of it is invalid or cannot be heeded; names it without a secret.
    """
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in spelling.parse(text).items() if value}
    called = {name: name for name in given}
    from_environment = {
        name: (variable, environment[variable])
        for variable, name in parameters.ENVIRONMENT.items()
        if environment.get(variable)
    }
    if "service" not in given and "service" in from_environment:
        called["service"], given["service"] = from_environment["service"]
    if "service" in given:
        for name, value in files.service(given["service"], environment, called=called["service"]).items():
            if value and name not in given:
                given[name], called[name] = value, f"{name} of the service"
    for name, (variable, value) in from_environment.items():
        if name not in given and not (name == "hostaddr" and "host" in given):
            given[name], called[name] = value, variable
    for name, value in given.items():
        parameters.check(name, value, called=called[name])
    _check_tls(given, called, environment)
    return _address(given, called, environment)


def shown(text: str) -> str:
    """Return ``host:port/database`` of an address, without its credentials."""
    try:
        return str(resolve(text))
    except ValueError:
        return "the address that is set"


def _address(given: Mapping[str, str], called: Mapping[str, str], environment: Mapping[str, str]) -> Address:
    user = given.get("user") or _account()
    database = given.get("dbname") or user
    limit = given.get("connect_timeout")
    startup = {"options": given["options"]} if "options" in given else {}
    name = given.get("application_name") or given.get("fallback_application_name")
    if name:
        startup["application_name"] = name
    hosts = [
        Host(host, port, given.get("password") or _password(host, port, database, user, given, environment))
        for host, port in _hosts(given, called)
    ]
    return Address(
        hosts=tuple(hosts),
        user=user,
        database=database,
        target=given.get("target_session_attrs", "any"),
        in_any_order=given.get("load_balance_hosts") == "random",
        seconds=parameters.seconds(limit, called=called["connect_timeout"]) if limit else CONNECT_SECONDS,
        startup=startup,
        tls={name: given[name] for name in parameters.TLS if name in given},
        kerberos={name: given[name] for name in ("krbsrvname", "gsslib") if name in given},
    )


def _hosts(given: Mapping[str, str], called: Mapping[str, str]) -> list[tuple[str | None, int]]:
    if "hostaddr" in given and "host" in given:
        raise ValueError(f"{called['hostaddr']} cannot be heeded beside host; keep one of them")
    names = _names(given)
    host = called.get("host", called.get("hostaddr", "host"))
    if any(name.startswith("@") for name in names):
        raise ValueError(f"{host}: the driver does not know abstract sockets")
    if len(names) > 1 and not all(names):
        raise ValueError(f"{host}: one of the hosts is empty")
    ports = given.get("port", "").split(",")
    if len(ports) not in {1, len(names)}:
        raise ValueError(f"{called['port']}: give one port, or as many as there are hosts")
    for name in names:
        if not name.startswith("/"):
            _check_host(name, called=host)
    numbers = [_port(port, called) for port in ports] * (len(names) if len(ports) == 1 else 1)
    return [(name or None, port) for name, port in zip(names, numbers, strict=True)]


def _names(given: Mapping[str, str]) -> list[str]:
    return given.get("host", given.get("hostaddr", "")).split(",")


def _check_host(name: str, *, called: str) -> None:
    try:
        host_names.check(name)
    except ValueError as error:
        raise ValueError(f"{called}: {error}") from None


def _port(text: str, called: Mapping[str, str]) -> int:
    if not text:
        return PORT
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(f"{called['port']} must be a number from 1 to 65535")
    return int(text)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise ValueError("user: name one, because this machine has no name for the account") from None


def _password(
    host: str | None,
    port: int,
    database: str,
    user: str,
    given: Mapping[str, str],
    environment: Mapping[str, str],
) -> str | None:
    file = Path(given["passfile"]) if "passfile" in given else files.usual_password_file(environment)
    if file is None:
        return None
    is_local = host is None or host.startswith("/")
    called = "passfile" if "passfile" in given else None
    return files.password(file, "localhost" if is_local else str(host), port, database, user, called=called)


def _try(called: str, load: Callable[[], None], *, unusable: str) -> None:
    import ssl  # noqa: PLC0415 - most addresses name no file

    try:
        load()
    except ssl.SSLError:
        raise ValueError(f"{called}: the file cannot be used: {unusable}") from None
    except OSError as error:
        raise ValueError(f"{called}: the file cannot be used: {error.strerror or 'unreadable'}") from None


def _has_usual_authorities(environment: Mapping[str, str]) -> bool:
    """Whether libpq's file of authorities is in the user's home: the account's if no variable names it."""
    try:
        home = environment.get("HOME") or Path.home()
    except RuntimeError:  # the account has none
        return False
    return Path(home, ".postgresql", "root.crt").is_file()


def _check_tls(given: Mapping[str, str], called: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Raise if a file cannot be used, or the parameters contradict each other.

    Sockets have no TLS, as in libpq, whatever the environment demands.
    """
    if all(name.startswith("/") for name in _names(given)):
        return
    if given.get("sslnegotiation") == "direct" and given.get("sslmode") not in {
        "require",
        "verify-ca",
        "verify-full",
    }:
        raise ValueError(f"{called['sslnegotiation']}=direct needs sslmode=require, verify-ca or verify-full")
    if given.get("sslrootcert") == SYSTEM and given.get("sslmode", "verify-full") != "verify-full":
        raise ValueError(f"{called['sslrootcert']}=system needs sslmode=verify-full")
    mode = given.get("sslmode", "")
    if mode.startswith("verify-") and "sslrootcert" not in given and not _has_usual_authorities(environment):
        raise ValueError(
            f"{called['sslmode']}={mode} needs the authority that signed the server's certificate: name its "
            "file with sslrootcert, or use sslmode=verify-full with sslrootcert=system for those that this "
            "machine trusts"
        )
    if not any(name in given for name in _FILES):
        return
    import ssl  # noqa: PLC0415 - most addresses name no file

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name in ("sslrootcert", "sslcrl"):
        if name in given and not (name == "sslrootcert" and given[name] == SYSTEM):
            _try(called[name], partial(context.load_verify_locations, given[name]), unusable=_NOTHING[name])
    if "sslkey" in given and "sslcert" not in given:
        raise ValueError(f"{called['sslkey']} is set without sslcert")
    if "sslcert" in given:
        _try(
            called["sslcert"],
            partial(
                context.load_cert_chain, given["sslcert"], given.get("sslkey"), given.get("sslpassword", "")
            ),
            unusable="it needs a certificate and its key, in sslkey, with the right sslpassword",
        )
