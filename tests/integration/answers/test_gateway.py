"""The gateway in front of the DCS: quotas, firewalls and waits, and what each of them ends (W2, W3)."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import CredentialsRefused, PutOff
from tests.support.control import control
from tests.support.faulty import Fault, FaultySandbox
from tests.support.running import refresh, sync
from tests.support.walk import assert_views_equal

QUOTA = json.dumps(
    {"statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 00:58:12."}
).encode()
WALL = b"<html><head><title>Request blocked</title></head><body>Attack ID: 20000051 \x1b[31m</body></html>"


async def courses_of(upstream: FaultySandbox) -> tuple[int, list[str]]:
    """The first institution and the codes of its courses that are not deleted."""
    hei = (await control(upstream, "state"))["institutions"][0]
    return hei["id"], [c["code"] for c in hei["courses"] if c["status"] != "Deleted"]


async def live_items(connection: Connection) -> int:
    count: int = await connection.fetchval("SELECT count(*) FROM dcs.content_item WHERE removed_at IS NULL")
    return count


# A quota


async def test_w2_a_quota_that_is_filled_again_soon_is_waited_for(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    upstream.faults = [Fault("GetCourses?", QUOTA, status=403, headers={"Retry-After": "1"}, times=1)]
    report = await sync(upstream, database)
    assert (report.outcome, report.exit_code) == ("complete", 0)
    await assert_views_equal(connection, await control(upstream, "state"))


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "86400"}, {"Retry-After": "soon"}])
async def test_w2_a_quota_that_lasts_ends_the_run_as_a_quota(
    upstream: FaultySandbox, database: str, connection: Connection, headers: dict[str, str]
) -> None:
    await sync(upstream, database)
    stored = await live_items(connection)
    upstream.calls.clear()
    upstream.faults = [Fault("GetCourse", QUOTA, status=403, headers=headers)]
    report = await sync(upstream, database, concurrency=1, max_wait=60)
    assert isinstance(report.error, PutOff)
    assert report.exit_code == 4
    assert "the quota of calls is used up" in str(report.error)
    assert "Out of call volume quota. Quota will be replenished in 00:58:12." in str(report.error)
    assert "credentials" not in str(report.error)
    assert len(upstream.calls) == 2  # the list of institutions, and the first call that was put off
    assert await live_items(connection) == stored > 0


async def test_w2_a_quota_without_an_end_is_told_and_ends_the_run(
    upstream: FaultySandbox, database: str
) -> None:
    upstream.faults = [Fault("GetCourses?", b"Quota exceeded", status=403)]
    report = await sync(upstream, database, concurrency=1)
    assert report.exit_code == 4
    assert "'Quota exceeded'; it does not say until when" in str(report.error)


# Waits


@pytest.mark.parametrize("status", [429, 503])
async def test_w3_an_upstream_that_puts_off_for_ever_ends_the_run_within_the_wait_that_is_allowed(
    upstream: FaultySandbox, database: str, connection: Connection, status: int
) -> None:
    await sync(upstream, database)
    stored = await live_items(connection)
    upstream.faults = [Fault("GetCourseContent", status=status, headers={"Retry-After": "1"}, after=2)]
    started = datetime.now(UTC)
    report = await sync(upstream, database, concurrency=1, max_wait=2)
    assert datetime.now(UTC) - started < timedelta(seconds=20)
    assert isinstance(report.error, PutOff)
    assert report.exit_code == 4
    assert f"HTTP {status}" in str(report.error)
    assert "DCS_MAX_WAIT allows 2 s in all" in str(report.error)
    assert await live_items(connection) == stored > 0
    upstream.faults = []
    assert (await sync(upstream, database)).outcome == "complete"


async def test_w3_an_upstream_that_puts_off_without_a_wait_ends_the_run_too(
    upstream: FaultySandbox, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcs_mirror.upstream.client.PUT_OFF", 2)
    upstream.faults = [Fault("GetCourseContent", status=429)]
    report = await sync(upstream, database, concurrency=1)
    assert isinstance(report.error, PutOff)
    assert "calls in a row were put off" in str(report.error)
    assert report.exit_code == 4


async def test_w2_a_date_is_reckoned_by_the_answers_own_clock(upstream: FaultySandbox, database: str) -> None:
    there = datetime.now(UTC) - timedelta(hours=3)
    headers = {"Date": format_datetime(there), "Retry-After": format_datetime(there + timedelta(days=1))}
    upstream.faults = [Fault("GetCourses?", status=429, headers=headers, times=1)]
    report = await sync(upstream, database, max_wait=1)
    assert "it asks to wait 300 s" in str(report.error)
    ahead = datetime.now(UTC) + timedelta(hours=3)
    headers = {"Date": format_datetime(ahead), "Retry-After": format_datetime(ahead + timedelta(seconds=1))}
    upstream.faults = [Fault("GetCourses?", status=429, headers=headers, times=1)]
    assert (await sync(upstream, database, max_wait=2)).outcome == "complete"


# One call that is refused


async def test_w3_a_course_that_a_firewall_refuses_is_that_courses_failure(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    await sync(upstream, database)
    stored = await live_items(connection)
    hei_id, codes = await courses_of(upstream)
    blocked = f"GetCourseContent?hei={hei_id}&code={quote(codes[1], safe='')}"
    upstream.faults = [Fault(blocked, WALL, status=403)]
    for width in (1, 16):
        upstream.calls.clear()
        report = await sync(upstream, database, concurrency=width)
        assert (report.exit_code, report.error) == (1, None)
        outcomes = {outcome.hei_id: outcome for outcome in report.institutions}
        hit = outcomes.pop(hei_id)
        assert hit.outcome == "partial"
        assert [outcome.outcome for outcome in outcomes.values()] == ["complete"]
        assert hit.error is not None
        assert f"course {codes[1]!r}: " in hit.error
        assert "'Request blocked'" in hit.error
        assert "only this call is refused, others are answered" in hit.error
        assert "check DCS_API_USERNAME" not in hit.error
        assert sum(call.endswith(blocked) for call in upstream.calls) == 2
        assert await live_items(connection) == stored > 0
    upstream.faults = []
    assert (await sync(upstream, database)).outcome == "complete"


async def test_w3_one_course_refreshed_that_a_firewall_refuses_fails_alone(
    upstream: FaultySandbox, database: str, connection: Connection
) -> None:
    await sync(upstream, database)
    stored = await live_items(connection)
    hei_id, codes = await courses_of(upstream)
    upstream.faults = [Fault("GetCourseContent", WALL, status=403)]
    report = await refresh(upstream, database, hei_id, course=codes[1])
    assert report.exit_code == 1
    assert await live_items(connection) == stored


async def test_w3_an_institution_that_is_refused_fails_alone(upstream: FaultySandbox, database: str) -> None:
    hei_id, _ = await courses_of(upstream)
    upstream.faults = [Fault(f"GetCourses?hei={hei_id}", WALL, status=403)]
    report = await sync(upstream, database, concurrency=4)
    outcomes = {outcome.hei_id: outcome.outcome for outcome in report.institutions}
    assert outcomes.pop(hei_id) == "failed" or report.exit_code == 1
    assert list(outcomes.values()) == ["complete"]


async def test_w3_a_refusal_that_passes_is_no_failure(upstream: FaultySandbox, database: str) -> None:
    upstream.faults = [Fault("GetCourseContent", WALL, status=403, after=2, times=1)]
    assert (await sync(upstream, database)).outcome == "complete"


async def test_w3_refused_credentials_end_the_run_after_one_call(
    upstream: FaultySandbox, database: str
) -> None:
    upstream.faults = [Fault("", WALL, status=403)]
    report = await sync(upstream, database)
    assert isinstance(report.error, CredentialsRefused)
    assert report.exit_code == 3
    assert len(upstream.calls) == 1
    assert "'Request blocked'; check DCS_API_USERNAME" in str(report.error)
    assert "whether this machine may call the DCS" in str(report.error)


@pytest.mark.parametrize("width", [1, 8])
async def test_w3_credentials_that_are_refused_in_mid_run_end_it_without_hammering(
    upstream: FaultySandbox, database: str, width: int
) -> None:
    answered = 4
    upstream.faults = [Fault("", b"", status=403, after=answered)]
    report = await sync(upstream, database, concurrency=width)
    assert isinstance(report.error, CredentialsRefused)
    assert report.exit_code == 3
    assert len(upstream.calls) <= answered + width + 1


async def test_w3_a_401_always_ends_the_run_at_once(upstream: FaultySandbox, database: str) -> None:
    upstream.faults = [Fault("GetCourseContent", b"", status=401, after=2)]
    report = await sync(upstream, database, concurrency=1)
    assert report.exit_code == 3
    assert sum("GetCourseContent" in call for call in upstream.calls) == 3


async def test_w3_a_method_that_is_always_refused_ends_the_run(
    upstream: FaultySandbox, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcs_mirror.upstream.second_look.UNUSABLE", 3)
    upstream.faults = [Fault("GetCourseContent", WALL, status=403)]
    report = await sync(upstream, database, concurrency=1)
    assert report.exit_code == 3
    assert "the first 3 calls of GetCourseContent were all refused" in str(report.error)
    assert sum("GetCourseContent" in call for call in upstream.calls) == 6


async def test_w2_a_gateways_words_are_cut_and_never_repeat_a_secret(
    upstream: FaultySandbox, database: str
) -> None:
    for body, words in (
        (
            b'{"error": {"code": "403", "message": "IP address 10.0.0.1 blocked"}}',
            "'IP address 10.0.0.1 blocked'",
        ),
        (b"Your subscription\x1b]0;x\x07 has expired.\r\n", "'Your subscription ]0;x has expired.'"),
        (b"<html><body><h1>403</h1>" + b"very long " * 100_000, "'403 very long very"),
        (b'{"message": "user sandbox:open-sesame is unknown"}', "the credentials or the subscription key"),
    ):
        upstream.faults = [Fault("", body, status=403)]
        error = str((await sync(upstream, database)).error)
        assert words in error
        assert "open-sesame" not in error
        assert len(error) < 500
