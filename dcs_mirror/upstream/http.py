"""HTTP helpers that every client needs: bounded bodies, ``Retry-After``, addresses and errors in messages."""

import email.utils
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from dcs_mirror.errors import CallRefused
from dcs_mirror.upstream.redaction import printable

LARGEST_BODY = 64 * 2**20
"""Largest body of one answer in bytes, decompressed; a larger one is refused."""

LONGEST_WAIT = 300.0
"""Longest wait in seconds that a ``Retry-After`` may impose."""


async def sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Middleware for sessions that write: keep aiohttp from silently sending a request twice.

    If a connection breaks, aiohttp repeats the request if HTTP calls its method idempotent, PUT among them;
    but the server may already have carried out the first one.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:  # raised before anything is sent
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error


async def bounded(response: aiohttp.ClientResponse) -> bytes:
    """Read the body of an answer.

    Raises:
        CallRefused: as soon as it is larger than ``LARGEST_BODY``, whatever its headers announce.
    """
    announced = response.content_length
    if announced is not None and announced > LARGEST_BODY:
        raise CallRefused(f"the answer announces {announced} bytes, which is too large")
    if announced is not None and "Content-Encoding" not in response.headers:
        return await response.read()
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise CallRefused(f"the answer is larger than {LARGEST_BODY} bytes, which is too large")
    return bytes(body)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Parse a ``Retry-After`` header (W2).

    Args:
        value: the header: seconds, or an HTTP date.
        now: the current instant, timezone-aware.

    Returns:
        Seconds to wait, from 0 to ``LONGEST_WAIT``; None if the header is absent or unreadable.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = email.utils.parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        seconds = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    if seconds != seconds:  # noqa: PLR0124 - true of NaN only, which float() accepts
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def origin(url: URL) -> str:
    """Scheme, host and port of an address: the part that may stand in a message."""
    parts = urlsplit(str(url))
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def reason(error: Exception) -> str:
    """Why a request failed, in one line without the request's query and the answer's text."""
    if isinstance(error, aiohttp.ClientPayloadError):
        return "its answer broke off"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refuses to connect to it: HTTP {error.status} {printable(error.message)}".rstrip()
    if isinstance(error, aiohttp.ClientResponseError):
        return "its answer is not HTTP"
    return printable(str(error)) or type(error).__name__
