"""Decide whether a reading is applied: pure functions, each with the message for the operator."""

from dcs_mirror.errors import MirrorError

GUARDED_ROWS = 20
"""Removals up to this number are never held (C3)."""


class Held(MirrorError):
    """The institution is held: nothing of the reading was applied."""


def check_year(hei_id: int, stored: str | None, incoming: str | None) -> None:
    """R7: refuse an academic year that goes backwards; years like ``2025-2026``, None if unknown.

    Raises:
        Held: with both years, and the command that accepts the earlier one.
    """
    if stored and incoming and incoming < stored:
        raise Held(
            f"R7: the course list is of {incoming} but the mirror already holds {stored}; nothing was "
            "applied, the next sync tries again. If the later year was never right: "
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
            f"C3: {removals} of {live} rows would be marked as removed, more than the share of {share:g} "
            "that DCS_REMOVAL_GUARD allows; nothing was applied. If that is right: "
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
            f"R8: the institution is being rolled over: {items} content items are of another academic year "
            "than the rest, after two readings; nothing was applied, the next sync reads it again"
        )
