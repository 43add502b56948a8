"""What any client needs of HTTP: bodies of bounded size, how long to wait, addresses and errors in words."""

import email.utils
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from dcs_mirror.errors import CallRefused
from dcs_mirror.upstream import wire

LARGEST_BODY = 64 * 2**20
"""Bytes of one answer, unpacked, beyond which it is refused."""

LONGEST_WAIT = 300.0
"""Seconds beyond which a ``Retry-After`` is not waited for."""


async def sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """A middleware for a session that writes: aiohttp must not send a request again by itself.

    It does where a connection breaks under a method that HTTP calls idempotent, PUT among them, and tells
    nobody; but the server may have taken the first one.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:  # nothing was sent
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientConnectionError(str(error)) from error


async def bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body of an answer.

    Raises:
        CallRefused: as soon as it is larger than ``LARGEST_BODY``, whatever its headers say.
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
    """Seconds that a ``Retry-After`` header asks to wait, at most ``LONGEST_WAIT`` (W2).

    Args:
        value: the header: seconds, or an HTTP date.
        now: the present, aware.

    Returns:
        None where the header is absent or unreadable.
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
    if seconds != seconds:  # noqa: PLR0124 - "nan" is a float too
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def origin(url: URL) -> str:
    """Scheme, host and port of an address: all of it that is fit for a message."""
    parts = urlsplit(str(url))
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def reason(error: Exception) -> str:
    """Why a request failed, in one line that holds neither its query nor anything that came back."""
    if isinstance(error, aiohttp.ClientPayloadError):
        return "its answer broke off"
    if isinstance(error, aiohttp.ClientResponseError):
        return "its answer is not HTTP"
    return wire.printable(str(error)) or type(error).__name__
