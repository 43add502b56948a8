"""The heading of a table: found below the name of a report, in one row or two, or asked for."""

import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.rows import Source, of_table
from dcs_mirror.students.table import Range, Table

GUESSED = Columns()
Row = list[object]


def table(
    *rows: Row,
    columns: Columns = GUESSED,
    heading_row: int | None = None,
    merged: list[Range] | None = None,
    separator: str | None = None,
) -> Source:
    found = Table(
        "a", list(enumerate(rows, start=1)), "a test", separator=separator, merged=merged or [], sheet="s",
        other_sheets=["t"],
    )  # fmt: skip
    return of_table(found, columns, heading_row=heading_row)


def numbers(source: Source) -> list[tuple[str, int | None]]:
    return [(row.course_code, row.students) for row in source.rows if row.fault is None]


@pytest.mark.parametrize(
    ("rows", "heading_rows"),
    [
        # The name of a report, its parameters, blank rows.
        ([["Enrolments by module"], ["Year", "2026/27"], [], ["Code", "Students"]], (4,)),
        # Parameters that look like headings.
        ([["Course", "All", "Total", "120"], ["Module code", "Headcount"]], (2,)),
        ([["Course:", "All"], ["Students:", "Enrolled"], ["Code", "Title", "Students"]], (3,)),
        # A group above the names, with blank cells in the place of merged ones.
        ([["Module", "", "Students", ""], ["Code", "Students", "Title", "Fees"]], (1, 2)),
        ([["Module", ""], ["Code", "Number"]], (2,)),
        ([["Module", "Student"], ["code", "numbers"]], (1, 2)),
        # A second row with units below the names.
        ([["Code", "Students"], ["", "(headcount)"]], (1, 2)),
    ],
)
def test_the_heading_is_searched_in_the_first_rows(rows: list[Row], heading_rows: tuple[int, ...]) -> None:
    width = max(map(len, rows))
    data: list[Row] = [["ART 7", 30, "x", "y"][:width], ["HIS 1", 5, "x", "y"][:width]]
    if "Title" in rows[-1] and rows[-1].index("Title") == 1:
        data = [["ART 7", "Art", 30], ["HIS 1", "History", 5]]
    found = table(*rows, *data)
    assert numbers(found) == [("ART 7", 30), ("HIS 1", 5)]
    assert tuple(found.understood.heading_rows) == heading_rows
    assert len(found.rows) == 2


@pytest.mark.parametrize(
    "rows",
    [
        [["Module", "", "Students", ""], ["Code", "Title", 2025, 2026], ["ART 7", "Art", 30, 31]],
        [["Module code", "Students", ""], ["", 2025, 2026], ["ART 7", 30, 31]],
        [["Module code", "Students", ""], ["", "2025/26", "2026/27"], ["ART 7", 30, 31]],
        [["Code", "Enrolled", "Headcount"], ["ART 7", 30, 31]],
    ],
)
def test_a_number_that_may_be_of_several_columns_is_asked_for(rows: list[Row]) -> None:
    with pytest.raises(SettingsError, match="--students-column"):
        table(*rows)


def test_a_column_of_a_heading_of_two_rows_is_named_by_both_or_by_the_lower() -> None:
    rows: list[Row] = [
        ["Module", "", "Students", ""],
        ["Code", "Title", 2025, 2026],
        ["ART 7", "Art", 30, 31],
    ]
    for name in ("Students 2026", "2026"):
        assert numbers(table(*rows, columns=Columns(students=name))) == [("ART 7", 31)]


def test_merged_cells_above_two_columns_of_numbers_are_refused() -> None:
    with pytest.raises(SettingsError, match="'Students' stands above 2 columns"):
        table(["Code", "Students"], ["ART 7", 30, 31], merged=[((1, 1), (1, 2))])


def test_a_heading_that_is_merged_downwards_ends_with_its_last_row() -> None:
    found = table(
        ["Code", "Students", "Of them"], ["", "", "new"], ["ART 7", 30, 3], merged=[((1, 0), (2, 0))]
    )
    assert (numbers(found), tuple(found.understood.heading_rows)) == ([("ART 7", 30)], (1, 2))


def test_the_row_that_is_named_is_the_heading() -> None:
    rows: list[Row] = [["Code", "Students"], ["OLD 1", 1], ["Module", "Enrolled"], ["ART 7", 30]]
    assert numbers(table(*rows, heading_row=3)) == [("ART 7", 30)]
    for row, said in ((2, "row 2: "), (9, "row 9 is empty or hidden, or not there; ")):
        with pytest.raises(SettingsError, match=said):
            table(*rows, heading_row=row)


def test_without_a_heading_the_first_rows_and_the_other_sheets_are_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        table(["Numbers"], [], ["Kod", "Antal"], ["ART 7", 30])
    assert "give its row with --heading-row" in str(refused.value)
    assert "row 1: Numbers; row 3: Kod | Antal; row 4: ART 7 | 30; other sheets (--sheet): 't'" in str(
        refused.value
    )


@pytest.mark.parametrize(
    "heading",
    [
        ["Cod y modiwl", "Teitl", "Nifer y myfyrwyr"],
        ["Cod cwrs", "Enw'r cwrs", "Nifer o fyfyrwyr"],
        ["Modiwl", "Teitl y modiwl", "Cofrestriadau"],
    ],
)
def test_a_report_in_welsh_is_read_as_one_in_english(heading: Row) -> None:
    found = table(["Adroddiad modiwlau"], [], heading, ["ART 7", "Celf", 30])
    assert numbers(found) == [("ART 7", 30)]
    assert tuple(found.understood.heading_rows) == (3,)


def test_of_columns_in_both_languages_the_english_ones_are_read() -> None:
    heading: Row = ["Cod y modiwl", "Module code", "Myfyrwyr", "Students", "Cyfanswm"]
    assert numbers(table(heading, ["x", "ART 7", 1, 30, 2])) == [("ART 7", 30)]


def test_the_columns_that_are_told_are_those_of_the_heading_and_not_the_name_of_the_report() -> None:
    with pytest.raises(
        SettingsError, match="the columns are 'Kod', 'Titel', 'Antal'; if the heading is below"
    ):
        table(["Numbers of the year"], [], ["Kod", "Titel", "Antal"], ["ART 7", "Art", 30])


def test_the_row_that_has_one_of_the_named_columns_is_told_before_others_that_lack_it() -> None:
    rows: list[Row] = [["Year", "", "2025/26"], ["Row Labels", "FT", "PT"], ["ART 7", 30, 9]]
    with pytest.raises(SettingsError, match=r"name it with --students-column; the columns are 'Row Labels'"):
        table(*rows, columns=Columns(code="Row Labels"))
    with pytest.raises(
        SettingsError, match="there is no column 'Kod'; the columns are 'Row Labels', 'FT', 'PT';"
    ):
        table(*rows, columns=Columns(code="Kod"))
    assert numbers(table(*rows, columns=Columns("Row Labels", "FT"))) == [("ART 7", 30)]


def test_a_heading_that_is_repeated_on_each_page_is_left_out_and_told() -> None:
    found = table(["Code", "Students"], ["ART 7", 30], ["Code", "Students"], ["HIS 1", 5])
    assert numbers(found) == [("ART 7", 30), ("HIS 1", 5)]
    assert (len(found.rows), found.understood.repeated_headings) == (2, [3])


def test_rows_below_another_heading_are_not_used() -> None:
    found = table(["Code", "Students"], ["ART 7", 30], ["Module code", "Fees"], ["HIS 1", 500])
    assert numbers(found) == [("ART 7", 30)]
    assert "looks like the heading of another table" in (found.rows[1].fault or "")
    assert "it is below row 3" in (found.rows[2].fault or "")
