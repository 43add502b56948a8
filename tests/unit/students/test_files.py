"""CSV and Excel files of student numbers: every usual form gives the same rows, and no file a crash."""

import io
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.students import csv_file, workbook
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.rows import Source, of_table
from dcs_mirror.students.sources import table_in

LINES = [("Course code", "Students", "Title"), ("R&D 6/a", "1 234", "Ä, ö; é"), ("101", "0", "x")]
WANTED = [("R&D 6/a", 1234, "Ä, ö; é"), ("101", 0, "x")]
GUESSED = Columns()


def rows(source: Source) -> list[tuple[str, int | None, str | None]]:
    return [(row.course_code, row.students, row.name) for row in source.rows]


def read(name: str, content: bytes, *, columns: Columns = GUESSED, sheet: str | None = None) -> Source:
    if name.endswith(".csv"):
        return of_table(csv_file.read(name, content), columns)
    return of_table(workbook.read(name, content, sheet=sheet), columns)


def csv_text(separator: str) -> str:
    return "\r\n".join(separator.join(f'"{cell}"' for cell in line) for line in LINES)


@pytest.mark.parametrize("separator", csv_file.SEPARATORS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_usual_encoding_and_separator_gives_the_same_rows(encoding: str, separator: str) -> None:
    found = read("a.csv", csv_text(separator).encode(encoding))
    assert rows(found) == WANTED
    assert csv_file.SEPARATORS[separator] in str(found.understood)


def test_the_separator_that_excel_announces_is_taken_and_lines_are_counted_with_it() -> None:
    found = read("a.csv", b"sep=:\r\ncode:students\r\nART 7:3\r\n")
    assert [(row.where, row.course_code, row.students) for row in found.rows] == [("row 3", "ART 7", 3)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b"PK\x03\x04\0\0\0\0",
        b"\xff\xfe\x00",
        b"code;students\x81\n",
        b"one column\n1\n",
        b'code,students\n"ART 7,3\n',
        b"code,students\n" + b'"' + b"x" * 200_000 + b'",3\n',
        b"\0\0\0\0",
    ],
)
def test_what_is_no_table_is_refused_in_one_line_that_names_the_file(content: bytes) -> None:
    with pytest.raises(SettingsError, match=r"^a\.csv: [^\n]+$"):
        read("a.csv", content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('code,students\nHIS 1,3\n"ART 7,3\nMAT 2,4\n', "the row that begins on line 3 is not CSV"),
        ('code;students\n"ART" 7;3\n', "the row that begins on line 2 is not CSV"),
        ("code,students\nA,1,200\nB,1,300\n", "separated by commas, most rows have more or fewer cells"),
        ("code\nART 7\n", "has fewer than two columns"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_and_not_that_it_has_no_columns(content: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read("a.csv", content.encode())
    assert said in str(refused.value)
    assert ("must be quoted" in str(refused.value)) == ("fewer than two columns" not in said)


def test_an_empty_file_and_a_document_of_numbers_are_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"a\.csv: is empty"):
        read("a.csv", b"\xef\xbb\xbf\n")
    with zipfile.ZipFile(tmp_path / "a.numbers", "w") as archive:
        archive.writestr("Index/Document.iwa", b"\0")
    with pytest.raises(SettingsError, match=r"a\.numbers: is a document of Numbers: export it"):
        table_in(tmp_path / "a.numbers")
    with pytest.raises(SettingsError, match="standard input is /dev/stdin"):
        table_in(Path("-"))


def test_a_file_that_is_utf_8_but_for_a_byte_is_refused_and_the_line_is_named() -> None:
    content = "code,students\nÜnicode/É7,30\nART 7,3\n".encode()
    assert rows(read("a.csv", content))[0] == ("Ünicode/É7", 30, None)
    with pytest.raises(SettingsError, match=r"a\.csv: line 3: the byte EF is not UTF-8, but other letters"):
        read("a.csv", content.replace(b"ART", b"\xefART"))
    latin = "code,students\nÜnicode/É7,30\nMENÜ\u201d,3\n" + "é 1,2\n" * 20
    assert rows(read("a.csv", latin.encode("cp1252")))[1] == ("MENÜ\u201d", 3, None)


@pytest.mark.parametrize("encoding", ["mac_roman", "cp437"])
def test_a_file_in_an_older_encoding_is_refused_and_a_word_is_shown(encoding: str) -> None:
    text = "code,students,title\nART 7,30,Drawing\nFRE 1,3,Théâtre à la carte\n"
    with pytest.raises(SettingsError, match=r"a\.csv: line 3: 'Th[^ ]+tre' is no word.* save it as UTF-8"):
        read("a.csv", text.encode(encoding))
    sound = "\u201cIbsen\u201ds a±b \u201cx\u201dand l\u2019été\u2026 \u2013 \u0152uvre\u2122 \u2022 \u0160"
    assert rows(read("a.csv", (text + f"ART 8,1,{sound}").encode("cp1252")))[2] == ("ART 8", 1, sound)


def test_a_cell_that_is_written_as_a_formula_of_a_text_is_that_text() -> None:
    text = 'code,students,title\n="0042",="30","=""Art, a"""\n=A1,5,x\n\x1a'
    assert rows(read("a.csv", text.encode())) == [("0042", 30, "Art, a"), ("=A1", 5, "x")]


def test_of_separators_that_give_as_many_columns_the_one_of_more_rows_is_taken() -> None:
    text = "code;students\nART 7;4,0\nHIS 1;5,0\nMAT 2;6\n"
    assert [row[:2] for row in rows(read("a.csv", text.encode()))] == [
        ("ART 7", 4),
        ("HIS 1", 5),
        ("MAT 2", 6),
    ]


def test_a_report_with_its_name_above_the_heading_is_separated_as_its_rows_are() -> None:
    text = "Numbers of students\nPrinted 1/8/2026\n\nCode;Title;Students\nART 7;Art, modern;30\nHIS 1;x;5\n"
    assert rows(read("a.csv", text.encode())) == [("ART 7", 30, "Art, modern"), ("HIS 1", 5, "x")]


def test_semicolons_in_the_titles_of_rows_without_their_last_columns_do_not_separate_cells() -> None:
    text = "code,students,title,note\nART 7,4,Land; law\nHIS 1,5,Arts; law\nMAT 2,6,C; D,x\nMAT 3,7,E; F,x\n"
    assert [row[:2] for row in rows(read("a.csv", text.encode()))] == [
        *(("ART 7", 4), ("HIS 1", 5), ("MAT 2", 6), ("MAT 3", 7))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Code;Students\r\nMÜS 7;30\r\nBIO 2;7\r\nHIS 1;5,0\r\n",
        "Code;Students;Title\r\nMÜS 7;30;x\r\nBIO 2;7;y\r\nHIS 1;5,0;Land, law, and, more\r\n",
    ],
)
def test_commas_of_the_last_row_do_not_separate_cells(text: str) -> None:
    """Spreadsheets of countries with decimal commas separate cells by semicolons."""
    found = read("a.csv", text.encode("cp1252"))
    assert [(row.course_code, row.students) for row in found.rows][:2] == [("MÜS 7", 30), ("BIO 2", 7)]
    assert "semicolons" in str(found.understood)


@pytest.mark.parametrize(
    ("heading", "wide", "sound"),
    [
        ("code,students", "ART 7,1,200", "HIS 1,3"),
        ("code,name,students", "ART 7,Maths, 2,30", "HIS 1,History,3"),
        ("code,students,", "ART 7,1,200", "HIS 1,3,"),
        ("code,students,notes", "ART 7,1,200,", "HIS 1,3,x"),
    ],
)
def test_a_row_wider_than_its_heading_is_not_used(heading: str, wide: str, sound: str) -> None:
    found = read("a.csv", f"{heading}\n{wide}\n{sound}\n{sound}".encode())
    assert [(each.course_code, each.students) for each in found.rows] == [
        ("ART 7", None),
        ("HIS 1", 3),
        ("HIS 1", 3),
    ]
    assert "more cells than the heading" in (found.rows[0].fault or "")


def test_a_note_beside_the_table_of_a_spreadsheet_moves_no_cell() -> None:
    made = openpyxl.Workbook()
    for line in [("Code", "Students"), ("ART 7", 30, None, "a note")]:
        made.worksheets[0].append(line)
    written = io.BytesIO()
    made.save(written)
    assert rows(read("a.xlsx", written.getvalue())) == [("ART 7", 30, None)]


def book(*sheets: str) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title in sheets:
        sheet = made.create_sheet(title)
        sheet.append([None])
        for code, students, name in LINES:
            sheet.append([float(code) if code == "101" else code, students, name])
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def test_an_excel_file_gives_the_same_rows_as_a_csv_file() -> None:
    found = read("a.xlsx", book("2026", "other"))
    assert rows(found) == WANTED
    assert found.rows[0].where == "row 3"
    assert str(found.understood).startswith("Excel, sheet '2026'; code from column 'Course code'")
    assert str(found.understood).endswith("; heading in row 2; not read: sheet 'other'")
    assert rows(read("a.xlsx", book("x", "2026"), sheet="2026")) == WANTED


def test_a_sheet_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match=r"a\.xlsx: there is no sheet 'b'; the sheets are 'x', 'y'"):
        read("a.xlsx", book("x", "y"), sheet="b")


def test_an_excel_file_without_the_columns_names_those_that_it_has() -> None:
    with pytest.raises(SettingsError) as refused:
        read("a.xlsx", book("x"), columns=Columns(code="Kod"))
    assert str(refused.value) == (
        "a.xlsx: --code-column: there is no column 'Kod'; the columns are 'Course code', 'Students', 'Title'"
        "; if the heading is below, give its row with --heading-row; the first rows are "
        "row 2: Course code | Students | Title; row 3: R&D 6/a | 1 234 | Ä, ö; é; row 4: 101 | 0 | x"
    )


@pytest.mark.parametrize("keep", [0, 3, 100, 2000])
def test_a_file_that_is_no_excel_file_or_is_cut_is_refused(keep: int) -> None:
    with pytest.raises(SettingsError, match=r"a\.xlsx: (cannot be read as|is not) a workbook"):
        read("a.xlsx", book("x")[:keep])


def test_an_archive_that_is_no_workbook_and_one_that_unpacks_to_too_much_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 100_000)
    with pytest.raises(SettingsError, match=r"(cannot be read as|is not) a workbook"):
        read("a.xlsx", packed.getvalue())
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 99_999)
    with pytest.raises(SettingsError, match="unpacks to more than"):
        read("a.xlsx", packed.getvalue())


def test_without_calamine_a_workbook_is_refused_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = book("x")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(SettingsError, match=r"from the extra srs: pip install 'dcs-mirror\[srs\]'"):
        read("a.xlsx", content)
