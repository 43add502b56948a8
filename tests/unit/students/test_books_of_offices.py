"""Workbooks as offices of student records make them: understood, or refused with the option that helps."""

import io
from typing import Any

import openpyxl
import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.students import workbook
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.rows import Source, of_table

Lines = list[list[Any]]


def read(*sheets: Lines) -> Source:
    book = openpyxl.Workbook()
    for number, lines in enumerate(sheets):
        sheet = book.worksheets[0] if not number else book.create_sheet()
        for line in lines:
            sheet.append(line)
    written = io.BytesIO()
    book.save(written)
    return of_table(workbook.read("a.xlsx", written.getvalue()), Columns())


@pytest.mark.parametrize(
    ("heading", "row", "option"),
    [
        (["Module", "2024/25", "2025/26", "2026/27"], ["ART 7", 1, 2, 3], "--students-column"),
        (["Module code", "S1 students", "S2 students"], ["ART 7", 1, 2], "--students-column"),
        (["Module code", "Students (FTE)", "Students (headcount)"], ["ART 7", 30.5, 31], "--students-column"),
        (["Row Labels", "Count of Student ID"], ["ART 7", 31], "--code-column"),
        (["Module code", "Student number", "Name"], ["ART 7", 1234, "Jo"], "--students-column"),
        (
            ["Module code", "Students", None, "Module code", "Students"],
            ["A", 1, None, "B", 2],
            "--code-column",
        ),
    ],
    ids=["years", "semesters", "two measures", "pivot", "a row for each person", "side by side"],
)
def test_a_number_that_may_mean_something_else_is_asked_for(
    heading: list[Any], row: list[Any], option: str
) -> None:
    with pytest.raises(SettingsError, match=option):
        read([heading, row])


@pytest.mark.parametrize("cell", ["=1+2", "<5", "31*", "31 students", "-", 31.6])
def test_a_number_that_is_suppressed_noted_or_not_calculated_makes_its_row_unusable(cell: object) -> None:
    row, sound = read([["Module code", "Students"], ["ART 7", cell], ["HIS 1", 4]]).rows
    assert (row.students, "not a whole number" in str(row.fault)) == (None, True)
    assert (sound.students, sound.fault) == (4, None)


def test_a_column_that_counts_the_rows_holds_no_numbers_of_students() -> None:
    lines: Lines = [["Number", "Module code"], *([n, f"ART {n}"] for n in range(1, 6))]
    with pytest.raises(
        SettingsError,
        match=r"'Number' only counts the rows, from 1 to 5\. If it is meant",
    ):
        read(lines)
    assert len(read(lines[:5]).rows) == 4


def test_places_and_waiting_lists_are_no_students() -> None:
    source = read([["Module code", "Capacity", "Enrolled", "Waiting list"], ["ART 7", 100, 31, 5]])
    assert [row.students for row in source.rows] == [31]


def test_a_sheet_for_each_faculty_is_told_as_not_read() -> None:
    heading = ["Module code", "Students"]
    source = read([heading, ["ART 7", 31]], [heading, ["MAT 2", 31]])
    assert [row.course_code for row in source.rows] == ["ART 7"]
    assert list(source.understood.other_sheets) == ["Sheet1"]
