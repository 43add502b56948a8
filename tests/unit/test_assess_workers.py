"""What the doctor makes of workers, and of what waits for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror.doctor.finding import Level
from dcs_mirror.doctor.workers import Workers, assess

NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)
IDLE = Workers(0, 0, None, 0, None, None, NOW)
WAITING = replace(IDLE, waiting=3, waiting_since=NOW - timedelta(seconds=61))


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (IDLE, Level.OK),
        (replace(IDLE, alive=2), Level.OK),
        (WAITING, Level.PROBLEM),
        (replace(WAITING, waiting_since=NOW - timedelta(seconds=60)), Level.OK),
        (replace(WAITING, waiting_since=NOW + timedelta(hours=1)), Level.OK),
        (replace(WAITING, alive=1, waiting_since=NOW - timedelta(days=2)), Level.OK),
        (replace(IDLE, failed=1), Level.WARNING),
        (replace(IDLE, alive=1, waiting=2, left_since=NOW - timedelta(seconds=61)), Level.WARNING),
        (replace(IDLE, alive=1, waiting=2, left_since=NOW - timedelta(seconds=60)), Level.OK),
        (replace(IDLE, refused_at=NOW, read_at=NOW - timedelta(hours=9)), Level.PROBLEM),
        (replace(IDLE, refused_at=NOW, read_at=None), Level.PROBLEM),
        (replace(IDLE, refused_at=NOW - timedelta(hours=9)), Level.OK),
    ],
)
def test_jobs_that_wait_for_nobody_are_a_problem(found: Workers, level: Level) -> None:
    assert [finding.level for finding in assess(found, now=NOW)] == [level]


def test_it_says_how_many_wait_since_when_and_what_to_do() -> None:
    (finding,) = assess(WAITING, now=NOW)
    assert finding.found == "3 jobs wait since 2026-06-10 08:58 UTC, and no worker is alive"
    assert finding.todo == "start `dcs-mirror worker`"
    (finding,) = assess(replace(WAITING, waiting=1), now=NOW)
    assert finding.found.startswith("1 job waits since")
    (finding,) = assess(replace(IDLE, alive=1, left_since=NOW - timedelta(hours=1)), now=NOW)
    said = "since 2026-06-10 08:00 UTC a sync or a reconciliation waits, and no worker does one (alive: 1)"
    assert finding.found == said


def test_each_thing_that_is_wrong_is_told() -> None:
    wrong = replace(WAITING, failed=2, refused_at=NOW, refusal="HTTP 401", read_at=None)
    refused, waiting, failed = assess(wrong, now=NOW)
    assert "HTTP 401" in refused.found
    assert waiting.level is Level.PROBLEM
    assert failed.found == "2 jobs have failed"
