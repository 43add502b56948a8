"""What the DCS's paths share."""

from aiohttp import web

from dcs_mirror.web.dcs_words import NOT_SUBSCRIBED, in_dcs_words


async def test_a_refusal_that_is_told_a_thousand_times_keeps_no_frames() -> None:
    async def refusing() -> web.StreamResponse:
        raise NOT_SUBSCRIBED

    for _ in range(1000):
        assert (await in_dcs_words(refusing())).status == 200
    assert NOT_SUBSCRIBED.__traceback__ is None
