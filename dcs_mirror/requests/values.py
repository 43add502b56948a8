"""What the cells of a row say of a request: its parameters, or why a cell cannot be sent. No I/O."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from dcs_mirror.clock import UK
from dcs_mirror.requests.identifiers import is_isbn, number_in
from dcs_mirror.students.cells import CellError, code_of, plain, spoilt, text_of, whole_number
from dcs_mirror.writes.spelling import folded_pages

_BOOK = frozenset({"book", "books", "ebook", "chapter", "bookchapter", "chapterofbook", "monograph", "llyfr"})
_JOURNAL = frozenset(
    {"journal", "journals", "article", "journalarticle", "ejournal", "periodical", "serial", "cyfnodolyn"}
)
_YES, _NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
# Not in titles and notes, where such a word may be meant.
_NOTHING = re.compile(r"[\W_]*|\(?(blank|none|null|nil|n/?a)\)?", re.IGNORECASE)
_WORDS = frozenset({"title", "extract_title", "subtitle", "notes", "academic_name", "publisher"})
_CHAPTER = re.compile(
    r"(?:ch(?:apter|ap)?\.?\s*)?([0-9]{1,3}|(?=[ivxlc])(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3}))", re.IGNORECASE
)
_BRITISH = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")
_TOO_WIDE = re.compile("#+")
# They turn the text around them, so that nobody sees what is sent, or are sent unseen.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_DITTO = re.compile("(as|see|same as) above|ditto|do\\.|idem\\.?|ibid\\.?|\"|\u201d|''|\u3003", re.IGNORECASE)
_NOT_YET = re.compile(r"\(?(tb[acd]|to be (confirmed|advised|announced|decided))\)?\.?", re.IGNORECASE)
_COMPARED = frozenset({"course_code", "isn"})
"""Fields of which not the text of the cell is sent, but what it is found to mean."""
_DECIMALS = re.compile(r"[0-9]+\.[0-9]+")
_DAYS = range(36526, 58440)
"""The numbers that spreadsheets have for the days of the years 2000 to 2059."""
_IF_MEANT = "; if it is meant: dcs-mirror submit-request"
_MADE_OF = "the spreadsheet may have made it out of something else: enter it again as text"


_RAW = ("isns", "first_page", "last_page", "author", "chapter")


class Faulty(ValueError):
    """A cell cannot be sent; says which and why."""


Cells = Mapping[str, Sequence[object]]
"""The cells of each field; several if a list has several columns for it."""


def values(cells: Cells, defaults: Mapping[str, object]) -> dict[str, object]:
    """Return the parameters of a request, by the mirror's names; empty ones are left out.

    Args:
        cells: the cells of the row, by field.
        defaults: what a row has whose cell is empty.

    Raises:
        Faulty: if a cell cannot be sent; lists all that cannot.
    """
    found: dict[str, object] = {}
    faults: list[str] = []
    for field, several in cells.items():
        given = _read(field, several, faults)
        if field == "isn":
            found["isns"] = given
        elif len(given) > 1:
            faults.append(f"{_label(field)}: several columns are filled: {', '.join(map(repr, given))}")
        elif given:
            found[field] = given[0]
    try:
        found = _combine(found, defaults, has_extract_title="extract_title" in cells)
    except Faulty as error:
        faults.append(str(error))
    if faults:
        raise Faulty("; ".join(faults))
    return found


def _read(field: str, cells: Sequence[object], faults: list[str]) -> list[object]:
    """Return the different values in the cells of a field; add to ``faults`` what cannot be sent."""
    read = _READERS.get(field, _text)
    found: list[object] = []
    for cell in cells:
        if not text_of(cell):
            continue
        try:
            _refuse_what_cannot_be_read(field, text_of(cell))
            value = read(field, cell)
        except ValueError as error:
            faults.append(str(error))
        else:
            if value is not None and value not in found:
                found.append(value)
    return found


def _refuse_what_cannot_be_read(field: str, text: str) -> None:
    """Refuse what nobody who looks at the sheet can read, or nobody who looks at the row alone."""
    if _TOO_WIDE.fullmatch(text):
        raise Faulty(
            f"{_label(field)}: {text[:10]} was too wide for its column: widen it, and save the file again"
        )
    if field != "notes" and _DITTO.fullmatch(text):
        meant = _IF_MEANT if field in _WORDS else ""
        raise Faulty(f"{_label(field)}: {text} refers to another row: give it in each row{meant}")
    hidden = None if field in _COMPARED else _HIDDEN.search(text)
    if hidden is not None:
        raise Faulty(f"{_label(field)}: has an invisible character, U+{ord(hidden[0]):04X}: type it anew")


def _combine(
    given: Mapping[str, object], defaults: Mapping[str, object], *, has_extract_title: bool
) -> dict[str, object]:
    """Return the parameters, with those that are made out of columns that are none.

    Raises:
        Faulty: if it is not clear which are meant.
    """
    found = {name: value for name, value in given.items() if name not in _RAW}
    isns = given.get("isns", ())
    numbers = [str(each) for each in isns] if isinstance(isns, list) else []
    if "is_book" not in found and len({is_isbn(each) for each in numbers}) == 1:
        found["is_book"] = is_isbn(numbers[0])
    found = {**defaults, **found}
    if "is_book" not in found:
        raise Faulty(
            "is book: it is not clear whether it is a book or a journal. Give a column 'Type' with Book or "
            "Journal, or --book or --journal for all such rows"
        )
    chosen = [each for each in numbers if is_isbn(each) == found["is_book"]] or numbers
    if len(chosen) > 1:
        raise Faulty(f"isn: several numbers are given: {', '.join(chosen)}")
    if chosen:
        found["isn"] = chosen[0]
    pages = _pages_between(given.get("first_page"), given.get("last_page"))
    if pages is not None:
        other = str(found.setdefault("page_range", pages))
        if folded_pages(other) != folded_pages(pages):
            raise Faulty(f"page range: is {other[:40]!r}, but the first and the last page are {pages}")
    if "author" in given:
        found.setdefault("contributor" if found["is_book"] else "extract_author", given["author"])
    if "chapter" in given:
        number = _CHAPTER.fullmatch(str(given["chapter"]))
        name = "chapter_number" if number or has_extract_title else "extract_title"
        found.setdefault(name, number[1] if number else given["chapter"])
    return found


def _pages_between(first: object, last: object) -> str | None:
    """Return the range from the first to the last page, None if the row has neither."""
    if first is None and last is None:
        return None
    if first is None or last is None:
        lacking, there = ("first", "last") if first is None else ("last", "first")
        raise Faulty(f"{lacking} page: the row has only the {there} page: give both")
    if first == last:
        return str(first)
    pages = f"{first}-{last}"
    ends = str(folded_pages(pages)).split("-")  # of 101-9 the last page is 109
    if len(ends) == 2 and all(map(str.isdecimal, ends)) and int(ends[1]) < int(ends[0]):
        raise Faulty(f"last page: {last} is before the first page, {first}")
    return pages


def _text(field: str, cell: object) -> str | None:
    """Return the text of a cell, None if it says that there is none."""
    _refuse_what_is_no_text(field, cell)
    text = text_of(cell)
    why = spoilt(text)
    if field in _WORDS:
        if why and "conversion" in why:
            meant = _IF_MEANT if "?" in text else ""
            raise Faulty(f"{_label(field)}: {text[:60]!r} {why}{meant}")
        if field != "notes" and _NOT_YET.fullmatch(text):
            raise Faulty(f"{_label(field)}: {text!r} says that it is not known yet{_IF_MEANT}")
        return text
    if _NOTHING.fullmatch(text):
        return None
    if why and "stands for" in why:
        raise Faulty(f"{_label(field)}: {text!r} says that it is not known: leave the cell empty")
    if why:
        raise Faulty(f"{_label(field)}: {text[:60]!r} {why}: enter it again as text")
    if isinstance(cell, float) and not cell.is_integer():
        raise Faulty(f"{_label(field)}: {text} has decimals; {_MADE_OF}")
    if field == "page_range":
        _refuse_what_is_no_page(text)
    return text


def _refuse_what_is_no_page(text: str) -> None:
    if _DECIMALS.fullmatch(text):
        raise Faulty(f"page range: {text} has decimals; {_MADE_OF}")
    if not text.strip("0"):
        raise Faulty("page range: there is no page 0")
    if text.isdecimal() and int(text) in _DAYS:
        day = (date(1899, 12, 30) + timedelta(days=int(text))).isoformat()
        raise Faulty(
            f"page range: {text} is the number that spreadsheets store for {day}. Enter the pages again as "
            f"text; if it is a page, write p. {text}"
        )


def _refuse_what_is_no_text(field: str, cell: object) -> None:
    fault = code_of(cell).fault
    if isinstance(cell, CellError) or (fault and "error" in fault):
        raise Faulty(f"{_label(field)}: is {_error_in(cell)}")
    if isinstance(cell, bool):
        raise Faulty(f"{_label(field)}: is {text_of(cell)}, not text")
    if isinstance(cell, date | datetime | time | timedelta):
        raise Faulty(f"{_label(field)}: is a date or a time, {text_of(cell)}; {_MADE_OF}")


def _code(_field: str, cell: object) -> str:
    """Return a course code as it stands in a cell, blanks included: the DCS's may have them, too."""
    read = code_of(cell)
    if read.fault:
        raise Faulty(read.fault)
    return read.text


def _isn(_field: str, cell: object) -> str | None:
    text = _text("title", cell)
    return None if text is None or _NOTHING.fullmatch(text) else number_in(text)


def _is_book(_field: str, cell: object) -> bool | None:
    word = plain(text_of(cell))
    for words, is_book in ((_BOOK | _YES, True), (_JOURNAL | _NO, False)):
        if word in words:
            return is_book
    raise Faulty(f"is book: {text_of(cell)[:40]!r} is neither Book nor Journal")


def _integer(field: str, cell: object) -> int | None:
    if isinstance(cell, str) and _NOTHING.fullmatch(cell.strip()):
        return None
    _refuse_what_is_no_text(field, cell)
    try:
        return whole_number(cell)
    except ValueError:
        raise Faulty(f"{_label(field)}: {text_of(cell)[:40]!r} is not a whole number") from None


def _moment(field: str, cell: object) -> datetime | None:
    """Return a time; one without a zone is UK time, and 3/4/2026 is the third of April."""
    if isinstance(cell, CellError):
        raise Faulty(f"{_label(field)}: is {_error_in(cell)}")
    if isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time())
    else:
        text = text_of(cell)
        if _NOTHING.fullmatch(text):
            return None
        british = _BRITISH.fullmatch(text)
        try:
            found = (
                datetime(int(british[3]), int(british[2]), int(british[1]), tzinfo=UK)
                if british
                else datetime.fromisoformat(text)
            )
        except ValueError:
            raise Faulty(
                f"{_label(field)}: {text[:40]!r} is no date such as 2026-09-21 or 21/09/2026"
            ) from None
    return found if found.tzinfo else found.replace(tzinfo=UK)


def _error_in(cell: object) -> str:
    text = text_of(cell)[:40]
    if text.startswith(("#", "Err")):
        return f"the error {text}"
    return f"{text}: open the file in a spreadsheet program and save it"


def _label(field: str) -> str:
    return field.replace("_", " ")


_READERS: Mapping[str, Callable[[str, object], object]] = {
    "course_code": _code,
    "isn": _isn,
    "is_book": _is_book,
    "book_pages": _integer,
    "hei": _integer,
    "course_start": _moment,
    "needed_by": _moment,
}
