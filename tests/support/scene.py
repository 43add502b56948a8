"""A mirrored world whose answers will be spoilt."""

import json
from dataclasses import dataclass
from urllib.parse import quote

from dcs_mirror.database.connections import Connection

OK = b'"status":"ok","status-code":100,"status-message":"Success"'


@dataclass
class Scene:
    """A mirrored world: an institution, a course of it that will be hit, and a request in another course."""

    hei_id: int
    hit: str
    other_request: int

    @property
    def content_of_hit(self) -> str:
        """What a call for the hit course's content holds."""
        return f"GetCourseContent?hei={self.hei_id}&code={quote(self.hit, safe='')}"


async def list_of(connection: Connection, hei_id: int, *more: tuple[int, str, str]) -> bytes:
    """The course list of an institution as it is stored, with more at its end: ids, codes and states."""
    stored = await connection.fetch(
        "SELECT course_id, course_code, status FROM dcs.course WHERE hei_id = $1 AND removed_at IS NULL",
        hei_id,
    )
    listed = [*((c["course_id"], c["course_code"], c["status"]) for c in stored), *more]
    courses = [{"id": id_, "course-code": code, "status": status} for id_, code, status in listed]
    return b'{"total-results": %d, "courses": %s, ' % (len(courses), json.dumps(courses).encode()) + OK + b"}"
