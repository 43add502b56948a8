"""A walk over all paths: what an account of another institution, a removed one and nobody get."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import aiohttp

from dcs_mirror.sandbox.edits import CourseChanges, ItemChanges, edit_course, edit_item
from dcs_mirror.sandbox.model import Institution, World
from dcs_mirror.web.dcs_paths import USUAL_PATHS
from tests.support.command import command_line
from tests.support.fuzzing import FEW, Fuzzing
from tests.support.routes import application, is_page
from tests.support.running import sync
from tests.support.serving import BASE, Answered, Service, account, mirrored, serving


def _dcs(code: int) -> Callable[[Answered], bool]:
    """Whether an answer is the DCS's error with this code."""
    return lambda answer: answer.status == 200 and answer.json["status-code"] == code


def _http(*statuses: int) -> Callable[[Answered], bool]:
    return lambda answer: answer.status in statuses


@dataclass(frozen=True)
class _Step:
    """What is asked of a path; ``<HEI>``, ``<CODE>`` and ``<ID>`` are those of the other institution.

    ``refused`` is what nobody and a removed account get, ``elsewhere`` what an account of another institution
    gets.
    """

    path: str
    refused: Callable[[Answered], bool]
    elsewhere: Callable[[Answered], bool]
    body: str | None = None


_METHOD = "/{base}/{method}"
_PUBLIC = _http(200)
STEPS: dict[tuple[str, str, str], list[_Step]] = {
    ("GET", _METHOD, "getinstitutions"): [
        _Step(f"{BASE}/GetInstitutions", _dcs(3), _dcs(100)),
        _Step("/v3/getinstitutions", _dcs(3), _dcs(100)),
        _Step(f"{BASE}/GetCourses?hei=<HEI>", _dcs(3), _dcs(5)),
        _Step(f"{BASE}/GetCourses?hei=0&hei=<HEI>", _dcs(3), _dcs(5)),
        _Step(f"{BASE}/GetCourseContent?hei=<HEI>&code=<CODE>", _dcs(3), _dcs(5)),
        _Step(f"{BASE}/GetCourseContent?hei=<HEI>&Request-ID=<ID>", _dcs(3), _dcs(5)),
        _Step(f"{BASE}/GetCourseContent?hei=<OWN>&Request-ID=<ID>", _dcs(3), _dcs(2)),
        _Step(f"{BASE}/GetCourseContent?hei=<OWN>&code=<CODE>&Request-ID=<ID>", _dcs(3), _dcs(2)),
    ],
    ("POST", _METHOD, "submitrequest"): [
        _Step(f"{BASE}/SubmitRequest?hei=<HEI>&CourseCode=<CODE>&Title=x", _dcs(3), _dcs(5)),
        _Step(f"{BASE}/SubmitCourse?hei=<HEI>&CourseCode=<CODE>&CourseName=x", _dcs(3), _dcs(5)),
    ],
    ("PUT", _METHOD, "amendcourse"): [
        _Step(f"{BASE}/AmendCourse?hei=<HEI>&CourseCode=<CODE>&NumberOfStudents=1", _dcs(3), _dcs(5)),
    ],
    ("GET", "/api/changes", ""): [
        _Step("/api/changes?limit=10000", _http(401), _http(200)),
        _Step("/api/changes?hei=<HEI>", _http(401), _http(404)),
    ],
    ("POST", "/links", ""): [
        _Step("/links", _http(401), _http(200), '{"links": ["<ID>", "<HEI>/<ID>"]}'),
        _Step("/links?hei=<HEI>", _http(401), _http(404), '{"links": ["<ID>"]}'),
    ],
    ("GET", "/go/{asked}", ""): [
        _Step("/go/<ID>", _http(302, 410), _http(302, 410)),
        _Step("/go/<OWN>/<ID>", _http(404), _http(404)),
    ],
    ("GET", "/openapi.json", ""): [_Step("/openapi.json", _PUBLIC, _PUBLIC)],
    ("GET", "/metrics", ""): [_Step("/metrics", _PUBLIC, _PUBLIC)],
    ("GET", "/healthz", ""): [_Step("/healthz", _PUBLIC, _PUBLIC)],
    ("GET", "/readyz", ""): [_Step("/readyz", _PUBLIC, _PUBLIC)],
}
"""By verb, path and, on the DCS's paths, the first of its methods."""


def test_every_path_of_the_router_is_in_the_walk() -> None:
    there = set()
    for route in application().router.routes():
        if route.method != "HEAD" and not is_page(route):
            assert route.resource is not None
            if route.resource.canonical in USUAL_PATHS:
                continue  # the pattern that follows has them, too
            pattern = str(route.resource.get_info().get("pattern", ""))
            methods = re.search(r"\(\?ai:(\w+)(?:\|\w+)*\)", pattern.rpartition("method>")[2])
            there.add((route.method, route.resource.canonical, methods[1] if methods else ""))
    assert there == set(STEPS)


HIDDEN = "Nobody elses"


def _mark(world: World, institution: Institution) -> None:
    """Give all that an institution has a name that is to be seen by its own accounts only."""
    institution.name = f"{HIDDEN} university"
    for course in institution.courses.values():
        edit_course(world, course, CourseChanges(name=f"{HIDDEN} course"))
        for item in course.items:
            edit_item(world, item, ItemChanges(title=f"{HIDDEN} work"))


async def test_nobody_gets_what_is_anothers(tmp_path: Path, database: str) -> None:
    async with mirrored(database, institutions=2, courses=3, items=4, seed=5) as sandbox:
        own, other = sandbox.world.institutions.values()
        course = next(each for each in other.courses.values() if each.status == "Active" and each.items)
        values = {
            "<HEI>": str(other.id),
            "<OWN>": str(own.id),
            "<CODE>": quote(course.code),
            "<ID>": str(course.items[0].request_id),
        }
        dcs_mirror = command_line(tmp_path, sandbox, database)
        elsewhere = await account(dcs_mirror, "elsewhere", "--hei", str(own.id), "--may", "refresh,write")
        removed = await account(dcs_mirror, "removed")
        await dcs_mirror("accounts", "remove", "removed")
        _mark(sandbox.world, other)
        await sync(sandbox, database)
        hidden = [HIDDEN, *(item.guid for each in other.courses.values() for item in each.items)]
        before = dict(sandbox.stats.methods)
        async with serving(dcs_mirror) as service:
            for (verb, path, _), steps in STEPS.items():
                for step in steps:
                    for who, credentials in {"": None, "removed": removed, "elsewhere": elsewhere}.items():
                        answer = await _ask(service, verb, step, values, credentials)
                        expected = step.elsewhere if who == "elsewhere" else step.refused
                        assert expected(answer), (
                            verb,
                            path,
                            step.path,
                            who,
                            answer.status,
                            answer.body[:300],
                        )
                        seen = answer.body.decode()
                        assert not [text for text in hidden if text in seen], (verb, step.path, who)
            assert dict(sandbox.stats.methods) == before
            # Nor by requests that nobody should send.
            fuzzing = Fuzzing(service.address, elsewhere, own.id, hidden, FEW)
            await asyncio.to_thread(fuzzing.as_described)
            await asyncio.to_thread(fuzzing.beside_the_description)


async def _ask(
    service: Service, verb: str, step: _Step, values: dict[str, str], credentials: tuple[str, str] | None
) -> Answered:
    def filled(text: str) -> str:
        return re.sub("|".join(values), lambda name: values[name[0]], text)

    headers = {"Cache-Control": "no-cache"} if "hei=<HEI>" in step.path else {}
    if credentials is not None:
        headers["Authorization"] = aiohttp.encode_basic_auth(*credentials)
    body = None
    if step.body is not None:
        headers["Content-Type"], body = "application/json", filled(step.body).encode()
    async with service.session.request(
        verb, service.address + filled(step.path), headers=headers, data=body, allow_redirects=False
    ) as response:
        content = await response.read()
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answered(response.status, response.headers, content, json.loads(content) if is_json else None)
