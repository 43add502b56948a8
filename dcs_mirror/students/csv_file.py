"""Parsing CSV files in any of the usual encodings, with any of the usual separators. No I/O."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.table import Row, Table

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE = 60
"""How many rows the separator is guessed from."""
_FEW = 10
"""If valid letters of UTF-8 are more than one in so many, a file is meant to be UTF-8."""
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""Excel's first line that names the separator."""
_AS_TEXT = re.compile(r'="([^"]*)"')
"""How programs write a cell that a spreadsheet must take as text: ``="0042"`` is 0042."""
_END_OF_FILE = "\x1a"
"""What DOS, and programs that are as old, put at the end of a text."""
_SYMBOLS = (
    "\u20ac\u201a\u0192\u201e\u2020\u2021\u02c6\u2030\u2039\u2022\u201d\u02dc\u2122\u203a\xa2\xa4\xa5\xa7"
)
_CAPITALS = "\u0160\u0152\u017d\u0178"
_NO_WORD = re.compile(
    rf"[A-Za-z][{_SYMBOLS}{_CAPITALS}]+[a-z]|[a-z][{_CAPITALS}]|(?<!\S)[\u02c6\u201a](?!\S)"
)
"""A symbol within a word, or a capital after a small letter: so look accented letters of Mac OS Roman and of
DOS that were read as Windows-1252."""
_LONGEST_QUOTATION = 500
_ENCODING_NAMES = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}


def read(name: str, content: bytes) -> Table:
    """Return a CSV file as a table.

    Raises:
        SettingsError: if it cannot be read; names the file and what is wrong with it.
    """
    rows, encoding, separator = _read(name, content)
    return Table(
        name,
        list(rows),
        read_as=f"{encoding}, separated by {separator}",
        encoding=encoding,
        separator=separator,
    )


def _read(name: str, content: bytes) -> tuple[Iterator[Row], str, str]:
    """Return the numbered rows of a file, its encoding, and what separates its cells."""
    text, encoding = decoded(name, content)
    if encoding == _ENCODING_NAMES["cp1252"]:
        _refuse_other_encodings(name, text)
    text = text.rstrip(_END_OF_FILE)
    if not text.strip():
        raise SettingsError(f"{name}: is empty")
    first_line = _SEPARATOR_LINE.match(text)
    body = text[first_line.end() :] if first_line else text
    separator = first_line[1] if first_line else _separator(name, body)
    rows = _rows(name, body, separator, lines_before=1 if first_line else 0)
    return rows, encoding, SEPARATORS.get(separator, repr(separator))


def decoded(name: str, content: bytes) -> tuple[str, str]:
    """Decode a file: by its byte-order mark, else as UTF-16, UTF-8 or Windows-1252.

    Returns:
        The text, and the name of its encoding.

    Raises:
        SettingsError: if it is not text in any of these encodings, or is UTF-8 but for some bytes.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content[1:2] == b"\0" and content[:1] != b"\0":
        encodings = ["utf-16-le"]
    elif content[:1] == b"\0" and content[1:2] != b"\0":
        encodings = ["utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            if encoding == "cp1252":
                _refuse_broken_utf8(name, content)
            return text, _ENCODING_NAMES.get(encoding, "UTF-16")
    raise SettingsError(f"{name}: is not text in UTF-8, UTF-16 or Windows-1252; is it a CSV file?")


def _refuse_broken_utf8(name: str, content: bytes) -> None:
    """Refuse a file that is not UTF-8, but has letters that only UTF-8 spells so: a part of it was damaged.

    Raises:
        SettingsError: names the first line with a byte that is not UTF-8.
    """
    text = content.decode("utf-8-sig", errors="surrogateescape")
    beyond_ascii = [letter for letter in text if letter > "\x7f"]
    stray = sum("\ud800" <= letter <= "\udfff" for letter in beyond_ascii)
    valid = len(beyond_ascii) - stray
    if not (valid and _FEW * valid >= stray):
        return
    position = next(index for index, letter in enumerate(text) if "\ud800" <= letter <= "\udfff")
    line = text.count("\n", 0, position) + 1
    byte = f"{ord(text[position]) - 0xDC00:02X}"
    raise SettingsError(
        f"{name}: line {line}: the byte {byte} is not UTF-8, but other letters of the file are ({valid} of "
        f"{len(beyond_ascii)}). Correct the line, or save the file again as UTF-8"
    )


def _refuse_other_encodings(name: str, text: str) -> None:
    """Refuse a text whose words do not look as words do in Windows-1252.

    Raises:
        SettingsError: names the first line with such a word.
    """
    found = next((each for each in _NO_WORD.finditer(text) if not _closes_a_quotation(each)), None)
    if found is None:
        return
    begins = max(text.rfind(blank, 0, found.start()) for blank in ' \t\r\n,;|"') + 1
    word = re.split(r'[\s,;|"]', text[begins : found.end() + 20], maxsplit=1)[0][:40] or found[0]
    line = len(text[: found.start()].splitlines()) or 1
    raise SettingsError(
        f"{name}: line {line}: {word!r} is no word. The file is not in UTF-8, and probably not in "
        "Windows-1252 either: save it as UTF-8"
    )


def _closes_a_quotation(found: re.Match[str]) -> bool:
    """Return whether the symbol within a word is the end of a quotation that begins shortly before it."""
    before = found.string[max(0, found.start() - _LONGEST_QUOTATION) : found.start() + 1]
    return found[0][1:-1] == "\u201d" and re.search("\u201c[^\u201d\n]*$", before) is not None


def _separator(name: str, text: str) -> str:
    """Return the separator that fits the most rows, of several such the one with the most columns.

    It fits a row that has as many cells as most rows have, or fewer, because its last ones are left out.

    Raises:
        SettingsError: if there is none; says what is wrong with the file for the most likely separator.
    """
    best, problem = ("", (0, 1)), ""
    for separator, plural in SEPARATORS.items():
        widths, broken = _sample(text, separator)
        cells = _usual_width(widths)
        if broken and max(widths, default=0) > 1:
            problem = problem or broken
        elif cells < 2 and sum(width > 1 for width in widths) > len(widths) / 2:
            problem = problem or f"separated by {plural}, most rows have more or fewer cells than others"
        elif cells:
            fitting = sum(1 < width <= cells for width in widths)
            best = max(best, (separator, (fitting, cells)), key=lambda each: each[1])
    if best[0]:
        return best[0]
    if problem:
        raise SettingsError(
            f"{name}: {problem}; a cell that contains the separator or a quote must be quoted"
        )
    raise SettingsError(
        f"{name}: has fewer than two columns; separate cells by commas, semicolons, tabs or bars"
    )


def _usual_width(widths: Sequence[int]) -> int:
    """Return the number of cells that most rows have, from the first of them on: a report has its name above.

    0 if no number is usual.
    """
    counted = Counter(width for width in widths if width > 1)
    for width, count in sorted(counted.items(), key=lambda each: (-each[1], -each[0])):
        if 2 * count > len(widths) - widths.index(width):
            return width
    return 0


def _sample(text: str, separator: str) -> tuple[list[int], str]:
    """Return the number of cells of each of the first rows, and why the next row is invalid, if it is."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    widths: list[int] = []
    begins = 1
    try:
        for row in islice(reader, _SAMPLE):
            if row:
                widths.append(len(row))
            begins = reader.line_num + 1
    except csv.Error as error:
        return widths, f"the row that begins on line {begins} is not CSV: {error}"
    return widths, ""


def _rows(name: str, text: str, separator: str, *, lines_before: int) -> Iterator[Row]:
    """Yield each row with the number of the line on which it ends; ``lines_before`` precede ``text``."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            yield reader.line_num + lines_before, [_unquoted(cell) for cell in row]
    except csv.Error as error:
        raise SettingsError(f"{name}: line {reader.line_num + lines_before} is not CSV: {error}") from None


def _unquoted(cell: str) -> str:
    """Return the text that a cell gives as a formula, so that a spreadsheet keeps it; else the cell."""
    found = _AS_TEXT.fullmatch(cell) if cell.startswith("=") else None
    return found[1] if found else cell
