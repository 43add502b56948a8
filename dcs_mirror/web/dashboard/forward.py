"""A message about flagged items, for a librarian to send on from their own mail program. No I/O.

The mirror does not know the addresses of lecturers, and forgets those that were sent to the DCS, so the link
names nobody (RFC 6068).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dcs_mirror.plain_text import counted
from dcs_mirror.web.dashboard.wording import plain

LONGEST = 1900
"""Characters of a link: more than about 2,000 do not reach every mail program."""
_LONGEST_TITLE, _LONGEST_COURSE = 80, 40
_FIRST = "The licence recheck of August changed items of your courses."
_HEADINGS: Mapping[str, str] = {
    "pending": "They are pending, and students cannot open them:",
    "licence": "The licence does not cover them any more; students can still open them:",
}
"""What is said of the items, by ``kind`` of ``dcs.recheck_flag``."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message that can be sent on.

    Attributes:
        to: the lecturer whom it concerns, by name.
        items: how many items it names.
        address: the link that opens it.
    """

    to: str
    items: int
    address: str


def mail(rows: Sequence[Mapping[str, Any]], total: int | None) -> Mail | None:
    """Return a message about the flags on a page; None unless all are open and of one lecturer.

    Args:
        rows: as ``flags.sql`` returns them.
        total: how many flags there are in all, also on other pages.
    """
    lecturers = {(row["lecturer"] or "").strip() for row in rows}
    lecturer = lecturers.pop() if len(lecturers) == 1 else ""
    if not lecturer or any(row["state"] == "closed" for row in rows):
        return None
    count, named = max(total or 0, len(rows)), 1
    # From the fewest: a page may have many more rows than a message has room for.
    while named < len(rows) and len(_address(rows[: named + 1], count)) <= LONGEST:
        named += 1
    return Mail(_one_line(lecturer), named, _address(rows[:named], count))


def _address(rows: Sequence[Mapping[str, Any]], count: int) -> str:
    lines = [_FIRST]
    for kind, heading in _HEADINGS.items():
        if of_kind := [_line(row) for row in rows if row["kind"] == kind]:
            lines += ["", heading, *of_kind]
    if left := count - len(rows):
        lines += ["", f"And {left:,} more."]
    subject, body = f"Licence recheck: {counted(count, 'item')} of your courses", "\r\n".join(lines)
    return f"mailto:?subject={quote(subject, safe='')}&body={quote(body, safe='')}"


def _line(row: Mapping[str, Any]) -> str:
    title = _one_line(row["extract_title"] or row["title"] or f"request {row['request_id']}")
    course = f" ({_one_line(row['course_code'])[:_LONGEST_COURSE]})" if row["course_code"] else ""
    return f"- {title if len(title) <= _LONGEST_TITLE else f'{title[:_LONGEST_TITLE]}…'}{course}"


def _one_line(text: str) -> str:
    return " ".join(plain(text).split())
