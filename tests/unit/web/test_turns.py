"""A client that sends many requests at once: each of its answers waits for its turn."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from dcs_mirror.web.service import _in_words


async def test_each_request_waits_for_one_turn_of_the_loop() -> None:
    """From Python 3.12 on, aiohttp begins to answer the next one of a connection without one."""
    answered = []

    async def answer(request: web.Request) -> web.Response:
        answered.append(request.path)
        return web.Response()

    answering = _in_words(make_mocked_request("GET", "/healthz"), answer)
    assert asyncio.iscoroutine(answering)
    answering.send(None)
    assert not answered
    with pytest.raises(StopIteration):
        answering.send(None)
    assert answered == ["/healthz"]
