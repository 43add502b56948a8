"""Sends what a plan would change: some calls at once, journalled, and gone on with after a break (A6)."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import anyio

from dcs_mirror.concurrency import for_each
from dcs_mirror.database import connections, sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import (
    InstitutionEnded,
    MirrorError,
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
from dcs_mirror.writes import course_list
from dcs_mirror.writes.journal import CallEnd
from dcs_mirror.writes.send import send

MAX_CONSECUTIVE_FAILURES = 20
"""Calls in a row that are not answered before the DCS counts as down."""

_LOCK = sql.load(Path(__file__).parent / "sql" / "lock_institution.sql")

SendOutcome: TypeAlias = Literal["taken", "refused", "unanswered", "not sent"]


@dataclass(slots=True)
class SentEntry:
    """What became of one entry that was to be sent.

    ``refused`` it was by the DCS, or by the journal, where a call like it is not settled. ``unanswered``
    leaves open whether it was taken: the next push sends an amendment again, which does no harm, and asks
    that a submitted course be settled.
    """

    entry: Entry
    outcome: SendOutcome = "not sent"
    error: str | None = None


@dataclass(slots=True)
class PushReport:
    """What a push came to. ``error`` ended it early, or kept it from beginning; ``seconds`` is its length."""

    plan: Plan
    sent: list[SentEntry]
    requests: int = 0
    seconds: float = 0.0
    error: MirrorError | None = None

    @property
    def exit_code(self) -> int:
        """0 where every row landed, 1 where one did not, 4 where none was even sent, or that of the error
        that ended the push."""
        if self.error is not None:
            return self.error.exit_code
        return exit_code([each.outcome for each in self.sent], good={"taken"}) or self.plan.exit_code


class PushProgress(Protocol):
    """Is told how a push goes on."""

    def began(self, total: int) -> None:
        """So many courses are to be sent."""

    def landed(self, sent: SentEntry) -> None:
        """One of them was sent, however it ended."""


@dataclass(frozen=True, slots=True)
class PushRequest:
    """Which numbers go to which institution, and what :func:`~dcs_mirror.students.plan.plan` allows."""

    hei_id: int
    source: sources.SourceSpec
    create_missing: bool = False
    allow_zero: bool = False
    strict: bool = False


async def preview(runtime: Runtime, wanted: PushRequest) -> Plan:
    """What :func:`push` would send; the DCS is asked for its list of courses.

    Raises:
        MirrorError: where the source, the mirror or the list cannot be read.
    """
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
    """Sends the numbers that differ from those last sent and answered.

    Stopped anywhere, even killed, it is gone on with by the same call: what was answered is not sent again.

    Args:
        begun: is given the report before anything is sent, for whoever cancels this.

    Raises:
        MirrorError: where nothing could be begun, or another push to the institution is under way.
    """
    async with runtime.connect() as lock:
        if not await lock.fetchval(*_LOCK.bind({"hei_id": wanted.hei_id})):
            raise MirrorError(f"another dcs-mirror is sending student numbers of institution {wanted.hei_id}")
        source = await sources.read(wanted.source, runtime.settings)  # before others wait
        await course_list.lock_courses(lock, wanted.hei_id)
        listed = await course_list.all_courses(runtime.client, wanted.hei_id)
        planned = await _planned(runtime, lock, wanted, source, listed)
        if planned.refusal is not None:
            return PushReport(
                planned, [SentEntry(entry) for entry in planned.to_send], error=MirrorError(planned.refusal)
            )
        pushing = _Push(runtime, planned, listed, progress, held_by=lock)
        begun(pushing.report)
        return await pushing.run()


async def _planned(
    runtime: Runtime,
    connection: Connection,
    wanted: PushRequest,
    read: sources.SourceReader,
    listed: Mapping[str, Course],
) -> Plan:
    known = as_listed(await known_courses(connection, wanted.hei_id), listed)
    source = read({code for code, course in known.items() if course.is_live})
    return plan(
        wanted.hei_id,
        source.told,
        source.rows,
        known,
        now=runtime.clock.now(),
        create_missing=wanted.create_missing,
        allow_zero=wanted.allow_zero,
        strict=wanted.strict,
    )


class _Push:
    """A plan on its way."""

    def __init__(
        self,
        runtime: Runtime,
        planned: Plan,
        listed: Mapping[str, Course],
        progress: PushProgress,
        *,
        held_by: Connection,
    ) -> None:
        self._runtime = runtime
        self._listed = listed
        self._held_by = held_by
        self._progress = progress
        self._unanswered = 0
        self.report = PushReport(planned, [SentEntry(entry) for entry in planned.to_send])

    async def run(self) -> PushReport:
        client = self._runtime.client

        async def send_one(sent: SentEntry) -> None:
            write = sent.entry.write
            if write is None or self.report.error is not None:
                return
            course = self._listed.get(write.course_code)
            course_id = course.course_id if course else None
            own = client.with_own_counter()
            endings: list[CallEnd] = []  # one, where the call is in the journal
            try:
                await send(
                    self._runtime,
                    own,
                    write,
                    course_id=course_id,
                    held_by=self._held_by,
                    ended=endings.append,
                )
            except MirrorError as error:
                sent.error = str(error)
                sent.outcome = _outcome(endings, error, went_out=own.requests > 0)
                if isinstance(error, RunEnded | InstitutionEnded | course_list.LockLost):
                    # What others have under way is answered first: cancelled, nobody would know its end.
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
                self._give_up_where_down(sent)

        self._progress.began(len(self.report.sent))
        started = time.monotonic()
        try:
            # A call holds a connection of the pool until its end is in the journal.
            await for_each(self.report.sent, send_one, width=min(client.width, connections.POOL_SIZE))
        finally:
            self.report.seconds = time.monotonic() - started
        return self.report

    def _end(self, error: MirrorError) -> None:
        """Nothing more is sent; the first error is the reason."""
        if self.report.error is None:
            self.report.error = error

    def _give_up_where_down(self, sent: SentEntry) -> None:
        answered = sent.outcome in {"taken", "refused"}
        self._unanswered = 0 if answered else self._unanswered + 1
        if self._unanswered >= MAX_CONSECUTIVE_FAILURES:
            told = (
                f"{MAX_CONSECUTIVE_FAILURES} calls one after the other were not answered, the last: "
                f"{sent.error}; what was taken stays, and the same command goes on from here"
            )
            self._end(UpstreamUnavailable(told))


def _outcome(
    endings: Sequence[CallEnd], error: MirrorError | None = None, *, went_out: bool = False
) -> SendOutcome:
    """What a push reports of a call by what the journal says of it.

    The journal calls refused what nobody took, too: the ``error``, where there is one, and whether a request
    went out tell these apart. Without an end, the journal itself refused the call, or its turn never came.
    """
    state = endings[0].state if endings else None
    if state == "answered":
        return "taken"
    if state == "unknown":
        return "unanswered"
    if error is None or isinstance(error, SafeToResend | course_list.LockLost):
        return "not sent"
    return "refused" if went_out or not isinstance(error, UpstreamError) else "not sent"
