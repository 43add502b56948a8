"""A CSV file as cells: in any of the usual encodings, with any of the usual separators. No I/O."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from dcs_mirror.errors import SettingsError
from dcs_mirror.students.rows import Columns, Source, of_table

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE = 20
"""Rows by which the separator is told."""
_HINT = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # what Excel writes and heeds


def read(name: str, content: bytes, columns: Columns) -> Source:
    """The rows of a CSV file.

    Raises:
        SettingsError: names the file and what is wrong with it.
    """
    found, read_as = _read(name, content)
    return of_table(name, found, columns, read_as=read_as, separated=True)


def cells(name: str, content: bytes) -> list[tuple[int, Sequence[object]]]:
    """The cells of a CSV file by the line on which their row ends.

    Raises:
        SettingsError: names the file and what is wrong with it.
    """
    return list(_read(name, content)[0])


def _read(name: str, content: bytes) -> tuple[Iterator[tuple[int, Sequence[object]]], str]:
    """The rows of a file, and how it was read."""
    text, encoding = decoded(name, content)
    hint = _HINT.match(text)
    body = text[hint.end() :] if hint else text
    separator = hint[1] if hint else _separator(name, body)
    read_as = f"{encoding}, separated by {SEPARATORS.get(separator, repr(separator))}"
    return _cells(name, body, separator, 1 if hint else 0), read_as


def decoded(name: str, content: bytes) -> tuple[str, str]:
    """The text of a file, and its encoding: by the byte-order mark, else UTF-16, UTF-8 or Windows-1252.

    Raises:
        SettingsError: where it is text in none of them.
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
            return text, _TOLD.get(encoding, "UTF-16")
    raise SettingsError(f"{name}: is no text in UTF-8, UTF-16 or Windows-1252; is it a CSV file?")


_TOLD = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}


def _separator(name: str, text: str) -> str:
    """The separator that cuts the first rows into most columns, as many in each as the heading has.

    Raises:
        SettingsError: where there is none, with what is wrong by the separator that the heading has.
    """
    best, most, wrong = "", 1, ""
    for separator, told in SEPARATORS.items():
        sample, broken = _sample(text, separator)
        if not sample or sample[0] < 2:
            continue
        if broken:
            wrong = wrong or broken
        elif 2 * sum(n == sample[0] for n in sample) <= len(sample):
            wrong = wrong or f"separated by {told}, most rows have more or fewer cells than the heading"
        elif sample[0] > most:
            best, most = separator, sample[0]
    if best:
        return best
    if wrong:
        raise SettingsError(
            f"{name}: {wrong}; a cell that holds the separator or a quote must stand in quotes"
        )
    raise SettingsError(
        f"{name}: holds no two columns; cells must be separated by commas, semicolons, tabs or bars"
    )


def _sample(text: str, separator: str) -> tuple[list[int], str]:
    """How many cells the first rows have, and what is wrong with the row after them, if anything."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    cells: list[int] = []
    begins = 1
    try:
        for row in islice(reader, _SAMPLE):
            if row:
                cells.append(len(row))
            begins = reader.line_num + 1
    except csv.Error as error:
        return cells, f"the row that begins on line {begins} is no CSV: {error}"
    return cells, ""


def _cells(name: str, text: str, separator: str, before: int) -> Iterator[tuple[int, Sequence[object]]]:
    """Rows by the line on which they end; ``before`` are the lines that stand before ``text``."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            yield reader.line_num + before, row
    except csv.Error as error:
        raise SettingsError(f"{name}: line {reader.line_num + before} is no CSV: {error}") from None
