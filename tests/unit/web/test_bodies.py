"""The body of a request: no larger, and no slower, than its path takes."""

import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from dcs_mirror.web.problems import TooLarge, TooSlow, body_of


def posted(*parts: bytes, is_whole: bool = True, headers: Mapping[str, str] | None = None) -> web.Request:
    """A request whose body came in these parts."""
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.connection_made(asyncio.Transport())
    stream = StreamReader(protocol, 2**16, loop=loop)
    for part in parts:
        stream.feed_data(part)
    if is_whole:
        stream.feed_eof()
    return make_mocked_request("POST", "/links", headers=dict(headers or {}), payload=stream)


async def test_a_body_comes_in_parts_up_to_its_limit() -> None:
    assert await body_of(posted(b"12", b"345"), most=5, seconds=5) == b"12345"
    assert await body_of(posted(), most=5, seconds=5) == b""
    with pytest.raises(TooLarge):
        await body_of(posted(b"12", b"3456"), most=5, seconds=5)
    with pytest.raises(TooLarge):  # without waiting for it
        await body_of(posted(is_whole=False, headers={"Content-Length": "6"}), most=5, seconds=5)


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(TooSlow):
        await body_of(posted(b"12", is_whole=False), most=5, seconds=0.01)
    with pytest.raises(TooSlow, match="2 bytes"):  # what came allows it 0.01 s more
        await body_of(posted(b"12", is_whole=False), most=5, seconds=0.01, least_rate=200)


async def test_a_body_that_keeps_coming_is_waited_for() -> None:
    request = posted(b"12", is_whole=False)
    reading = asyncio.create_task(body_of(request, most=5, seconds=0.01, least_rate=0.1))
    await asyncio.wait([reading], timeout=0.05)
    assert not reading.done()
    request.content.feed_data(b"345")
    request.content.feed_eof()
    assert await reading == b"12345"
