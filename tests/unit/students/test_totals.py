"""Totals among the rows of a report: marked, and no course taken for one."""

import pytest

from dcs_mirror.students import totals
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.rows import SourceRow, of_table
from dcs_mirror.students.table import Table


def marked(*rows: list[object]) -> list[SourceRow]:
    lines: list[list[object]] = [["Code", "Section", "Students"], *rows]
    return totals.mark(of_table(Table("a", list(enumerate(lines, start=1)), "a test"), Columns()).rows)


def places(*rows: list[object]) -> list[str]:
    return [row.where for row in marked(["A 1", "", 60], ["A 2", "", 50], *rows) if row.total]


@pytest.mark.parametrize(
    "row",
    [
        ["Total", "", 110],
        ["TOTALS:", "", 110],
        ["Grand total", "", 110],
        ["Total", "", 250],
        ["Total students", "", 110],
        ["Sum", "", 110],
        ["Average", "", 55],
        ["", "Total", 110],
        ["", "", 110],
        ["All modules", "", 110],
        ["A 2 Total", "", 50],
        ["Subtotal Arts", "", 50],
        ["Sub-total", "", 50],
        ["Total (UG)", "", 110],
        ["Sum (all years)", "", 110],
        ["Cyfanswm", "", 110],
        ["Is-gyfanswm", "", 110],
        ["Iomlán", "", 110],
        ["A 9", "Total (UG)", 110],
        ["A 9", "Total students", 110],
        ["Total", "", "1.234"],
        ["A 2 Total", "", ""],
    ],
)
def test_a_row_of_a_total_is_marked(row: list[object]) -> None:
    assert places(row) == ["row 4"]


@pytest.mark.parametrize(
    "row",
    [
        ["A 3", "", 30],
        ["A 3", "Total quality", 30],
        ["", "", 30],
        ["TOT 1", "", 7],
        ["SUM 101", "", 30],
        ["SUMMER", "", 30],
    ],
)
def test_a_course_is_no_total(row: list[object]) -> None:
    assert places(row) == []


def test_a_course_whose_title_begins_with_total_is_none_whatever_its_number() -> None:
    assert places(["DES 1", "Total Design", 110], ["A 4", "", 7]) == []


def test_only_the_last_row_is_a_total_by_its_number_alone() -> None:
    assert places(["A 3", "", 110], ["A 4", "", 7]) == []
    assert places(["A 3", "", 110], ["printed on 1 August", "", ""]) == ["row 4"]
    assert [row.total for row in marked(["A 1", "", 0], ["A 2", "", 0], ["A 3", "", 0])] == [None] * 3


def test_subtotals_are_totals_and_are_not_counted_twice() -> None:
    rows = marked(
        ["ENG10", "A", 34],
        ["ENG10", "B", 34],
        ["ENG10", "Total", 68],
        ["HIS 1", "A", 5],
        ["HIS 1", "Total", 5],
        ["Total", "", 73],
    )
    assert [row.where for row in rows if row.total] == ["row 4", "row 6", "row 7"]
    assert [row.where for row in rows if row.is_subtotal] == ["row 4", "row 6"]


def test_a_total_that_is_not_the_sum_says_so() -> None:
    total = marked(["A 1", "", 60], ["A 2", "", 50], ["Total", "", 200])[-1]
    assert (total.total or "").endswith("but the rows above add up to 110, not 200")
