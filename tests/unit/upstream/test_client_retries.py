"""What is retried, after how long, and what the errors say (W2, W3, W6)."""

import re
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses
from multidict import CIMultiDict, CIMultiDictProxy
from structlog.testing import capture_logs
from yarl import URL

from dcs_mirror import settings
from dcs_mirror.clock import Clock
from dcs_mirror.errors import (
    CallRefused,
    CredentialsRefused,
    Forbidden,
    InstitutionNotFound,
    InvalidParameter,
    NotFound,
    NotSubscribed,
    Retryable,
    RunEnded,
    UpstreamError,
    UpstreamUnavailable,
)
from dcs_mirror.upstream.client import ATTEMPTS, DcsClient
from dcs_mirror.upstream.http import LONGEST_WAIT, retry_after

ANY = re.compile(r".*")
EMPTY = '{"status": "ok", "status-code": 100, "total-results": 0}'
NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
ADDRESS = URL("https://dcs.example/v3/GetCourseContent?hei=209&code=PRIVATE101")

Answer = dict[str, Any]  # keyword arguments of aioresponses


def error(code: int) -> Answer:
    return {"body": f'{{"status": "error", "status-code": {code}, "status-message": "as it is"}}'}


def _connection_key() -> Any:
    """The part of an address that aiohttp's connection errors show."""
    return SimpleNamespace(host="dcs.example", port=443, ssl=True, is_ssl=True)


def _request_info() -> aiohttp.RequestInfo:
    return aiohttp.RequestInfo(ADDRESS, "GET", CIMultiDictProxy(CIMultiDict()), ADDRESS)


RETRYABLE: dict[str, Answer] = {
    "code 4": error(4),
    "error without a code": {"body": '{"status": "error", "status-code": null}'},
    **{f"HTTP {status}": {"status": status} for status in (408, 425, 429, 500, 502, 503, 504, 520)},
    "HTTP 500 of the DCS": {"status": 500, **error(4)},
    "HTTP 503 in HTML": {"status": 503, "body": "<html>", "content_type": "text/html"},
    "time-out": {"exception": TimeoutError()},
    "time-out of the socket": {"exception": aiohttp.ServerTimeoutError()},
    "disconnect": {"exception": aiohttp.ServerDisconnectedError()},
    "reset": {"exception": ConnectionResetError(104, "Connection reset by peer")},
    "no connection": {"exception": aiohttp.ClientConnectorError(_connection_key(), OSError(111, "refused"))},
    "cut body": {"exception": aiohttp.ClientPayloadError("Response payload is not completed")},
    "broken HTTP": {
        "exception": aiohttp.ClientResponseError(_request_info(), (), status=400, message="Bad status line")
    },
    "broken TLS": {"exception": ssl.SSLEOFError(8, "EOF occurred in violation of protocol")},
    "HTML with 200": {"body": "<html>Maintenance</html>", "content_type": "text/html"},
    "empty body": {"body": ""},
    "half JSON": {"body": '{"status": "ok", "total-results": 1, "content-items": [{"req'},
    "wrong total": {"body": '{"status": "ok", "total-results": 2, "content-items": [{"request-id": 1}]}'},
    "no list": {"body": '{"status": "ok", "status-code": 100}'},
    "no envelope": {"body": '{"statusCode": 429, "message": "Rate limit is exceeded"}'},
}

FINAL: dict[str, tuple[Answer, type[UpstreamError]]] = {
    "code 1": (error(1), InstitutionNotFound),
    "code 2": (error(2), NotFound),
    "code 3": (error(3), CredentialsRefused),
    "code 5": (error(5), NotSubscribed),
    "code 6": (error(6), InvalidParameter),
    "code 7": (error(7), CallRefused),
    "HTTP 302": ({"status": 302, "headers": {"Location": "https://dcs.example/login"}}, CallRefused),
    "HTTP 400": ({"status": 400}, CallRefused),
    "HTTP 400 of the DCS": ({"status": 400, **error(6)}, InvalidParameter),
    "HTTP 400 with code 2": ({"status": 400, **error(2)}, NotFound),
    "HTTP 401": ({"status": 401}, CredentialsRefused),
    "HTTP 403": ({"status": 403, "body": "<html>", "content_type": "text/html"}, Forbidden),
    "HTTP 404": ({"status": 404, "body": "<html>", "content_type": "text/html"}, CallRefused),
    "HTTP 404 with code 1": ({"status": 404, **error(1)}, InstitutionNotFound),
    "HTTP 204": ({"status": 204}, CallRefused),
    "wrong certificate": (
        {
            "exception": aiohttp.ClientConnectorCertificateError(
                _connection_key(), ssl.SSLCertVerificationError(1, "self-signed certificate")
            )
        },
        UpstreamUnavailable,
    ),
}


@pytest.mark.parametrize("answer", RETRYABLE.values(), ids=RETRYABLE.keys())
async def test_w3_a_retryable_failure_is_retried_and_then_given_up(
    http: aioresponses, client: DcsClient, asked: list[str], waits: list[float], answer: Answer
) -> None:
    http.get(ANY, **answer, repeat=True)
    with pytest.raises(Retryable):
        await client.content(209, "PRIVATE101")
    assert len(asked) == client.requests == ATTEMPTS
    assert len(set(asked)) == 1
    assert len(waits) == ATTEMPTS - 1


@pytest.mark.parametrize("answer", RETRYABLE.values(), ids=RETRYABLE.keys())
async def test_w3_a_question_is_answered_once_the_failure_has_passed(
    http: aioresponses, client: DcsClient, answer: Answer
) -> None:
    http.get(ANY, **answer)
    http.get(ANY, **answer)
    http.get(ANY, body=EMPTY)
    assert (await client.content(209, "PRIVATE101")).content == (None, [], 0, [])
    assert client.requests == 3


@pytest.mark.parametrize(("answer", "kind"), FINAL.values(), ids=FINAL.keys())
async def test_w3_what_will_not_change_is_asked_once(
    http: aioresponses,
    client: DcsClient,
    asked: list[str],
    waits: list[float],
    answer: Answer,
    kind: type[UpstreamError],
) -> None:
    http.get(ANY, **answer, repeat=True)
    with pytest.raises(kind) as raised:
        await client.content(209, "PRIVATE101")
    assert type(raised.value) is kind
    assert len(asked) == client.requests == 1
    assert not waits


@pytest.mark.parametrize(("answer", "kind"), FINAL.values(), ids=FINAL.keys())
async def test_w3_a_final_answer_ends_the_asking_again(
    http: aioresponses, client: DcsClient, answer: Answer, kind: type[UpstreamError]
) -> None:
    http.get(ANY, status=503)
    http.get(ANY, **answer, repeat=True)
    with pytest.raises(kind):
        await client.content(209, "PRIVATE101")
    assert client.requests == 2


def test_w3_refused_credentials_and_a_wrong_certificate_end_the_run() -> None:
    assert {kind for _, kind in FINAL.values() if issubclass(kind, RunEnded)} == {
        CredentialsRefused,
        Forbidden,
        UpstreamUnavailable,
    }


async def test_the_error_raised_is_that_of_the_last_attempt(http: aioresponses, client: DcsClient) -> None:
    for status in (500, 502, 503, 504):
        http.get(ANY, status=status)
    with pytest.raises(Retryable, match="HTTP 504 Gateway Timeout"):
        await client.courses(209)


# How long the client waits


async def test_without_retry_after_the_waits_are_short(
    http: aioresponses, client: DcsClient, waits: list[float]
) -> None:
    http.get(ANY, status=503, repeat=True)
    with pytest.raises(Retryable):
        await client.courses(209)
    assert len(waits) == ATTEMPTS - 1
    assert all(0.2 <= wait <= 10 for wait in waits)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked_for", "waited"), [("7", [7]), ("0", []), ("-5", []), ("1e9", [LONGEST_WAIT])]
)
async def test_w2_retry_after_in_seconds_is_honoured(
    http: aioresponses,
    client: DcsClient,
    waits: list[float],
    status: int,
    asked_for: str,
    waited: list[float],
) -> None:
    http.get(ANY, status=status, headers={"Retry-After": asked_for})
    http.get(ANY, body=EMPTY)
    await client.courses(209)
    assert waits == waited


async def test_w2_retry_after_as_a_date_is_honoured_by_the_clients_clock(
    http: aioresponses, waits: list[float]
) -> None:
    class Stopped(Clock):
        def now(self) -> datetime:
            return NOW

    http.get(ANY, status=429, headers={"Retry-After": "Wed, 10 Jun 2026 12:01:30 GMT"})
    http.get(ANY, body=EMPTY)
    chosen = settings.load(api_url="https://dcs.example/v3", api_username="Foo", api_password="Bar")
    async with DcsClient(chosen, Stopped()) as client:
        await client.courses(209)
    assert waits == [90]


async def test_w2_an_unreadable_retry_after_is_ignored(
    http: aioresponses, client: DcsClient, waits: list[float]
) -> None:
    http.get(ANY, status=429, headers={"Retry-After": "soon"})
    http.get(ANY, body=EMPTY)
    await client.courses(209)
    assert len(waits) == 1
    assert 0.2 <= waits[0] <= 10


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("1.5", 1.5),
        ("0", 0),
        ("-1", 0),
        ("300", 300),
        ("301", LONGEST_WAIT),
        ("9" * 400, LONGEST_WAIT),
        ("inf", LONGEST_WAIT),
        ("Wed, 10 Jun 2026 12:00:42 GMT", 42),
        ("Wed, 10 Jun 2026 14:00:42 +0200", 42),
        ("Wed, 10 Jun 2026 12:00:42 -0000", 42),
        ("Wednesday, 10-Jun-26 12:00:42 GMT", 42),
        ("Wed, 10 Jun 2026 11:00:00 GMT", 0),
        (format_datetime(NOW + timedelta(days=9)), LONGEST_WAIT),
        (None, None),
        ("", None),
        (" ", None),
        ("soon", None),
        ("nan", None),
        ("1_0", None),
        ("\u0661\u0662", None),
        ("12, 13", None),
        ("0x10", None),
        ("PT5M", None),
        ("Wed, 99 Jun 2026 12:00:42 GMT", None),
        ("Wed, 10 Jun 99999999999999999999 12:00:42 GMT", None),
        ("Wed, 10 Jun 2026 12:00:42 +99999999999999999999", None),
        ("10/Jun/2026 12:00", None),
        ("\u6f22", None),
    ],
)
def test_w2_retry_after_is_seconds_or_a_date_or_nothing(value: str | None, seconds: float | None) -> None:
    headers = CIMultiDict({} if value is None else {"Retry-After": value})
    assert retry_after(headers, NOW) == seconds
    # An hour's difference between the clocks changes nothing if the answer says what time it is there.
    there = CIMultiDict(headers, Date=format_datetime(NOW))
    assert retry_after(there, NOW + timedelta(hours=1)) == seconds
    assert retry_after(CIMultiDict(headers, Date="now"), NOW) == seconds


# What errors say


@pytest.mark.parametrize(
    "answer", [*RETRYABLE.values(), *(answer for answer, _ in FINAL.values())], ids=[*RETRYABLE, *FINAL]
)
async def test_no_error_and_no_log_line_holds_credentials_or_the_query(
    http: aioresponses, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    http.get(ANY, **answer, repeat=True)
    chosen = settings.load(
        api_url="https://dcs.example/v3",
        api_username="Foo",
        api_password="hunter2",
        api_subscription_key="0123abc",
    )
    with capture_logs() as logs, pytest.raises(UpstreamError) as raised:
        async with DcsClient(chosen, Clock()) as client:
            await client.content(209, "PRIVATE101")
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    text = f"{raised.value!s} {raised.value!r} {logs}"
    for secret in (
        "hunter2",
        "0123abc",
        "Rm9vOmh1bnRlcjI=",
        "PRIVATE101",
        "hei=",
        "code=",
    ):
        assert secret not in text
    assert str(raised.value).isprintable()


async def test_refused_credentials_name_the_settings_to_check(http: aioresponses, client: DcsClient) -> None:
    http.get(ANY, status=401)
    with pytest.raises(
        CredentialsRefused, match=r"DCS_API_USERNAME.*DCS_API_PASSWORD.*DCS_API_SUBSCRIPTION_KEY"
    ):
        await client.courses(209)


async def test_an_unexpected_status_names_the_address_and_the_setting(
    http: aioresponses, client: DcsClient
) -> None:
    http.get(ANY, status=404)
    with pytest.raises(
        CallRefused,
        match=r"https://dcs\.example answered HTTP 404 Not Found for /v3/GetCourses; is DCS_API_URL right\?",
    ):
        await client.courses(209)


async def test_a_time_out_names_the_seconds_waited(http: aioresponses, client: DcsClient) -> None:
    http.get(ANY, timeout=True, repeat=True)
    with pytest.raises(Retryable, match=r"https://dcs\.example gave no answer within 30 s"):
        await client.courses(209)
