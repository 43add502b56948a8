"""Student numbers from tables in any common form."""

from decimal import Decimal

import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.cells import whole_number
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.rows import Source, SourceRow, of_table
from dcs_mirror.students.table import Table

GUESSED = Columns()


def table(*rows: list[object], columns: Columns = GUESSED) -> Source:
    return of_table(Table("numbers", list(enumerate(rows, start=1)), "a test"), columns)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (30, 30),
        ("30", 30),
        (" 30 ", 30),
        (12.0, 12),
        ("12.0", 12),
        ("12,00", 12),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("1\u202f234", 1234),
        ("1,234", 1234),
        ("1'234", 1234),
        ("1,234.00", 1234),
        ("-3", -3),
        ("0", 0),
        (Decimal("30.0000"), 30),
        (Decimal("1.2E+3"), 1200),
        (Decimal("-3.00"), -3),
        ("12345678", 12_345_678),
    ],
)
def test_numbers_are_read_as_people_and_programs_write_them(cell: object, number: int) -> None:
    assert whole_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    [
        None,
        "",
        " ",
        "n/a",
        "12.5",
        12.5,
        "1.234",
        "12.000",
        "1,23",
        "1e3",
        "٣",
        "²",
        Decimal("12.5000"),
        Decimal("NaN"),
        Decimal("1E+999999"),
        Decimal("1E-999999"),
        True,
        "9" * 5000,
        "=1+1",
    ],
)
def test_what_is_no_whole_number_or_may_be_two_is_refused(cell: object) -> None:
    with pytest.raises(ValueError, match=r"not a whole number|no number"):
        whole_number(cell)


def test_columns_are_guessed_and_told() -> None:
    read = table([None], ["Faculty", "Module Code", "Module Title", "Students"], ["A", "ART 7", "Art", "30"])
    assert read.rows == [SourceRow("row 3", "ART 7", 30, "Art")]
    assert str(read.understood) == (
        "a test; code from column 'Module Code', students from column 'Students', "
        "name from column 'Module Title'; heading in row 2"
    )


def test_a_student_number_is_a_persons_and_a_code_goes_before_a_title() -> None:
    read = table(["Course", "Course code", "Student number", "Headcount"], ["Art", "ART 7", "4711", "30"])
    assert [(row.course_code, row.students) for row in read.rows] == [("ART 7", 30)]


def test_columns_are_taken_as_they_are_named() -> None:
    named = Columns(code="kürzel", students="Anzahl", name="Name")
    read = table(["Anzahl", "Kürzel", "Code", "Name"], [30, "ART 7", "x", ""], columns=named)
    assert read.rows == [SourceRow("row 2", "ART 7", 30)]


@pytest.mark.parametrize(
    ("heading", "columns", "said"),
    [
        (["A", "Students"], GUESSED, "--code-column; the columns are 'A', 'Students'"),
        (["Code", "B"], GUESSED, "--students-column"),
        (["Code", "code", "Students"], GUESSED, "several columns may be meant"),
        (["Course code", "Module code", "Students"], GUESSED, "several columns may be meant"),
        (["Course code", "Enrolments", "Headcount"], GUESSED, "several columns may be meant"),
        (["Course code", "Student number"], GUESSED, "--students-column"),
        (["Code", "Students"], Columns(code="Kürzel"), "--code-column: there is no column 'Kürzel'"),
        (["Code", "N", "N"], Columns(students="N"), "there are several columns 'N'"),
    ],
)
def test_columns_that_cannot_be_told_are_asked_for(
    heading: list[object], columns: Columns, said: str
) -> None:
    with pytest.raises(SettingsError, match="numbers: ") as refused:
        table(heading, ["1", "2", "3"], columns=columns)
    assert said in str(refused.value)


def test_rows_that_cannot_be_used_say_why_and_empty_ones_are_left_out() -> None:
    rows = table(
        ["code", "students"],
        ["ART 7"],
        ["", ""],
        ["", 3],
        ["ART 8", "many"],
        [101.0, 3.0],
        [Decimal("102.0000"), Decimal("4.0")],
    ).rows
    assert [(row.where, row.course_code, row.students, row.fault) for row in rows] == [
        ("row 2", "ART 7", None, "there is no number of students"),
        ("row 4", "", 3, "there is no course code"),
        ("row 5", "ART 8", None, "'many' is not a whole number"),
        ("row 6", "101", 3, None),
        ("row 7", "102", 4, None),
    ]


@pytest.mark.parametrize("rows", [[], [["code", "students"]]])
def test_a_table_without_rows_is_refused(rows: list[list[object]]) -> None:
    with pytest.raises(SettingsError, match=r"is empty|has no rows"):
        table(*rows)
