"""The apply of one institution: all of its reading in one transaction, or nothing (C2, R8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dcs_mirror import academic_year
from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import InstitutionReading
from dcs_mirror.reconcile import policy, registered_columns
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.staging import stage
from dcs_mirror.reconcile.steps import row, rows, run_step, run_steps

_UNSUBSCRIBE = sql.load(Path(__file__).parent / "unsubscribe.sql")
_PROBLEMS_TOLD = 5


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the operator set: the share of rows that one sync may remove (C3), and whether it may pass
    it; whether an academic year may go backwards (R7); the length of the recheck window in days (S2)."""

    removal_guard: float
    accept_removals: bool = False
    accept_year: bool = False
    recheck_days: int = 14


class LookupsRequired(Exception):
    """Nothing was applied: these request ids must be asked for first (R4)."""

    def __init__(self, request_ids: list[int]) -> None:
        super().__init__(f"{len(request_ids)} request ids must be looked up first")
        self.request_ids = request_ids


class RolloverDetected(Exception):
    """Nothing was applied: the institution was rolled over while it was read, so read it again."""


async def apply(
    connection: Connection, reading: InstitutionReading, *, run_id: int, rules: ApplyOptions, now: datetime
) -> InstitutionOutcome:
    """Applies a reading to the tables and records its outcome, in one transaction.

    A reading that shows nothing new writes the outcome alone. One that a rule holds back (C3, R7)
    leaves the tables as they are, and its outcome is ``held``.

    Args:
        connection: not in a transaction.
        now: the instant at which the changes count as seen.

    Raises:
        LookUpsOwed: where the reading lacks answers that decide what is gone.
        RolledOverMeanwhile: where it mixes two academic years, unless it is a repeated one.
    """
    if reading.unchanged:
        return await _record(connection, _outcome(reading, []), reading, run_id, now)
    try:
        async with connection.transaction():
            return await _apply(connection, reading, run_id, rules, now)
    except policy.Held as held:
        outcome = InstitutionOutcome(reading.hei_id, "held", error=str(held))
        return await record(connection, outcome, run_id=run_id, recorded_at=now)


async def unsubscribe(connection: Connection, hei_id: int, *, run_id: int, now: datetime) -> None:
    """Marks an institution that withdrew as unsubscribed, where it is known; its rows stay (C4)."""
    values = {"hei_id": hei_id, "run_id": run_id, "observed_at": now}
    async with connection.transaction():
        await run_step(connection, "010_lock", values)
        await run_step(connection, "920_lock_feed", values)
        status = await connection.execute(*_UNSUBSCRIBE.bind(values))
        if sql.row_count(status):
            await run_step(connection, "940_notify", values)


async def _apply(
    connection: Connection, reading: InstitutionReading, run_id: int, rules: ApplyOptions, now: datetime
) -> InstitutionOutcome:
    hei_id = reading.hei_id
    await run_step(connection, "010_lock", {"hei_id": hei_id})
    stored = await row(connection, "020_stored", {"hei_id": hei_id})
    listed = [c.course.academic_year for c in reading.courses if c.course.academic_year]
    newest = stored["reading_order"] or 0
    list_is_stale = reading.reading_order < newest
    incoming = None if list_is_stale else academic_year.of_courses(listed)
    if not rules.accept_year:
        policy.check_year(hei_id, stored["academic_year"], incoming)
    year_advanced = bool(stored["academic_year"] and incoming and incoming > stored["academic_year"])
    if year_advanced and not reading.is_full:
        raise RolloverDetected  # a part of an institution cannot be in another year than the rest
    unanswered = any(not found.answered for found in reading.looked_up)
    values: dict[str, object] = {
        "hei_id": hei_id,
        "run_id": run_id,
        "observed_at": now,
        "name": reading.name,
        "whole": reading.is_full,
        "list_digest": None if list_is_stale or unanswered else reading.list_digest,
        "list_is_stale": list_is_stale,
        "list_order": reading.reading_order,
        "list_kept": reading.list_unchanged or list_is_stale,
        "list_complete": reading.list_complete and not list_is_stale,
        "academic_year": incoming or stored["academic_year"],
        "stored_year": stored["academic_year"],
        "year_advanced": year_advanced,
        "last_read_at": stored["last_read_at"],
        "started_at": reading.started_at,
        "newest_reading_order": newest,
        "recheck_days": rules.recheck_days,
        "after_status_change": stored["last_status_change"],
    }
    await stage(connection, reading)
    await run_steps(connection, ("1", "2", "310"), values)
    values["live_items"] = await _check(connection, reading, rules, values, held_before=stored["last_error"])
    await run_steps(connection, ("4", "5"), values)
    failed = [
        f"registered column {column.column}: {column.error}; once it can be written, "
        "run `dcs-mirror reconcile`"
        for column in await registered_columns.rewrite(connection, hei_id, now=now)
        if column.error is not None
    ]
    written = await run_steps(connection, ("6", "7"), values)
    counts = await row(connection, "910_counts", values)
    outcome = _outcome(reading, failed, flagged=written["620_raise_flags"], **counts)
    outcome = await _record(connection, outcome, reading, run_id, now)
    written = await run_steps(connection, ("920", "930"), values)
    if written["930_feed"]:
        await run_step(connection, "940_notify", values)
    return outcome


async def _check(
    connection: Connection,
    reading: InstitutionReading,
    rules: ApplyOptions,
    values: Mapping[str, object],
    *,
    held_before: str | None,
) -> int:
    """Whether what the reading would do may be done: R4, R8, C3.

    ``held_before`` is what the institution's last outcome told.

    Returns:
        How many items of the institution are live before anything is done.

    Raises:
        RolledOverMeanwhile, LookUpsOwed, policy.Held: where it may not.
    """
    signs = await row(connection, "300_signs_of_rollover", values)
    if signs["items"] and not reading.is_reread:
        raise RolloverDetected
    if signs["items"]:
        policy.check_mixed(signs["items"], held_before=held_before)
    asked = {found.request_id for found in reading.looked_up}
    absent = await rows(connection, "315_owed_lookups", values)
    owed = [item["request_id"] for item in absent if item["request_id"] not in asked]
    if owed:
        raise LookupsRequired(owed)
    counted = await row(connection, "320_count_removals", values)
    if not rules.accept_removals:
        policy.check_removals(
            reading.hei_id,
            removals=counted["removals"],
            live=counted["live_items"] + counted["live_courses"],
            share=rules.removal_guard,
            year_advanced=bool(values["year_advanced"]),
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
    """``failed`` tells what could not be written; the reading stays as it is, for it may be applied again."""
    problems = [*reading.problems, *failed]
    told = "; ".join(problems[:_PROBLEMS_TOLD])
    if len(problems) > _PROBLEMS_TOLD:
        told += f"; and {len(problems) - _PROBLEMS_TOLD} more"
    return InstitutionOutcome(
        reading.hei_id,
        "partial" if problems else "complete",
        quarantined=reading.quarantined,
        error=told or None,
        **counts,
    )
