"""Requests that are there already, so that none is submitted twice: the DCS takes none back (A6)."""

from collections.abc import Collection, Sequence
from pathlib import Path

import asyncpg

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError
from dcs_mirror.writes.commands import SubmitRequest, parameters
from dcs_mirror.writes.duplicates import HeldRequest, repeated, same_codes, work_in
from dcs_mirror.writes.spelling import folded_code

_FOLDER = Path(__file__).parent / "sql"
_HELD = sql.load(_FOLDER / "held_requests.sql")
_CODES = sql.load(_FOLDER / "live_codes.sql")


class AlreadyRequested(MirrorError):
    """The same extract was requested before for the same course; nothing was sent.

    Args:
        held: the requests that are there; ``there`` describes them.
    """

    def __init__(self, held: Sequence[HeldRequest]) -> None:
        self.held = list(held)
        self.there = "; ".join(map(_describe, held))
        super().__init__(f"{self.there}; nothing was sent. If a second one is meant: --again")


async def refuse_repeated(connection: Connection, write: SubmitRequest) -> None:
    """Refuse a request that the DCS lists, or accepted, for the same course (A6).

    The mirror must have read the courses of :func:`codes_like` just before.

    Raises:
        AlreadyRequested: names what is there.
    """
    held = await held_of(connection, write.hei_id, [write.course_code] if write.course_code else [])
    if found := repeated(parameters(write), held):
        raise AlreadyRequested(found)


async def held_of(connection: Connection, hei_id: int, codes: Collection[str]) -> list[HeldRequest]:
    """Return the requests that are there of courses, however their codes are spelled, and of no course.

    Those that the DCS accepted and has not shown yet are of all courses.
    """
    live = await connection.fetch(*_CODES.bind({"hei_id": hei_id})) if codes else []
    wanted = {folded_code(code) for code in codes}
    alike = [row["course_code"] for row in live if folded_code(row["course_code"]) in wanted]
    values = {"hei_id": hei_id, "course_codes": alike}
    return [_held(row) for row in await connection.fetch(*_HELD.bind(values))]


async def codes_like(connection: Connection, hei_id: int, code: str) -> list[str]:
    """Return the codes of live courses that differ from ``code`` at most in case, spaces or dashes."""
    rows = await connection.fetch(*_CODES.bind({"hei_id": hei_id}))
    return same_codes(code, [row["course_code"] for row in rows])


def _held(row: asyncpg.Record) -> HeldRequest:
    return HeldRequest(
        row["request_id"],
        row["course_code"],
        row["content_status"],
        row["submitted_at"],
        row["call_id"],
        work_in(dict(row)),
    )


def _describe(request: HeldRequest) -> str:
    """Say what is there: its id, its status, when it was submitted and by which call."""
    place = "no course" if request.course_code is None else f"course {request.course_code!r}"
    status = request.content_status or "the DCS accepted it and has not shown it yet"
    when = "" if request.submitted_at is None else f", submitted {request.submitted_at:%Y-%m-%d %H:%M} UTC"
    by = "" if request.call_id is None else f" (call {request.call_id})"
    return f"request {request.request_id} of {place} asks for the same: {status}{when}{by}"
