"""The body of a request: no larger and no slower than its path takes, unpacked, and whole."""

import asyncio
import math
import zlib

from aiohttp import web

from dcs_mirror.web.problems import TooLarge, TooSlow, UnknownEncoding, WrongParameter

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""The encodings that are unpacked, and what zlib calls them."""
_NOT_WHOLE = "the body is not compressed as it says, or broke off"


class _Unpacker:
    """Unpacks what comes in parts; several streams behind each other are one, as RFC 1952 has it."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)

    def unpack(self, packed: bytes, most: int) -> bytes:
        """Return what a part holds, as far as it has no more than so many bytes."""
        found = bytearray()
        while packed and len(found) < most:
            if self._stream.eof:
                self._stream = zlib.decompressobj(self._window)
            found += self._stream.decompress(packed, most - len(found))
            packed = self._stream.unused_data
        return bytes(found)

    @property
    def is_whole(self) -> bool:
        """Whether what came is complete, with its check sum."""
        return self._stream.eof


async def body_of(
    request: web.BaseRequest, *, most: int, seconds: float, least_rate: float = math.inf
) -> bytes:
    """Return the body of a request, unpacked; the server neither limits nor unpacks it.

    Args:
        most: how many bytes it may have, packed and unpacked.
        seconds: how long it may take to come.
        least_rate: bytes that allow it a further second; by default none do.

    Raises:
        TooLarge, TooSlow: if it is larger, or does not come in time.
        UnknownEncoding: if it is packed in an unknown way.
        WrongParameter: if it is not what it says, or broke off.
    """
    if not request.body_exists:
        return b""
    if (request.content_length or 0) > most:
        raise TooLarge(f"the body may have {most} bytes")
    unpacker = _unpacker_for(request)
    content, came = bytearray(), 0
    try:
        async with asyncio.timeout(seconds) as limit:
            begins = asyncio.get_running_loop().time()
            while chunk := await request.content.readany():
                came += len(chunk)
                content += chunk if unpacker is None else unpacker.unpack(chunk, most + 1 - len(content))
                if max(came, len(content)) > most:
                    raise TooLarge(f"the body may have {most} bytes")
                limit.reschedule(begins + seconds + came / least_rate)
    except TimeoutError:
        raise TooSlow(f"the body came too slowly: {came} bytes of it came") from None
    except (web.RequestPayloadError, zlib.error):
        raise WrongParameter(_NOT_WHOLE) from None
    if unpacker is not None and not unpacker.is_whole:
        raise WrongParameter(_NOT_WHOLE)
    return bytes(content)


def _unpacker_for(request: web.BaseRequest) -> _Unpacker | None:
    encoding = ", ".join(request.headers.getall("Content-Encoding", ())).strip().lower()
    if encoding in {"", "identity"}:
        return None
    window = _WINDOWS.get(encoding)
    if window is None:
        raise UnknownEncoding(tuple(_WINDOWS))
    return _Unpacker(window)
