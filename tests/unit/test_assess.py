"""Which facts the doctor reports as ok, a warning or a problem, at the boundaries."""

from datetime import UTC, datetime, timedelta

import pytest

from dcs_mirror.doctor import assess
from dcs_mirror.doctor.finding import Level, ok, problem, warning, with_unchecked, worst
from dcs_mirror.schema.migrate import SchemaState
from dcs_mirror.settings import Settings
from dcs_mirror.store.unseen import UnseenRequest

NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)


def institution(hei_id: int = 108, **known: object) -> assess.InstitutionState:
    values = {"subscribed": True, "last_synced_at": NOW, "outcome": "complete", "error": None, "owed": 0}
    return assess.InstitutionState(hei_id=hei_id, **(values | known))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("seconds", "level", "words"),
    [
        (10, Level.OK, "within"),
        (-10, Level.OK, "within"),
        (11, Level.WARNING, "11 s behind"),
        (-10_800, Level.WARNING, "3 h ahead of"),
    ],
)
def test_a_clock_that_is_off_is_a_warning(seconds: int, level: Level, words: str) -> None:
    finding = assess.skew(timedelta(seconds=seconds))
    assert finding.level is level
    assert words in finding.found


@pytest.mark.parametrize(
    ("age", "level"),
    [
        (timedelta(hours=-1), Level.WARNING),
        (timedelta(hours=36), Level.OK),
        (timedelta(hours=36, seconds=1), Level.PROBLEM),
        (None, Level.PROBLEM),
    ],
)
def test_an_institution_that_missed_a_night_is_a_problem(age: timedelta | None, level: Level) -> None:
    synced = None if age is None else NOW - age
    assert assess.freshness([institution(last_synced_at=synced)], now=NOW).level is level


def test_c4_an_unsubscribed_institution_is_not_stale() -> None:
    left = institution(7, subscribed=False, last_synced_at=None)
    assert assess.freshness([left, institution()], now=NOW).level is Level.OK
    assert assess.freshness([left], now=NOW).level is Level.WARNING


@pytest.mark.parametrize(
    ("age", "level"),
    [
        (timedelta(hours=5), Level.OK),
        (timedelta(hours=7), Level.WARNING),
        (timedelta(days=6), Level.WARNING),
        (timedelta(days=8), Level.OK),
    ],
)
def test_a_run_that_never_ended_is_reported_for_a_week(age: timedelta, level: Level) -> None:
    assert assess.runs([assess.UnfinishedRun(3, "sync", NOW - age)], now=NOW).level is level


@pytest.mark.parametrize(
    ("error", "todo"),
    [
        ("C3: 60 of 100 rows would be marked as removed", "dcs-mirror sync --hei 108 --accept-removals"),
        ("R7: the course list is of 2024-2025", "dcs-mirror sync --hei 108 --accept-year"),
        ("R8: the institution is being rolled over", "the next night reads it again"),
        (None, "If it lasts, ask CLA"),
    ],
)
def test_a_held_institution_is_a_problem_with_its_rule_and_what_to_do(error: str | None, todo: str) -> None:
    (finding,) = assess.outcomes([institution(outcome="held", error=error), institution(7)])
    assert finding.level is Level.PROBLEM
    assert (error or "no reason") in finding.found
    assert todo in str(finding.todo)


def test_a_failed_institution_is_a_warning_and_an_unsubscribed_one_is_ok() -> None:
    failed, partial = institution(outcome="failed", error="HTTP 500"), institution(7, outcome="partial")
    assert [f.level for f in assess.outcomes([failed, partial])] == [Level.WARNING, Level.WARNING]
    assert assess.outcomes([institution(outcome="unsubscribed")])[0].level is Level.OK


def test_r4_owed_look_ups_are_counted_and_a_few_institutions_named() -> None:
    finding = assess.lookups([institution(n, owed=2) for n in range(1, 8)])
    assert finding.level is Level.WARNING
    assert "14 items" in finding.found
    assert "1, 2, 3, 4, 5 and 2 more" in finding.found


def test_a7_a_request_that_the_dcs_never_listed_is_reported() -> None:
    (finding,) = assess.unseen([UnseenRequest(12, 108, 2400998, NOW - timedelta(days=8))])
    assert finding.level is Level.WARNING
    assert "calls settle 12 --gone" in str(finding.todo)
    assert assess.unseen([])[0].level is Level.OK


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, Level.OK),
        ({"is_there": False}, Level.PROBLEM),
        ({"lacks": ["GRANT …"]}, Level.PROBLEM),
        ({"error": "institution 108: unique"}, Level.PROBLEM),
    ],
)
def test_r9_a_column_that_the_rollover_cannot_rewrite_is_a_problem(
    change: dict[str, object], level: Level
) -> None:
    known = {"is_there": True, "error": None} | change
    (finding,) = assess.columns([assess.Column(name="lists.reading.request_id", **known)])  # type: ignore[arg-type]  # by name
    assert finding.level is level
    assert "lists.reading.request_id" in finding.found


@pytest.mark.parametrize(
    ("state", "level", "todo"),
    [
        (SchemaState.EMPTY, Level.WARNING, "migrate"),
        (SchemaState.OLDER, Level.PROBLEM, "migrate"),
        (SchemaState.CURRENT, Level.OK, "None"),
        (SchemaState.NEWER, Level.PROBLEM, "install a newer"),
    ],
)
def test_each_state_of_the_schema_says_what_to_do(state: SchemaState, level: Level, todo: str) -> None:
    finding = assess.schema(state)
    assert finding.level is level
    assert todo in str(finding.todo)


@pytest.mark.parametrize(
    ("url", "levels"),
    [
        ("https://api.example/v3", [Level.OK]),
        ("http://127.0.0.1:8300/v3", [Level.OK]),
        ("http://api.example/v3", [Level.OK, Level.WARNING]),
    ],
)
def test_a_password_that_would_travel_unencrypted_is_a_warning(url: str, levels: list[Level]) -> None:
    assert [f.level for f in assess.settings(Settings(api_url=url, allow_http=True))] == levels


def test_an_address_without_version_3_is_a_warning_with_the_right_one() -> None:
    found = assess.settings(Settings(api_url="https://dcs.example/dcs"))[-1]
    assert (found.level, found.todo) == (Level.WARNING, "set DCS_API_URL=https://dcs.example/dcs/v3")


def test_a_rehearsal_clock_is_a_warning() -> None:
    assert "2026-06-10T09:00" in assess.settings(Settings(now=NOW))[-1].found


def test_an_unchecked_finding_is_neither_ok_nor_a_problem() -> None:
    found = with_unchecked([ok("a", "well")], ["a", "b"], "not without c")
    assert [(f.check, f.level) for f in found] == [("a", Level.OK), ("b", Level.UNCHECKED)]
    assert worst(found) is Level.OK
    assert worst([*found, warning("c", "w", "t")]) is Level.WARNING
    assert worst([*found, warning("c", "w", "t"), problem("d", "p", "t")]) is Level.PROBLEM


def test_a_schema_that_was_changed_by_hand_is_named_and_a_problem_if_something_is_missing() -> None:
    changed = [f"column dcs_mirror.course.c{number} is extra" for number in range(7)]
    finding = assess.schema(SchemaState.CURRENT, changed)
    assert finding.level is Level.WARNING
    assert "column dcs_mirror.course.c0 is extra; " in finding.found
    assert finding.found.endswith("; and 2 more")
    assert "undo what was changed by hand" in str(finding.todo)
    missing = assess.schema(SchemaState.CURRENT, ["column dcs_mirror.course.lecturer is missing"])
    assert missing.level is Level.PROBLEM
    slower = assess.schema(SchemaState.CURRENT, ["index change_key of dcs_mirror.change is missing"])
    assert slower.level is Level.WARNING
    assert assess.schema(SchemaState.CURRENT).level is Level.OK
    assert assess.schema(SchemaState.OLDER, changed).level is Level.PROBLEM
