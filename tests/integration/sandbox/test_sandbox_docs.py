"""docs/sandbox.md: makes the calls of the page, in order, against the world that it describes."""

import re
import shlex
from pathlib import Path

import aiohttp

from dcs_mirror.sandbox import build_world, parse_script, running_sandbox
from dcs_mirror.sandbox.control import ACTIONS, SCRIPTING, VIEWS
from dcs_mirror.sandbox.faults import KINDS, Fault
from dcs_mirror.sandbox.methods import METHODS
from dcs_mirror.sandbox.server import AXCELERATE_PATH
from tests.support.pages import blocks

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
CALLS = [shlex.split(line) for line in re.findall(r"^curl .*$", PAGE, re.MULTILINE)]
(SCRIPT,) = blocks(PAGE, "json")


async def test_every_call_of_the_page_succeeds() -> None:
    paths = []
    async with running_sandbox(build_world()) as sandbox, aiohttp.ClientSession() as session:
        address = sandbox.control_url.removesuffix("/_sandbox")
        for _, *options, url in CALLS:
            given = dict(zip(options[::2], options[1::2], strict=True))
            pairs = zip(options[::2], options[1::2], strict=True)
            headers = dict(value.split(": ") for option, value in pairs if option == "-H")
            if "-u" in given:
                headers["Authorization"] = aiohttp.encode_basic_auth(*given["-u"].split(":"))
            path = url.removeprefix("http://127.0.0.1:8300")
            body = given.get("-d")
            verb = given.get("-X", "GET" if body is None else "POST")
            async with session.request(verb, address + path, data=body, headers=headers) as response:
                answer = await response.json()
                assert response.status == 200, (url, answer)
                assert path.startswith(AXCELERATE_PATH) or answer.get("status-code", 100) == 100, (
                    url,
                    answer,
                )
            paths.append((verb, path.partition("?")[0].rpartition("/v3/")[2]))
    shown = {(verb, path.removeprefix("/_sandbox/").lower()) for verb, path in paths}
    documented = {("POST", name) for name in ACTIONS} | {("GET", name) for name in VIEWS}
    documented |= {(verb, "faults") for verb in SCRIPTING}
    documented |= {("GET", f"{AXCELERATE_PATH}/course/enrolments")}
    assert shown == documented | set(METHODS)


async def test_the_script_of_the_page_does_what_the_page_says() -> None:
    received: list[int | str] = []
    async with (
        running_sandbox(build_world(), faults=parse_script(SCRIPT.encode())) as sandbox,
        aiohttp.ClientSession(sandbox.base_url + "/") as session,
    ):
        headers = {"Authorization": aiohttp.encode_basic_auth("sandbox", "open-sesame")}
        one_course = {"hei": "108", "code": "R&D6"}
        for method, query in [("GetCourses", {"hei": "108"})] * 3 + [("GetCourseContent", one_course)] * 3:
            try:
                async with session.get(method, params=query, headers=headers) as response:
                    await response.read()
                    received.append(response.status)
            except aiohttp.ClientPayloadError:
                received.append("cut")
        assert received == [503, 503, 200, 200, "cut", 200]
        assert sandbox.stats.outcomes == {"fault status": 2, "fault cut": 1, "100": 3}


def test_the_page_lists_all_kinds_with_all_their_parameters() -> None:
    fields = dict(re.findall(r"^\| `([\w-]+)` \| [^|]* \| ([^|]*)\|$", PAGE, re.MULTILINE))
    for name, kind in KINDS.items():
        own = set(kind.__struct_fields__) - set(Fault.__struct_fields__)
        documented = set(re.findall(r"`(\w+)`", fields[name]))
        assert own <= documented, name
    assert set(Fault.__struct_fields__) <= fields.keys()
