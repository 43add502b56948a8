"""Many unit updates from a file: one call each, several at once, journalled, resumable after a stop."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from dcs_mirror.axcelerate import units
from dcs_mirror.axcelerate.client import AxcelerateClient
from dcs_mirror.axcelerate.journal import Journal
from dcs_mirror.axcelerate.records import UnitUpdate
from dcs_mirror.axcelerate.settings import AxcelerateSettings
from dcs_mirror.axcelerate.unit_file import Row, UnitFile
from dcs_mirror.clock import Clock
from dcs_mirror.concurrency import for_each
from dcs_mirror.database import connections
from dcs_mirror.errors import (
    MirrorError,
    NotConnected,
    OutcomeUnknown,
    Retryable,
    RunEnded,
    UpstreamError,
    UpstreamUnavailable,
    exit_code,
)
from dcs_mirror.schema import migrate

MAX_CONSECUTIVE_FAILURES = 10
"""Consecutive rows without an answer after which aXcelerate counts as down."""

UpdateOutcome = Literal[
    "applied",
    "applied earlier",
    "refused",
    "unanswered",
    "not sent",
    "to be set",
    "as wanted",
    "not enrolled",
]
GOOD = frozenset({"applied", "applied earlier", "to be set", "as wanted"})


@dataclass(slots=True)
class RowReport:
    """The outcome of one row; ``row`` is its line in the file.

    ``unanswered`` leaves open whether the update was carried out. The outcomes of a rehearsal are ``to be
    set``, ``as wanted`` (already set) and ``not enrolled`` (in that unit).
    """

    row: int
    update: UnitUpdate
    outcome: UpdateOutcome = "not sent"
    error: str | None = None


@dataclass(slots=True)
class BatchReport:
    """The outcome of a file. ``error`` is what ended the run early; ``seconds`` is how long the run took."""

    rows: list[RowReport]
    requests: int = 0
    seconds: float = 0.0
    error: MirrorError | None = None
    is_rehearsal: bool = field(default=False)

    @property
    def failures(self) -> list[RowReport]:
        """The rows that are not, or would not be, as wanted."""
        return [row for row in self.rows if row.outcome not in GOOD]

    @property
    def exit_code(self) -> int:
        """That of the error that ended the run, if there is one.

        Else 0 if all rows are as wanted, 4 if none was sent, and 1 otherwise.
        """
        if self.error is not None:
            return self.error.exit_code
        return exit_code([row.outcome for row in self.rows], good=GOOD)


RowCallback = Callable[[RowReport], None]


async def update_units(
    settings: AxcelerateSettings,
    clock: Clock,
    url: str,
    file: UnitFile,
    landed: RowCallback,
    begun: Callable[[BatchReport], None],
    *,
    again: bool = False,
) -> BatchReport:
    """Make the updates of a file, each once, however often and wherever the program is stopped.

    Args:
        settings: of the aXcelerate client.
        clock: dates the journal's entries.
        url: the mirror's database, which holds the journal.
        file: the updates.
        landed: called with each row when it is done.
        begun: called with the report before anything is sent, so that it can be shown if this is cancelled.
        again: whether to repeat updates that an earlier run of the same file applied.

    Raises:
        MirrorError: if the run could not start; later errors are in the report.
    """
    client = AxcelerateClient(settings, clock)
    async with connections.create_pool(url) as pool, migrate.connect_to_mirror(url) as lock, client:
        journal = Journal(pool, clock, system=client.base_url, content=file.content)
        await journal.lock(lock)
        states = await journal.plan(file.rows, again=again)
        batch = _Batch(client, journal, states, file.rows, landed)
        begun(batch.report)
        return await batch.run(settings.concurrency)


async def rehearse(
    settings: AxcelerateSettings, clock: Clock, file: UnitFile, landed: RowCallback
) -> BatchReport:
    """Report what :func:`update_units` would do, by reading the enrolments as they are now; set nothing.

    Raises:
        MirrorError: if the client cannot be opened; later errors are in the report.
    """
    report = BatchReport([RowReport(*row) for row in file.rows], is_rehearsal=True)

    def enrolment(row: RowReport) -> tuple[int, int]:
        return row.update.contact_id, row.update.class_id

    groups = [list(group) for _, group in groupby(sorted(report.rows, key=enrolment), key=enrolment)]

    async with AxcelerateClient(settings, clock) as client:

        async def compare(group: Sequence[RowReport]) -> None:
            first = group[0].update
            try:
                enrolments = await client.class_enrolments(first.contact_id, first.class_id)
            except RunEnded:
                raise
            except UpstreamError as error:
                for row in group:
                    row.error = str(error)
                    landed(row)
                return
            shown = {unit.id: unit for enrolled in enrolments for unit in enrolled.units()}
            for row in group:
                unit = shown.get(row.update.unit_id)
                if unit is None:
                    row.outcome = "not enrolled"
                    row.error = "aXcelerate shows no such unit enrolment; unit_id is the unit's ID"
                else:
                    row.outcome = "as wanted" if row.update.is_shown_by(unit) else "to be set"
                landed(row)

        started = time.monotonic()
        try:
            await for_each(groups, compare, width=settings.concurrency)
        except RunEnded as error:
            report.error = error
        report.requests, report.seconds = client.requests, time.monotonic() - started
    return report


class _Batch:
    """One run over the rows of a file."""

    def __init__(
        self,
        client: AxcelerateClient,
        journal: Journal,
        states: dict[int, str],
        rows: Sequence[Row],
        landed: RowCallback,
    ) -> None:
        self._client = client
        self._journal = journal
        self._states = states
        self._landed = landed
        self._unanswered = 0
        self.report = BatchReport([RowReport(*row) for row in rows])

    async def run(self, width: int) -> BatchReport:
        started = time.monotonic()
        try:
            await for_each(self.report.rows, self._update, width=width)
        finally:
            self.report.requests = self._client.requests
            self.report.seconds = time.monotonic() - started
        return self.report

    async def _update(self, row: RowReport) -> None:
        if self.report.error is not None:
            return
        state = self._states[row.row]
        if state == "applied":
            row.outcome = "applied earlier"
            self._landed(row)
            return
        await self._journal.sent(row.row)
        row.outcome = "unanswered"  # stands if this is cancelled during the call
        setting = units.Setting(self._client, row.update, in_doubt=state in {"sent", "unanswered"})
        try:
            await setting.make()
        except UpstreamError as error:
            row.outcome, row.error = _outcome(error, in_doubt=setting.in_doubt), str(error)
            if isinstance(error, RunEnded):  # calls already in flight are still awaited
                self.report.error = error
        else:
            row.outcome = "applied"
        state = "planned" if row.outcome == "not sent" else row.outcome
        await self._journal.answered(row.row, state, row.error)
        self._landed(row)
        self._give_up_if_down(row)

    def _give_up_if_down(self, row: RowReport) -> None:
        self._unanswered = self._unanswered + 1 if row.outcome in {"unanswered", "not sent"} else 0
        if self._unanswered >= MAX_CONSECUTIVE_FAILURES and self.report.error is None:
            self.report.error = UpstreamUnavailable(
                f"aXcelerate did not answer {MAX_CONSECUTIVE_FAILURES} rows in a row, the last: {row.error}. "
                "Applied updates stay; the same command continues from here"
            )


def _outcome(error: UpstreamError, *, in_doubt: bool) -> UpdateOutcome:
    """The outcome of a row whose update failed; ``in_doubt`` if a call of it may have been carried out."""
    if in_doubt and isinstance(error, (Retryable, RunEnded, OutcomeUnknown)):
        return "unanswered"
    return "not sent" if isinstance(error, (NotConnected, UpstreamUnavailable)) else "refused"
