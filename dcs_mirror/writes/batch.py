"""Sending many writes: concurrently, each journalled as a single one is, and what became of each (A6)."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar
from uuid import UUID

import anyio

from dcs_mirror.concurrency import for_each
from dcs_mirror.database import connections
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import (
    DatabaseUnavailable,
    InstitutionEnded,
    MirrorError,
    PutOff,
    RunEnded,
    SafeToResend,
    UpstreamError,
    UpstreamUnavailable,
)
from dcs_mirror.runtime import Runtime
from dcs_mirror.writes.commands import Write, parameters
from dcs_mirror.writes.course_list import LockLost
from dcs_mirror.writes.journal import CallEnd
from dcs_mirror.writes.send import send

MAX_CONSECUTIVE_FAILURES = 20
"""How many calls in a row may stay unanswered before the DCS counts as down."""

SendOutcome: TypeAlias = Literal["taken", "refused", "unanswered", "not sent"]


class Row(Protocol):
    """A row of a plan."""

    @property
    def write(self) -> Write | None:
        """What is sent for it; None if nothing is."""

    @property
    def course_code(self) -> str | None:
        """The code of its course."""


E = TypeVar("E", bound=Row)


@dataclass(slots=True)
class SentEntry(Generic[E]):
    """The outcome of one entry that was to be sent.

    ``taken``: the DCS accepted it. ``refused``: by the DCS, or by the journal because an identical call is
    not settled. ``unanswered``: it is not known whether the DCS accepted it; the next push sends an amendment
    again, which does no harm, and requires a submitted course or request to be settled. ``call_id`` and
    ``request_id`` are those of the call, if there was one, and of the request that it created.
    """

    entry: E
    outcome: SendOutcome = "not sent"
    error: str | None = None
    call_id: int | None = None
    request_id: int | None = None


@dataclass(slots=True)
class BatchReport(Generic[E]):
    """What became of many writes. ``error`` ended or prevented them; ``seconds`` is the duration."""

    sent: list[SentEntry[E]] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    error: MirrorError | None = None


class BatchProgress(Protocol):
    """Receives the progress of many writes."""

    def began(self, total: int) -> None:
        """Handle the start: ``total`` writes are to be sent."""

    def landed(self, sent: SentEntry[E]) -> None:
        """Handle the end of one call, whatever its outcome."""


class Batch(Generic[E]):
    """Sends the entries of a report and fills it.

    Args:
        runtime: what the use cases share.
        report: its entries are sent; receives what became of them.
        progress: receives the progress.
        epoch: the database's when the writes were planned; if it was restored since, nothing is sent.
        held_by: the session that holds the lock of the push; if it is closed, nothing more is sent.
        course_ids: the DCS's ids of the courses that are amended, by code.
        is_given: whether the user gave the parameters; if not, the push computed them.
        go_on: how to continue if the DCS or PostgreSQL does not answer, for the report's error.
    """

    def __init__(
        self,
        runtime: Runtime,
        report: BatchReport[E],
        progress: BatchProgress,
        *,
        epoch: UUID,
        held_by: Connection,
        go_on: str,
        course_ids: dict[str, int] | None = None,
        is_given: bool = False,
    ) -> None:
        self._runtime = runtime
        self._report = report
        self._progress = progress
        self._epoch = epoch
        self._held_by = held_by
        self._go_on = go_on
        self._course_ids = course_ids or {}
        self._is_given = is_given
        self._unanswered = 0

    async def run(self, groups: Collection[Sequence[SentEntry[E]]] | None = None) -> None:
        """Send the entries, as many at once as the client and the pool allow.

        Args:
            groups: the entries, those together of which one is sent after the other; None for all at once.
        """
        wanted = [[each] for each in self._report.sent] if groups is None else groups

        async def send_group(group: Sequence[SentEntry[E]]) -> None:
            for each in group:
                await self._send_one(each)

        self._progress.began(len(self._report.sent))
        started = time.monotonic()
        try:
            # A call holds a connection of the pool until its outcome is recorded.
            await for_each(wanted, send_group, width=min(self._runtime.client.width, connections.POOL_SIZE))
        finally:
            self._report.seconds = time.monotonic() - started

    async def _send_one(self, sent: SentEntry[E]) -> None:
        write = sent.entry.write
        if write is None or self._report.error is not None:
            return
        own = self._runtime.client.with_own_counter()
        endings: list[CallEnd] = []  # one ending, if the journal recorded the call

        def sending(call_id: int, _: bool) -> None:
            sent.call_id = call_id

        try:
            with connections.translate_errors(self._runtime.url):
                await send(
                    self._runtime,
                    own,
                    write,
                    epoch=self._epoch,
                    course_id=self._course_ids.get(sent.entry.course_code or ""),
                    given=parameters(write).keys() if self._is_given else None,
                    held_by=self._held_by,
                    sending=sending,
                    ended=endings.append,
                )
        except MirrorError as error:
            sent.error = str(error)
            sent.outcome = _outcome(endings, error, went_out=own.requests > 0)
            # Calls in progress are not cancelled: their outcome would be unknown.
            if isinstance(error, DatabaseUnavailable):
                self._end(DatabaseUnavailable(f"{error}; {self._go_on}"))
            elif isinstance(error, RunEnded | InstitutionEnded | LockLost):
                self._end(error)
        except anyio.get_cancelled_exc_class():
            sent.outcome = _outcome(endings)
            sent.error = next((ending.error for ending in endings), None)
            raise
        else:
            sent.outcome = "taken"
        finally:
            self._report.requests += own.requests
            sent.request_id = next((ending.request_id for ending in endings), None)
        self._progress.landed(sent)
        if own.requests:
            self._stop_if_down(sent)

    def _end(self, error: MirrorError) -> None:
        """Send nothing more; the first error is reported."""
        if self._report.error is None:
            self._report.error = error

    def _stop_if_down(self, sent: SentEntry[E]) -> None:
        """End the batch if too many calls in a row were not answered."""
        answered = sent.outcome in {"taken", "refused"}
        self._unanswered = 0 if answered else self._unanswered + 1
        if self._unanswered >= MAX_CONSECUTIVE_FAILURES:
            self._end(
                UpstreamUnavailable(
                    f"{MAX_CONSECUTIVE_FAILURES} calls in a row were not answered, the last: {sent.error}; "
                    f"{self._go_on}"
                )
            )


def _outcome(
    endings: Sequence[CallEnd], error: MirrorError | None = None, *, went_out: bool = False
) -> SendOutcome:
    """Return the outcome that a push reports for a call.

    The journal's ``refused`` includes calls that were never sent; the ``error`` and ``went_out`` distinguish
    them.

    Args:
        endings: the outcome in the journal. Empty if the journal refused the call, or it was never its turn.
        error: what the call raised; None if it was cancelled.
        went_out: whether a request left this machine.
    """
    state = endings[0].state if endings else None
    if state == "answered":
        return "taken"
    if state == "unknown":
        return "unanswered"
    if error is None or isinstance(error, SafeToResend | PutOff | LockLost | DatabaseUnavailable):
        return "not sent"
    return "refused" if went_out or not isinstance(error, UpstreamError) else "not sent"
