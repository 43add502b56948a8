"""What the cells of a table say: texts, numbers of students, course codes. No I/O."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

LONGEST_NUMBER = 20
"""The most characters of a cell that may be a number."""
MOST_DIGITS = 15
"""Spreadsheets keep no more digits of a number."""

# Unambiguous thousands separators only: 1 234, 1,234, 1'234, with the kinds of spaces that spreadsheets use.
_NUMBER = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]{1,3}(?:[,'\u2019 \u00a0\u2009\u202f][0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?",
    re.ASCII,
)
_ERROR = re.compile(
    r"#(N/A|NV|VALUE!|WERT!|REF!|BEZUG!|DIV/0!|NAME\?|NUM!|ZAHL!|NULL!|SPILL!|CALC!)|Err:[0-9]{3}"
)
"""The errors of formulas, as spreadsheets save them in CSV files."""

_YEAR = "([0-9]{2}|(19|20)[0-9]{2})"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
# What a code should not be: each is the work of a spreadsheet, a report or an earlier conversion.
_ODD = (
    (re.compile(r"true|false", re.IGNORECASE), "is a truth value"),
    (re.compile(r"#+"), "was too wide for its column"),
    (re.compile(r"[0-9](\.[0-9]+)?E[+-][0-9]{2,}", re.IGNORECASE), "is a rounded number"),
    (
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+)?|[0-9]{1,2}([/.])[0-9]{1,2}\2[0-9]{2,4}"),
        "is a date",
    ),
    (re.compile(rf"[0-9]{{1,2}}[- ]({_MONTHS})([- ]{_YEAR})?", re.IGNORECASE), "may be a date"),
    (re.compile(rf"({_MONTHS})[- ]{_YEAR}", re.IGNORECASE), "may be a date"),
    (
        re.compile(r"\(?(blank|none|null|nan|nil|n/?a|tb[ac]|unknown|not known)\)?", re.IGNORECASE),
        "stands for no code",
    ),
    (re.compile(r"[\W_]+"), "has no letter and no digit"),
    (re.compile(r".*\ufffd.*", re.DOTALL), "has lost a letter in an earlier conversion"),
    (
        re.compile(r"(?!.*(://|www\.)).*([^\W\d_]|(?<!\S))\?+[a-z].*", re.DOTALL),
        "has lost a letter in an earlier conversion",
    ),
)
_FULL_MONTHS = "january|february|march|april|may|june|july|august|september|sept|october|november|december"
# A part of a report, or a period, which may have a number of its own.
_PARTS = (
    "year|level|semester|term|trimester|block|stage|part|page|week|group|cohort|faculty|school|department|"
    "college|campus|site|programme|section|table|sheet|blwyddyn|lefel|tymor"
)
# What else a code should not be.
_NO_CODE = (
    (
        re.compile(
            rf"([0-9]{{1,2}}(st|nd|rd|th)? )?({_MONTHS}|{_FULL_MONTHS})( {_YEAR})?"
            rf"|[0-9]{{1,2}}(st|nd|rd|th) ({_MONTHS}).*",
            re.IGNORECASE,
        ),
        "may be a date",
    ),
    (re.compile(r"(19|20)[0-9]{2} ?[-/\u2013] ?(19|20)?[0-9]{2}"), "is an academic year"),
    (
        re.compile(rf"({_PARTS})([\s:_-]+[0-9]{{1,4}}|[0-9]|{_YEAR}):?", re.IGNORECASE),
        "is the name of a part or a period",
    ),
    (re.compile(r"['\u2018\u2019`=+@].*", re.DOTALL), "begins with a mark that spreadsheets put there"),
    (re.compile(r".*(%[0-9a-f]{2}|&#?\w+;).*", re.DOTALL | re.IGNORECASE), "is encoded as for a web page"),
    (re.compile(r".*[,;\n].*", re.DOTALL), "may be several codes"),
    (re.compile(r".*\?.*", re.DOTALL), "may have lost a letter in an earlier conversion"),
)
_OTHER_ALPHABETS = ("GREEK", "CYRILLIC")
_TYPOGRAPHIC = frozenset("\u2026\u2020\u2021\u2030\u2039\u203a\u2022\u201a\u201e\u201c\u201d\u2044")
_DATE = (
    "is a date or a time, {}. The spreadsheet may have made it out of a code: enter the code again as text"
)


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell with the error of a formula, such as ``#N/A``."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A course code as it stands in a cell, with the blanks around it.

    ``fault`` says why it is none. ``doubt`` says why no course should be created with it: it may be none.
    """

    text: str
    fault: str | None = None
    doubt: str | None = None


def text_of(cell: object) -> str:
    """Return a cell as text without blanks around it.

    Spreadsheets store 101 as 101.0, and databases may return 101.0000.
    """
    return _raw(cell).strip()


def code_of(cell: object) -> Code:
    """Return the course code in a cell."""
    text = _raw(cell)
    if not text.strip():
        return Code("", fault="there is no course code")
    if isinstance(cell, CellError) or _ERROR.fullmatch(text.strip()):
        return Code(text, fault=f"the course code is the error {text.strip()[:40]}")
    if isinstance(cell, bool):
        return Code(text, fault=f"the course code is the truth value {text}, not text")
    if isinstance(cell, date | datetime | time | timedelta):
        return Code(text, fault="the course code " + _DATE.format(text))
    if isinstance(cell, int | float | Decimal):
        return Code(text, doubt=_odd_number(text, is_float=isinstance(cell, float)))
    return Code(text, doubt=spoilt(text.strip()) or _no_code(text.strip()))


def whole_number(cell: object) -> int:
    """Parse a number of students as people, programs and databases write it: ``1 234``, ``1,234``, ``12.0``.

    Raises:
        ValueError: if it is not a whole number, or is ambiguous, such as ``1.234``.
    """
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    text = text_of(cell)
    if not text:
        raise ValueError("there is no number of students")
    found = _NUMBER.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(found["sign"] + re.sub("[^0-9]", "", found["whole"]))


def is_number(cell: object) -> bool:
    """Return whether a cell holds a whole number."""
    try:
        whole_number(cell)
    except ValueError:
        return False
    return True


def plain(text: str) -> str:
    """Return the letters and digits of a text in lower case, as headings are compared."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def spoilt(text: str) -> str | None:
    """Return what a spreadsheet, a report or a conversion made of a text, or None."""
    for form, why in _ODD:
        if form.fullmatch(text):
            return why
    try:
        decoded = text.encode("cp1252").decode()
    except UnicodeError:
        return None
    return None if decoded == text else f"was decoded wrongly in an earlier conversion; it may be {decoded!r}"


def _raw(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, CellError):
        return cell.text
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, Decimal) and cell.is_finite() and cell.adjusted() < LONGEST_NUMBER and cell % 1 == 0:
        return str(int(cell))
    return str(cell)


def _odd_number(text: str, *, is_float: bool) -> str | None:
    """Return why a number may not be a code: a spreadsheet may have made it out of one."""
    if not text.isdigit():
        return "is a number with decimals or less than 0"
    if len(text) > MOST_DIGITS:
        return "has more digits than a spreadsheet keeps"
    return (
        "is a number, and spreadsheets drop zeros at the beginning of numbers: enter it as text"
        if is_float
        else None
    )


def _no_code(text: str) -> str | None:
    """Return why no course should be created with a text as its code, or None."""
    for form, why in _NO_CODE:
        if form.fullmatch(text):
            return why
    beyond_ascii = [letter for letter in text if letter > "\x7f"]
    for letter in beyond_ascii:
        if letter in _TYPOGRAPHIC or unicodedata.category(letter).startswith("S"):
            return f"has {letter!r}, unlike any code: the file may be in another encoding"
    alphabets = {unicodedata.name(letter, "").split(" ")[0] for letter in beyond_ascii}
    if re.search("[A-Za-z]", text) and not alphabets.isdisjoint(_OTHER_ALPHABETS):
        return "mixes letters of two alphabets that look alike"
    return None
