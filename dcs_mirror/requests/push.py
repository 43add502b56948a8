"""Pushing requests from a file: each is submitted once, journalled, and can be resumed (A6)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dcs_mirror.concurrency import for_each
from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection, translate_errors
from dcs_mirror.errors import MirrorError, RunEnded, exit_code
from dcs_mirror.requests import headings, rows
from dcs_mirror.requests.plan import Entry, Known, Plan, aligned, judged
from dcs_mirror.requests.rows import RequestList
from dcs_mirror.runtime import Runtime
from dcs_mirror.store.unseen import unseen_requests
from dcs_mirror.students.sources import table_in
from dcs_mirror.writes import course_list, held_requests, journal, resolution, service
from dcs_mirror.writes.batch import Batch, BatchProgress, BatchReport, SentEntry
from dcs_mirror.writes.spelling import folded_code

READ_AT_ONCE = 4
"""How many courses are read at once: they are applied to the mirror one after the other."""


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What to push: an institution, a file, and how it is read.

    ``columns`` are ``FIELD=HEADING``. ``defaults`` are the values of rows whose cell is empty, by field.
    """

    hei_id: int
    path: Path
    columns: Sequence[str] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    sheet: str | None = None
    heading_row: int | None = None
    hidden_rows: bool = False
    without_course: bool = False


@dataclass(slots=True, kw_only=True)
class PushReport(BatchReport[Entry]):
    """The result of a push. ``not_read_back`` says why the mirror does not show all of it yet."""

    plan: Plan
    not_read_back: str | None = None

    @property
    def exit_code(self) -> int:
        """0 if every row was accepted and is mirrored, 1 if one was not, 4 if none could be sent.

        If an error ended the push, the error's exit code.
        """
        if self.error is not None:
            return self.error.exit_code
        came_of_it = exit_code([each.outcome for each in self.sent], good={"taken"})
        return came_of_it or self.plan.exit_code or int(self.not_read_back is not None)


async def preview(runtime: Runtime, wanted: PushRequest) -> Plan:
    """Return the plan of what :func:`push` would submit. Reads and mirrors the courses of the list.

    Raises:
        MirrorError: if the file, the mirror or the DCS's list of courses cannot be read.
    """
    await runtime.current_epoch()
    listed = _listed(wanted)
    entries, unread = await _read_courses(runtime, wanted, listed)
    async with runtime.pool.acquire() as connection:
        return await _planned(connection, wanted, listed, entries, unread)


async def push(
    runtime: Runtime,
    wanted: PushRequest,
    progress: BatchProgress,
    begun: Callable[[PushReport], None],
) -> PushReport:
    """Submit the requests of a list that are not there already, and mirror them.

    Rerunning a stopped push, even a killed one, resumes it: a call whose outcome is not known is looked for
    first, and what is found is not sent again.

    Args:
        wanted: what to push.
        progress: receives the progress.
        begun: is called with the report before anything is sent, for a caller who may cancel the push.

    Raises:
        MirrorError: if the push could not begin, or another push to the institution is running.
    """
    epoch = await runtime.current_epoch()
    async with runtime.connect() as lock:
        if not await locks.try_session(lock, locks.REQUESTS, wanted.hei_id):
            raise MirrorError(f"another dcs-mirror is pushing requests of institution {wanted.hei_id}")
        listed = _listed(wanted)
        entries, unread = await _read_courses(runtime, wanted, listed)
        plan = partial(_planned, lock, wanted, listed, entries, unread)
        planned = await plan()
        if await _look_for(runtime, {entry.open_call for entry in planned.entries} - {None}):
            planned = await plan()
        report = PushReport(plan=planned, sent=[SentEntry(entry) for entry in planned.to_send])
        begun(report)
        batch = Batch(
            runtime,
            report,
            progress,
            epoch=epoch,
            held_by=lock,
            is_given=True,
            go_on="what was accepted stays. To continue, run the same command again",
        )
        await batch.run(_by_course(report.sent))
        if report.error is None:
            report.not_read_back = await _read_back(runtime, wanted.hei_id, lock, report.sent)
        return report


def _listed(wanted: PushRequest) -> RequestList:
    """Read the file."""
    table = table_in(wanted.path, sheet=wanted.sheet, hidden_rows=wanted.hidden_rows)
    columns = headings.named(wanted.columns)
    return rows.of_table(table, columns, wanted.defaults, heading_row=wanted.heading_row)


async def _read_courses(
    runtime: Runtime, wanted: PushRequest, listed: RequestList
) -> tuple[list[Entry], dict[str, str]]:
    """Find the rows' courses in the DCS, and mirror them, so that what is there is known.

    Returns:
        An entry for each row, and why courses could not be read, by code.
    """
    courses = await course_list.all_courses(runtime.client, wanted.hei_id)
    statuses = {code: course.status for code, course in courses.items()}
    entries = aligned(wanted.hei_id, listed.rows, statuses, without_course=wanted.without_course)
    named = {folded_code(entry.course_code or "") for entry in entries if entry.write is not None} - {""}
    # A course that differs only in spelling may have the request.
    codes = [code for code in courses if statuses[code] != "Deleted" and folded_code(code) in named]
    unread: dict[str, str] = {}

    async def read(code: str) -> None:
        try:
            await service.read_course(runtime, wanted.hei_id, code)
        except RunEnded:
            raise
        except MirrorError as error:
            unread.update({each: str(error) for each in statuses if folded_code(each) == folded_code(code)})

    await for_each(codes, read, width=READ_AT_ONCE)
    return entries, unread


async def _planned(
    connection: Connection,
    wanted: PushRequest,
    listed: RequestList,
    entries: Sequence[Entry],
    unread: Mapping[str, str],
) -> Plan:
    """Compare the rows with what the mirror holds now."""
    codes: set[str | None] = {entry.course_code for entry in entries if entry.write is not None}
    held = await held_requests.held_of(connection, wanted.hei_id, [code for code in codes if code])
    calls = await journal.listed(connection, hei_id=wanted.hei_id, only_unsettled=True)
    known = Known(held, calls, unread)
    return Plan(wanted.hei_id, listed.understood, judged(entries, known))


async def _look_for(runtime: Runtime, calls: Collection[int | None]) -> bool:
    """Look for what calls wrote whose outcome is unknown; return whether one is settled now."""
    is_settled = False
    for call_id in sorted(filter(None, calls)):
        try:
            finding = await resolution.investigate(runtime, call_id)
        except RunEnded:
            raise
        except MirrorError:  # another program sends it, or its course cannot be read: it stays unsettled
            continue
        is_settled = is_settled or bool(finding.taken)
    return is_settled


def _by_course(sent: Sequence[SentEntry[Entry]]) -> list[list[SentEntry[Entry]]]:
    """Return the entries by course: of one course, a call under way may keep back one that looks the same."""
    found: dict[str, list[SentEntry[Entry]]] = {}
    for each in sent:
        found.setdefault(folded_code(each.entry.course_code or ""), []).append(each)
    return list(found.values())


async def _read_back(
    runtime: Runtime, hei_id: int, lock: Connection, sent: Sequence[SentEntry[Entry]]
) -> str | None:
    """Mirror the courses of accepted requests, and those that no course shows; return why that failed."""
    taken = [each for each in sent if each.outcome == "taken"]
    failures: list[str] = []

    def is_lost() -> bool:
        """Return whether PostgreSQL has gone: it was waited for once, and not for each course again."""
        return bool(failures) and lock.is_closed()

    async def read(code: str) -> None:
        if not is_lost():
            failed = await service.read_back(runtime, hei_id, request_id=None, course_code=code)
            failures.extend([failed] if failed else [])

    codes = sorted({code for each in taken if (code := each.entry.course_code) is not None})
    await for_each(codes, read, width=READ_AT_ONCE)
    if not taken or is_lost():
        return next(iter(failures), None)
    try:
        with translate_errors(runtime.url):
            unseen = await runtime.database(partial(unseen_requests, hei_id=hei_id))
    except MirrorError as error:
        failures.append(str(error))
        unseen = []
    for request_id in sorted({each.request_id for each in unseen} & {each.request_id for each in taken}):
        failed = await service.read_back(runtime, hei_id, request_id=request_id, course_code=None)
        failures.extend([failed] if failed else [])
    return next(iter(failures), None)
