"""One spelling for texts that mean the same: codes, titles, page ranges, ISBNs and ISSNs. No I/O."""

import re
import unicodedata

_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What comes along when text is copied; it is no part of a word or a number."""
_LABEL = re.compile(r"(?i)\bis[bs]n(?:[ -]?1[03](?=[^0-9]))?[:\s]*")
_NUMBER = re.compile(r"(?<![0-9])(?:[0-9][ -]?){7,12}[0-9xX](?![0-9])")
_PAGES = re.compile(r"^\W*(?:pages?|pgs?|pp?|ss?)\b\W*|^\W*(?:pages?|pgs?|pp?)(?=[0-9])")
_RANGE = re.compile(r"(?<![a-z0-9])([0-9]+)-([0-9]+)(?![a-z0-9])")


def folded(text: str) -> str:
    """Return a text in lower case, with single spaces and plain hyphens."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return " ".join(plain.casefold().split())


def folded_code(course_code: str) -> str:
    """Return a course code as :func:`folded`, without spaces: codes with equal results are the same (A5)."""
    return folded(course_code).replace(" ", "")


def folded_title(title: str | None) -> str | None:
    """Return the words of a title, without case, accents and punctuation; None if it has none."""
    if title is None:
        return None
    title = _INVISIBLE.sub("", title)
    decomposed = unicodedata.normalize("NFKD", title.casefold().replace("&", " and "))
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = re.sub(r"[^\w+#]|_", " ", re.sub(r"['\u2018\u2019\u02bc]", "", kept)).split()
    return " ".join(words) or folded(title) or None


def folded_pages(page_range: str | None) -> str | None:
    """Return page ranges in one spelling, such as ``1-20`` for ``pp. 1 \N{EN DASH} 20``; None if empty.

    A last page that is shortened is completed: ``101-9`` is ``101-109``.
    """
    if page_range is None:
        return None
    text = folded(_INVISIBLE.sub("", page_range))
    text = re.sub(r"\s*\bto\b\s*", "-", text)
    parts = (_PAGES.sub("", part) for part in re.split(r"[,;&+]|\band\b", text))
    kept = (re.sub(r"[\s.]", "", part) for part in parts)
    return ",".join(_RANGE.sub(_completed, part) for part in kept if part) or None


def folded_number(isn: str | None) -> str | None:
    """Return the digits of an ISSN or ISBN, an ISBN-10 as ISBN-13; None if there are none.

    Words beside the number, as in ``ISBN 0-14-143958-0 (pbk.)``, do not count.
    """
    text = _LABEL.sub("", _DASHES.sub("-", unicodedata.normalize("NFKC", isn or "")))
    found = _NUMBER.search(text)
    digits = re.sub("[^0-9X]", "", (found[0] if found else text).upper())
    if not re.fullmatch("[0-9]{9}[0-9X]", digits):
        return digits or None
    body = f"978{digits[:9]}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(body))
    return f"{body}{-total % 10}"


def _completed(found: re.Match[str]) -> str:
    first, last = (number.lstrip("0") or "0" for number in found.groups())
    missing = len(first) - len(last)
    if missing > 0 and int(first[:missing] + last) > int(first):
        last = first[:missing] + last
    return first if first == last else f"{first}-{last}"
