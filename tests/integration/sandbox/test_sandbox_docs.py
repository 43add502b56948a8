"""docs/sandbox.md: its calls are made, in their order, against the world they speak of."""

import re
import shlex
from pathlib import Path

import aiohttp

from dcs_mirror.sandbox import build_world, running_sandbox
from dcs_mirror.sandbox.control import ACTIONS, VIEWS
from dcs_mirror.sandbox.methods import METHODS

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
CALLS = [shlex.split(line) for line in re.findall(r"^curl .*$", PAGE, re.MULTILINE)]


async def test_every_call_of_the_page_is_answered_well() -> None:
    paths = []
    async with running_sandbox(build_world()) as sandbox, aiohttp.ClientSession() as session:
        address = sandbox.control_url.removesuffix("/_sandbox")
        for _, *options, url in CALLS:
            given = dict(zip(options[::2], options[1::2], strict=True))
            headers = {}
            if "-u" in given:
                headers["Authorization"] = aiohttp.encode_basic_auth(*given["-u"].split(":"))
            path = url.removeprefix("http://127.0.0.1:8300")
            body = given.get("-d")
            verb = given.get("-X", "GET" if body is None else "POST")
            async with session.request(verb, address + path, data=body, headers=headers) as response:
                answer = await response.json()
                assert response.status == 200, (url, answer)
                assert answer.get("status-code", 100) == 100, (url, answer)
            paths.append((verb, path.partition("?")[0].rpartition("/v3/")[2]))
    shown = {(verb, path.removeprefix("/_sandbox/").lower()) for verb, path in paths}
    documented = {("POST", name) for name in ACTIONS} | {("GET", name) for name in VIEWS}
    assert shown == documented | set(METHODS)
