"""What the environment says about the way to a server: proxies, and the authorities that are trusted."""

import base64
import ipaddress
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp

from dcs_mirror import host_names
from dcs_mirror.errors import SettingsError
from dcs_mirror.settings import is_this_machine
from dcs_mirror.upstream.http import MAX_HEADER

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy for HTTP: its address without credentials, the variable that names it, and its credentials."""

    url: str
    variable: str
    authorization: str | None = field(repr=False)


def proxy_for(url: str, environment: Mapping[str, str] | None = None) -> Proxy | None:
    """Return the proxy through which ``url`` is reached; None if it is reached directly, as this machine is.

    Args:
        url: a valid address.
        environment: ``HTTPS_PROXY`` or ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, of which the names in
            small letters go first; the process's if None.

    Raises:
        SettingsError: if the proxy's address is invalid, or of a kind that is not supported.
    """
    environment = os.environ if environment is None else environment
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    if is_this_machine(host):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if value := environment.get(variable):
                if _is_excepted(host, port, environment.get("no_proxy") or environment.get("NO_PROXY") or ""):
                    return None
                return _proxy(value.strip(), variable)
    return None


def authorities(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the files of certification authorities that the environment names, by variable."""
    environment = os.environ if environment is None else environment
    return {name: value for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if (value := environment.get(name))}


def trusted() -> ssl.SSLContext:
    """Return a context that trusts this machine's authorities, or those of ``SSL_CERT_FILE``.

    Raises:
        SettingsError: if the file cannot be read or has no certificate.
    """
    context = ssl.create_default_context()  # OpenSSL looks at the variables, and ignores what it cannot read
    file = authorities().get("SSL_CERT_FILE")
    if file:
        try:
            context.load_verify_locations(cafile=file)
        except OSError as error:  # errors of TLS are such errors, too
            reason = error.strerror or "it has no certificate"
            raise SettingsError(f"SSL_CERT_FILE: {file} cannot be used: {reason}") from None
    return context


def session_options(url: str) -> dict[str, Any]:
    """Return what an aiohttp session needs to reach ``url``: its connector, proxy and limits.

    Such a session must have no header that is secret: aiohttp sends the headers of a session to the proxy,
    too, and calls its ``Authorization`` the proxy's.

    Raises:
        SettingsError: as :func:`proxy_for` and :func:`trusted`.
    """
    proxy = proxy_for(url)
    context = trusted() if urlsplit(url).scheme == "https" else True
    connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, ssl=context)
    return {
        "connector": connector,
        "proxy": proxy.url if proxy else None,
        "max_line_size": MAX_HEADER,
        "max_field_size": MAX_HEADER,
    }


def request_options(url: str, secret: Mapping[str, str]) -> dict[str, Any]:
    """Return what each request to ``url`` needs: the headers ``secret``, and the proxy's credentials.

    Raises:
        SettingsError: as :func:`proxy_for`.
    """
    proxy = proxy_for(url)
    if proxy is None or proxy.authorization is None:
        return {"headers": secret}
    for_proxy = {"Proxy-Authorization": proxy.authorization}
    if urlsplit(url).scheme == "https":  # they are for the tunnel's end only
        return {"headers": secret, "proxy_headers": for_proxy}
    return {"headers": {**secret, **for_proxy}}


def _proxy(value: str, variable: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        port = parts.port
    except ValueError:  # its message repeats parts of the address
        raise SettingsError(f"{variable}: is not a valid address") from None
    try:
        host_names.check(parts.hostname or "")
    except ValueError as error:
        raise SettingsError(f"{variable}: {error}") from None
    if parts.scheme != "http":
        raise SettingsError(f"{variable}: must be an http:// proxy; https:// and socks:// are not supported")
    if not parts.hostname:
        raise SettingsError(f"{variable}: names no host; percent-encode / ? # and @ in the password")
    if "@" in parts.path + parts.query + parts.fragment:
        raise SettingsError(f"{variable}: contains an @ after the host: percent-encode / ? # and @")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    authorization = None
    if parts.username or parts.password:
        account = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(account.encode()).decode()
    return Proxy(f"http://{host}:{port or 80}", variable, authorization)


def _is_excepted(host: str, port: int, excepted: str) -> bool:
    """Whether ``NO_PROXY`` names the host, its domain or its network, with or without a port, or all."""
    host = host.lower().rstrip(".")
    for entry in excepted.lower().replace(",", " ").split():
        if entry == "*" or _is_in_network(host, entry):
            return True
        name, colon, its_port = entry.rpartition(":")
        if colon and its_port.isdigit() and (":" not in name or name.endswith("]")):
            if int(its_port) != port:
                continue
            entry = name  # noqa: PLW2901 - without its port
        domain = entry.strip("[]").removeprefix("*").strip(".")
        if domain and (host == domain or host.endswith(f".{domain}")):
            return True
    return False


def _is_in_network(host: str, entry: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
