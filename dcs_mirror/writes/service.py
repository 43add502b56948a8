"""The use cases of the writing side: rehearse a write, carry it out, and read back what it did."""

from dataclasses import dataclass

from dcs_mirror.database import connections
from dcs_mirror.errors import MirrorError, NotFound
from dcs_mirror.runtime import Runtime
from dcs_mirror.sync.mirror import Mirror
from dcs_mirror.upstream.client import DcsClient
from dcs_mirror.writes import completion, course_list, journal, validation
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
    """A write that the DCS took. ``sent`` are the specification's parameters.

    ``course_code`` is the course's from now on; ``not_read_back`` says why the mirror does not show it yet.
    """

    call_id: int
    hei_id: int
    method: str
    sent: dict[str, str]
    request_id: int | None = None
    course_code: str | None = None
    not_read_back: str | None = None


async def preview(runtime: Runtime, write: CourseFields) -> Write:
    """Return a write of a course as :func:`execute` would send it, compared with what the DCS lists (A1).

    Raises:
        MirrorError: if it cannot be sent.
    """
    async with runtime.pool.acquire() as connection:
        ready, _ = await _completed(connection, runtime.client, write, instead_of=None)
    return ready


async def execute(
    runtime: Runtime,
    write: Write,
    *,
    typed_again: str | None = None,
    instead_of: int | None = None,
) -> WriteResult:
    """Check a write (A2), complete it (A1), send it, and refresh in the mirror what it wrote.

    Args:
        typed_again: the course code, typed again to confirm a deletion (A3).
        instead_of: the number of a call without an answer that this one replaces.

    Raises:
        MirrorError: if it cannot be sent, the DCS did not take it, or whether it did is unknown.
    """
    validation.check_write(write, typed_again=typed_again)
    if isinstance(write, SubmitRequest) and write.course_code is not None and instead_of is None:
        # Requests that are there before the call is sent cannot be what it made (A6).
        await read_course(runtime, write.hei_id, write.course_code)
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
            course_id=course_id,
            given=given,
            instead_of=instead_of,
            held_by=held_by,
        )
    code = _course_code(write)
    problem = await read_back(runtime, write.hei_id, request_id=request_id, course_code=code)
    return WriteResult(call_id, write.hei_id, write.method, parameters(write), request_id, code, problem)


async def _completed(
    connection: connections.Connection, client: DcsClient, write: CourseFields, *, instead_of: int | None
) -> tuple[CourseFields, int | None]:
    """A write of a course as it can be sent, and the id of the course that it amends.

    Raises:
        MirrorError: where the DCS lists the course and should not, or the other way round; where a
            number that it would reset is not known; where an amendment came too late.
    """
    if isinstance(write, SubmitCourse):
        await journal.refuse_duplicate(connection, write, instead_of=instead_of)
    listed = await course_list.live_courses(client, write.hei_id)
    course = listed.get(write.course_code)
    where = f"institution {write.hei_id}; nothing was sent"
    if isinstance(write, AmendCourse):
        if course is None:
            raise MirrorError(f"the DCS lists no live course {write.course_code!r} of {where}")
        await journal.record_submitted_numbers(connection, write.hei_id)
        if instead_of is not None:
            await journal.refuse_stale(connection, instead_of, course.course_id)
        known = await completion.known_numbers(connection, write.hei_id, course, instead_of=instead_of)
        return completion.complete(write, known), course.course_id
    if course is not None:
        raise MirrorError(f"the DCS lists a course {write.course_code!r} of {where}")
    spelling = folded_code(write.course_code)
    there = [code for code in listed if folded_code(code) == spelling]
    if there:
        raise MirrorError(
            f"the DCS lists a course {there[0]!r} of institution {write.hei_id}, which differs from "
            f"{write.course_code!r} in case, blanks or dashes only; nothing was sent"
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

    What cannot be read back now is read by the next sync, a request by its id (A7).
    """
    try:
        report = await Mirror(runtime).refresh(
            hei_id,
            course=course_code if request_id is None else None,
            request_id=request_id,
        )
        if report.error is not None:
            raise report.error
        async with runtime.pool.acquire() as connection:
            await journal.record_submitted_numbers(connection, hei_id)
    except MirrorError as error:
        return str(error)
    return next((outcome.error for outcome in report.institutions if outcome.error), None)


async def read_course(runtime: Runtime, hei_id: int, code: str) -> None:
    """Mirror the courses with that code, if the DCS lists any, and their content.

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
    if isinstance(write, AmendCourse) and write.new_code is not None:
        return write.new_code
    return None if isinstance(write, SubmitRequest) else getattr(write, "course_code", None)
