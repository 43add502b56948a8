"""Parsing CSV files in any of the usual encodings, with any of the usual separators. No I/O."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.rows import Columns, Source, of_table

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE = 20
"""How many rows the separator is guessed from."""
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""Excel's first line that names the separator."""
_ENCODING_NAMES = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}


def read(name: str, content: bytes, columns: Columns) -> Source:
    """Return the rows of a CSV file.

    Raises:
        SettingsError: if it cannot be read; names the file and what is wrong with it.
    """
    table, read_as = _read(name, content)
    return of_table(name, table, columns, read_as=read_as, separated=True)


def cells(name: str, content: bytes) -> list[tuple[int, Sequence[object]]]:
    """Return the cells of a CSV file, each row with the number of the line on which it ends.

    Raises:
        SettingsError: if it cannot be read; names the file and what is wrong with it.
    """
    return list(_read(name, content)[0])


def _read(name: str, content: bytes) -> tuple[Iterator[tuple[int, Sequence[object]]], str]:
    """Return the numbered rows of a file, and the encoding and separator with which it was read."""
    text, encoding = decoded(name, content)
    first_line = _SEPARATOR_LINE.match(text)
    body = text[first_line.end() :] if first_line else text
    separator = first_line[1] if first_line else _separator(name, body)
    read_as = f"{encoding}, separated by {SEPARATORS.get(separator, repr(separator))}"
    return _rows(name, body, separator, lines_before=1 if first_line else 0), read_as


def decoded(name: str, content: bytes) -> tuple[str, str]:
    """Decode a file: by its byte-order mark, else as UTF-16, UTF-8 or Windows-1252.

    Returns:
        The text, and the name of its encoding.

    Raises:
        SettingsError: if it is not text in any of these encodings.
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
            return text, _ENCODING_NAMES.get(encoding, "UTF-16")
    raise SettingsError(f"{name}: is not text in UTF-8, UTF-16 or Windows-1252; is it a CSV file?")


def _separator(name: str, text: str) -> str:
    """Return the separator that gives the most columns, with as many cells in most rows as in the heading.

    Raises:
        SettingsError: if there is none; says what is wrong with the file for the most likely separator.
    """
    best, most_cells, problem = "", 1, ""
    for separator, plural in SEPARATORS.items():
        widths, broken = _sample(text, separator)
        if not widths or widths[0] < 2:
            continue
        if broken:
            problem = problem or broken
        elif 2 * sum(width == widths[0] for width in widths) <= len(widths):
            problem = problem or f"separated by {plural}, most rows have more or fewer cells than the heading"
        elif widths[0] > most_cells:
            best, most_cells = separator, widths[0]
    if best:
        return best
    if problem:
        raise SettingsError(
            f"{name}: {problem}; a cell that contains the separator or a quote must be quoted"
        )
    raise SettingsError(
        f"{name}: has fewer than two columns; separate cells by commas, semicolons, tabs or bars"
    )


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


def _rows(
    name: str, text: str, separator: str, *, lines_before: int
) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield each row with the number of the line on which it ends; ``lines_before`` precede ``text``."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            yield reader.line_num + lines_before, row
    except csv.Error as error:
        raise SettingsError(f"{name}: line {reader.line_num + lines_before} is not CSV: {error}") from None
