"""Apply the reading of one institution: all of it in one transaction, or nothing (C2, R8)."""

from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg
import structlog

from dcs_mirror import academic_year
from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, InstitutionReading
from dcs_mirror.reconcile import pipeline, policy, registered_columns
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.parameters import (
    ApplyParameters,
    InstitutionScope,
    UnchangedParameters,
    UnsubscribeParameters,
)
from dcs_mirror.reconcile.staging import stage
from dcs_mirror.reconcile.steps import fetch_row, fetch_rows, run_phases, run_step

_MAX_PROBLEMS_SHOWN = 5

log = structlog.get_logger()


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


class LookupsRequired(Exception):
    """Nothing was applied: these request ids must be looked up first (R4)."""

    def __init__(self, request_ids: list[int]) -> None:
        super().__init__(f"{len(request_ids)} request ids must be looked up first")
        self.request_ids = request_ids


class RereadRequired(Exception):
    """Nothing was applied: the whole institution must be read again. The text says why."""

    def mark(self, reading: InstitutionReading, *, instead_of: InstitutionReading) -> None:
        """Note in ``reading`` what it repeats, besides what the reading before repeated."""
        reading.is_reread = instead_of.is_reread
        reading.is_reread_overtaken = instead_of.is_reread_overtaken


class RolloverDetected(RereadRequired):
    """The institution was rolled over while it was read (R8)."""

    def __init__(self) -> None:
        super().__init__("it may have been rolled over meanwhile")

    def mark(self, reading: InstitutionReading, *, instead_of: InstitutionReading) -> None:
        """Note that ``reading`` repeats one that met a rollover."""
        super().mark(reading, instead_of=instead_of)
        reading.is_reread = True


class ReadingOvertaken(RereadRequired):
    """Answers were unchanged, but what they were compared with is no longer stored (C5)."""

    def __init__(self) -> None:
        super().__init__("another reading or a purge changed what it was compared with")

    def mark(self, reading: InstitutionReading, *, instead_of: InstitutionReading) -> None:
        """Note that ``reading`` repeats one that was overtaken."""
        super().mark(reading, instead_of=instead_of)
        reading.is_reread_overtaken = True


async def apply(
    connection: Connection, reading: InstitutionReading, *, run_id: int, options: ApplyOptions, now: datetime
) -> InstitutionOutcome:
    """Apply a reading to the tables and record its outcome, in one transaction.

    If the reading shows nothing new, only the outcome is written. If a rule holds it back (C3, R7), the
    tables stay as they are and the outcome is ``held``.

    Args:
        connection: not in a transaction.
        now: the instant at which the changes count as seen.

    Raises:
        LookupsRequired: if the reading lacks answers that decide what is gone.
        RolloverDetected: if it mixes two academic years, unless it is a reread.
        ReadingOvertaken: if an unchanged answer was compared with what is not stored any more, unless it is a
            reread.
    """
    if reading.unchanged:
        recorded = await _record_unchanged(connection, reading, run_id, now)
        if recorded is not None:
            return recorded
    try:
        async with connection.transaction():
            return await _apply(connection, reading, run_id, options, now)
    except policy.Held as held:
        outcome = InstitutionOutcome(reading.hei_id, "held", error=str(held))
        return await record(connection, outcome, run_id=run_id, recorded_at=now)


async def unsubscribe(connection: Connection, hei_id: int, *, run_id: int, now: datetime) -> None:
    """Mark an institution that withdrew as unsubscribed, if the mirror knows it; its rows stay (C4)."""
    parameters = UnsubscribeParameters(hei_id=hei_id, run_id=run_id, observed_at=now)
    async with connection.transaction():
        await run_step(connection, pipeline.LOCK["lock_institution"], parameters)
        await run_step(connection, pipeline.FEED["lock_feed"], parameters)
        if await run_step(connection, pipeline.UNSUBSCRIBE["mark_unsubscribed"], parameters):
            await run_step(connection, pipeline.NOTIFY["notify"], parameters)


async def _apply(
    connection: Connection, reading: InstitutionReading, run_id: int, options: ApplyOptions, now: datetime
) -> InstitutionOutcome:
    scope = InstitutionScope(reading.hei_id)
    await run_step(connection, pipeline.LOCK["lock_institution"], scope)
    stored = await fetch_row(connection, pipeline.LOAD["stored_institution"], scope)
    if (stored["stored_order"] or 0) > stored["latest_order"]:
        await _forget_later_orders(connection, reading.hei_id, stored)
    is_overtaken = _is_list_overtaken(reading, stored)
    parameters = _parameters(
        reading, stored, run_id=run_id, options=options, now=now, is_list_overtaken=is_overtaken
    )
    await stage(connection, reading)
    matched = await run_phases(
        connection, (pipeline.MATCH_COURSES, pipeline.MATCH_ITEMS, pipeline.ABSENCE), parameters
    )
    overtaken = _overtaken(reading, matched["mark_overtaken_courses"], is_list_overtaken=is_overtaken)
    live = await _check(connection, reading, options, parameters, held_before=stored["last_error"])
    parameters = replace(parameters, live_items=live)
    await run_phases(connection, (pipeline.WRITE,), parameters)
    failed = overtaken + [
        f"registered column {column.column}: {column.error}; once it can be written, "
        "run `dcs-mirror reconcile`"
        for column in await registered_columns.rewrite(connection, reading.hei_id, now=now)
        if column.error is not None
    ]
    written = await run_phases(
        connection, (pipeline.STATUS_CHANGES, pipeline.FLAGS, pipeline.QUARANTINE), parameters
    )
    counts = await fetch_row(connection, pipeline.OUTCOME["count_changes"], parameters)
    outcome = _outcome(reading, failed, flagged=written["raise_flags"], **counts)
    outcome = await _record(
        connection, outcome, reading, run_id, now, is_full=reading.is_full and not is_overtaken
    )
    written = await run_phases(connection, (pipeline.FEED,), parameters)
    if written["write_feed"]:
        await run_step(connection, pipeline.NOTIFY["notify"], parameters)
    return outcome


async def _record_unchanged(
    connection: Connection, reading: InstitutionReading, run_id: int, now: datetime
) -> InstitutionOutcome | None:
    """Record that a reading showed nothing new, in one round trip.

    Returns:
        None if that is not certain: another session writes the institution, or has changed it meanwhile.
    """
    compared = [c for c in reading.courses if c.content is Content.UNCHANGED]
    values = UnchangedParameters(
        hei_id=reading.hei_id,
        name=reading.name,
        list_digest=reading.list_digest,
        course_ids=[c.course.course_id for c in compared],
        digests=[c.digest for c in compared],
        run_id=run_id,
        recorded_at=now,
        reading_started_at=reading.started_at,
        reading_order=reading.reading_order,
    )
    rows = await fetch_rows(connection, pipeline.UNCHANGED["record_unchanged"], values)
    return InstitutionOutcome(**rows[0]) if rows else None


async def _forget_later_orders(connection: Connection, hei_id: int, stored: asyncpg.Record) -> None:
    """Tell that stored orders are later than the database's clock, and forget them (C5)."""
    ahead = (stored["stored_order"] - stored["latest_order"]) / 1e9
    log.warning(
        "C5: what is stored was ordered by a clock that was ahead of the database's: it no longer counts as "
        "fresher than what is read now; check the clocks of the database server and of all mirrors",
        hei_id=hei_id,
        seconds_ahead=round(ahead),
    )
    await run_step(
        connection,
        pipeline.LOAD["forget_later_orders"],
        {"hei_id": hei_id, "latest_order": stored["latest_order"]},
    )


def _is_list_overtaken(reading: InstitutionReading, stored: asyncpg.Record) -> bool:
    """Whether the list is unchanged from one that is not stored any more (C5).

    If the list is stale, that does not matter, because it is not applied. If this very reading was applied
    before, only that changed what is stored.
    """
    return (
        reading.list_unchanged
        and reading.reading_order > (stored["reading_order"] or 0)
        and stored["courses_digest"] != reading.list_digest
    )


def _overtaken(reading: InstitutionReading, courses: int, *, is_list_overtaken: bool) -> list[str]:
    """Return what to report of a reread that was overtaken: its list, or so many ``courses``.

    Raises:
        ReadingOvertaken: if it is no reread, so that another reading can do better.
    """
    if not courses and not is_list_overtaken:
        return []
    if not reading.is_reread_overtaken:
        raise ReadingOvertaken
    what = "the course list" if is_list_overtaken else f"{courses} course{'s' * (courses > 1)}"
    problem = (
        f"C5: other readings or a purge changed what was stored of {what} while it was read, twice; the next "
        "sync reads it again"
    )
    return [problem]


def _parameters(
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
    list_digest = stored["courses_digest"] if list_is_stale else reading.list_digest
    has_unanswered = any(not found.answered for found in reading.looked_up)
    return ApplyParameters(
        hei_id=reading.hei_id,
        run_id=run_id,
        observed_at=now,
        started_at=reading.started_at,
        name=reading.name,
        is_full=reading.is_full,
        list_reading_order=reading.reading_order,
        list_is_stale=list_is_stale,
        is_repeated=reading.is_full and reading.reading_order == newest,
        list_complete=reading.list_complete and not list_is_stale,
        keep_stored_courses=reading.list_unchanged or list_is_stale,
        list_digest=None if has_unanswered else list_digest,
        academic_year=incoming or stored["academic_year"],
        stored_year=stored["academic_year"],
        year_advanced=year_advanced,
        last_read_at=last_read_at,
        newest_reading_order=newest,
        latest_order=stored["latest_order"],
        recheck_days=options.recheck_days,
        after_status_change=stored["last_status_change"],
    )


async def _check(
    connection: Connection,
    reading: InstitutionReading,
    options: ApplyOptions,
    parameters: ApplyParameters,
    *,
    held_before: str | None,
) -> int:
    """Check whether what the reading would do may be done: R4, R8, C3.

    Args:
        held_before: the error of the institution's last outcome.

    Returns:
        How many items of the institution are live before anything is written.

    Raises:
        RolloverDetected, LookupsRequired, policy.Held: if it may not.
    """
    signs = await fetch_row(connection, pipeline.GUARD["rollover_signs"], parameters)
    if signs["items"] and not reading.is_reread:
        raise RolloverDetected
    if signs["items"]:
        policy.check_mixed(signs["items"], held_before=held_before)
    asked = {found.request_id for found in reading.looked_up}
    required = await fetch_rows(connection, pipeline.GUARD["required_lookups"], parameters)
    missing = [item["request_id"] for item in required if item["request_id"] not in asked]
    if missing:
        raise LookupsRequired(missing)
    counted = await fetch_row(connection, pipeline.GUARD["count_removals"], parameters)
    if not options.accept_removals:
        policy.check_removals(
            reading.hei_id,
            removals=counted["removals"],
            live=counted["live_items"] + counted["live_courses"],
            share=options.removal_guard,
            year_advanced=parameters.year_advanced,
        )
    return int(counted["live_items"])


async def _record(
    connection: Connection,
    outcome: InstitutionOutcome,
    reading: InstitutionReading,
    run_id: int,
    now: datetime,
    *,
    is_full: bool,
) -> InstitutionOutcome:
    return await record(
        connection,
        outcome,
        run_id=run_id,
        recorded_at=now,
        reading_started_at=reading.started_at if is_full else None,
        reading_order=reading.reading_order if is_full else None,
    )


def _outcome(reading: InstitutionReading, failed: list[str], **counts: int) -> InstitutionOutcome:
    """Return the outcome of a reading; ``failed`` says what could not be written.

    The reading itself stays as it is, because it may be applied again.
    """
    problems = [*reading.problems, *failed]
    error = "; ".join(problems[:_MAX_PROBLEMS_SHOWN])
    if len(problems) > _MAX_PROBLEMS_SHOWN:
        error += f"; and {len(problems) - _MAX_PROBLEMS_SHOWN} more"
    return InstitutionOutcome(
        reading.hei_id,
        "partial" if problems else "complete",
        quarantined=reading.quarantined,
        error=error or None,
        **counts,
    )
