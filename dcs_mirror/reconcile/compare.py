"""Compare a reading with what is stored, as far as no rows are needed for that (C5, R7, R8)."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from dcs_mirror import academic_year
from dcs_mirror.reading import InstitutionReading
from dcs_mirror.reconcile import policy
from dcs_mirror.reconcile.parameters import ApplyParameters
from dcs_mirror.reconcile.required import RolloverDetected


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the operator set.

    Attributes:
        removal_guard: the largest share of an institution's rows that one sync may remove (C3).
        accept_removals: whether it may remove more.
        accept_year: whether the academic year may go backwards (R7).
        recheck_days: the length of the August window (S2).
    """

    removal_guard: float
    accept_removals: bool = False
    accept_year: bool = False
    recheck_days: int = 14


def is_list_overtaken(reading: InstitutionReading, stored: asyncpg.Record) -> bool:
    """Whether the list is unchanged from one that is not stored any more (C5).

    If the list is stale, that does not matter, because it is not applied. If this very reading was applied
    before, only that changed what is stored.
    """
    return (
        reading.list_unchanged
        and reading.reading_order > (stored["reading_order"] or 0)
        and stored["courses_digest"] != reading.list_digest
    )


def apply_parameters(
    reading: InstitutionReading,
    stored: asyncpg.Record,
    *,
    run_id: int,
    options: ApplyOptions,
    now: datetime,
    is_list_overtaken: bool,
) -> ApplyParameters:
    """Compare a reading with what is stored, as far as no rows are needed for that.

    Raises:
        policy.Held: if the academic year goes backwards (R7).
        RolloverDetected: if a part of the institution is in a later year than the rest.
    """
    newest = stored["reading_order"] or 0
    list_is_stale = reading.reading_order < newest or is_list_overtaken
    listed = [c.course.academic_year for c in reading.courses if c.course.academic_year]
    incoming = None if list_is_stale else academic_year.of_courses(listed)
    if not options.accept_year:
        policy.check_year(reading.hei_id, stored["academic_year"], incoming)
    year_advanced = bool(stored["academic_year"] and incoming and incoming > stored["academic_year"])
    if year_advanced and not reading.is_full:
        raise RolloverDetected
    last_read_at = stored["last_read_at"]
    if last_read_at is not None and last_read_at > now:  # the clock was ahead, or is set back (S1)
        last_read_at = reading.started_at
    withdrawn = stored["withdrawn_order"] or 0
    list_digest = stored["courses_digest"] if list_is_stale else reading.list_digest
    has_unanswered = any(not found.answered for found in reading.looked_up)
    return ApplyParameters(
        hei_id=reading.hei_id,
        run_id=run_id,
        observed_at=now,
        started_at=reading.started_at,
        name=None if list_is_stale else reading.name,
        is_full=reading.is_full,
        list_reading_order=reading.reading_order,
        list_is_stale=list_is_stale,
        is_repeated=reading.is_full and reading.reading_order == newest,
        list_complete=reading.list_complete and not list_is_stale,
        keep_stored_courses=reading.list_unchanged or list_is_stale,
        list_digest=None if has_unanswered else list_digest,
        academic_year=incoming or stored["academic_year"],
        stored_year=stored["academic_year"],
        returned_year=_returned_year(incoming, stored["academic_year"]),
        is_whole=reading.is_whole and not list_is_stale,
        year_advanced=year_advanced,
        last_read_at=last_read_at,
        newest_reading_order=newest,
        keep_subscription=reading.last_order < withdrawn,
        latest_order=stored["latest_order"],
        recheck_days=options.recheck_days,
        after_status_change=stored["last_status_change"],
    )


def _returned_year(incoming: str | None, stored: str | None) -> str | None:
    """Return the year of an id that was replaced and is listed again."""
    if incoming and stored and incoming < stored:
        return incoming  # the DCS took a rollover back
    latest = incoming or stored
    return academic_year.before(latest) if latest else None
