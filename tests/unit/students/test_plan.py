"""The plan of a push of student numbers: what it sends and what it leaves out (A1, A3, A4, A5)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcs_mirror.students.known import KnownCourse
from dcs_mirror.students.plan import Entry, Plan, is_before_rollover, plan
from dcs_mirror.students.repeats import Combination
from dcs_mirror.students.rows import SourceRow
from dcs_mirror.students.table import Understood
from dcs_mirror.writes.commands import AmendCourse, SubmitCourse, parameters

OCTOBER = datetime(2026, 10, 1, 9, tzinfo=UTC)
MAY = datetime(2026, 5, 20, 9, tzinfo=UTC)
KNOWN = [
    KnownCourse("ART 7", "Active", 12, 30),
    KnownCourse("HIS 1", "Active", 52),
    KnownCourse("OLD 1", "Archived", 52, 9),
    KnownCourse("GONE", "Deleted", 52),
    KnownCourse("LOST", None, open_call=7),
    KnownCourse("DOUBT", "Active", 52, 30, open_call=8),
    KnownCourse("TIMELESS", "Active", 0),
]


def planned(
    *rows: tuple[str, int], known: Iterable[KnownCourse] = KNOWN, now: datetime = OCTOBER, **choices: Any
) -> Plan:
    source = [SourceRow(f"row {n}", code, students) for n, (code, students) in enumerate(rows, start=2)]
    return plan(
        108,
        Understood("a test"),
        source,
        {course.course_code: course for course in known},
        now=now,
        **choices,
    )


def only(row: tuple[str, int], *, create_missing: bool = False) -> Entry:
    (entry,) = planned(row, create_missing=create_missing).entries
    return entry


def test_a1_a3_a_change_sends_both_numbers_and_no_status() -> None:
    entry = only(("ART 7", 31))
    assert (entry.verdict, entry.before, entry.students) == ("change", 30, 31)
    assert entry.write == AmendCourse(hei_id=108, course_code="ART 7", weeks=12, students=31)
    assert parameters(entry.write) == {
        "hei": "108",
        "CourseCode": "ART 7",
        "NumberOfWeeks": "12",
        "NumberOfStudents": "31",
    }


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (("ART 7", 30), "unchanged"),
        (("HIS 1", 30), "change"),
        (("DOUBT", 30), "change"),
        (("OLD 1", 30), "archived"),
        (("GONE", 30), "deleted"),
        (("LOST", 30), "unsettled"),
        (("TIMELESS", 30), "unusable"),
        (("NEW 1", 30), "unaligned"),
        (("art 7", 30), "unaligned"),
        (("ART 7", 9999), "change"),
        (("ART 7", 10_000), "out of range"),
        (("ART 7", -1), "out of range"),
    ],
)
def test_a2_a5_every_row_has_its_verdict(row: tuple[str, int], verdict: str) -> None:
    entry = only(row)
    assert entry.verdict == verdict
    assert (entry.write is not None) == (verdict == "change")


def test_a_course_without_weeks_comes_with_the_command_that_gives_them() -> None:
    why = only(("TIMELESS", 30)).why or ""
    assert why.endswith("dcs-mirror amend-course 108 TIMELESS --weeks WEEKS --students STUDENTS")


def test_only_what_somebody_must_mend_is_wrong() -> None:
    usual = planned(("ART 7", 30), ("HIS 1", 5), ("OLD 1", 1), ("GONE", 1), ("NEW 1", 1))
    assert usual.exit_code == 0
    for row in (("LOST", 3), ("TIMELESS", 3), ("ART 7", -1)):
        assert planned(row).exit_code == 1


def test_a5_an_unaligned_code_counts_as_wrong_only_where_that_is_asked_for() -> None:
    assert [planned(("NO 1", 3), strict=strict).exit_code for strict in (False, True)] == [0, 1]
    assert planned(("ART 7", 31), ("OLD 1", 3), ("GONE", 3), strict=True).exit_code == 0
    assert len(planned(("ART 7", 31), ("NO 1", 3), strict=True).to_send) == 1


def test_a5_an_unaligned_code_comes_with_the_nearest_ones_that_live() -> None:
    assert only(("art-7", 3)).nearest == ("ART 7",)
    assert only(("HIST 1", 3)).nearest[0] == "HIS 1"
    assert only(("GONE 1", 3)).nearest == ()


@pytest.mark.parametrize(
    ("code", "nearest"),
    [("ENG32-2526", ("ENG32", "ENG22")), ("ENG", ("ENG22", "ENG32", "ENG34")), ("NG46", ("ENG46", "ENG34"))],
)
def test_a5_of_codes_that_are_equally_near_those_that_begin_alike_go_first(
    code: str, nearest: tuple[str, ...]
) -> None:
    known = [KnownCourse(each, "Active", 52) for each in ("ENG46", "ENG34", "ENG32", "ENG22", "ENG51")]
    (entry,) = planned((code, 3), known=known).entries
    assert entry.nearest == nearest


def test_a5_missing_courses_are_created_only_when_asked_for() -> None:
    entry = only(("NEW 1", 3), create_missing=True)
    assert entry.verdict == "create"
    assert entry.write == SubmitCourse(hei_id=108, course_code="NEW 1", name="NEW 1", weeks=52, students=3)
    assert only(("GONE", 3), create_missing=True).verdict == "deleted"
    assert only(("LOST", 3), create_missing=True).verdict == "unsettled"
    assert only(("X" * 501, 3), create_missing=True).verdict == "unusable"
    odd = only(("NEW\n2", 3), create_missing=True)
    assert (odd.verdict, odd.write) == ("unusable", None)
    assert odd.why == (
        r"course code: begins or ends with a space, or contains an invisible character: 'NEW\n2'"
    )


@pytest.mark.parametrize("code", ["art 7", "ART7", "ART  7", "Art\u00a07", "old1", "\uff21RT 7"])
def test_a5_a_course_that_is_there_in_another_spelling_is_not_created(code: str) -> None:
    entry = only((code, 3), create_missing=True)
    assert (entry.verdict, entry.write) == ("unaligned", None)
    assert "differs only in case, spaces or dashes" in (entry.why or "")
    assert entry.nearest


@pytest.mark.parametrize(
    ("course", "verdict"),
    [
        (KnownCourse("LAW-1", "Active", 52), "unaligned"),
        (KnownCourse("LAW-1", None, open_call=9), "unsettled"),
    ],
)
def test_a5_a6_a_code_with_another_dash_is_the_same_for_the_plan_as_for_the_journal(
    course: KnownCourse, verdict: str
) -> None:
    (entry,) = planned(("law \N{EN DASH} 1", 3), known=[course], create_missing=True).entries
    assert (entry.verdict, entry.write) == (verdict, None)
    assert "'LAW-1'" in (entry.why or "")


def test_a5_a6_a_code_is_not_created_in_two_spellings_nor_in_that_of_an_unsettled_one() -> None:
    found = planned(("NEW 1", 3), ("NEW1", 4), ("NEW 2", 5), ("lost", 6), ("GO NE", 7), create_missing=True)
    verdicts = ["duplicate", "duplicate", "create", "unsettled", "create"]
    assert [entry.verdict for entry in found.entries] == verdicts
    assert "another row spells the code 'NEW1'" in (found.entries[0].why or "")
    assert "submitted it as 'LOST': dcs-mirror calls settle" in (found.entries[3].why or "")
    assert [entry.course_code for entry in found.to_send] == ["NEW 2", "GO NE"]
    assert {entry.verdict for entry in planned(("NEW 1", 3), ("new1", 4)).entries} == {"unaligned"}


def test_several_rows_of_a_course_give_it_no_number_unless_it_is_said_which() -> None:
    rows = (("ART 7", 31), ("HIS 1", 5), ("ART 7", 32), ("HIS 1", 5), ("DOUBT", 3))
    found = planned(*rows)
    assert [entry.verdict for entry in found.entries] == ["duplicate"] * 4 + ["change"]
    assert [entry.course_code for entry in found.to_send] == ["DOUBT"]
    assert (found.entries[0].why or "").startswith("rows 2, 4 are of this course (31, 32): give --sum,")
    assert found.exit_code == 1


@pytest.mark.parametrize(
    ("way", "bearers", "numbers"),
    [("sum", [0, 1], [95, 10]), ("max", [2, 1], [40, 5]), ("last", [4, 3], [24, 5])],
)
def test_several_rows_of_a_course_are_combined_as_it_is_said(
    way: Combination, bearers: list[int], numbers: list[int]
) -> None:
    rows = (("ART 7", 31), ("HIS 1", 5), ("ART 7", 40), ("HIS 1", 5), ("ART 7", 24))
    found = planned(*rows, combination=way)
    assert [found.entries.index(entry) for entry in found.to_send] == sorted(bearers)
    assert sorted((entry.course_code, entry.students) for entry in found.to_send) == [
        ("ART 7", numbers[0]),
        ("HIS 1", numbers[1]),
    ]
    assert {entry.verdict for entry in found.entries} == {"change", "repeated"}
    assert found.entries[bearers[0]].why == f"--{way} of rows 2, 4, 6"
    assert found.exit_code == 0


@pytest.mark.parametrize("way", [None, "sum", "max", "last"])
def test_rows_of_a_course_of_which_one_cannot_be_used_give_it_no_number(way: Combination | None) -> None:
    rows = [
        SourceRow("row 2", "ART 7", 31),
        SourceRow("row 3", "ART 7", None, fault="'x' is no number"),
    ]
    found = plan(108, Understood("a test"), rows, {"ART 7": KNOWN[0]}, now=OCTOBER, combination=way)
    assert [entry.verdict for entry in found.entries] == ["duplicate", "unusable"]
    below = [SourceRow("row 2", "ART 7", 31), SourceRow("row 3", "", 4, fault="no code", continues="ART 7")]
    found = plan(108, Understood("a test"), below, {"ART 7": KNOWN[0]}, now=OCTOBER, combination=way)
    assert [entry.verdict for entry in found.entries] == ["duplicate", "unusable"]


def test_a_sum_is_within_the_limits_of_one_number_and_so_is_what_it_is_of() -> None:
    for numbers, verdicts in (
        ((5000, 5000), ["out of range", "repeated"]),
        ((-1, 5), ["out of range", "duplicate"]),
    ):
        found = planned(*(("ART 7", number) for number in numbers), combination="sum")
        assert [entry.verdict for entry in found.entries] == verdicts
        assert (found.exit_code, found.to_send) == (1, [])


def test_a_total_is_left_out_and_told_and_no_sum_holds_it() -> None:
    rows = [
        SourceRow("row 2", "ART 7", 31),
        SourceRow("row 3", "ART 7", 31, total="it says so", is_subtotal=True),
        SourceRow("row 4", "HIS 1", 31, total="it is the sum"),
        SourceRow("row 5", "Total", 31, total="it is one"),
    ]
    known = {course.course_code: course for course in KNOWN}
    for create_missing in (False, True):
        found = plan(
            108,
            Understood("a test"),
            rows,
            known,
            now=OCTOBER,
            combination="sum",
            create_missing=create_missing,
        )
        assert [entry.verdict for entry in found.entries] == ["change", "total", "change", "total"]
        assert [(entry.course_code, entry.students) for entry in found.to_send] == [
            ("ART 7", 31),
            ("HIS 1", 31),
        ]
        assert found.exit_code == 0


def test_a_source_of_nothing_but_totals_is_refused_with_the_option_that_shows_its_rows() -> None:
    rows = [SourceRow("row 3", "ART 7 Total", 31, total="it is one")]
    found = plan(108, Understood("a test", hidden_rows=2), rows, {}, now=OCTOBER)
    assert (
        found.refusal
        == "the source holds 1 total and no course; --hidden-rows takes 2 hidden rows; nothing is sent"
    )
    assert found.exit_code == 1
    assert plan(108, Understood("a test"), [], {}, now=OCTOBER).refusal is None


def test_courses_that_the_source_does_not_name_are_told() -> None:
    assert planned(("ART 7", 31), ("OLD 1", 1)).not_in_source == ["DOUBT", "HIS 1", "TIMELESS"]


def test_a4_zeroing_before_15_june_is_refused_unless_it_is_meant() -> None:
    rows = (("ART 7", 0), ("HIS 1", 0), ("OLD 1", 0))
    refused = planned(*rows, now=MAY)
    assert refused.refusal is not None
    assert refused.refusal.startswith("2 courses would have 0 students, and it is before 15 June")
    assert refused.exit_code == 1
    assert planned(*rows, now=MAY, allow_zero=True).refusal is None
    assert planned(*rows, now=OCTOBER).refusal is None
    created = planned(("ART 7", 31), ("NEW 1", 0), now=MAY, create_missing=True)
    assert (created.refusal or "").startswith("1 course would have 0 students")
    assert planned(("NEW 1", 0), now=MAY).refusal is None
    known = [KnownCourse("ART 7", "Active", 12, 0)]
    assert planned(("ART 7", 0), known=known, now=MAY).refusal is None


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (datetime(2026, 6, 14, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 14, 23, 0, tzinfo=UTC), False),
        (datetime(2026, 1, 1, tzinfo=UTC), True),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), False),
    ],
)
def test_the_rollover_is_due_on_15_june_in_uk_time(now: datetime, before: bool) -> None:
    assert is_before_rollover(now) is before


@given(
    rows=st.lists(
        st.tuples(st.sampled_from([*(k.course_code for k in KNOWN), "NEW 1"]), st.integers(-1, 10_001))
    ),
    days=st.integers(0, 364),
    create_missing=st.booleans(),
)
def test_a4_a5_once_it_is_sent_the_plan_is_empty(
    rows: list[tuple[str, int]], days: int, create_missing: bool
) -> None:  # and no code is written twice, none archived or deleted, no number out of range
    now = MAY + timedelta(days=days)
    first = planned(*rows, now=now, create_missing=create_missing, allow_zero=True)
    codes = [entry.course_code for entry in first.to_send]
    assert len(codes) == len(set(codes))
    assert not {"OLD 1", "GONE", "LOST"} & set(codes)
    after = {course.course_code: course for course in KNOWN}
    for entry in first.to_send:
        assert entry.write is not None
        assert entry.students is not None
        assert 0 <= entry.students <= 9999
        after[entry.course_code] = KnownCourse(
            entry.course_code, "Active", entry.write.weeks, entry.write.students
        )
    second = planned(*rows, known=after.values(), now=now, create_missing=create_missing, allow_zero=True)
    assert second.to_send == []
