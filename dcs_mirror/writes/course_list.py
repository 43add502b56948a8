"""What a write to courses needs: a lock against other writers, and the DCS's current course list (A1)."""

import structlog

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import InstitutionNotFound, MirrorError
from dcs_mirror.plain_text import counted
from dcs_mirror.records import Course
from dcs_mirror.upstream.client import DcsClient

log = structlog.get_logger()


class LockLost(MirrorError):
    """The session that held the lock on an institution's courses is gone; others may have written since."""

    exit_code = 4

    def __init__(
        self, what: str = "the connection to PostgreSQL that held the lock on these courses was lost"
    ) -> None:
        super().__init__(f"{what}; nothing more was sent. Run the same command again")


class CourseNotListed(MirrorError):
    """The DCS lists no course with the code of an amendment; nothing was sent."""


class CourseListed(MirrorError):
    """The DCS lists a course with the code of a new one, or one that is spelled alike; nothing was sent."""


async def lock_courses(connection: Connection, hei_id: int) -> None:
    """Take the lock on writing an institution's courses; wait for another process that holds it.

    The lock makes sure that no other process sends a number between reading the known numbers and the end of
    the call that sends them. It is held until ``connection`` is closed or released to its pool.

    Raises:
        LockNotFree: if the other process holds it for too long; names it.
    """
    await locks.lock_session(connection, locks.COURSES, hei_id)


async def live_courses(client: DcsClient, hei_id: int) -> dict[str, Course]:
    """Return the courses that are not deleted, by code; of two with the same code, the higher id (W8).

    Raises:
        MirrorError: as :func:`all_courses`.
    """
    listed = await all_courses(client, hei_id)
    return {code: course for code, course in listed.items() if course.status != "Deleted"}


async def all_courses(client: DcsClient, hei_id: int) -> dict[str, Course]:
    """Read all courses of an institution from the DCS, by code.

    Of two with the same code, take the one that is not deleted, else the one with the higher id (W8).

    Raises:
        UpstreamError: if the list cannot be read.
        MirrorError: if an entry of the list has no id or code, because it may be any course (C1).
    """
    try:
        answer = await client.courses(hei_id)
    except InstitutionNotFound as unknown:
        error = InstitutionNotFound(
            f"institution {hei_id} is not known to the DCS ({unknown}), so nothing was sent; "
            "`dcs-mirror status` lists those that are mirrored"
        )
        error.said = unknown.said
        raise error from unknown
    assert answer.content is not None  # noqa: S101 - it is left out only for a known digest
    if answer.content.rejected:
        raise MirrorError(
            "nothing was sent, because the list of courses may not be complete: in the DCS's list of "
            f"institution {hei_id}, {counted(answer.content.rejected, 'record')} had no id or no code. "
            f"To see them: dcs-mirror sync --hei {hei_id}, then dcs-mirror quarantine --hei {hei_id}"
        )
    listed = sorted(answer.content.courses, key=lambda course: (course.status != "Deleted", course.course_id))
    return {course.course_code: course for course in listed}
