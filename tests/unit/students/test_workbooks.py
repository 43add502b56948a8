"""Workbooks of student numbers, as three programs write them: what is read, and what is left out or refused.

openpyxl and XlsxWriter write here and now. LibreOffice Calc made the files in ``calc``: ``calc/make.py``.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font

from dcs_mirror.errors import SettingsError
from dcs_mirror.students import workbook
from dcs_mirror.students.cells import CellError
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.rows import Source, of_table
from tests.support.xlsb import xlsb

CALC = Path(__file__).parent / "calc"
HEADING = ("Module code", "Enrolled")
Lines = Sequence[Sequence[Any]]


def read(content: bytes, *, name: str = "a.xlsx", **options: Any) -> Source:
    return of_table(workbook.read(name, content, **options), Columns())


def codes(source: Source) -> list[str]:
    return [row.course_code for row in source.rows]


def saved(book: openpyxl.Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def replaced(book: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A workbook with another text in one of its parts."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(changed, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == name:
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(part, content)
    return changed.getvalue()


def with_openpyxl(hidden: Lines, visible: Lines, hidden_rows: Sequence[int]) -> bytes:
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    first.title, first.sheet_state = "old", "hidden"
    second = book.create_sheet("new")
    for sheet, lines in ((first, hidden), (second, visible)):
        for line in lines:
            sheet.append(line)
    for row in hidden_rows:
        second.row_dimensions[row].hidden = True
    return saved(book)


def with_xlsxwriter(hidden: Lines, visible: Lines, hidden_rows: Sequence[int]) -> bytes:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    first, second = book.add_worksheet("old"), book.add_worksheet("new")
    second.activate()
    second.set_first_sheet()
    first.hide()
    for sheet, lines in ((first, hidden), (second, visible)):
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    for row in hidden_rows:
        second.set_row(row - 1, options={"hidden": True})
    book.close()
    return written.getvalue()


def as_xlsb(hidden: Lines, visible: Lines, hidden_rows: Sequence[int]) -> bytes:
    return xlsb(("old", True, hidden), ("new", False, visible), hidden_rows=hidden_rows)


Writer = Callable[[Lines, Lines, Sequence[int]], bytes]
WRITERS = [with_openpyxl, with_xlsxwriter, as_xlsb]


@pytest.mark.parametrize("write", WRITERS)
def test_the_first_sheet_that_is_not_hidden_is_read_and_the_others_are_told(write: Writer) -> None:
    book = write([HEADING, ("LAW1", 1)], [HEADING, ("LAW1", 50)], [])
    found = read(book)
    assert [(row.course_code, row.students) for row in found.rows] == [("LAW1", 50)]
    assert "sheet 'new'" in str(found.understood)
    assert "hidden: sheet 'old'" in str(found.understood)
    old = read(book, sheet=" OLD")
    assert [(row.course_code, row.students) for row in old.rows] == [("LAW1", 1)]
    assert "not read: sheet 'new'" in str(old.understood)


@pytest.mark.parametrize("write", WRITERS)
def test_hidden_rows_are_counted_and_left_out_unless_they_are_asked_for(write: Writer) -> None:
    book = write([HEADING], [HEADING, ("A 1", 1), ("A 2", 2), ("A 3", 3), ("A 4", 4)], [3, 4, 9])
    found = read(book)
    assert codes(found) == ["A 1", "A 4"]
    assert found.understood.hidden_rows == 2
    assert "2 hidden rows left out (--hidden-rows takes them)" in str(found.understood)
    taken = read(book, hidden_rows=True)
    assert codes(taken) == ["A 1", "A 2", "A 3", "A 4"]
    assert "2 hidden rows taken" in str(taken.understood)


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_file_of_calc_is_read_as_a_person_sees_it(suffix: str) -> None:
    name = f"numbers.{suffix}"
    found = read((CALC / name).read_bytes(), name=name)
    assert [(row.where, row.course_code, row.students) for row in found.rows if not row.fault] == [
        ("row 4", "ART 7", 30),
        ("row 10", "HIS 301 ", 31),
        ("row 12", "Ökö 3", 1234),
    ]
    faults = {row.where: row.fault or "" for row in found.rows if row.fault}
    assert "is a date or a time, 2026-03-01" in faults["row 5"]
    assert "the error #N/A" in faults["row 6"]
    assert "TRUE" in faults["row 7"]
    assert faults["row 11"] == "'#DIV/0!' is not a whole number"
    assert (found.understood.hidden_rows, found.understood.hidden_sheets) == (2, ["Old numbers"])
    assert found.understood.heading_rows == (3,)
    assert "HIDDEN 2" in codes(read((CALC / name).read_bytes(), name=name, hidden_rows=True))


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_workbook_with_a_password_is_named_as_such(suffix: str) -> None:
    name = f"protected.{suffix}"
    with pytest.raises(SettingsError, match=rf"^{name}: is protected by a password; open it"):
        read((CALC / name).read_bytes(), name=name)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (datetime.combine(date(2026, 3, 1), time(12)), "is a date or a time, 2026-03-01"),
        (date(2026, 3, 1), "is a date or a time, 2026-03-01"),
        (time(10, 30), "is a date or a time"),
        (timedelta(hours=30), "is a date or a time"),
        (True, "the truth value TRUE"),
        ("#N/A", "the error #N/A"),
        ("#VALUE!", "the error #VALUE!"),
        ("=NA()", "the error a formula that was not calculated"),
    ],
)
def test_a_cell_that_is_no_code_makes_its_row_unusable(cell: object, said: str) -> None:
    found = read(with_openpyxl([], [HEADING, (cell, 5), ("ART 7", cell), (cell, cell)], []))
    assert [row.fault is None for row in found.rows] == [False] * 3
    assert said in (found.rows[0].fault or "")
    assert "is not a whole number" in (found.rows[1].fault or "")


def test_formulas_that_their_writer_did_not_calculate_make_their_rows_unusable() -> None:
    book = with_xlsxwriter([], [HEADING, ("ART 7", "=10+20"), ('="HIS"&1', 5), ("MAT 2", 4)], [])
    found = read(book)
    assert ["not calculated" in (row.fault or "") for row in found.rows] == [True, True, False]
    # As Excel saves it, which has calculated, and as it does if it was told not to.
    for says, is_out_of_date in ((b"", False), (b'calcCompleted="0"', True)):
        changed = read(replaced(book, "xl/workbook.xml", b'fullCalcOnLoad="1"', says))
        assert [row.students for row in changed.rows] == ([None, 5, 4] if is_out_of_date else [0, 5, 4])


def test_an_error_in_a_binary_workbook_makes_its_row_unusable() -> None:
    found = read(xlsb(("a", False, [HEADING, (CellError("#N/A"), 5), (True, 3), ("B", CellError("#N/A"))])))
    assert [row.fault is None for row in found.rows] == [False] * 3


@pytest.mark.parametrize("write", WRITERS)
def test_a_number_in_the_column_of_codes_finds_its_course_but_makes_none(write: Writer) -> None:
    (row,) = read(write([], [HEADING, (7, 30)], [])).rows
    assert (row.course_code, row.fault) == ("7", None)
    assert "drop zeros at the beginning" in (row.doubt or "")


def test_styles_that_are_not_valid_do_not_matter() -> None:
    book = with_openpyxl([], [HEADING, ("ART 7", 30)], [])
    color = b'<x><color rgb="FF0000000AB"/></x><fonts'
    assert codes(read(replaced(book, "xl/styles.xml", b"<fonts", color))) == ["ART 7"]


@pytest.mark.parametrize("how", [b'hidden="1"', b'width="0"'], ids=["hidden", "without width"])
def test_a_hidden_column_is_not_guessed_and_taken_if_it_is_named(how: bytes) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in [("Module code", "Enrolled", "Notes"), ("ART 7", 30, "x")]:
        sheet.append(line)
    sheet.column_dimensions["B"].width = 7
    content = replaced(saved(book), "xl/worksheets/sheet1.xml", b'width="7"', how)
    with pytest.raises(
        SettingsError,
        match=r"the column 'Enrolled' is hidden\. If it is meant, name it with --students-column",
    ):
        read(content)
    table = workbook.read("a.xlsx", content)
    assert of_table(table, Columns(students="enrolled")).rows[0].students == 30


def test_a_code_that_is_merged_over_several_rows_is_that_of_each() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in [HEADING, ("ENG10", 34), (None, 35), ("ART 7", 1)]:
        sheet.append(line)
    sheet.merge_cells("A2:A3")
    assert [(row.course_code, row.fault) for row in read(saved(book)).rows] == [
        ("ENG10", None),
        ("ENG10", None),
        ("ART 7", None),
    ]


def test_a_number_that_is_merged_over_rows_is_that_of_one_course_or_of_none() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    lines = [
        (*HEADING, "Lecturer"),
        ("ENG10", 34, "Hill"),
        (None, None, "Jones"),
        ("ART 7", 40, "Hill"),
        ("ART 8", None, "Jones"),
        ("LAW 1", 2, "Jones"),
    ]
    for line in lines:
        sheet.append(line)
    for cells in ("A2:A3", "B2:B3", "B4:B5"):
        sheet.merge_cells(cells)
    rows = read(saved(book)).rows
    assert [(row.where, row.course_code, row.students) for row in rows] == [
        ("row 2", "ENG10", 34),
        ("row 4", "ART 7", None),
        ("row 5", "ART 8", None),
        ("row 6", "LAW 1", 2),
    ]
    assert rows[1].fault == rows[2].fault == "its number is merged over rows 4 to 5: give each course its own"
    sheet["A5"] = "ART 7 "  # the same course
    sheet.row_dimensions[4].hidden = True
    row = read(saved(book)).rows[1]
    assert (row.where, row.students, row.fault) == (
        "row 5",
        None,
        "its number stands in row 4, which is hidden",
    )


def test_a_cell_far_away_is_refused_before_it_takes_the_memory_and_its_style_alone_is_not() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in [HEADING, ("ART 7", 30)]:
        sheet.append(line)
    sheet["XFD1048576"].font = Font(bold=True)
    assert codes(read(saved(book))) == ["ART 7"]
    sheet["XFD1048576"] = "x"
    with pytest.raises(SettingsError, match=r"reaches to row 1048576 and column 16384\. Delete the rows"):
        read(saved(book))


def test_cells_that_are_repeated_without_end_are_refused_before_they_take_the_memory() -> None:
    changed = io.BytesIO()
    with zipfile.ZipFile(CALC / "numbers.ods") as source, zipfile.ZipFile(changed, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "content.xml":
                cell = (
                    b'<table:table-cell office:value-type="string" calcext:value-type="string"><text:p>LAW 1'
                )
                assert cell in content
                many = b'<table:table-cell table:number-columns-repeated="16000000" '
                content = content.replace(cell, cell.replace(b"<table:table-cell ", many))
            target.writestr(part, content)
    with pytest.raises(SettingsError, match="reaches to row 2 and column 16000"):
        read(changed.getvalue(), name="a.ods")


def test_a_document_type_is_refused() -> None:
    book = with_openpyxl([], [HEADING, ("ART 7", 30)], [])
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(changed, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet2.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content.removeprefix(
                    b'<?xml version="1.0"?>'
                )
            target.writestr(part, content)
    with pytest.raises(SettingsError, match="cannot be read as a workbook"):
        read(changed.getvalue())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><table><tr><td>Code</td></tr></table></html>", "it is a web page"),
        (b"Code;Students\nART 7;30\n", "it is text; give it the name .csv"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "it is a"),
        (b"", "it is empty"),
    ],
)
def test_a_file_that_only_has_the_name_of_a_workbook_says_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read(content, name="numbers.xls")


@pytest.mark.parametrize("name", ["numbers.xlsx", "numbers.xls", "numbers.ods"])
def test_a_damaged_workbook_is_read_or_refused_in_one_line(name: str) -> None:
    content = (CALC / name).read_bytes()
    for position in range(0, len(content), len(content) // 60):
        damaged = content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]
        for broken in (damaged, content[:position]):
            said = ""
            try:
                workbook.read(name, broken)
            except SettingsError as refused:
                said = str(refused)
            assert "\n" not in said
