"""Decide whether a reading is applied: pure functions, each with the message for the operator."""

import shlex
from collections.abc import Sequence
from datetime import datetime

from dcs_mirror.errors import MirrorError
from dcs_mirror.plain_text import counted

GUARDED_ROWS = 20
"""Removals up to this number are never held (C3)."""

NAMED_COURSES = 10
"""Courses that a message names."""


class Held(MirrorError):
    """The institution is held: nothing of the reading was applied."""


def check_year(hei_id: int, stored: str | None, incoming: str | None) -> None:
    """R7: refuse an academic year that goes backwards; years like ``2025-2026``, None if unknown.

    Raises:
        Held: with both years, and the command that accepts the earlier one.
    """
    if stored and incoming and incoming < stored:
        raise Held(
            f"R7: the course list is of {incoming}, but the mirror already holds {stored}. Nothing was "
            "applied; the next sync tries again. If the later year was never right: "
            f"dcs-mirror sync --hei {hei_id} --accept-year"
        )


def check_removals(hei_id: int, *, removals: int, live: int, share: float, year_advanced: bool) -> None:
    """C3: refuse to remove more than ``share`` (0 to 1) of the ``live`` rows in one sync.

    Raises:
        Held: with the figures, and the command that accepts them.
    """
    # A division, because in floating point 0.29 * 100 is less than 29, but 29 / 100 is 0.29.
    if removals > GUARDED_ROWS and removals / max(live, 1) > share and not year_advanced:
        raise Held(
            f"C3: {removals} of {live} rows would be marked as removed. DCS_REMOVAL_GUARD allows a share of "
            f"{share:g}, so nothing was applied. If the removal is right: "
            f"dcs-mirror sync --hei {hei_id} --accept-removals"
        )


def check_mixed(items: int, *, held_before: str | None) -> None:
    """R8: refuse, once, a reading in which ``items`` items are of another academic year than the rest.

    Even a slow rollover is over by the next run. A reading that still looks mixed then shows how upstream
    really is, and is applied: ``held_before`` is the error of the institution's last outcome.

    Raises:
        Held: with what happens next.
    """
    if not (held_before or "").startswith("R8:"):
        raise Held(
            "R8: the institution is being rolled over: in two readings, "
            f"{counted(items, 'content item')} had another academic year than the rest. Nothing was applied; "
            "the next sync reads it again"
        )


def never_found(hei_id: int, courses: Sequence[tuple[str, datetime]]) -> list[str]:
    """W3: report listed courses that no full reading found, two or more running.

    Args:
        courses: the code of each, and when the first of these readings began.

    Returns:
        One message for all of them, with the command that asks for the first again; none without courses.
    """
    if not courses:
        return []
    codes = ", ".join(repr(code) for code, _ in courses[:NAMED_COURSES])
    if len(courses) > NAMED_COURSES:
        codes += f" and {len(courses) - NAMED_COURSES} more"
    since = min(since for _, since in courses)
    subject, it = (f"course {codes}", "it") if len(courses) == 1 else (f"courses {codes}", "them")
    first = courses[0][0]
    example = shlex.quote(first) if first.isprintable() else "CODE"
    message = (
        f"the DCS lists {subject} but has not found {it} (code 2) in any reading since "
        f"{since:%Y-%m-%d %H:%M} UTC. Nothing new of {it} is mirrored. Report this to CLA; to ask again: "
        f"dcs-mirror refresh {hei_id} --course {example}"
    )
    return [message]
