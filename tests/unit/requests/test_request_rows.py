"""Requests from the cells of a table, as a librarian's list has them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dcs_mirror.errors import SettingsError
from dcs_mirror.requests.headings import named
from dcs_mirror.requests.identifiers import number_in
from dcs_mirror.requests.plan import Known, aligned, judged
from dcs_mirror.requests.rows import RequestList, RequestRow, of_table
from dcs_mirror.students.cells import CellError
from dcs_mirror.students.table import Range, Table

WHO = {"academic_name": "Jo Hill", "email": "jo@example.ac.uk"}
EMMA = "9780141439587"
HEADING = ["Module code", "ISBN", "Book title", "Chapter title", "Pages"]


def listed(
    *rows: list[Any], columns: tuple[str, ...] = (), merged: tuple[Range, ...] = (), **defaults: Any
) -> RequestList:
    table = Table("list.xlsx", list(enumerate(rows, start=1)), "a test", merged=merged)
    return of_table(table, named(columns), {**WHO, **defaults})


def one(heading: list[str], row: list[Any], **defaults: Any) -> RequestRow:
    (found,) = listed(heading, row, **defaults).rows
    return found


def read(heading: str, cell: object) -> RequestRow:
    """A row that is complete but for one cell."""
    return one(["Code", "Title", "Extract title", heading], ["ART 7", "Emma", "I", cell], is_book=True)


def test_headings_of_lists_the_specification_and_the_mirror_are_known_and_others_are_told() -> None:
    lists = ["Module Code", "ISBN", "Book title", "Chapter", "Pages", "Author", "Required by", "Price"]
    found = listed(
        ["Requests 2026"], lists, ["ART 7", EMMA, "Emma", "3", "1-20", "Austen", "21/09/2026", "9.99"]
    )
    assert found.rows[0].values == {
        **WHO,
        "course_code": "ART 7",
        "isn": EMMA,
        "title": "Emma",
        "page_range": "1-20",
        "is_book": True,
        "chapter_number": "3",
        "contributor": "Austen",
        "needed_by": datetime(2026, 9, 20, 23, tzinfo=UTC),
    }
    assert found.understood.unused_columns == ["Price"]
    assert "columns that are not sent: 'Price'" in str(found.understood)
    wire = one(["CourseCode", "ISN", "IsBook", "PageRange"], ["ART 7", EMMA, "True", "1-20"])
    welsh = one(
        ["Cod y cwrs", "ISBN", "Teitl", "Teitl y bennod", "Tudalennau"],
        ["ART 7", EMMA, "Ymá", "Dechrau", "1-20"],
    )
    assert wire.values["isn"] == EMMA
    assert (welsh.values["title"], welsh.values["extract_title"]) == ("Ymá", "Dechrau")
    article = one(
        ["Code", "ISBN", "ISSN", "Title", "Author", "First page", "Last page"],
        ["ART 7", "", "0028-0836", "Nature", "Hill", 5.0, 9.0],
    ).values
    assert (article["is_book"], article["extract_author"], article["page_range"]) == (False, "Hill", "5-9")


def test_columns_can_be_named_and_what_is_not_clear_is_refused() -> None:
    rows = (["Modul", "Was", "Seiten"], ["ART 7", "Emma", "1-20"])
    given = ("course-code=modul", "Title=WAS", "page_range=Seiten")
    assert listed(*rows, columns=given, is_book=True).rows[0].values["title"] == "Emma"
    for columns, told in (
        ((), "the first rows have no heading"),
        (("title=Wer",), "there is no column 'Wer'"),
        (("titel=Was",), "there is no field 'titel'"),
        (("title",), "is not FIELD=HEADING"),
        (("title=Was", "Title=Wer"), "Title is given twice"),
    ):
        with pytest.raises(SettingsError, match=told):
            listed(*rows, columns=columns)
    with pytest.raises(SettingsError, match="2 columns are called 'Pages': rename one"):
        listed(["Title", "Pages", "Pages"], ["Emma", "1-20", ""])
    both = ["Code", "Title", "Book title", "Pages"]
    with pytest.raises(SettingsError, match="may all be 'title'"):
        listed(both, ["ART 7", "I", "Emma", "1-20"])
    left_out = listed(both, ["ART 7", "I", "Emma", "1-20"], columns=("title=Book title",), is_book=True)
    assert left_out.understood.unused_columns == ["Title"]


@pytest.mark.parametrize(
    ("heading", "cell", "told"),
    [
        ("Pages", datetime(2026, 1, 20), "is a date or a time"),  # noqa: DTZ001 - as a workbook has it
        ("Pages", "20-Jan", "may be a date"),
        ("Pages", "01/12/2026", "is a date"),
        ("Pages", 0.05, "has decimals"),
        ("Pages", "0.5", "has decimals"),
        ("Pages", 46300.0, "store for 2026-10-05"),
        ("Pages", "#####", "too wide for its column"),
        ("Pages", "TBC", "leave the cell empty"),
        ("Pages", "\u202e02-1", "an invisible character, U+202E"),
        ("Notes", "a\x1b[31m", "an invisible character, U+001B"),
        ("Required by", "########", "too wide for its column"),
        (
            "Subtitle",
            CellError("a formula that was not calculated"),
            "is a formula that was not calculated: open",
        ),
        ("Pages", CellError("#REF!"), "is the error #REF!"),
        ("Pages", "#N/A", "is the error #N/A"),
        ("Chapter number", "Mar-26", "may be a date"),
        ("Year", datetime(2019, 1, 1), "is a date or a time"),  # noqa: DTZ001 - as a workbook has it
        ("ISBN", "9.78014E+12", "its digits are lost"),
        ("ISBN", 9780190000000.0, "its digits are lost"),
        ("ISBN", "####", "too wide for its column"),
        ("ISBN", 141439580.0, "may be 0141439580"),
        ("ISBN", "280836", "may be 00280836"),
        ("ISBN", "9780141439588", "no valid ISBN or ISSN"),
        ("ISBN", f"{EMMA}; 9780140430103", "several numbers"),
        ("Subtitle", "CafÃ©", "decoded wrongly"),
        ("Subtitle", "Caf\ufffd", "lost a letter"),
        ("Subtitle", "Th??tre d'?tudes", "lost a letter"),
        ("Subtitle", "Post?modern", "in an earlier conversion; if it is meant: dcs-mirror submit-request"),
        ("Subtitle", "Ditto", "in each row; if it is meant: dcs-mirror submit-request"),
        ("Subtitle", "To be confirmed", "not known yet; if it is meant: dcs-mirror submit-request"),
        ("Author", "Garc?a", "lost a letter"),
        ("Author", '"', "refers to another row"),
        ("Subtitle", "As above", "refers to another row"),
        ("ISBN", "ditto", "refers to another row"),
        ("Subtitle", "TBC", "not known yet"),
        ("Pages", 0.0, "no page 0"),
        ("Notes", True, "is TRUE, not text"),
        ("Required by", "soon", "is no date"),
        ("Total pages", "many", "is not a whole number"),
        ("Type", "Video", "neither Book nor Journal"),
    ],
)
def test_a_cell_that_a_spreadsheet_or_a_conversion_spoilt_is_not_sent(
    heading: str, cell: object, told: str
) -> None:
    row = read(heading, cell)
    assert told in (row.fault or ""), row
    assert (row.values, row.shown["title"]) == ({}, "Emma")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["", "5", "", ""], "last page: the row has only the first page"),
        (["", "", "9", "I"], "first page: the row has only the last page"),
        (["", "9", "5", ""], "last page: 5 is before the first page, 9"),
        (["11", "30", "40", ""], "is '11', but the first and the last page are 30-40"),
        (["pp. 101\u20139", "101", "109", ""], None),
        (["", "101", "9", ""], None),
        (["", "xi", "xx", ""], None),
    ],
)
def test_the_first_and_the_last_page_are_a_range_only_together(cells: list[str], told: str | None) -> None:
    heading = ["Code", "Title", "Pages", "First page", "Last page", "Extract title"]
    row = one(heading, ["ART 7", "Emma", *cells], is_book=True)
    assert (told in (row.fault or "")) if told else (row.fault is None)


@pytest.mark.parametrize(("cell", "number"), [("Ch. 3", "3"), ("xiv", "xiv"), ("Civil", None), ("XC", "XC")])
def test_a_chapter_is_a_number_or_a_title(cell: str, number: str | None) -> None:
    row = one(["Code", "Title", "Pages", "Chapter"], ["ART 7", "Emma", "1-20", cell], is_book=True)
    assert (row.values.get("chapter_number"), row.values.get("extract_title")) == (
        number,
        None if number else cell,
    )


@pytest.mark.parametrize("cell", ["12,15", "p. 46300", "1."])
def test_pages_that_only_look_odd_are_sent(cell: str) -> None:
    assert read("Pages", cell).values["page_range"] == cell


@pytest.mark.parametrize("cell", ["n/a", "-", "none", "", None])
def test_a_cell_that_says_nothing_is_left_out(cell: object) -> None:
    assert "page_range" not in read("Pages", cell).values


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"\u202d{EMMA}\u202c", EMMA),
        ("ISBN-13: 978-0-14-143958-7 (pbk.)", EMMA),
        (f"{EMMA}.0", EMMA),
        ("0 14 143958 0", "0141439580"),
        ("0141439580 / 9780141439587", "0141439580"),
        ("ISSN 0028\u20110836", "0028-0836"),
        ("2434561x", "2434-561X"),
    ],
)
def test_a_number_is_found_however_it_is_written(text: str, number: str) -> None:
    assert number_in(text) == number


def test_merged_cells_count_for_all_their_rows_and_a_repeated_heading_is_no_row() -> None:
    rows = (
        HEADING,
        ["ART 7", EMMA, "Emma", "I", ""],
        ["", "", "", "II", ""],
        HEADING,
        ["", EMMA, "", "III", ""],
    )
    merged: tuple[Range, ...] = (((2, 0), (5, 0)), ((2, 1), (3, 1)))
    found = listed(*rows, merged=merged)
    assert [row.values["course_code"] for row in found.rows] == ["ART 7"] * 3
    assert [row.values.get("title") for row in found.rows] == ["Emma", None, None]
    assert (found.rows[1].values["isn"], found.understood.repeated_headings) == (EMMA, [4])


def test_a2_a5_each_row_has_its_verdict_and_no_two_rows_that_ask_for_the_same_are_sent() -> None:
    heading = [*HEADING, "HEI", "Notes", "Type"]
    pages = ["ART 7", EMMA, "Emma", ""]
    found = listed(
        heading,
        [*pages, "1-20", 108.0, "", ""],
        ["art 7 ", "0-14-143958-0", "Emma", "", "pp. 1\u201320", "", "", ""],
        [*pages, "1-20", "", "", ""],
        [*pages, "30-40", "", "", ""],
        [*pages, "30-40", "", "urgent", ""],
        [*pages, "50-60", 113, "", ""],
        ["ARX 7", EMMA, "", "I", "", "", "", ""],
        ["OLD 1", EMMA, "", "I", "", "", "", ""],
        ["GONE", EMMA, "", "I", "", "", "", ""],
        ["", EMMA, "", "I", "", "", "", ""],
        ["ART 7", "", "Emma", "", "", "", "", "book"],
        ["ART 7", "", "Emma", "I", "", "", "", ""],
    )
    statuses = {"ART 7": "Active", "art-8": "Active", "OLD 1": "Archived", "GONE": "Deleted"}
    entries = judged(aligned(108, found.rows, statuses, without_course=False), Known())
    assert [entry.verdict for entry in entries] == [
        *("submit", "repeated", "repeated", "duplicate", "duplicate", "unusable"),
        *("unaligned", "archived", "deleted", "unusable", "unusable", "unusable"),
    ]
    assert entries[6].nearest[0] == "ART 7"
    told = {entry.where: entry.why or "" for entry in entries}
    assert "institution 113, not 108" in told["row 7"]
    assert "--without-course" in told["row 11"]
    assert "page range" in told["row 12"]
    assert "--book or --journal" in told["row 13"]
    (loose,) = aligned(108, found.rows[9:10], statuses, without_course=True)
    assert (loose.verdict, loose.course_code) == ("submit", None)
