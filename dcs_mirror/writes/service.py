"""The use cases of writing: rehearse a write, carry it out, and refresh what it changed in the mirror."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dcs_mirror.database import connections
from dcs_mirror.errors import MirrorError, NotFound
from dcs_mirror.runtime import Runtime
from dcs_mirror.sync.mirror import Mirror
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.writes import completion, course_list, held_requests, journal, validation
from dcs_mirror.writes.closing import Closing, closing
from dcs_mirror.writes.commands import (
    AmendCourse,
    CourseFields,
    SubmitCourse,
    SubmitRequest,
    Write,
    parameters,
)
from dcs_mirror.writes.send import send
from dcs_mirror.writes.spelling import folded_code


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A write that the DCS accepted.

    ``sent`` holds the parameters under the specification's names. ``course_code`` is the course's code after
    the write. ``not_read_back`` says why the mirror does not show the write yet; None if it does.
    """

    call_id: int
    hei_id: int
    method: str
    sent: dict[str, str]
    request_id: int | None = None
    course_code: str | None = None
    not_read_back: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A write of a course as it would be sent, and what goes with the course if its status closes it."""

    write: Write
    closes: Closing | None = None


async def preview(runtime: Runtime, write: CourseFields) -> Preview:
    """Return a write of a course as :func:`execute` would send it, compared with what the DCS lists (A1).

    With it comes what an amendment to Archived or Deleted takes away. Nothing is changed.

    Raises:
        MirrorError: if it cannot be sent.
    """
    await runtime.current_epoch()
    async with runtime.pool.acquire() as connection:
        ready, course_id = await _completed(connection, runtime.client, write, instead_of=None)
        status = write.status if isinstance(write, AmendCourse) else None
        if course_id is None or status is None or status == "Active":
            return Preview(ready)
        return Preview(ready, await closing(connection, write.hei_id, course_id, status))


async def execute(
    runtime: Runtime,
    write: Write,
    *,
    typed_again: str | None = None,
    instead_of: int | None = None,
    again: bool = False,
) -> WriteResult:
    """Validate a write (A2), complete it (A1), send it, and refresh what it changed in the mirror.

    Args:
        write: what to write.
        typed_again: the course code, typed again to confirm a deletion (A3).
        instead_of: a call without an answer that this one replaces.
        again: whether a request may repeat one that is there.

    Raises:
        MirrorError: if it cannot be sent, the DCS refuses it, or it is not known whether the DCS accepted it.
    """
    written = await carry_out(runtime, write, typed_again=typed_again, instead_of=instead_of, again=again)
    not_read_back = await read_back(
        runtime, write.hei_id, request_id=written.request_id, course_code=written.course_code
    )
    return replace(written, not_read_back=not_read_back)


async def carry_out(
    runtime: Runtime,
    write: Write,
    *,
    typed_again: str | None = None,
    instead_of: int | None = None,
    again: bool = False,
    sending: Callable[[int, bool], None] = lambda *_: None,
    ended: Callable[[journal.CallEnd], None] = lambda _: None,
) -> WriteResult:
    """Do as :func:`execute`, but leave reading back to the caller.

    Args:
        sending, ended: are called as :func:`~dcs_mirror.writes.send.send` does it.

    The other arguments and the errors are those of :func:`execute`.
    """
    validation.check_write(write, typed_again=typed_again)
    epoch = await runtime.current_epoch()
    if isinstance(write, SubmitRequest) and write.course_code is not None and instead_of is None:
        # A request that the mirror has seen before the call cannot be mistaken for the call's own (A6).
        async with runtime.connect() as connection:
            alike = await held_requests.codes_like(connection, write.hei_id, write.course_code)
        for spelling in sorted({write.course_code, *alike}):
            await read_course(runtime, write.hei_id, spelling)
    given = parameters(write).keys()
    async with runtime.connect() as connection:
        course_id, held_by = None, None
        if isinstance(write, CourseFields):
            held_by = connection
            await course_list.lock_courses(held_by, write.hei_id)
            write, course_id = await _completed(connection, runtime.client, write, instead_of=instead_of)
        call_id, request_id = await send(
            runtime,
            runtime.client,
            write,
            epoch=epoch,
            course_id=course_id,
            given=given,
            instead_of=instead_of,
            again=again,
            held_by=held_by,
            sending=sending,
            ended=ended,
        )
    return accepted(write, call_id, request_id)


def accepted(write: Write, call_id: int, request_id: int | None) -> WriteResult:
    """Return the result of a write that the DCS accepted.

    Args:
        write: what was written.
        call_id: its call in the journal.
        request_id: the id that the DCS gave a new request.
    """
    return WriteResult(
        call_id, write.hei_id, write.method, parameters(write), request_id, _course_code(write)
    )


async def _completed(
    connection: connections.Connection, client: DcsClient, write: CourseFields, *, instead_of: int | None
) -> tuple[CourseFields, int | None]:
    """Return a write to a course, ready to be sent, and the id of the course that it amends.

    Raises:
        MirrorError: if a course to be submitted is listed already; if a course to be amended is not listed;
            if a number that the DCS would reset is not known; if a later call amended the course.
    """
    if isinstance(write, SubmitCourse):
        await journal.refuse_duplicate(connection, write, instead_of=instead_of)
    listed = await course_list.live_courses(client, write.hei_id)
    course = listed.get(write.course_code)
    if isinstance(write, AmendCourse):
        if course is None:
            raise course_list.CourseNotListed(
                f"institution {write.hei_id} has no course {write.course_code!r} in the DCS, or it is "
                "deleted there. Nothing was sent"
            )
        await journal.record_submitted_numbers(connection, write.hei_id)
        if instead_of is not None:
            await journal.refuse_older_than_restore(connection, instead_of)
            await journal.refuse_stale(connection, instead_of, course.course_id)
        known = await completion.known_numbers(connection, write.hei_id, course, instead_of=instead_of)
        return completion.complete(write, known), course.course_id
    if course is not None:
        raise course_list.CourseListed(
            f"the DCS already lists a course {write.course_code!r} in institution {write.hei_id}; "
            "nothing was sent"
        )
    spelling = folded_code(write.course_code)
    similar = [code for code in listed if folded_code(code) == spelling]
    if similar:
        raise course_list.CourseListed(
            f"the DCS already lists a course {similar[0]!r} in institution {write.hei_id}, which differs "
            f"from {write.course_code!r} only in case, spaces or dashes. Nothing was sent"
        )
    return write, None


async def read_back(
    runtime: Runtime,
    hei_id: int,
    *,
    request_id: int | None,
    course_code: str | None,
) -> str | None:
    """Refresh a request by its id, else a course; return why that failed, None if it did not.

    The next sync reads what cannot be read now; it looks up a request by its id (A7).
    """
    try:
        report = await Mirror(runtime).refresh(
            hei_id,
            course=course_code if request_id is None else None,
            request_id=request_id,
        )
        if report.error is not None:
            raise report.error
        with connections.translate_errors(runtime.url):
            async with connections.borrow(runtime.pool) as connection:
                await journal.record_submitted_numbers(connection, hei_id)
    except MirrorError as error:
        return str(error)
    return next((outcome.error for outcome in report.institutions if outcome.error), None)


async def read_course(runtime: Runtime, hei_id: int, code: str) -> None:
    """Mirror the courses with a code, if the DCS lists any, and their content.

    Raises:
        MirrorError: if they cannot be read.
    """
    report = await Mirror(runtime).refresh(hei_id, course=code)
    if report.error is not None:
        raise report.error
    if any(isinstance(failure, NotFound) for failure in report.failures):
        return
    for outcome in report.institutions:
        if outcome.error is not None:
            raise MirrorError(f"course {code!r} could not be read: {outcome.error}")


def _course_code(write: Write) -> str | None:
    """Return the code of the written course after the write; None for a request."""
    if isinstance(write, AmendCourse) and write.new_code is not None:
        return write.new_code
    return None if isinstance(write, SubmitRequest) else getattr(write, "course_code", None)
