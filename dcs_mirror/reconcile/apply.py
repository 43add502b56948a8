"""Apply the reading of one institution: all of it in one transaction, or nothing (C2, R8)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg
import structlog

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.sql import Statement
from dcs_mirror.plain_text import counted
from dcs_mirror.reading import Content, InstitutionReading, LookedUp
from dcs_mirror.reconcile import compare, pipeline, policy, registered_columns
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from dcs_mirror.reconcile.parameters import (
    ApplyParameters,
    InstitutionScope,
    LookUpParameters,
    UnchangedParameters,
    UnsubscribeParameters,
)
from dcs_mirror.reconcile.required import (
    LookupsOvertaken,
    LookupsRequired,
    ReadingOvertaken,
    RolloverDetected,
)
from dcs_mirror.reconcile.staging import stage
from dcs_mirror.reconcile.steps import fetch_row, fetch_rows, run_phases, run_step

_MAX_PROBLEMS_SHOWN = 5

log = structlog.get_logger()

GUIDS_FIRST_FROM = 1000
"""If more look-ups than this would be needed, agreeing GUIDs go before them (R1)."""


async def apply(
    connection: Connection,
    reading: InstitutionReading,
    *,
    run_id: int,
    options: ApplyOptions,
    now: datetime,
    unproven: Mapping[str, str] | None = None,
    memory: registered_columns.ColumnMemory | None = None,
) -> InstitutionOutcome:
    """Apply a reading to the tables and record its outcome, in one transaction.

    If the reading shows nothing new, only the outcome is written. If a rule holds it back (C3, R7), the
    tables stay as they are and the outcome is ``held``.

    Args:
        connection: not in a transaction.
        now: the instant at which the changes count as seen.
        unproven: registered columns that the run found out of date and could not rewrite, with the error;
            a column that this reading rewrites is judged anew (R9).
        memory: what the run remembers of registered columns.

    Raises:
        LookupsRequired: if the reading lacks answers that decide what is gone.
        LookupsOvertaken: if another reading was applied that may be fresher than look-ups, unless they were
            asked again.
        RolloverDetected: if it mixes two academic years, unless it is a reread.
        ReadingOvertaken: if an unchanged answer was compared with what is not stored any more, unless it is a
            reread.
    """
    columns = dict(unproven or {})
    if reading.unchanged:
        recorded = await _record_unchanged(connection, reading, _outcome(reading, columns), run_id, now)
        if recorded is not None:
            return recorded
    try:
        async with connection.transaction():
            return await _apply(connection, reading, run_id, options, now, columns, memory)
    except policy.Held as held:
        outcome = InstitutionOutcome(reading.hei_id, "held", error=str(held))
        return await record(connection, outcome, run_id=run_id, recorded_at=now, is_full=reading.is_full)


async def unsubscribe(
    connection: Connection, hei_id: int, *, run_id: int, now: datetime, order: int | None
) -> bool:
    """Mark an institution that withdrew as unsubscribed, if the mirror knows it; its rows stay (C4).

    Args:
        order: when the question was asked whose answer says so; None if that is not known.

    Returns:
        False if it was read after that, so that nothing was changed (C5).
    """
    parameters = UnsubscribeParameters(hei_id=hei_id, withdrawn_order=order, run_id=run_id, observed_at=now)
    async with connection.transaction():
        await locks.lock_row(connection, locks.INSTITUTION, hei_id)
        found = await fetch_row(connection, pipeline.UNSUBSCRIBE["read_since"], parameters)
        if found["is_read"]:
            return False
        await locks.lock_row(connection, locks.CHANGE)
        if await run_step(connection, pipeline.UNSUBSCRIBE["mark_unsubscribed"], parameters):
            await run_step(connection, pipeline.NOTIFY["notify"], parameters)
    return True


async def _apply(
    connection: Connection,
    reading: InstitutionReading,
    run_id: int,
    options: ApplyOptions,
    now: datetime,
    columns: dict[str, str],
    memory: registered_columns.ColumnMemory | None,
) -> InstitutionOutcome:
    scope = InstitutionScope(reading.hei_id)
    await locks.lock_row(connection, locks.INSTITUTION, reading.hei_id)
    stored = await fetch_row(connection, pipeline.LOAD["stored_institution"], scope)
    if (stored["stored_order"] or 0) > stored["latest_order"]:
        await _forget_later_orders(connection, reading.hei_id, stored)
    reading, further = await _look_ups_in_time(connection, reading, run_id, stored["latest_order"])
    is_overtaken = compare.is_list_overtaken(reading, stored)
    parameters = compare.apply_parameters(
        reading, stored, run_id=run_id, options=options, now=now, is_list_overtaken=is_overtaken
    )
    await stage(connection, reading)
    matched = await run_phases(connection, (pipeline.MATCH_COURSES, pipeline.MATCH_ITEMS), parameters)
    further += _overtaken(reading, matched["mark_overtaken_courses"], is_list_overtaken=is_overtaken)
    if matched["find_undecided_items"]:
        parameters = await _decide(connection, reading, parameters)
    decided = await run_phases(connection, (pipeline.MATCH_GUIDS, pipeline.ABSENCE), parameters)
    if decided["defer_undecided_items"]:
        further.append(_undecided_message(decided["defer_undecided_items"]))
    live = await _check(connection, reading, options, parameters, held_before=stored["last_error"])
    parameters = replace(parameters, live_items=live)
    await run_phases(connection, (pipeline.WRITE,), parameters)
    for rewriting in await registered_columns.rewrite(connection, reading.hei_id, now=now, memory=memory):
        registered_columns.update(columns, rewriting)
    written = await run_phases(
        connection,
        (pipeline.STATUS_CHANGES, pipeline.FLAGS, pipeline.REQUESTS, pipeline.QUARANTINE),
        parameters,
    )
    if reading.not_found:
        lost = await fetch_rows(connection, pipeline.SILENCE["courses_never_found"], parameters)
        further += policy.never_found(
            reading.hei_id, [(course["course_code"], course["not_found_since"]) for course in lost]
        )
    counts = await fetch_row(connection, pipeline.OUTCOME["count_changes"], parameters)
    outcome = _outcome(
        reading, columns, further, flagged=written["raise_flags"] + written["reopen_flags"], **counts
    )
    outcome = await _record(connection, outcome, reading, run_id, now, is_applied=not is_overtaken)
    await locks.lock_row(connection, locks.CHANGE)
    written = await run_phases(connection, (pipeline.FEED,), parameters)
    if written["write_feed"]:
        await run_step(connection, pipeline.NOTIFY["notify"], parameters)
    return outcome


async def _record_unchanged(
    connection: Connection,
    reading: InstitutionReading,
    outcome: InstitutionOutcome,
    run_id: int,
    now: datetime,
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
        outcome=outcome.outcome,
        error=outcome.error,
        recorded_at=now,
        reading_started_at=reading.started_at,
        reading_order=reading.reading_order,
        last_order=reading.last_order,
    )
    rows = await fetch_rows(connection, pipeline.UNCHANGED["record_unchanged"], values)
    return InstitutionOutcome(**rows[0]) if rows else None


async def _forget_later_orders(connection: Connection, hei_id: int, stored: asyncpg.Record) -> None:
    """Tell that stored orders are later than the database's clock, and forget them (C5)."""
    ahead = (stored["stored_order"] - stored["latest_order"]) / 1e9
    log.warning(
        "C5: a clock that was ahead of the database's ordered what is stored. It no longer counts as fresher "
        "than what is read now. Check the clocks of the database server and of all mirrors",
        hei_id=hei_id,
        seconds_ahead=round(ahead),
    )
    await run_step(
        connection,
        pipeline.LOAD["forget_later_orders"],
        {"hei_id": hei_id, "latest_order": stored["latest_order"]},
    )


async def _look_ups_in_time(
    connection: Connection, reading: InstitutionReading, run_id: int, latest_order: int
) -> tuple[InstitutionReading, list[str]]:
    """Leave out look-ups that another reading overtook even the second time, as if they had no answer (C5).

    Returns:
        The reading, or a copy without these answers; and what to report.

    Raises:
        LookupsOvertaken: if there are some, so that they can be asked again.
    """
    asked = [found for found in reading.looked_up if found.reading_order is not None]
    if not asked:
        return reading, []
    values = LookUpParameters(
        hei_id=reading.hei_id,
        run_id=run_id,
        is_full=reading.is_full,
        latest_order=latest_order,
        look_up_ids=[found.request_id for found in asked],
        look_up_orders=[found.reading_order for found in asked],
        found_ids=[found.item.request_id if found.item else None for found in asked],
        found_course_ids=[found.course_id for found in asked],
    )
    rows = await fetch_rows(connection, pipeline.LOAD["overtaken_look_ups"], values)
    overtaken = {row["request_id"] for row in rows}
    if not overtaken:
        return reading, []
    if not reading.is_asked_again:
        raise LookupsOvertaken(sorted(overtaken))
    looked_up = [
        LookedUp(found.request_id, None, answered=False, reading_order=found.reading_order)
        if found.request_id in overtaken
        else found
        for found in reading.looked_up
    ]
    problem = (
        f"C5: the mirror looked up {counted(len(overtaken), 'request id')} twice, and each time another "
        "reading was applied meanwhile. The next sync asks again"
    )
    return replace(reading, looked_up=looked_up), [problem]


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
        f"C5: the mirror read {what} twice, and each time other readings or a purge changed what was stored. "
        "The next sync reads it again"
    )
    return [problem]


async def _decide(
    connection: Connection, reading: InstitutionReading, parameters: ApplyParameters
) -> ApplyParameters:
    """Have look-ups tell which stored items incoming ones are, before GUIDs do (R1).

    Returns:
        The parameters; ``guids_first`` is set if that would take too many look-ups.

    Raises:
        LookupsRequired: if the reading lacks answers.
    """
    step = pipeline.LOOK_UPS["undecided_look_ups"]
    missing = await _missing_lookups(connection, step, reading, parameters)
    if len(missing) > GUIDS_FIRST_FROM:
        parameters = replace(parameters, guids_first=True)
        await run_step(connection, pipeline.MATCH_GUIDS["match_guid"], parameters)
        await run_step(connection, pipeline.MATCH_ITEMS["find_undecided_items"], parameters)
        missing = await _missing_lookups(connection, step, reading, parameters)
    if missing:
        raise LookupsRequired(missing)
    return parameters


async def _missing_lookups(
    connection: Connection, step: Statement, reading: InstitutionReading, parameters: ApplyParameters
) -> list[int]:
    """Return the request ids that ``step`` requires and that were not looked up yet."""
    asked = {found.request_id for found in reading.looked_up}
    required = await fetch_rows(connection, step, parameters)
    return [item["request_id"] for item in required if item["request_id"] not in asked]


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
    missing = await _missing_lookups(connection, pipeline.GUARD["required_lookups"], reading, parameters)
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
    is_applied: bool,
) -> InstitutionOutcome:
    is_applied = is_applied and reading.is_full
    return await record(
        connection,
        outcome,
        run_id=run_id,
        recorded_at=now,
        reading_started_at=reading.started_at if is_applied else None,
        reading_order=reading.reading_order if is_applied else None,
        last_order=reading.last_order if is_applied else None,
        is_full=reading.is_full,
    )


def _undecided_message(items: int) -> str:
    which = "an item is" if items == 1 else f"{items} items are"
    return (
        f"{which} not applied yet, because a look-up got no answer or a course was not read. Only these can "
        "tell whether the mirror knows the item already. The next sync asks again"
    )


def _outcome(
    reading: InstitutionReading, columns: Mapping[str, str], further: Sequence[str] = (), **counts: int
) -> InstitutionOutcome:
    """Return the outcome of a reading.

    Args:
        columns: the errors of registered columns.
        further: what else is wrong.
        counts: what the reading did.

    The reading itself stays as it is, because it may be applied again.
    """
    failed = [registered_columns.describe(column, error) for column, error in columns.items()]
    problems = [*reading.problems, *further, *failed]
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
