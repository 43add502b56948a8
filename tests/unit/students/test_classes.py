"""Student numbers of the DCS's courses, counted from aXcelerate's classes."""

from datetime import date

import pytest

from dcs_mirror.axcelerate.classes import ClassSize, Period
from dcs_mirror.errors import SettingsError
from dcs_mirror.students import classes, csv_file
from dcs_mirror.students.mapping import mapping_of
from dcs_mirror.students.rows import SourceRow

SIZES = [
    ClassSize("HIS1-A", 11, "HIS1", 20),
    ClassSize("HIS1-B", 12, "HIS1", 5),
    ClassSize("ART-A", 13, "ART", 7),
    ClassSize(None, 14, None, 3),
    ClassSize("HIS1-0", 9, "HIS1", None),
    ClassSize("OLD-A", 8, "OLD", None),
]
TODAY = Period(date(2026, 3, 2), date(2026, 3, 2))


def test_the_classes_of_a_course_are_added_up_by_equal_codes() -> None:
    source = classes.rows(SIZES, {"HIS1", "ART-A"}, period=TODAY)
    assert source.rows == [
        SourceRow("class 14", "", 3, fault="aXcelerate gives no code"),
        SourceRow("class 13", "ART-A", 7),
        SourceRow("class 11, 12", "HIS1", 25),
    ]
    assert source.understood.read_as == "aXcelerate: 4 classes that run on 2026-03-02, 2 others left out"


def test_a_course_with_a_class_without_dates_is_not_used() -> None:
    sizes = [
        *SIZES[:3],
        ClassSize("HIS1-C", 15, "HIS1", None, undated=3),
        ClassSize("ART-B", 16, "ART-A", 2, 1),
    ]
    year = Period(date(2025, 8, 1), date(2026, 7, 31))
    source = classes.rows(sizes, set(), period=year)
    assert {row.course_code: row.fault for row in source.rows} == {
        "ART": None,
        "ART-A": "class 16: aXcelerate gives no dates for 1 enrolment, so it is not "
        "known how many count. Give the class its dates in aXcelerate",
        "HIS1": "class 15: aXcelerate gives no dates for 3 enrolments, so it is not "
        "known how many count. Give the class its dates in aXcelerate",
    }
    assert (
        source.understood.read_as
        == "aXcelerate: 5 classes that run from 2025-08-01 to 2026-07-31, 0 others left out"
    )


def test_a_file_maps_class_codes_before_course_codes() -> None:
    mapping = mapping_of(csv_file.read("map.csv", b"aXcelerate;DCS\nHIS1;H/1\nHIS1-B;H/2\n;\n"))
    found = {
        row.course_code: row.students for row in classes.rows(SIZES[:3], set(), mapping, period=TODAY).rows
    }
    assert found == {"H/1": 20, "H/2": 5, "ART": 7}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("HIS1,", "both columns must hold a code"),
        ("A,y", "mapped twice"),
        ("B,1,y", "more cells than in the heading"),
    ],
)
def test_a_mapping_that_leaves_doubt_is_refused(line: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"map.csv: row 3: .*{said}"):
        mapping_of(csv_file.read("map.csv", f"from,to\nA,x\n{line}\n".encode()))


def test_a_period_is_two_days_in_their_order() -> None:
    assert classes.period_of(" 2025-08-01..2026-07-31 ") == Period(date(2025, 8, 1), date(2026, 7, 31))
    assert classes.period_of("2026-03-02..2026-03-02") == TODAY


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-03-02", "2026-03-02..2026-03-01", "2026-02-30..2026-03-01"]
)
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--running: .* is not a period such as"):
        classes.period_of(text)


def test_statuses_that_are_not_known_are_told() -> None:
    sizes = [SIZES[0]._replace(unknown_statuses=("Frozen", "On hold", "Frozen")), *SIZES[1:]]
    source = classes.rows(sizes, {"HIS1", "ART-A"}, period=TODAY)
    assert source.understood.read_as.endswith(
        "counted although it is not known whether these statuses should: 'Frozen' (2), 'On hold' (1)"
    )
