"""Pushing student numbers: sends a plan's changes concurrently, journalled, and can be resumed (A6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError, exit_code
from dcs_mirror.records import Course
from dcs_mirror.runtime import Runtime
from dcs_mirror.students import sources
from dcs_mirror.students.known import as_listed, known_courses
from dcs_mirror.students.plan import Entry, Plan, plan
from dcs_mirror.students.repeats import Combination
from dcs_mirror.writes import course_list
from dcs_mirror.writes.batch import Batch, BatchProgress, BatchReport, SentEntry


@dataclass(slots=True, kw_only=True)
class PushReport(BatchReport[Entry]):
    """The result of a push of a plan."""

    plan: Plan

    @property
    def exit_code(self) -> int:
        """0 if every row was accepted, 1 if one was not, 4 if none could be sent.

        If an error ended the push, the error's exit code.
        """
        if self.error is not None:
            return self.error.exit_code
        return exit_code([each.outcome for each in self.sent], good={"taken"}) or self.plan.exit_code


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
    progress: BatchProgress,
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
        report = PushReport(plan=planned, sent=[SentEntry(entry) for entry in planned.to_send])
        if planned.refusal is not None:
            report.error = MirrorError(planned.refusal)
            return report
        begun(report)
        await Batch(
            runtime,
            report,
            progress,
            epoch=epoch,
            held_by=lock,
            course_ids={code: course.course_id for code, course in listed.items()},
            go_on="accepted numbers stay. To continue, run the same command again",
        ).run()
        return report


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
