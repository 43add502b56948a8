"""What a webhook makes of where it leads: hosts and proxies that are none, and answers with long headers."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import web

from dcs_mirror.notify.channel import NotTaken
from dcs_mirror.notify.found import Entered
from dcs_mirror.notify.webhook import Webhook

MESSAGE = Entered(uuid4(), "", "held", 209, datetime(2026, 3, 2, tzinfo=UTC), "", "", "{}")


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "a..example.org", "127.1", "[::1"])
async def test_a_host_that_no_library_takes_is_a_message_that_was_not_taken(host: str) -> None:
    hook = Webhook(f"webhook+http://{host}/x", b"0123456789abcdef", timeout=5)
    with pytest.raises(NotTaken, match="cannot be reached") as caught:
        await hook.send(MESSAGE)
    assert host not in str(caught.value)


async def test_a_proxy_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://proxy.example.org")
    hook = Webhook("webhook+https://library.example.org/x", b"0123456789abcdef", timeout=5)
    with pytest.raises(NotTaken, match="cannot be reached: HTTPS_PROXY") as caught:
        await hook.send(MESSAGE)
    assert not caught.value.may_pass


async def test_a_message_is_taken_although_the_answer_has_headers_of_many_kilobytes() -> None:
    async def handle(_: web.BaseRequest) -> web.Response:
        return web.Response(status=204, headers={"Content-Security-Policy": "a" * 60_000})

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"webhook+http://127.0.0.1:{runner.addresses[0][1]}/x"
        await Webhook(address, b"0123456789abcdef", timeout=5).send(MESSAGE)
    finally:
        await runner.cleanup()
