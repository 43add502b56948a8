"""One client's view of the DCS: the same of the sandbox, of the mirror, and of the DCS itself.

``DCS_CONTRACT_URL``, ``DCS_CONTRACT_USERNAME`` and ``DCS_CONTRACT_PASSWORD`` add a DCS that is only read.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from dcs_mirror.sandbox.server import DEFAULT_CREDENTIALS
from tests.support.command import command_line
from tests.support.serving import BASE, mirrored, serving

# The specification spells its own keys in several ways: without case and hyphens they are one.
COURSE_KEYS = {"academicyear", "status", "coursecode", "duration", "id", "lecturer", "name"}
ITEM_KEYS = {
    *("contentguid", "bibliographicdetails", "contenturl", "requestid", "contentstatus", "datecreated"),
    *("lastmodified", "rejectionmessage", "notes", "licence", "source"),
}


@dataclass(frozen=True)
class _Client:
    """A client that knows nothing but the specification."""

    session: aiohttp.ClientSession
    base: str
    username: str
    password: str

    async def get(self, method: str, *, password: str | None = None, **query: object) -> Any:
        """The answer to a call."""
        url = f"{self.base}/{method}?{urlencode({k.replace('_', '-'): v for k, v in query.items()})}"
        credentials = aiohttp.encode_basic_auth(self.username, password or self.password)
        async with self.session.get(url, headers={"Authorization": credentials}) as response:
            assert response.status == 200
            assert response.headers["Content-Type"].startswith("application/json")
            return _plain(json.loads(await response.read()))


async def _contract(client: _Client) -> dict[str, Any]:
    """Check what every DCS answers; return what it lists."""
    found: dict[str, Any] = {
        "institutions": await client.get("GetInstitutions"),
        "courses": {},
        "content": {},
    }
    institutions = found["institutions"]
    assert _is_whole(institutions, "institutions")
    for hei in sorted(each["id"] for each in institutions["institutions"])[:2]:
        courses = found["courses"][hei] = await client.get("getcourses", HEI=hei)
        assert _is_whole(courses, "courses")
        assert all(set(each) >= COURSE_KEYS for each in courses["courses"])
        live = [each for each in courses["courses"] if each["status"] != "Deleted"]
        for course in live[:5]:
            code = course["coursecode"]
            content = found["content"][hei, code] = await client.get("GetCourseContent", hei=hei, code=code)
            assert _is_whole(content, "contentitems")
            assert content["courseid"] == course["id"]
            for item in content["contentitems"][:3]:
                assert set(item) >= ITEM_KEYS
                alone = await client.get("GetCourseContent", hei=hei, Request_ID=item["requestid"])
                assert alone["contentitems"] == [item]
                if item.get("previousyearid"):
                    former = await client.get("GetCourseContent", hei=hei, Request_ID=item["previousyearid"])
                    assert former["contentitems"] == [item]
        hei_of_none = 2_000_000_000
        for code, query in {
            2: {"hei": hei, "code": "there is no such course"},
            6: {"hei": hei},
            1: {"hei": hei_of_none, "code": "x"},
        }.items():
            refused = await client.get("GetCourseContent", **query)
            assert (refused["status"], refused["statuscode"]) == ("error", code), query
        assert (await client.get("GetCourses", hei="x"))["statuscode"] == 6
    assert (await client.get("GetInstitutions", password="wrong"))["statuscode"] == 3
    return found


def _is_whole(answer: Any, name: str) -> bool:
    told = {"status": "ok", "statuscode": 100, "statusmessage": "Success"}
    return bool((told | {"totalresults": len(answer[name])}).items() <= answer.items())


def _plain(found: Any) -> Any:
    """The same with keys in one spelling."""
    if isinstance(found, dict):
        return {re.sub("[^a-z]", "", key.lower()): _plain(value) for key, value in found.items()}
    return [_plain(each) for each in found] if isinstance(found, list) else found


def _sorted(found: Any) -> Any:
    """The same in one order, without what is empty, and without NUL, which PostgreSQL cannot hold."""
    if isinstance(found, str):
        return found.replace("\0", "")
    if isinstance(found, dict):
        kept = {str(key): _sorted(value) for key, value in found.items() if not str(key).endswith("raw")}
        return {key: value for key, value in sorted(kept.items()) if value not in (None, "", 0)}
    if isinstance(found, list):
        return sorted(json.dumps(_sorted(each)) for each in found)
    return found


async def test_the_sandbox_and_the_mirror_keep_one_contract_and_list_the_same(
    tmp_path: Path, database: str
) -> None:
    async with (
        mirrored(database, institutions=2, courses=5, items=4, seed=9) as sandbox,
        serving(command_line(tmp_path, sandbox, database)) as service,
        aiohttp.ClientSession() as session,
    ):
        sandbox_client = _Client(
            session, sandbox.base_url, DEFAULT_CREDENTIALS.username, DEFAULT_CREDENTIALS.password
        )
        mirror_client = _Client(session, service.address + BASE, service.account, service.secret)
        assert _sorted(await _contract(mirror_client)) == _sorted(await _contract(sandbox_client))


if "DCS_CONTRACT_URL" in os.environ:

    async def test_the_dcs_keeps_the_contract() -> None:
        async with aiohttp.ClientSession() as session:
            credentials = (os.environ["DCS_CONTRACT_USERNAME"], os.environ["DCS_CONTRACT_PASSWORD"])
            await _contract(_Client(session, os.environ["DCS_CONTRACT_URL"], *credentials))
