"""Apply the reading of one institution: all of it in one transaction, or nothing (C2, R8)."""

from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from dcs_mirror import academic_year
from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import InstitutionReading
from dcs_mirror.reconcile import pipeline, policy, registered_columns
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.parameters import ApplyParameters, InstitutionScope, UnsubscribeParameters
from dcs_mirror.reconcile.staging import stage
from dcs_mirror.reconcile.steps import fetch_row, fetch_rows, run_phases, run_step

_MAX_PROBLEMS_SHOWN = 5


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


class RolloverDetected(Exception):
    """Nothing was applied: the institution was rolled over while it was read, so it must be read again."""


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
    """
    if reading.unchanged:
        return await _record(connection, _outcome(reading, []), reading, run_id, now)
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
    parameters = _parameters(reading, stored, run_id=run_id, options=options, now=now)
    await stage(connection, reading)
    await run_phases(connection, (pipeline.MATCH_COURSES, pipeline.MATCH_ITEMS, pipeline.ABSENCE), parameters)
    live = await _check(connection, reading, options, parameters, held_before=stored["last_error"])
    parameters = replace(parameters, live_items=live)
    await run_phases(connection, (pipeline.WRITE,), parameters)
    failed = [
        f"registered column {column.column}: {column.error}; once it can be written, "
        "run `dcs-mirror reconcile`"
        for column in await registered_columns.rewrite(connection, reading.hei_id, now=now)
        if column.error is not None
    ]
    written = await run_phases(
        connection, (pipeline.STATUS_CHANGES, pipeline.FLAGS, pipeline.QUARANTINE), parameters
    )
    counts = await fetch_row(connection, pipeline.OUTCOME["count_changes"], parameters)
    if reading.not_found:
        lost = await fetch_rows(connection, pipeline.SILENCE["courses_never_found"], parameters)
        failed += policy.never_found(reading.hei_id, [(c["course_code"], c["not_found_since"]) for c in lost])
    outcome = _outcome(reading, failed, flagged=written["raise_flags"] + written["reopen_flags"], **counts)
    outcome = await _record(connection, outcome, reading, run_id, now)
    written = await run_phases(connection, (pipeline.FEED,), parameters)
    if written["write_feed"]:
        await run_step(connection, pipeline.NOTIFY["notify"], parameters)
    return outcome


def _parameters(
    reading: InstitutionReading,
    stored: asyncpg.Record,
    *,
    run_id: int,
    options: ApplyOptions,
    now: datetime,
) -> ApplyParameters:
    """Compare a reading with what is stored, as far as no rows are needed for that.

    Raises:
        policy.Held: if the academic year goes backwards (R7).
        RolloverDetected: if a part of the institution is in a later year than the rest.
    """
    newest = stored["reading_order"] or 0
    list_is_stale = reading.reading_order < newest
    listed = [c.course.academic_year for c in reading.courses if c.course.academic_year]
    incoming = None if list_is_stale else academic_year.of_courses(listed)
    if not options.accept_year:
        policy.check_year(reading.hei_id, stored["academic_year"], incoming)
    year_advanced = bool(stored["academic_year"] and incoming and incoming > stored["academic_year"])
    if year_advanced and not reading.is_full:
        raise RolloverDetected
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
        list_complete=reading.list_complete and not list_is_stale,
        keep_stored_courses=reading.list_unchanged or list_is_stale,
        list_digest=None if list_is_stale or has_unanswered else reading.list_digest,
        academic_year=incoming or stored["academic_year"],
        stored_year=stored["academic_year"],
        year_advanced=year_advanced,
        last_read_at=stored["last_read_at"],
        newest_reading_order=newest,
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
) -> InstitutionOutcome:
    return await record(
        connection,
        outcome,
        run_id=run_id,
        recorded_at=now,
        reading_started_at=reading.started_at if reading.is_full else None,
        reading_order=reading.reading_order if reading.is_full else None,
    )


def _outcome(reading: InstitutionReading, failed: list[str], **counts: int) -> InstitutionOutcome:
    """Return the outcome of a reading; ``failed`` says what could not be written, or was never found.

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
