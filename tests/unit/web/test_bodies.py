"""The body of a request: no larger, and no slower, than its path takes."""

import asyncio

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from dcs_mirror.web.problems import TooLarge, TooSlow, body_of


def _request(*parts: bytes, is_whole: bool = True, length: int | None = None) -> web.Request:
    """A request whose body came in these parts."""
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.connection_made(asyncio.Transport())
    stream = StreamReader(protocol, 2**16, loop=loop)
    for part in parts:
        stream.feed_data(part)
    if is_whole:
        stream.feed_eof()
    headers = {} if length is None else {"Content-Length": str(length)}
    return make_mocked_request("POST", "/links", headers=headers, payload=stream)


async def test_a_body_comes_in_parts_up_to_its_limit() -> None:
    assert await body_of(_request(b"12", b"345"), most=5, seconds=5) == b"12345"
    assert await body_of(_request(), most=5, seconds=5) == b""
    with pytest.raises(TooLarge):
        await body_of(_request(b"12", b"3456"), most=5, seconds=5)
    with pytest.raises(TooLarge):  # without waiting for it
        await body_of(_request(is_whole=False, length=6), most=5, seconds=5)


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(TooSlow):
        await body_of(_request(b"12", is_whole=False), most=5, seconds=0.01)
