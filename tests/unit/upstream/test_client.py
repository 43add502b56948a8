"""The client's questions: how they are sent, how many at once, and what an answer carries."""

import asyncio
import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from aioresponses import CallbackResult, aioresponses
from structlog.testing import capture_logs

from dcs_mirror import settings
from dcs_mirror.clock import Clock
from dcs_mirror.errors import CallRefused, CredentialsMissing, CredentialsRefused, UpstreamUnavailable
from dcs_mirror.upstream import client as module
from dcs_mirror.upstream.answers import FIELDS
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.upstream.http import LARGEST_BODY
from dcs_mirror.version import __version__

ANY = re.compile(r".*")
EMPTY = '{"status": "ok", "status-code": 100, "total-results": 0}'
ONE = '{"status": "ok", "status-code": 100, "total-results": 1, "content-items": [{"request-id": 428858}]}'
NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


class _Stopped(Clock):
    """A clock that always reads noon."""

    def now(self) -> datetime:
        return NOON


def opened(**chosen: object) -> DcsClient:
    """A client with these settings, an address and credentials."""
    given = {"api_url": "https://dcs.example/v3", "api_username": "Foo", "api_password": "Bar"}
    return DcsClient(settings.load(**(given | chosen)), _Stopped())


def sent_headers(http: aioresponses) -> dict[str, str]:
    """The headers of the only request."""
    ((call,),) = http.requests.values()
    return dict(call.kwargs["headers"])


# W1: how the credentials are sent


async def test_w1_the_credentials_of_the_specifications_example_make_its_header(http: aioresponses) -> None:
    http.get(ANY, body=EMPTY)
    async with opened() as client:
        await client.institutions()
    headers = sent_headers(http)
    assert headers["Authorization"] == "Basic Rm9vOkJhcg=="
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"] == f"dcs-mirror/{__version__}"
    assert "Ocp-Apim-Subscription-Key" not in headers


@pytest.mark.parametrize("password", ["a:b:c", ":", "p\xe4ss \u20ac \u6f22", " spaced "])
async def test_w1_a_password_may_hold_colons_and_any_letters(http: aioresponses, password: str) -> None:
    http.get(ANY, body=EMPTY)
    async with opened(api_username="us\xe9r", api_password=password) as client:
        await client.institutions()
    scheme, token = sent_headers(http)["Authorization"].split(" ")
    assert scheme == "Basic"
    assert b64decode(token).decode() == f"us\xe9r:{password}"


async def test_w1_the_subscription_key_is_sent_when_set(http: aioresponses) -> None:
    http.get(ANY, body=EMPTY)
    async with opened(api_subscription_key="0123abc") as client:
        await client.institutions()
    assert sent_headers(http)["Ocp-Apim-Subscription-Key"] == "0123abc"


async def test_without_credentials_nothing_is_sent(http: aioresponses) -> None:
    client = DcsClient(settings.load(), Clock())
    with pytest.raises(CredentialsMissing):
        await client.__aenter__()
    assert not http.requests


async def test_an_address_without_version_3_is_told_before_anything_is_asked(http: aioresponses) -> None:
    with capture_logs() as logs:
        async with opened(api_url="https://dcs.example/dcs-course-content-urls"):
            assert not http.requests
        async with opened():
            pass
    (told,) = logs
    assert (told["log_level"], "no version, so that version 1" in told["event"]) == ("warning", True)
    assert told["event"].endswith("set DCS_API_URL=https://dcs.example/dcs-course-content-urls/v3")


async def test_a_client_outside_its_context_is_a_mistake_of_the_program(http: aioresponses) -> None:
    with pytest.raises(RuntimeError, match="outside its context"):
        await opened().courses(209)


# The four methods that read


async def test_each_question_has_the_address_of_the_specification(
    http: aioresponses, client: DcsClient, asked: list[str]
) -> None:
    http.get(ANY, body=EMPTY, repeat=True)
    await client.institutions()
    await client.courses(209)
    await client.content(209, "ENG101")
    await client.request(209, 428858)
    assert asked == [
        "https://dcs.example/v3/GetInstitutions",
        "https://dcs.example/v3/GetCourses?hei=209",
        "https://dcs.example/v3/GetCourseContent?hei=209&code=ENG101",
        "https://dcs.example/v3/GetCourseContent?hei=209&Request-ID=428858",
    ]
    assert client.requests == 4


async def test_w9_a_request_is_answered_with_todays_item(http: aioresponses, client: DcsClient) -> None:
    http.get(ANY, body=ONE)
    answer = await client.request(209, 261006)
    assert answer.content is not None
    assert [item.request_id for item in answer.content.items] == [428858]


@pytest.mark.parametrize(
    ("code", "encoded"),
    [
        ("ENG 101", "ENG%20101"),
        ("ENG/101", "ENG%2F101"),
        ("A&B", "A%26B"),
        ("C++", "C%2B%2B"),
        ("C#", "C%23"),
        ("100%", "100%25"),
        ("50%2F", "50%252F"),
        ("WHO?", "WHO%3F"),
        ("a=b;c,d", "a%3Db%3Bc%2Cd"),
        ("\xe9t\xe9", "%C3%A9t%C3%A9"),
        ("\u6f22\u5b57", "%E6%BC%A2%E5%AD%97"),
        ("e\u0301", "e%CC%81"),
        (" ", "%20"),
        ("..", ".."),
        ("\r\nX: 1", "%0D%0AX%3A%201"),
    ],
)
async def test_w7_a_code_travels_percent_encoded_and_comes_back_the_same(
    http: aioresponses, client: DcsClient, asked: list[str], code: str, encoded: str
) -> None:
    http.get(ANY, body=EMPTY)
    await client.content(209, code)
    assert asked == [f"https://dcs.example/v3/GetCourseContent?hei=209&code={encoded}"]
    assert parse_qs(urlsplit(asked[0]).query) == {"hei": ["209"], "code": [code]}


# Answers


async def test_c5_an_answer_holds_the_time_of_its_question(http: aioresponses) -> None:
    http.get(ANY, body=EMPTY, repeat=True)
    async with opened() as client:
        first = await client.courses(209)
        second = await client.courses(209)
    assert first.fetched_at == second.fetched_at == NOON
    assert first.reading_order <= second.reading_order


async def test_the_same_bytes_are_not_read_again_if_their_digest_is_known(
    http: aioresponses, client: DcsClient
) -> None:
    http.get(ANY, body=ONE, repeat=True)
    first = await client.content(209, "ENG101")
    again = await client.content(209, "ENG101", known=first.digest)
    assert first.content is not None
    assert again.content is None
    assert again.digest == first.digest
    assert client.requests == 2


async def test_the_same_bytes_are_read_again_by_a_release_that_reads_other_fields(
    http: aioresponses, client: DcsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    http.get(ANY, body=ONE, repeat=True)
    first = await client.content(209, "ENG101")
    monkeypatch.setattr(module, "FIELDS", FIELDS + 1)
    again = await client.content(209, "ENG101", known=first.digest)
    assert again.content == first.content
    assert again.digest != first.digest


async def test_other_bytes_are_read_although_a_digest_is_known(http: aioresponses, client: DcsClient) -> None:
    http.get(ANY, body=EMPTY)
    http.get(ANY, body=EMPTY + " ")
    first = await client.courses(209)
    second = await client.courses(209, known=first.digest)
    assert second.content is not None
    assert second.digest != first.digest


async def test_an_answer_announced_as_enormous_is_refused_unread(
    http: aioresponses, client: DcsClient
) -> None:
    http.get(ANY, body=EMPTY, headers={"Content-Length": str(LARGEST_BODY + 1)}, repeat=True)
    with pytest.raises(CallRefused, match=str(LARGEST_BODY + 1)):
        await client.courses(209)
    assert client.requests == 1


async def test_an_enormous_answer_without_content_length_is_refused_too(
    http: aioresponses, client: DcsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcs_mirror.upstream.http.LARGEST_BODY", 50)
    http.get(ANY, body=EMPTY + " " * 50, repeat=True)
    with pytest.raises(CallRefused, match="larger than 50 bytes"):
        await client.courses(209)
    assert client.requests == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(
    http: aioresponses, client: DcsClient, asked: list[str], status: int
) -> None:
    # Following it would send the credentials elsewhere.
    http.get(
        "https://dcs.example/v3/GetInstitutions",
        status=status,
        headers={"Location": "https://other.example/"},
    )
    http.get("https://other.example/", body=EMPTY)
    with pytest.raises(UpstreamUnavailable, match=rf"https://dcs\.example answered HTTP {status}"):
        await client.institutions()
    assert asked == ["https://dcs.example/v3/GetInstitutions"]
    assert all(url.host == "dcs.example" for _, url in http.requests)


async def test_without_a_list_of_institutions_the_run_ends(http: aioresponses, client: DcsClient) -> None:
    http.get(ANY, status=500, repeat=True)
    with pytest.raises(UpstreamUnavailable, match="HTTP 500"):
        await client.institutions()


async def test_w3_refused_credentials_stay_refused_credentials(http: aioresponses, client: DcsClient) -> None:
    http.get(ANY, status=401)
    with pytest.raises(CredentialsRefused):
        await client.institutions()


# How many at once, and how fast


@pytest.mark.parametrize("width", [1, 3])
async def test_as_many_requests_are_in_flight_as_the_setting_allows_and_never_more(
    http: aioresponses, width: int
) -> None:
    in_flight = 0
    most = 0

    async def answer(url: object, **rest: Any) -> CallbackResult:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        for _ in range(10):
            await asyncio.sleep(0)
        in_flight -= 1
        return CallbackResult(body=EMPTY)

    http.get(ANY, callback=answer, repeat=True)
    async with opened(concurrency=width) as client:
        assert client.width == width
        await asyncio.gather(*(client.courses(hei_id) for hei_id in range(1, 13)))
    assert most == width
    assert client.requests == 12


async def test_a_question_that_waits_to_be_asked_again_leaves_its_place_to_others(
    http: aioresponses, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, sleep = anyio.Event(), asyncio.sleep

    async def wait(seconds: float) -> None:
        if seconds:
            await over.wait()
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", wait)
    http.get("https://dcs.example/v3/GetCourses?hei=1", status=503)
    http.get("https://dcs.example/v3/GetCourses?hei=1", body=EMPTY)
    http.get("https://dcs.example/v3/GetCourses?hei=2", body=EMPTY)
    async with opened(concurrency=1) as client:
        waiting = asyncio.create_task(client.courses(1))
        await anyio.wait_all_tasks_blocked()
        assert (await client.courses(2)).content is not None
        assert not waiting.done()
        over.set()
        assert (await waiting).content is not None


@dataclass
class _Pace:
    """Stands in for the rate limiter and counts what the client acquires."""

    made: ClassVar[list["_Pace"]]
    most: float
    seconds: float
    acquired: int = 0

    def __post_init__(self) -> None:
        self.made.append(self)

    async def acquire(self) -> None:
        self.acquired += 1


@pytest.fixture
def paces(monkeypatch: pytest.MonkeyPatch) -> list[_Pace]:
    _Pace.made = []
    monkeypatch.setattr(module, "AsyncLimiter", _Pace)
    return _Pace.made


async def test_every_request_is_paced_by_the_rate_retries_too(http: aioresponses, paces: list[_Pace]) -> None:
    http.get(ANY, status=503)
    http.get(ANY, body=EMPTY, repeat=True)
    async with opened(rate=4) as client:
        await client.courses(1)
        await client.courses(2)
    (pace,) = paces
    assert (pace.most, pace.seconds) == (1, 0.25)  # evenly: no burst of four
    assert pace.acquired == client.requests == 3


async def test_a_rate_of_zero_is_no_limit(http: aioresponses, paces: list[_Pace]) -> None:
    http.get(ANY, body=EMPTY)
    async with opened(rate=0) as client:
        await client.courses(1)
    assert not paces


async def test_the_time_out_is_for_the_whole_request(http: aioresponses) -> None:
    async with opened(timeout=2.5) as client:
        assert client._session.http.timeout.total == 2.5
    assert client._session.http.closed
