"""A client that sends many requests at once: each of its further answers waits for its turn."""

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from dcs_mirror.web.service import _guard


def test_each_further_request_of_a_connection_waits_for_one_turn_of_the_loop() -> None:
    """From Python 3.12 on, aiohttp begins to answer the next one of a connection without one."""
    answered = []

    async def answer(request: web.BaseRequest) -> web.Response:
        answered.append(request.path)
        return web.Response()

    guard, one, other = _guard(frozenset(), answer), Mock(), Mock()

    def answering(path: str, connection: Any) -> Any:
        request = make_mocked_request("GET", path, headers={"Host": "localhost"}, protocol=connection)
        found = guard(request)
        assert asyncio.iscoroutine(found)
        return found

    def goes_on(coroutine: Any) -> None:
        with pytest.raises(StopIteration):
            coroutine.send(None)

    goes_on(answering("/1", one))
    second = answering("/2", one)
    second.send(None)
    assert answered == ["/1"]
    goes_on(answering("/of-another", other))
    goes_on(second)
    third = answering("/3", one)
    third.send(None)
    goes_on(third)
    assert answered == ["/1", "/of-another", "/2", "/3"]
