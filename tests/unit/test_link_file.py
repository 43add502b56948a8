"""The links of a file, in whatever format, encoding and column."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from dcs_mirror.errors import SettingsError
from dcs_mirror.links.file import read

G = "2998e0f4-db2d-e811-80bf-002590aca7cd"
LINK = f"https://contentstore.cla.co.uk/secure/link?id={G}"
TABLE = f"Title,Year,Link\nCafé,2019,{LINK}\nOther,2020,\nThird,2021,gone\n"


@pytest.mark.parametrize(
    ("encoding", "kept"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_is_read_as_it_was_saved(encoding: str, kept: str, separator: str) -> None:
    found = read("list.csv", TABLE.replace(",", separator).encode(encoding))
    assert found.links == [(2, LINK), (4, "gone")]
    assert (found.encoding, found.separator) == (kept, separator)
    assert "column 'Link'" in found.read_as
    assert found.rows[1][1][0] == "Café"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_has_one_link_a_line(end: str) -> None:
    text = end.join([LINK, "", f'"{G}"', f"{LINK},x;y", "108/5"])
    assert read("list.txt", text.encode()).links == [(1, LINK), (3, G), (4, f"{LINK},x;y"), (5, "108/5")]


def test_a_list_may_have_a_heading() -> None:
    assert read("list.csv", f"Links\n{LINK}\n".encode()).links == [(2, LINK)]
    assert read("list.csv", f"Links\n{LINK}\n".encode(), "links").links == [(2, LINK)]
    assert read("list.csv", f"htp://x/1\n{LINK}\n".encode()).links == [(1, "htp://x/1"), (2, LINK)]
    assert read("list.csv", b"").links == []


def test_a_column_is_taken_by_its_heading() -> None:
    text = b"A report\nName,Old id,New id\na,1,2\nb,3,4\nc,5,6\n"
    assert read("x.csv", text, " old ID ").links == [(3, "1"), (4, "3"), (5, "5")]
    with pytest.raises(
        SettingsError, match="there is no column 'URL'; the columns are 'Title', 'Year', 'Link'"
    ):
        read("x.csv", TABLE.encode(), "URL")
    with pytest.raises(SettingsError, match="several columns have the heading"):
        read("x.csv", f"Link,Link\n{LINK},{LINK}\n".encode(), "Link")


@pytest.mark.parametrize("titles", ["History 1\n", "History 1,,\nPrinted on Monday\n\n"])
def test_the_heading_may_stand_below_titles(titles: str) -> None:
    found = read("x.csv", (titles + TABLE).encode())
    begins = titles.count("\n") + 1
    assert found.links == [(begins + 1, LINK), (begins + 3, "gone")]
    assert f"column 'Link' (heading in row {begins})" in found.read_as
    with pytest.raises(SettingsError, match="the columns are 'Title', 'Year', 'Link'"):
        read("x.csv", (titles + TABLE).encode(), "URL")


def test_no_link_is_taken_for_a_heading_below_titles() -> None:
    assert read("x.csv", f",Link\nA,htp:x\nB,{LINK}\n".encode()).links == [(2, "htp:x"), (3, LINK)]
    assert read("x.csv", f"My list\n{LINK},x\n{G},y\n".encode()).links == [(2, LINK), (3, G)]
    assert read("x.csv", f"My list\nA,{LINK}\nB,htp:x\n".encode()).links == [(2, LINK), (3, "htp:x")]


def test_a_column_that_nothing_tells_has_to_be_named() -> None:
    with pytest.raises(SettingsError, match=r"several columns hold numbers.*--column: 'Old', 'New'"):
        read("x.csv", b"Old,New\n1,2\n3,4\n")
    with pytest.raises(SettingsError, match=r"no column holds links.*--column: 'Title', 'Name'"):
        read("x.csv", b"Title,Name\na,b\nc,d\n")
    assert read("x.csv", b"Name,Id\na,12\nb,13\n").links == [(2, "12"), (3, "13")]


def test_a_table_without_a_heading_loses_no_row() -> None:
    found = read("x.csv", f"a,{LINK}\nb,{G}\n".encode())
    assert (found.heading, found.links) == (None, [(1, LINK), (2, G)])


def test_a_workbook_is_read() -> None:
    book, file = Workbook(), BytesIO()
    for row in (["Title", "Id"], ["a", 2396577], ["b", None], ["c", "108/5"]):
        book.active.append(row)
    book.save(file)
    assert read("x.xlsx", file.getvalue()).links == [(2, "2396577"), (4, "108/5")]


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x00\x00",
        b"a\x00b\nc",
        b"\xff\xfe\x00\xd8",
        b"\x81\x8d\n",
        b"PK\x03\x04",
        b"x\xc3\xa9\xc3\xa9\xff",
    ],
)
def test_what_is_no_text_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(SettingsError) as refused:
        read("x.csv", content)
    assert "\n" not in str(refused.value)


def test_a_line_of_ten_megabytes_is_a_line() -> None:
    long = "x," * 5_000_000
    assert [number for number, _ in read("x.txt", f"{LINK}\n{long}\n{G}".encode()).links] == [1, 2, 3]
