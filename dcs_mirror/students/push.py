"""Pushing student numbers: sends a plan's changes concurrently, journalled, and can be resumed (A6)."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

import anyio

from dcs_mirror.concurrency import for_each
from dcs_mirror.database import connections, locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import (
    InstitutionEnded,
    MirrorError,
    PutOff,
    RunEnded,
    SafeToResend,
    UpstreamError,
    UpstreamUnavailable,
    exit_code,
)
from dcs_mirror.records import Course
from dcs_mirror.runtime import Runtime
from dcs_mirror.students import sources
from dcs_mirror.students.known import as_listed, known_courses
from dcs_mirror.students.plan import Entry, Plan, plan
from dcs_mirror.students.repeats import Combination
from dcs_mirror.writes import course_list
from dcs_mirror.writes.journal import CallEnd
from dcs_mirror.writes.send import send

MAX_CONSECUTIVE_FAILURES = 20
"""How many calls in a row may stay unanswered before the DCS counts as down."""

SendOutcome: TypeAlias = Literal["taken", "refused", "unanswered", "not sent"]


@dataclass(slots=True)
class SentEntry:
    """The outcome of one entry that was to be sent.

    ``taken``: the DCS accepted it. ``refused``: by the DCS, or by the journal because an identical call is
    not settled. ``unanswered``: it is not known whether the DCS accepted it; the next push sends an amendment
    again, which does no harm, and requires a submitted course to be settled.
    """

    entry: Entry
    outcome: SendOutcome = "not sent"
    error: str | None = None


@dataclass(slots=True)
class PushReport:
    """The result of a push. ``error`` ended it early or prevented it; ``seconds`` is its duration."""

    plan: Plan
    sent: list[SentEntry]
    requests: int = 0
    seconds: float = 0.0
    error: MirrorError | None = None

    @property
    def exit_code(self) -> int:
        """0 if every row was accepted, 1 if one was not, 4 if none could be sent.

        If an error ended the push, the error's exit code.
        """
        if self.error is not None:
            return self.error.exit_code
        return exit_code([each.outcome for each in self.sent], good={"taken"}) or self.plan.exit_code


class PushProgress(Protocol):
    """Receives the progress of a push."""

    def began(self, total: int) -> None:
        """Handle the start: ``total`` courses are to be sent."""

    def landed(self, sent: SentEntry) -> None:
        """Handle the end of one course's call, whatever its outcome."""


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What to push: an institution, a source, and the options of :func:`~dcs_mirror.students.plan.plan`."""

    hei_id: int
    source: sources.SourceSpec
    combination: Combination | None = None
    create_missing: bool = False
    allow_zero: bool = False
    strict: bool = False


async def preview(runtime: Runtime, wanted: PushRequest) -> Plan:
    """Return the plan of what :func:`push` would send. Reads the DCS's course list.

    Raises:
        MirrorError: if the source, the mirror or the list cannot be read.
    """
    await runtime.current_epoch()
    source = await sources.read(wanted.source, runtime.settings)
    listed = await course_list.all_courses(runtime.client, wanted.hei_id)
    async with runtime.pool.acquire() as connection:
        return await _planned(runtime, connection, wanted, source, listed)


async def push(
    runtime: Runtime,
    wanted: PushRequest,
    progress: PushProgress,
    begun: Callable[[PushReport], None],
) -> PushReport:
    """Send the numbers that differ from those last sent and accepted.

    Rerunning a stopped push, even a killed one, resumes it: accepted numbers are not sent again.

    Args:
        wanted: what to push.
        progress: receives the progress.
        begun: is called with the report before anything is sent, for a caller who may cancel the push.

    Raises:
        MirrorError: if the push could not begin, or another push to the institution is running.
    """
    epoch = await runtime.current_epoch()
    async with runtime.connect() as lock:
        if not await locks.try_session(lock, locks.STUDENTS, wanted.hei_id):
            raise MirrorError(f"another dcs-mirror is sending student numbers of institution {wanted.hei_id}")
        # The source is read first: other writers must not wait for another system.
        source = await sources.read(wanted.source, runtime.settings)
        await course_list.lock_courses(lock, wanted.hei_id)
        listed = await course_list.all_courses(runtime.client, wanted.hei_id)
        planned = await _planned(runtime, lock, wanted, source, listed)
        if planned.refusal is not None:
            return PushReport(
                planned, [SentEntry(entry) for entry in planned.to_send], error=MirrorError(planned.refusal)
            )
        pushing = _Push(runtime, planned, listed, progress, epoch=epoch, held_by=lock)
        begun(pushing.report)
        return await pushing.run()


async def _planned(
    runtime: Runtime,
    connection: Connection,
    wanted: PushRequest,
    read: sources.SourceReader,
    listed: Mapping[str, Course],
) -> Plan:
    """Compare a source's rows with what is known and listed now."""
    known = as_listed(await known_courses(connection, wanted.hei_id), listed)
    source = read({code for code, course in known.items() if course.is_live})
    return plan(
        wanted.hei_id,
        source.understood,
        source.rows,
        known,
        now=runtime.clock.now(),
        combination=wanted.combination,
        create_missing=wanted.create_missing,
        allow_zero=wanted.allow_zero,
        strict=wanted.strict,
    )


class _Push:
    """One run of a plan: sends its entries and fills the report."""

    def __init__(
        self,
        runtime: Runtime,
        planned: Plan,
        listed: Mapping[str, Course],
        progress: PushProgress,
        *,
        epoch: UUID,
        held_by: Connection,
    ) -> None:
        self._runtime = runtime
        self._epoch = epoch
        self._listed = listed
        self._held_by = held_by
        self._progress = progress
        self._unanswered = 0
        self.report = PushReport(planned, [SentEntry(entry) for entry in planned.to_send])

    async def run(self) -> PushReport:
        """Send the plan's entries, as many at once as the client and the pool allow; return the report."""
        client = self._runtime.client

        async def send_one(sent: SentEntry) -> None:
            write = sent.entry.write
            if write is None or self.report.error is not None:
                return
            course = self._listed.get(write.course_code)
            course_id = course.course_id if course else None
            own = client.with_own_counter()
            endings: list[CallEnd] = []  # one ending, if the journal recorded the call
            try:
                await send(
                    self._runtime,
                    own,
                    write,
                    epoch=self._epoch,
                    course_id=course_id,
                    held_by=self._held_by,
                    ended=endings.append,
                )
            except MirrorError as error:
                sent.error = str(error)
                sent.outcome = _outcome(endings, error, went_out=own.requests > 0)
                if isinstance(error, RunEnded | InstitutionEnded | course_list.LockLost):
                    # Calls in progress are not cancelled: their outcome would be unknown.
                    self._end(error)
            except anyio.get_cancelled_exc_class():
                sent.outcome = _outcome(endings)
                sent.error = next((ending.error for ending in endings), None)
                raise
            else:
                sent.outcome = "taken"
            finally:
                self.report.requests += own.requests
            self._progress.landed(sent)
            if own.requests:
                self._stop_if_down(sent)

        self._progress.began(len(self.report.sent))
        started = time.monotonic()
        try:
            # A call holds a connection of the pool until its outcome is recorded.
            await for_each(self.report.sent, send_one, width=min(client.width, connections.POOL_SIZE))
        finally:
            self.report.seconds = time.monotonic() - started
        return self.report

    def _end(self, error: MirrorError) -> None:
        """Send nothing more; the first error is reported."""
        if self.report.error is None:
            self.report.error = error

    def _stop_if_down(self, sent: SentEntry) -> None:
        """End the push if too many calls in a row were not answered."""
        answered = sent.outcome in {"taken", "refused"}
        self._unanswered = 0 if answered else self._unanswered + 1
        if self._unanswered >= MAX_CONSECUTIVE_FAILURES:
            message = (
                f"{MAX_CONSECUTIVE_FAILURES} calls in a row were not answered, the last: {sent.error}; "
                "accepted numbers stay. To continue, run the same command again"
            )
            self._end(UpstreamUnavailable(message))


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
    if error is None or isinstance(error, SafeToResend | PutOff | course_list.LockLost):
        return "not sent"
    return "refused" if went_out or not isinstance(error, UpstreamError) else "not sent"
