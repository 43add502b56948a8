"""Text from outside, made safe to print: without characters that a terminal or a reader of lines obeys.

Such text is what the DCS, aXcelerate and database servers answer, names of tables and files, and their cells.
It passes one of two functions: :func:`one_line` on its way into a message or a table, and :func:`escaped` on
its way into a log or an output.
"""

import re
import shlex
from collections.abc import Collection, Sequence
from pathlib import Path

# Controls but tab and line feed; marks that change the direction of text or are invisible; separators of
# lines and paragraphs; surrogates; tags.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def one_line(text: str) -> str:
    """Return a text on one line: every character that is not printable becomes a space."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def shown_path(path: Path | str) -> str:
    """Return a path so that it can be copied into any shell: whole, and in quotes if it has blanks."""
    return shlex.quote(str(Path(path).absolute()))


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, such as 1 row or 12,000 rows."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"


def of_institutions(hei_ids: Collection[int]) -> str:
    """Return ``institution 108``, ``institutions 108, 113`` or ``no institution``."""
    if not hei_ids:
        return "no institution"
    return f"institution{'s' if len(hei_ids) > 1 else ''} {', '.join(map(str, hei_ids))}"


def lasting(seconds: float) -> str:
    """Return a length of time in the largest unit of which it has two, such as ``3 h``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def escaped(text: str) -> str:
    r"""Return a text whose controls are written as JSON writes them, such as ``\u001b``; its lines stay.

    JSON stays valid and keeps its meaning.
    """
    return _OBEYED.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code - 0x10000 & 0x3FF):04x}"


def first_few(names: Sequence[str], most: int = 5) -> str:
    """Return the first of a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
