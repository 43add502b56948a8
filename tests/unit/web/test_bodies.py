"""The body of a request: no larger, and no slower, than its path takes."""

import asyncio
import gzip
import zlib
from collections.abc import Mapping

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from dcs_mirror.web.bodies import body_of
from dcs_mirror.web.problems import TooLarge, TooSlow, UnknownEncoding, WrongParameter


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


TEXT = b"187698\n187699\n" * 200
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", PACKED),
        ("X-GZIP", PACKED),
        ("gzip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("identity", TEXT),
    ],
    ids=["gzip", "X-GZIP", "two members", "deflate", "identity"],
)
async def test_a_packed_body_is_unpacked_however_it_comes(encoding: str, body: bytes) -> None:
    for size in (1, 7, len(body)):
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        request = posted(*parts, headers={"Content-Encoding": encoding})
        assert await body_of(request, most=len(TEXT), seconds=5) == TEXT
    request = posted(body, headers={"Content-Encoding": encoding})
    with pytest.raises(TooLarge):
        await body_of(request, most=len(TEXT) - 1, seconds=5)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        *(("gzip", PACKED[:length]) for length in (1, 10, 20, len(PACKED) - 8, len(PACKED) - 1)),
        ("gzip", PACKED[:-8] + bytes(8)),
        ("gzip", PACKED + b"rubbish"),
        ("gzip", PACKED + PACKED[:20]),
        ("gzip", TEXT),
        ("deflate", zlib.compress(TEXT)[:-1]),
        ("deflate", PACKED),
    ],
    ids=[
        *(f"{length} bytes" for length in (1, 10, 20)),
        *(
            "without its end",
            "without its last byte",
            "a wrong check sum",
            "rubbish behind",
            "half a second member",
        ),
        *("no gzip", "deflate without its last byte", "gzip as deflate"),
    ],
)
async def test_a_packed_body_that_broke_off_or_is_none_is_refused(encoding: str, body: bytes) -> None:
    with pytest.raises(WrongParameter, match="broke off"):
        await body_of(posted(body, headers={"Content-Encoding": encoding}), most=10_000, seconds=5)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "snappy", "chunked"])
async def test_a_body_that_is_packed_in_an_unknown_way_is_refused(encoding: str) -> None:
    with pytest.raises(UnknownEncoding, match="gzip") as refused:
        await body_of(posted(PACKED, headers={"Content-Encoding": encoding}), most=10_000, seconds=5)
    assert refused.value.status == 415
    assert "gzip" in refused.value.headers["Accept-Encoding"]


async def test_a_small_body_that_unpacks_to_very_much_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(TooLarge):
        await body_of(posted(bomb, headers={"Content-Encoding": "gzip"}), most=100_000, seconds=5)
