"""One client's view of a DCS, which knows nothing but the specification."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

# The specification spells its own keys in several ways: without case and hyphens they are one.
COURSE_KEYS = {"academicyear", "status", "coursecode", "duration", "id", "lecturer", "name"}
ITEM_KEYS = {
    *("contentguid", "bibliographicdetails", "contenturl", "requestid", "contentstatus", "datecreated"),
    *("lastmodified", "rejectionmessage", "notes", "licence", "source"),
}


@dataclass(frozen=True)
class Client:
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


async def contract(client: Client) -> dict[str, Any]:
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


def comparable(found: Any) -> Any:
    """The same in one order, without what is empty, and without NUL, which PostgreSQL cannot hold."""
    if isinstance(found, str):
        return found.replace("\0", "")
    if isinstance(found, dict):
        kept = {str(key): comparable(value) for key, value in found.items() if not str(key).endswith("raw")}
        return {key: value for key, value in sorted(kept.items()) if value not in (None, "", 0)}
    if isinstance(found, list):
        return sorted(json.dumps(comparable(each)) for each in found)
    return found
