"""What the client does if upstream is overloaded, asks for a pause, or is down (W2, W3)."""

import asyncio
import re
from typing import Any

import pytest
from aioresponses import CallbackResult, aioresponses
from structlog.testing import capture_logs

from dcs_mirror import settings
from dcs_mirror.clock import Clock
from dcs_mirror.errors import CredentialsRefused, NotFound, Retryable, UpstreamError, UpstreamUnavailable
from dcs_mirror.upstream.client import ATTEMPTS, PROBES, DcsClient

ANY = re.compile(r".*")
CONTENT = re.compile(r".*/GetCourseContent.*")
INSTITUTIONS = "https://dcs.example/v3/GetInstitutions"
EMPTY = '{"status": "ok", "status-code": 100, "total-results": 0}'
CODE_2 = '{"status": "error", "status-code": 2, "status-message": "Course not found"}'
CODE_4 = '{"status": "error", "status-code": 4, "status-message": "Internal error"}'
NOT_SUBSCRIBED = '{"status": "error", "status-code": 5, "status-message": "Not subscribed"}'


def opened(width: int) -> DcsClient:
    """A client of this width."""
    chosen = settings.load(
        api_url="https://dcs.example/v3", api_username="Foo", api_password="Bar", concurrency=width
    )
    return DcsClient(chosen, Clock())


async def all_of(client: DcsClient, questions: int, *, at_once: bool = True) -> list[UpstreamError | None]:
    """Ask for so many courses; return the error of each, or None. Raise errors that are not upstream's."""

    async def ask(number: int) -> UpstreamError | None:
        try:
            await client.content(209, f"C{number}")
        except UpstreamError as error:
            return error
        return None

    if at_once:
        return await asyncio.gather(*map(ask, range(questions)))
    return [await ask(number) for number in range(questions)]


class Upstream:
    """Answers content calls with ``answer``, and counts those in flight."""

    def __init__(self, http: aioresponses) -> None:
        self.answer: dict[str, Any] = {"body": EMPTY}
        self.failing = 0  # how many calls are answered 429 first
        self.in_flight = 0
        self.most = 0
        http.get(CONTENT, callback=self._answer, repeat=True)

    async def _answer(self, *_asked: object, **_how: object) -> CallbackResult:
        answer = {"status": 429} if self.failing > 0 else self.answer
        self.failing -= 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        for _ in range(10):
            await asyncio.sleep(0)
        self.in_flight -= 1
        return CallbackResult(**answer)


@pytest.fixture
def upstream(http: aioresponses) -> Upstream:
    return Upstream(http)


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_w3_a_failure_lowers_the_limit_and_answers_raise_it(
    upstream: Upstream, http: aioresponses, status: int
) -> None:
    http.get(re.compile(r".*/GetCourses.*"), status=status)
    http.get(re.compile(r".*/GetCourses.*"), body=EMPTY)
    async with opened(8) as client:
        await client.courses(209)
        await all_of(client, 4)
        assert upstream.most == 4
        upstream.most = 0
        await all_of(client, 200)
        assert upstream.most == 8


async def test_w3_a_time_out_lowers_the_limit_too(upstream: Upstream, http: aioresponses) -> None:
    http.get(re.compile(r".*/GetCourses.*"), timeout=True)
    http.get(re.compile(r".*/GetCourses.*"), body=EMPTY)
    async with opened(8) as client:
        await client.courses(209)
        await all_of(client, 5)
    assert upstream.most == 4


@pytest.mark.parametrize("answer", [{"status": 500}, {"body": CODE_4}, {"status": 404}])
async def test_w3_other_failures_leave_the_limit_as_it_is(
    upstream: Upstream, http: aioresponses, answer: dict[str, Any]
) -> None:
    http.get(re.compile(r".*/GetCourses.*"), **answer)
    http.get(re.compile(r".*/GetCourses.*"), body=EMPTY)
    async with opened(8) as client:
        try:
            await client.courses(209)
        except UpstreamError:
            assert answer == {"status": 404}
        await all_of(client, 20)
    assert upstream.most == 8


async def test_w3_answers_that_are_errors_raise_the_limit_too(upstream: Upstream) -> None:
    upstream.failing = 1
    upstream.answer = {"body": CODE_2}
    async with opened(8) as client:
        await all_of(client, 100)
        upstream.most = 0
        assert {type(error) for error in await all_of(client, 20)} == {NotFound}
    assert upstream.most == 8


async def test_w3_one_burst_is_logged_once(upstream: Upstream) -> None:
    upstream.failing = 8
    async with opened(8) as client:
        with capture_logs() as logs:
            assert await all_of(client, 20) == [None] * 20
    assert [line["most"] for line in logs if line["event"] == "fewer requests at once"] == [4]


async def test_w2_a_retry_after_holds_every_question(http: aioresponses, waits: list[float]) -> None:
    refused = asyncio.Event()
    waited: list[list[float]] = []

    def refuse(url: object, **rest: Any) -> CallbackResult:
        refused.set()
        return CallbackResult(status=429, headers={"Retry-After": "60"})

    def answer(url: object, **rest: Any) -> CallbackResult:
        waited.append(waits.copy())
        return CallbackResult(body=EMPTY)

    http.get(ANY, callback=refuse)
    http.get(ANY, callback=answer, repeat=True)
    async with opened(8) as client:
        first = asyncio.create_task(client.courses(209))
        await refused.wait()
        assert await all_of(client, 5) == [None] * 5
        await first
    assert waited == [[60]] * 6


async def test_w3_a_failing_upstream_gets_few_more_calls_than_questions(
    upstream: Upstream, http: aioresponses
) -> None:
    http.get(INSTITUTIONS, body=EMPTY, repeat=True)  # the probe finds the DCS
    width, questions = 4, 200
    async with opened(width) as client:
        assert await all_of(client, questions) == [None] * questions  # the budget is full already
        before = client.requests
        upstream.answer = {"body": CODE_4}
        with capture_logs() as logs:
            errors = await all_of(client, questions)
        assert all(isinstance(error, Retryable) for error in errors)
        assert client.requests - before == questions + width * (ATTEMPTS - 1)
    assert [line["log_level"] for line in logs if line["event"].startswith("too much failed")] == ["warning"]


async def test_w3_answers_pay_for_retries(upstream: Upstream) -> None:
    async with opened(1) as client:
        upstream.answer = {"body": CODE_4}
        await all_of(client, 2, at_once=False)
        assert client.requests == 2 + ATTEMPTS - 1
        upstream.answer = {"body": EMPTY}
        await all_of(client, 5, at_once=False)
        upstream.answer = {"body": CODE_4}
        before = client.requests
        await all_of(client, 2, at_once=False)
        assert client.requests - before == 2 + 1


# Whether upstream is down


DOWN: dict[str, dict[str, Any]] = {
    "HTTP 502": {"status": 502},
    "HTTP 503 with Retry-After": {"status": 503, "headers": {"Retry-After": "20"}},
}


@pytest.mark.parametrize("answer", DOWN.values(), ids=DOWN.keys())
async def test_w3_the_run_ends_if_upstream_no_longer_answers(
    http: aioresponses, waits: list[float], asked: list[str], answer: dict[str, Any]
) -> None:
    width = 4
    http.get(ANY, **answer, repeat=True)
    async with opened(width) as client:
        errors = await all_of(client, 500)
        kinds = [type(error) for error in errors]
        assert kinds.count(UpstreamUnavailable) > 450
        assert set(kinds) <= {UpstreamUnavailable, Retryable}
        assert re.fullmatch(
            rf"https://dcs\.example answered HTTP \d+ [\w ]+; \d+ calls in a row failed, and then {PROBES} "
            "probes with GetInstitutions. The run ends; what is already stored stays",
            str(errors[-1]),
        )
        seen = client.requests
        assert seen <= 2 * width + ATTEMPTS + PROBES
        assert asked.count(INSTITUTIONS) == asked[-PROBES:].count(INSTITUTIONS) == PROBES
        assert sum(waits) >= 25
        with pytest.raises(UpstreamUnavailable):
            await client.courses(209)
        assert client.requests == seen


async def test_w3_connections_refused_end_the_run_too(client: DcsClient) -> None:
    errors = await all_of(client, 100)  # no mocked answer, so every connection is refused
    assert "cannot be reached" in str(errors[-1])
    assert isinstance(errors[-1], UpstreamUnavailable)


async def test_w3_no_question_is_lost_if_upstream_comes_back_during_the_probe(
    upstream: Upstream, http: aioresponses
) -> None:
    upstream.answer = {"status": 502}

    def back(url: object, **rest: Any) -> CallbackResult:
        upstream.answer = {"body": EMPTY}
        return CallbackResult(body=EMPTY)

    for _ in range(PROBES - 1):
        http.get(INSTITUTIONS, status=502)
    http.get(INSTITUTIONS, callback=back)
    async with opened(8) as client:
        assert await all_of(client, 100) == [None] * 100


@pytest.mark.parametrize(
    "answer", [{"body": EMPTY}, {"body": CODE_4}, {"body": NOT_SUBSCRIBED}, {"status": 429}]
)
async def test_w3_one_endpoint_that_always_fails_does_not_end_the_run_if_another_answers(
    upstream: Upstream, http: aioresponses, answer: dict[str, Any]
) -> None:
    upstream.answer = {"status": 500}
    http.get(INSTITUTIONS, **answer, repeat=True)
    async with opened(2) as client:
        errors = await all_of(client, 100)
        assert {type(error) for error in errors} == {Retryable}
        upstream.answer = {"body": EMPTY}
        assert await all_of(client, 3) == [None] * 3


async def test_w3_a_dcs_that_answers_code_4_is_not_down(upstream: Upstream, asked: list[str]) -> None:
    upstream.answer = {"body": CODE_4}
    async with opened(2) as client:
        assert {type(error) for error in await all_of(client, 100)} == {Retryable}
    assert INSTITUTIONS not in asked


async def test_w3_one_question_that_always_fails_starts_no_probe(
    upstream: Upstream, asked: list[str]
) -> None:
    upstream.answer = {"status": 500}
    async with opened(1) as client:
        (error,) = await all_of(client, 1)
    assert type(error) is Retryable
    assert INSTITUTIONS not in asked


async def test_w3_refused_credentials_stop_waiting_calls(http: aioresponses) -> None:
    http.get(ANY, status=401, repeat=True)
    async with opened(1) as client:
        errors = await all_of(client, 50)
        assert {type(error) for error in errors} == {CredentialsRefused}
        assert client.requests == 1


async def test_w3_a_cancelled_probe_is_made_again(upstream: Upstream, http: aioresponses) -> None:
    upstream.answer = {"status": 500}
    doubted, over = asyncio.Event(), asyncio.Event()

    async def never(url: object, **rest: Any) -> CallbackResult:
        doubted.set()
        await over.wait()
        return CallbackResult(status=500)

    http.get(INSTITUTIONS, callback=never, repeat=True)
    async with opened(1) as client:
        asking = asyncio.create_task(all_of(client, 10, at_once=False))
        await doubted.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        over.set()
        errors = await all_of(client, 20, at_once=False)
        assert isinstance(errors[-1], UpstreamUnavailable)
