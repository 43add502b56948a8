"""Book records from a CSV file, for worlds with real titles instead of invented ones."""

import csv
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("isbn10", "authors", "year", "original_title", "title", "language")


class BooksUnreadable(ValueError):
    """The file of book records cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Book:
    """One record; every field is as the file has it, neither checked nor trimmed."""

    isbn10: str
    authors: str
    year: str
    original_title: str
    title: str
    language: str


def read_books(path: Path) -> tuple[Book, ...]:
    """Read a UTF-8 CSV file whose heading names at least `COLUMNS`.

    Raises:
        BooksUnreadable: if the file cannot be read, lacks a column or holds no records.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise BooksUnreadable(f"{path}: no column {', '.join(missing)}")
            books = tuple(Book(*(row[name] or "" for name in COLUMNS)) for row in rows)
    except OSError as error:
        raise BooksUnreadable(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BooksUnreadable(f"{path}: not a UTF-8 CSV file ({error})") from error
    if not books:
        raise BooksUnreadable(f"{path}: it holds no records")
    return books
