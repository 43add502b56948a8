"""Requests as bytes on a connection, as no HTTP client would send them."""

import asyncio
import re

SMUGGLED = {
    "a length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "two lengths in one": b"Content-Length: 1, 2\r\n\r\nab",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a length that is none": b"Content-Length: 1x\r\n\r\na",
    "a length with a sign": b"Content-Length: +1\r\n\r\na",
    "an unknown encoding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks that are not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Content-Length : 1\r\n\r\na",
    "a folded line": b"X-A: b\r\n c\r\n\r\n",
    "a null": b"X-A: b\x00c\r\n\r\n",
    "a carriage return alone": b"X-A: b\rX-B: c\r\n\r\n",
}
"""Headers, and a body, that two programs one behind the other could read differently."""


async def sent(port: int, request: bytes, *, host: str = "127.0.0.1", seconds: float = 10) -> bytes:
    """Send bytes; return all that comes back until the other side closes, or nothing comes for a second."""
    reader, writer = await asyncio.open_connection(host, port)
    answer = b""
    try:
        writer.write(request)
        async with asyncio.timeout(seconds):
            while part := await asyncio.wait_for(reader.read(65536), 1 if answer else seconds):
                answer += part
    except TimeoutError:
        pass
    finally:
        writer.close()
    return answer


def statuses(answer: bytes) -> list[int]:
    """The status of each response in what came back."""
    return [int(found) for found in re.findall(rb"HTTP/1\.[01] ([0-9]{3}) ", answer)]
