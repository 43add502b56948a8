"""One spelling for texts that differ only in case, spaces or kinds of dashes. No I/O."""

import re
import unicodedata

_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")


def folded(text: str) -> str:
    """Return a text in lower case, with single spaces and plain hyphens."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    return " ".join(plain.casefold().split())


def folded_code(course_code: str) -> str:
    """Return a course code as :func:`folded`, without spaces: codes with equal results are the same (A5)."""
    return folded(course_code).replace(" ", "")
