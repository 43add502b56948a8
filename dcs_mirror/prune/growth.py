"""Forget what is old and not needed: people first, then calls, outcomes, runs and the change feed."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.database.retry import Database
from dcs_mirror.errors import MirrorError, SettingsError
from dcs_mirror.store import restored

KEPT = timedelta(days=400)
"""How long entries are kept: a whole academic year, with its June and its August, and a month."""

PEOPLE_KEPT = timedelta(days=90)
"""How long names and addresses are kept after a call has ended: until its outcome is surely dealt with."""

_STATEMENTS = sql.by_name(Path(__file__).parent / "sql")
_BATCHES = {
    "forget_people": 1_000,
    "forget_unit_updates": 1_000,
    "forget_actors": 1_000,
    "forget_assignees": 1_000,
    "forget_calls": 1_000,
    "forget_runs": 100,
    "forget_changes": 5_000,
    "forget_notifications": 1_000,
    "forget_actions": 5_000,
}
"""How many rows one transaction takes at most, so that it is short; outcomes go with their runs."""
_OF_PEOPLE = ("people", "unit_updates", "actors", "assignees")
"""What may name people, and is forgotten before the rest."""


@dataclass(slots=True)
class PruneReport:
    """What was forgotten, or would be; numbers grow while it goes on.

    Attributes:
        before: entries that ended before this instant are old.
        people_before: the same for names and addresses.
        is_rehearsal: whether nothing was forgotten.
        people: calls without names and addresses since.
        unit_updates: rows of files of unit updates without their contacts since.
        calls: calls of the journal.
        outcomes: outcomes of runs.
        runs: runs.
        changes: entries of the change feed.
        notifications: messages of `notify`.
        actors: actions in the service without a name or address since.
        actions: actions in the service.
        assignees: flags of the recheck without the person they were assigned to since.
        low_water: entries of the feed up to this one are gone.
        kept_for: institutions of which no call is forgotten, because one has no answer.
    """

    before: datetime
    people_before: datetime
    is_rehearsal: bool = False
    people: int = 0
    unit_updates: int = 0
    calls: int = 0
    outcomes: int = 0
    runs: int = 0
    changes: int = 0
    notifications: int = 0
    actors: int = 0
    actions: int = 0
    assignees: int = 0
    low_water: int = 0
    kept_for: list[int] = field(default_factory=list)


def begin(*, now: datetime, before: datetime | None = None, is_rehearsal: bool = False) -> PruneReport:
    """Decide what counts as old.

    Args:
        now: the current instant.
        before: entries that ended before it are old; by default after ``KEPT``. People are forgotten after
            ``PEOPLE_KEPT`` at the latest.
        is_rehearsal: whether to forget nothing.

    Raises:
        SettingsError: if ``before`` is later than now.
    """
    if before is not None and before > now:
        raise SettingsError(f"--before: {before:%Y-%m-%d %H:%M} UTC is later than now; nothing was forgotten")
    limit = now - KEPT if before is None else before
    return PruneReport(limit, max(limit, now - PEOPLE_KEPT), is_rehearsal)


async def prune(database: Database, report: PruneReport, *, now: datetime) -> None:
    """Forget what is old, in batches of a transaction each; fill the report.

    Safe to cancel and to repeat. It waits for no run and no write, and keeps none waiting.

    Args:
        database: a pool of the role that owns the tables.
        report: what :func:`begin` decided.
        now: the current instant.

    Raises:
        MirrorError: if the role may not delete.
    """
    try:
        await database(lambda connection: restored.current_epoch(connection, now=now))
        for name in _OF_PEOPLE:
            async for row in _batches(database, f"forget_{name}", report, report.people_before):
                setattr(report, name, getattr(report, name) + row["rows"])
        async for row in _batches(database, "forget_calls", report, report.before):
            report.calls += row["rows"]
        async for row in _batches(database, "forget_runs", report, report.before):
            report.runs += row["runs"]
            report.outcomes += row["outcomes"]
        async for row in _batches(database, "forget_changes", report, report.before):
            report.changes += row["rows"]
        async for row in _batches(database, "forget_notifications", report, report.before):
            report.notifications += row["rows"]
        async for row in _batches(database, "forget_actions", report, report.before):
            report.actions += row["rows"]
        state = await _row(database, "unsettled", {})
        report.low_water, report.kept_for = state["low_water"], list(state["hei_ids"])
    except asyncpg.InsufficientPrivilegeError as error:
        raise MirrorError(
            f"{error}: run prune as the role that runs migrations, which owns the tables. What was deleted "
            "before stays deleted"
        ) from None


async def _batches(
    database: Database, name: str, report: PruneReport, before: datetime
) -> AsyncIterator[asyncpg.Record]:
    """Run a statement batch by batch until it finds nothing more; a rehearsal takes everything at once."""
    after: int | None = 0
    while after is not None:
        values = {
            "before": before,
            "after": after,
            "batch": None if report.is_rehearsal else _BATCHES[name],
            "is_rehearsal": report.is_rehearsal,
        }
        row = await _row(database, name, values)
        yield row
        after = None if report.is_rehearsal else row["last"]


async def _row(database: Database, name: str, values: Mapping[str, object]) -> asyncpg.Record:
    async def run(connection: Connection) -> asyncpg.Record:
        row = await connection.fetchrow(*_STATEMENTS[name].bind(values))
        assert row is not None  # noqa: S101 - every statement returns one row
        return row

    return await database(run)
