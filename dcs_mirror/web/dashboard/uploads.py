"""Forms with a file: read within limits, of people who are signed in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from dcs_mirror.web.dashboard import exchange
from dcs_mirror.web.dashboard.forms import Forgery
from dcs_mirror.web.link_lists import BODY_SECONDS, LARGEST, LEAST_RATE
from dcs_mirror.web.problems import TooLarge, TooSlow

MOST_FIELDS = 50
_BESIDE = 10_000
"""Bytes of a form beside the file and the text that may be as long."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Texts and files of a form by the names of their fields; a file that was not chosen is left out."""

    texts: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


async def sent_by(request: web.Request, *, has_file: bool) -> Upload:
    """Return what a form holds; one with a file may be as large as a list of links.

    Raises:
        Forgery, TooLarge, TooSlow: as :func:`upload_of`.
    """
    if has_file:
        return await upload_of(request, most=LARGEST, seconds=BODY_SECONDS, least_rate=LEAST_RATE)
    return Upload(await exchange.form_of(request))


async def upload_of(request: web.Request, *, most: int, seconds: float, least_rate: float) -> Upload:
    """Return what a form with a file holds.

    Args:
        request: whose body has not been read.
        most: how many bytes its files and texts may have together.
        seconds: how long it may take to come.
        least_rate: bytes that allow it a further second.

    Raises:
        Forgery: if it is no such form.
        TooLarge, TooSlow: if it is larger, or does not come in time.
    """
    if request.content_type != "multipart/form-data":
        raise Forgery
    if (request.content_length or 0) > most + _BESIDE:
        raise _too_large(most)
    try:
        async with asyncio.timeout(seconds) as limit:
            begins = asyncio.get_running_loop().time()
            return await _read(
                request, most, lambda came: limit.reschedule(begins + seconds + came / least_rate)
            )
    except TimeoutError:
        raise TooSlow("the form came too slowly") from None
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError, web.RequestPayloadError):
        # No boundary, headers that are none, text that is not UTF-8, or a body that breaks off.
        raise Forgery from None


async def _read(request: web.Request, most: int, say: Callable[[int], None]) -> Upload:
    """Read the parts of a form, and say after each piece how many bytes have come."""
    found, left = Upload(), most + _BESIDE
    async for part in await request.multipart():
        if not isinstance(part, aiohttp.BodyPartReader) or not part.name:
            raise Forgery
        content = bytearray()
        while chunk := await part.read_chunk():
            content += chunk
            if len(content) > left:
                raise _too_large(most)
            say(most + _BESIDE - left + len(content))
        left -= len(content)
        if len(found.texts) + len(found.files) >= MOST_FIELDS:
            raise Forgery
        if part.filename is None:
            found.texts[part.name] = content.decode().replace("\x00", "")
        elif content:
            found.files[part.name] = bytes(content)
    return found


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"a form may have {most} bytes")
