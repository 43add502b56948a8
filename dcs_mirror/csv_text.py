"""Cells of CSV files that a spreadsheet opens safely."""

import csv
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from dcs_mirror.plain_text import one_line

# A spreadsheet would evaluate a text that begins with one of these, also after blanks and line ends.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*")


class Output(Protocol):
    """What takes text."""

    def write(self, text: str, /) -> object:
        """Take text."""


def write_rows(output: Output, rows: Iterable[Iterable[object]], *, separator: str = ",") -> None:
    """Write rows of cells, each as :func:`csv_cell` makes it, with the line ends of RFC 4180."""
    csv.writer(output, lineterminator="\r\n", delimiter=separator).writerows(
        map(csv_cell, row) for row in rows
    )


def csv_cell(value: object) -> str:
    """Return a value as a cell that a spreadsheet shows and does not evaluate.

    A time is written in UTC, as a spreadsheet reads times. A text is put on one line. If it would be taken
    for a formula, an apostrophe is put before it: if its first character other than blanks is an equals,
    plus, minus or at sign, of whatever width. Numbers stay.
    """
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = one_line(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
