"""ISBNs and ISSNs in cells: which one is meant, and what a spreadsheet made of it. No I/O."""

import re

from dcs_mirror.writes.spelling import folded_number

_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE][+-]?[0-9]+")
_CUT = re.compile(r"97[89][0-9]{5}0{5}")
"""What comes of an ISBN that was saved as 9.78019E+12; one in ten has the right check digit."""
_LABEL = re.compile(r"(?i)\bis[bs]n(?:[ -]?1[03](?=[^0-9]))?[:\s]*")
_GROUP = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){5,11}[ -]?[0-9Xx](?![0-9A-Za-z])")
_AGAIN = "format the column as text and enter it again"


def number_in(text: str) -> str:
    """Return the ISBN or ISSN in a cell, without blanks and hyphens; an ISSN with its hyphen.

    Raises:
        ValueError: if there is none that is valid, or there are several; says what to do.
    """
    text = text.replace("\u2010", "-").replace("\u2011", "-").replace("\u2013", "-").replace("\xa0", " ")
    text = re.sub(r"\.0+$", "", _LABEL.sub("", text).strip())
    if _ROUNDED.fullmatch(text) or _CUT.fullmatch(text):
        raise ValueError(f"isn: {text} is a rounded number, its digits are lost: {_AGAIN}")
    found: dict[str | None, str] = {}
    for group in _GROUP.findall(text):
        digits = re.sub("[ -]", "", group).upper()
        if _is_valid(digits):
            found.setdefault(folded_number(digits), digits)
    if len(found) > 1:
        raise ValueError(f"isn: {text[:60]!r} holds several numbers: give the one that is meant")
    for digits in found.values():
        return f"{digits[:4]}-{digits[4:]}" if len(digits) == 8 else digits
    digits = re.sub("[ -]", "", text).upper()
    for length in (8, 10):
        if re.fullmatch("[0-9]+[0-9X]", digits) and _is_valid(digits.zfill(length)) and len(digits) < length:
            raise ValueError(
                f"isn: {digits} may be {digits.zfill(length)}, whose zeros at the beginning a spreadsheet "
                f"dropped: {_AGAIN}"
            )
    raise ValueError(f"isn: {text[:60]!r} is no valid ISBN or ISSN: a digit is wrong or missing")


def is_isbn(number: str) -> bool:
    """Return whether a number that :func:`number_in` returned is an ISBN; else it is an ISSN."""
    return "-" not in number


def _is_valid(digits: str) -> bool:
    """Return whether the check digit is right."""
    if re.fullmatch("97[89][0-9]{10}", digits):
        return sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
    if re.fullmatch("[0-9]{9}[0-9X]|[0-9]{7}[0-9X]", digits):
        values = [10 if d == "X" else int(d) for d in digits]
        return sum(value * weight for weight, value in enumerate(reversed(values), start=1)) % 11 == 0
    return False
