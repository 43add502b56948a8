"""Why an answer could not be had, in words that a person can act on: names, ports, TLS, certificates."""

import os
import socket
import ssl

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from dcs_mirror.certificates import distrust
from dcs_mirror.errors import UpstreamUnavailable
from dcs_mirror.upstream.http import MAX_HEADER, origin
from dcs_mirror.upstream.redaction import printable

_TOO_LONG = "Got more than"
"""How aiohttp's message about a header beyond its limit begins."""

_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
"""OpenSSL's reasons if what answers a TLS handshake is not TLS."""


def unreached(url: URL, error: Exception) -> str:
    """Why a request to ``url`` got no answer that can be read, in one line.

    Without the request's query and the answer's text.
    """
    where = origin(url)
    if isinstance(error, aiohttp.ClientPayloadError):
        is_garbled = isinstance(error.__cause__, ContentEncodingError)
        return f"{where} {'compressed its answer wrongly' if is_garbled else 'broke off its answer'}"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        refusal = f"HTTP {error.status} {printable(error.message)}".rstrip()
        return f"{where} cannot be reached: the proxy refuses to connect to it: {refusal}"
    if isinstance(error, aiohttp.ClientResponseError):
        if _TOO_LONG in error.message:
            return f"{where} answered with a header of more than {MAX_HEADER} bytes, which is too long"
        return f"{where} answered with what is not HTTP{_meant(url)}"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return f"{where} closed the connection without an answer{_meant(url)}"
    return f"{where} cannot be reached: {_reason(url, error)}"


def untrusted(url: URL, error: ssl.SSLCertVerificationError) -> UpstreamUnavailable:
    """The error for a TLS certificate that this machine does not trust. It ends the run."""
    cause = getattr(error, "certificate_error", error)  # aiohttp's own error holds the one of TLS
    told = distrust(cause, setting="SSL_CERT_FILE")
    return UpstreamUnavailable(f"the TLS certificate of {origin(url)} is not trusted: {told}")


def _meant(url: URL) -> str:
    """A hint that a server may expect TLS, if ``url`` is without."""
    return "; if the server expects TLS, the address begins with https://" if url.scheme == "http" else ""


def _reason(url: URL, error: Exception) -> str:
    """Why no connection came about, or why it broke."""
    cause: BaseException = error
    if isinstance(error, aiohttp.ClientConnectorError):
        cause = error.os_error
    if isinstance(cause, socket.gaierror) or isinstance(error, aiohttp.ClientConnectorDNSError):
        told = f" ({printable(cause.strerror)})" if isinstance(cause, OSError) and cause.strerror else ""
        return f"the name {url.raw_host} is not known here{told}; is the address right, and does DNS work?"
    if isinstance(cause, ssl.SSLError):
        problem = getattr(cause, "reason", None) or str(cause)  # one that was made by hand has no reason
        if problem in _NO_TLS:
            return "what listens there does not speak TLS; are scheme and port of the address right?"
        return f"TLS fails: {printable(problem).replace('_', ' ').lower()}"
    if isinstance(cause, ConnectionRefusedError):
        return f"connection refused: nothing listens on port {url.port}, or a firewall refuses it"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno)
    return printable(str(cause)) or type(cause).__name__
