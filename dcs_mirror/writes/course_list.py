"""What a write of courses goes by: nobody else writing them, and the list of this moment (A1)."""

from pathlib import Path

import structlog

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError
from dcs_mirror.records import Course
from dcs_mirror.upstream.client import DcsClient

_TRY = sql.load(Path(__file__).parent / "sql" / "try_courses.sql")
_AWAIT = sql.load(Path(__file__).parent / "sql" / "await_courses.sql")

log = structlog.get_logger()


class LockLost(MirrorError):
    """The session that kept others off is gone, so that somebody else may have written since."""

    exit_code = 4

    def __init__(self) -> None:
        super().__init__(
            "the connection to PostgreSQL that kept others from writing these courses was lost; nothing more "
            "was sent. Give the same command again"
        )


async def lock_courses(connection: Connection, hei_id: int) -> None:
    """Waits until no other program writes courses of an institution, and keeps others off meanwhile.

    So nobody else sends a number between the reading of those that are known and the end of the call
    that brings them. Held until ``connection`` is closed or given back.
    """
    if not await connection.fetchval(*_TRY.bind({"hei_id": hei_id})):
        log.warning("waiting for another dcs-mirror that writes courses of the institution", hei_id=hei_id)
        await connection.execute(*_AWAIT.bind({"hei_id": hei_id}))


async def live_courses(client: DcsClient, hei_id: int) -> dict[str, Course]:
    """The courses that are not deleted, by code; of two with one code that with the higher id (W8).

    Raises:
        MirrorError: as :func:`all_courses` does.
    """
    every = await all_courses(client, hei_id)
    return {code: course for code, course in every.items() if course.status != "Deleted"}


async def all_courses(client: DcsClient, hei_id: int) -> dict[str, Course]:
    """All courses by code; of two with one code the one that is not deleted, else that with the higher id.

    Raises:
        UpstreamError: where the list cannot be read.
        MirrorError: where it holds an entry that names no course: it may be any of them (C1).
    """
    answer = await client.courses(hei_id)
    assert answer.content is not None  # noqa: S101 - only a known digest leaves it out
    if answer.content.rejected:
        raise MirrorError(
            f"nothing was sent: {answer.content.rejected} entries of the DCS's list of courses of "
            f"institution {hei_id} have no id or no code, so nobody knows which courses it has. To see them: "
            f"dcs-mirror sync --hei {hei_id}, then dcs-mirror quarantine --hei {hei_id}"
        )
    listed = sorted(answer.content.courses, key=lambda course: (course.status != "Deleted", course.course_id))
    return {course.course_code: course for course in listed}
