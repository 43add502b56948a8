"""What the DCS's paths share."""

from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest
from aiohttp import web

from dcs_mirror.web import service
from dcs_mirror.web.answers import Question
from dcs_mirror.web.dcs_paths import DcsPaths, _asked
from dcs_mirror.web.dcs_words import NOT_SUBSCRIBED, Failure, in_dcs_words


async def test_a_refusal_that_is_told_a_thousand_times_keeps_no_frames(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refusing(_: DcsPaths, __: web.Request) -> web.StreamResponse:
        raise NOT_SUBSCRIBED

    monkeypatch.setattr(DcsPaths, "_answer", refusing)
    nothing: Any = None
    paths = DcsPaths(nothing, nothing, nothing, nothing)
    for _ in range(1000):
        assert (await paths.handle(nothing)).status == 200
    assert NOT_SUBSCRIBED.__traceback__ is None
    _, refused = _asked("/v3/GetCourseContent", "hei=1")
    assert isinstance(refused, Failure)
    assert refused.__traceback__ is None


async def test_who_is_refused_again_and_again_because_of_others_is_told_when_to_ask_again() -> None:
    error = asyncpg.SerializationError("could not serialize access")

    async def refused(*_: object, **__: object) -> Any:
        raise error

    answer = service._of_ours(error)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    answer = in_dcs_words(error)
    assert (answer.status, answer.headers["Retry-After"]) == (200, "5")
    assert b"too many" in cast("bytes", answer.body)
    nothing: Any = None
    paths = DcsPaths(nothing, nothing, cast("Any", SimpleNamespace(refresh=refused)), nothing)
    assert await paths._refreshed("vendor", Question("GetCourses", 1)) is False
