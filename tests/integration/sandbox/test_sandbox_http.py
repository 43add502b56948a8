"""The sandbox over real HTTP: gateway, credentials, methods, control endpoints, counts."""

import asyncio
import logging
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from dcs_mirror.sandbox import (
    Credentials,
    RunningSandbox,
    Sizes,
    World,
    build_world,
    methods,
    running_sandbox,
    server,
)

Json = dict[str, Any]  # a decoded answer
HEADERS = {"Authorization": aiohttp.encode_basic_auth("sandbox", "open-sesame")}


class Client:
    """Calls the DCS methods and the control endpoints of one sandbox."""

    def __init__(self, sandbox: RunningSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session

    async def dcs(
        self, method: str, headers: dict[str, str] | None = None, **parameters: str | int
    ) -> tuple[int, Json]:
        url = f"{self.sandbox.base_url}/{method}"
        sent = HEADERS if headers is None else headers
        async with self.session.get(url, params=parameters, headers=sent) as response:
            assert response.content_type == "application/json"
            return response.status, await response.json()

    async def post(self, action: str, **body: object) -> tuple[int, Json]:
        url = f"{self.sandbox.control_url}/{action}"
        async with self.session.post(url, json=body) as response:
            return response.status, await response.json()

    async def get(self, view: str) -> tuple[int, Json]:
        async with self.session.get(f"{self.sandbox.control_url}/{view}") as response:
            return response.status, await response.json()

    async def truth(self, hei: int) -> Json:
        status, state = await self.get(f"state?hei={hei}")
        assert status == 200
        institution: Json = state["institutions"][0]
        return institution


@pytest.fixture
def world() -> World:
    return build_world(Sizes(institutions=2, courses=12, items=4))


@pytest.fixture
def hei(world: World) -> int:
    return next(iter(world.institutions))


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with running_sandbox(world) as sandbox, aiohttp.ClientSession() as session:
        yield Client(sandbox, session)


async def crawl(client: Client, hei: int) -> dict[int, str]:
    """The content status, by request id, of all items that a course code reaches."""
    found: dict[int, str] = {}
    _, listed = await client.dcs("GetCourses", hei=hei)
    assert listed["total-results"] == len(listed["courses"])
    for code in {course["course-code"] for course in listed["courses"]}:
        status, answer = await client.dcs("GetCourseContent", hei=hei, code=code)
        assert (status, answer["status-code"]) == (200, 100), code
        assert answer["total-results"] == len(answer["content-items"])
        found |= {i["request-id"]: i["content-status"] for i in answer["content-items"]}
    return found


def reachable(truth: Json) -> dict[int, str]:
    return {
        item["request-id"]: item["content-status"]
        for course in truth["courses"]
        for item in course["items"]
        if item["reachable"]
    }


async def test_a_crawl_finds_what_the_truth_calls_reachable(client: Client, hei: int) -> None:
    assert await crawl(client, hei) == reachable(await client.truth(hei))
    await client.post("random-edits", hei=hei, count=200, seed=3)
    await client.post("rollover", hei=hei)
    await client.post("random-edits", hei=hei, count=50, seed=4)
    assert await crawl(client, hei) == reachable(await client.truth(hei))


async def test_w2_refusals_of_the_dcs_come_with_http_200(client: Client) -> None:
    assert await client.dcs("GetCourses", hei=1) == (
        200,
        {"status": "error", "status-code": 1, "status-message": "Institution not found"},
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": aiohttp.encode_basic_auth("sandbox", "wrong")},
        {"Authorization": "Bearer c2FuZGJveDpzYW5kYm94"},
        {"Authorization": "Basic !!!"},
    ],
)
@pytest.mark.parametrize("method", ["GetInstitutions", "GetCourses", "GetCourseContent"])
async def test_w1_every_call_must_bring_the_credentials(
    client: Client, method: str, headers: dict[str, str]
) -> None:
    status, answer = await client.dcs(method, headers=headers)
    assert (status, answer["status-code"]) == (200, 3)


async def test_w1_a_password_may_hold_colons_and_non_ascii(world: World) -> None:
    credentials = Credentials("użytkownik", "pa:ss:wörd£€")
    header = aiohttp.encode_basic_auth("użytkownik", "pa:ss:wörd£€", encoding="utf-8")
    async with (
        running_sandbox(world, credentials=credentials) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        client = Client(sandbox, session)
        _, answer = await client.dcs("GetInstitutions", headers={"Authorization": header})
        assert answer["status-code"] == 100


async def test_w1_w2_the_gateway_refuses_a_wrong_key_in_its_own_form(world: World) -> None:
    async with (
        running_sandbox(world, subscription_key="k") as sandbox,
        aiohttp.ClientSession() as session,
    ):
        client = Client(sandbox, session)
        for given in ({}, {"Ocp-Apim-Subscription-Key": "x"}):
            status, answer = await client.dcs("GetInstitutions", headers={**HEADERS, **given})
            assert status == answer["statusCode"] == 401
            assert "subscription key" in answer["message"]
        right = {**HEADERS, "Ocp-Apim-Subscription-Key": "k"}
        assert (await client.dcs("GetInstitutions", headers=right))[0] == 200
        _, stats = await client.get("stats")
        assert stats["outcomes"] == {"HTTP 401": 2, "100": 1}


async def test_other_paths_and_verbs_are_not_found(client: Client) -> None:
    assert (await client.dcs("GetNothing"))[0] == 404
    assert (await client.dcs("getcourses", hei=1))[0] == 200
    async with client.session.post(f"{client.sandbox.base_url}/GetCourses") as response:
        assert response.status == 404
    assert (await client.get("nothing"))[0] == 404
    assert (await client.get("edit"))[0] == 404


async def test_w3_what_breaks_inside_is_answered_by_code_4(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> methods.Answer:
        raise RuntimeError("a bug")

    monkeypatch.setattr(methods, "call", broken)
    with caplog.at_level(logging.ERROR):
        status, answer = await client.dcs("GetInstitutions")
    assert (status, answer["status-code"]) == (200, 4)
    assert "a bug" in caplog.text


async def test_calls_are_counted_by_method_and_outcome(client: Client, hei: int) -> None:
    await client.dcs("GetInstitutions")
    await client.dcs("GetCourses", hei=hei)
    await client.dcs("GetCourses", hei=1)
    assert await client.get("stats") == (
        200,
        {
            "total": 3,
            "methods": {"GetInstitutions": 1, "GetCourses": 2},
            "outcomes": {"100": 2, "1": 1},
            "peak_in_flight": 1,
        },
    )
    empty = {"total": 0, "methods": {}, "outcomes": {}, "peak_in_flight": 0}
    assert await client.post("stats/reset") == (200, empty)
    assert (await client.get("stats"))[1] == empty


async def test_the_peak_of_calls_in_flight_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    released = asyncio.Event()
    held: list[float] = []

    async def hold(seconds: float) -> None:
        held.append(seconds)
        if len(held) == 3:
            released.set()
        await released.wait()

    monkeypatch.setattr(server, "asyncio", SimpleNamespace(sleep=hold))
    async with (
        running_sandbox(world, latency=0.25) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        client = Client(sandbox, session)
        await asyncio.gather(*(client.dcs("GetInstitutions") for _ in range(3)))
        await client.dcs("GetInstitutions")
        assert (await client.get("stats"))[1]["peak_in_flight"] == 3
        assert held == [0.25] * 4


async def test_state_is_of_one_institution_or_of_all(client: Client, hei: int) -> None:
    _, all_of_them = await client.get("state")
    assert [i["id"] for i in all_of_them["institutions"]] == list(client.sandbox.world.institutions)
    one = await client.truth(hei)
    assert one == all_of_them["institutions"][0]
    assert one.keys() == {"id", "name", "subscribed", "academic_year", "courses", "unattached"}
    course = one["courses"][0]
    assert course.keys() == {
        "id",
        "code",
        "name",
        "status",
        "duration",
        "lecturer",
        "students",
        "weeks",
        "lecturer_email",
        "department",
        "subject",
        "items",
    }
    item = course["items"][0]
    assert {"request-id", "content-status", "source", "request_ids", "reachable"} <= item.keys()
    assert "extractAuthor" in item["bibliographic-details"]


async def test_items_are_edited_by_any_spelling_of_a_field(client: Client, hei: int) -> None:
    institution = await client.truth(hei)
    course = next(c for c in institution["courses"] if c["status"] == "Active")
    request_id = course["items"][0]["request-id"]
    await client.post("clock", now="2026-08-04T02:00:00Z")
    changes = {
        "content-status": "Archived",
        "extractAuthor": "A",
        "Page-Range": "1-2",
        "OCR": True,
        "file-size": 3,
        "notes": None,
        "previous-year-id": 12,
    }
    edited = await client.post("edit", hei=hei, request_id=request_id, set=changes)
    assert edited == (200, {"request_id": request_id})
    _, answer = await client.dcs("GetCourseContent", hei=hei, **{"Request-ID": request_id})
    (item,) = answer["content-items"]
    assert item["content-status"] == "Archived"
    assert item["notes"] is None
    assert item["previous-year-id"] == 12
    assert item["last-modified"] == "04/Aug/2026 03:00"
    details = item["bibliographic-details"]
    assert (details["page-range"], details["OCR"], details["file-size"]) == ("1-2", True, 3)
    assert "A" in {details.get("extractAuthor"), details.get("extract-author")}


async def test_courses_and_items_are_added_edited_and_removed(client: Client, hei: int) -> None:
    status, added = await client.post(
        "add", hei=hei, kind="course", code="NEW 1", items=2, set={"name": "N", "students": 7}
    )
    assert (status, added["code"], len(added["request_ids"])) == (200, "NEW 1", 2)
    course_id = added["course_id"]
    _, item = await client.post(
        "add", hei=hei, kind="item", course_id=course_id, set={"content-status": "Pending"}
    )
    _, loose = await client.post("add", hei=hei, kind="item")
    assert loose["course_id"] is None
    edited = await client.post("edit", hei=hei, course_id=course_id, set={"code": "NEW/2"})
    assert edited == (200, {"course_id": course_id})
    _, answer = await client.dcs("GetCourseContent", hei=hei, code="NEW/2")
    ids = [i["request-id"] for i in answer["content-items"]]
    assert ids == [*added["request_ids"], item["request_id"]]
    assert answer["content-items"][-1]["content-status"] == "Pending"

    for gone in ({"request_id": loose["request_id"]}, {"course_id": course_id}):
        assert await client.post("remove", hei=hei, **gone) == (200, gone)
    assert (await client.dcs("GetCourseContent", hei=hei, code="NEW/2"))[1]["status-code"] == 2
    for request_id in (loose["request_id"], item["request_id"]):
        parameters = {"hei": hei, "Request-ID": request_id}
        assert (await client.dcs("GetCourseContent", **parameters))[1]["status-code"] == 2


async def test_a_rollover_and_a_recheck_show_in_the_answers(client: Client, hei: int) -> None:
    before = await crawl(client, hei)
    status, rolled = await client.post("rollover", hei=hei, without_previous_id=0.5)
    assert (status, rolled["academic_year"]) == (200, "2026-2027")
    after = await crawl(client, hei)
    assert not before.keys() & after.keys()
    assert rolled["items"] == len(after) + 2
    assert 0 < len(rolled["withheld"]) < rolled["items"]

    _, rechecked = await client.post("recheck", hei=hei, share=1, kind="pending", seed=1)
    pending = {i for i, status in (await crawl(client, hei)).items() if status == "Pending"}
    assert set(rechecked["request_ids"]) & after.keys() <= pending


async def test_an_institution_can_leave_and_come_back(client: Client, hei: int) -> None:
    left = await client.post("unsubscribe", hei=hei)
    assert left == (200, {"hei": hei, "subscribed": False})
    assert (await client.dcs("GetCourses", hei=hei))[1]["status-code"] == 5
    await client.post("subscribe", hei=hei)
    assert (await client.dcs("GetCourses", hei=hei))[1]["status-code"] == 100


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("edit", {"hei": 1, "request_id": 1, "set": {}}, "hei"),
        ("edit", {"hei": "HEI", "request_id": 1, "set": {}}, "request_id"),
        ("edit", {"hei": "HEI", "course_id": 1, "set": {}}, "course_id"),
        ("edit", {"hei": "HEI", "set": {}}, "one of request_id and course_id"),
        ("edit", {"hei": "HEI", "request_id": 1}, "`set`"),
        ("edit", {"hei": "HEI", "request_id": "REQUEST", "set": {"colour": 1}}, "'colour'"),
        ("edit", {"hei": "HEI", "request_id": "REQUEST", "set": {"title": 1}}, "title"),
        (
            "edit",
            {"hei": "HEI", "request_id": "REQUEST", "set": {"content-status": "active"}},
            "'active'",
        ),
        ("add", {"hei": "HEI", "kind": "book"}, "kind"),
        ("add", {"hei": "HEI", "kind": "item", "code": "X"}, "code"),
        ("add", {"hei": "HEI", "kind": "item", "course_id": 1}, "course_id"),
        ("add", {"hei": "HEI", "kind": "item", "set": {"course_id": 1}}, "course_id"),
        ("add", {"hei": "HEI", "kind": "course", "course_id": 1}, "course_id"),
        ("add", {"hei": "HEI", "kind": "course", "set": {"code": "X"}}, "code"),
        ("add", {"hei": "HEI", "kind": "course", "items": -1}, "items"),
        ("edit", {"hei": "HEI", "request_id": "REQUEST", "set": {"book-pages": 10**30}}, "book_pages"),
        ("remove", {"hei": "HEI"}, "one of request_id and course_id"),
        ("random-edits", {"count": 1}, "seed"),
        ("rollover", {"hei": "HEI", "without_previous_id": 2}, "without_previous_id"),
        ("rollover", {"hei": "HEI", "drop_courses": [1]}, "course_id"),
        ("rollover", {"hei": "HEI", "new_ids": True}, "new_ids"),
        ("recheck", {"hei": "HEI", "kind": "august"}, "kind"),
        ("recheck", {"hei": "HEI", "kind": "pending", "request_ids": [1]}, "request_id"),
        ("subscribe", {}, "hei"),
        ("unsubscribe", {"hei": 10**30}, "hei"),
        ("clock", {"now": "tomorrow"}, "now"),
        ("clock", {"now": "2026-08-04T02:00:00"}, "now"),
        ("clock", {"now": "0001-01-01T00:00:00Z"}, "now"),
    ],
)
async def test_wrong_input_is_named_and_changes_nothing(
    client: Client, hei: int, action: str, body: Json, named: str
) -> None:
    before = await client.get("state")
    request_id = before[1]["institutions"][0]["courses"][0]["items"][0]["request-id"]
    ids = {"HEI": hei, "REQUEST": request_id}
    filled = {key: ids.get(value, value) if isinstance(value, str) else value for key, value in body.items()}
    status, answer = await client.post(action, **filled)
    assert status == 400
    assert named in answer["error"]
    assert await client.get("state") == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"hei": "\\ud800"}'])
async def test_a_body_of_invalid_json_is_refused(client: Client, body: bytes) -> None:
    url = f"{client.sandbox.control_url}/subscribe"
    async with client.session.post(url, data=body) as response:
        assert response.status == 400
        assert (await response.json()).keys() == {"error"}


@pytest.mark.parametrize("hei", ["", "abc", "1", "9" * 5000])
async def test_the_state_of_no_institution_is_refused(client: Client, hei: str) -> None:
    status, answer = await client.get(f"state?hei={hei}")
    assert status == 400
    assert "hei" in answer["error"]
