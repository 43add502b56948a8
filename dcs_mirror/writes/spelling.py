"""What people write differently and mean the same: case, blanks, kinds of dashes. No I/O."""

import re
import unicodedata

_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")


def folded(text: str) -> str:
    """A text in one spelling; its words stay apart."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return " ".join(plain.casefold().split())


def folded_code(course_code: str) -> str:
    """A course code in one spelling, without blanks: codes that differ by no more are taken for one (A5)."""
    return folded(course_code).replace(" ", "")
