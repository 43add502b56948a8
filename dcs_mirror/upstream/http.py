"""HTTP helpers that every client needs: bounded bodies, ``Retry-After``, addresses and dates."""

import asyncio
import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from dcs_mirror.errors import CallRefused

LARGEST_BODY = 64 * 2**20
"""Largest body of one answer in bytes, decompressed; a larger one is refused."""

LARGEST_ERROR = 64 * 2**10
"""Most bytes, decompressed, that are read of the body of an error; the rest is left where it is."""

ERROR_SECONDS = 5.0
"""Longest time in seconds to wait for the body of an error, which only explains its status."""

LONGEST_WAIT = 300.0
"""Longest wait in seconds that a ``Retry-After`` may impose."""

MAX_HEADER = 64 * 2**10
"""Largest header in bytes, and largest status line: gateways send policies and cookies of many kilobytes."""

_SECONDS = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?(e[0-9]+)?|inf", re.IGNORECASE | re.ASCII)


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


async def beginning(response: aiohttp.ClientResponse) -> bytes:
    """Read the body of an error: what comes of it within ``ERROR_SECONDS``, up to ``LARGEST_ERROR`` bytes.

    Never raises for a body that is broken, endless or slow: the error itself is known without it.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(ERROR_SECONDS):
            while len(body) < LARGEST_ERROR and (chunk := await response.content.readany()):
                body += chunk
    except (TimeoutError, aiohttp.ClientError, OSError):
        pass
    if not response.content.at_eof():
        response.close()
    return bytes(body[:LARGEST_ERROR])


def retry_after(headers: Mapping[str, str], now: datetime, *, longest: float = LONGEST_WAIT) -> float | None:
    """Parse the ``Retry-After`` header of an answer (W2).

    Args:
        headers: of the answer. A date is reckoned by the answer's own ``Date``, if it has one, because the
            clocks of two machines may differ.
        now: the current instant, timezone-aware.
        longest: seconds at which longer waits are cut off.

    Returns:
        Seconds to wait, from 0 to ``longest``; None if the header is absent or unreadable.
    """
    value = headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        seconds = float(value)
    else:
        until = http_date(value)
        if until is None:
            return None
        seconds = (until - (http_date(headers.get("Date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), longest)


def http_date(value: str) -> datetime | None:
    """The instant that an HTTP date stands for; None if ``value`` is not one."""
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def method_of(url: URL) -> str:
    """The method of the DCS that an address calls: the last part of its path."""
    return url.raw_path.rpartition("/")[2]  # for every call: yarl's `name` takes five times as long


def origin(url: URL) -> str:
    """Scheme, host and port of an address: the part that may stand in a message."""
    parts = urlsplit(str(url))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
