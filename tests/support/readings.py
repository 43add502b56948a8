"""Readings made by hand, applied without a wire between: what the rules do, step by step."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content, CourseReading, InstitutionReading, LookedUp
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.reconcile.required import LookupsOvertaken, LookupsRequired, RolloverDetected
from dcs_mirror.records import ContentItem, Course

HEI = 209
NEXT = "2026-2027"
"""The academic year after that of a reading that is told no other."""
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
Items = Sequence[ContentItem]

_orders = itertools.count(1)


def item(request_id: int, previous: int | None = None, **fields: object) -> ContentItem:
    """An Active item with a GUID of its own, which stays when ``guid`` is given."""
    values = {"content_guid": f"guid-{request_id}", "content_status": "Active", "title": "A title"} | fields
    return msgspec.convert({"request_id": request_id, "previous_year_id": previous} | values, ContentItem)


def course_id(name: str) -> int:
    """The id of a course by its name, for one whose id is given by nothing else."""
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest())


def reading(
    contents: Mapping[str, Items | Content],
    *,
    year: str = "2025-2026",
    night: int = 0,
    ids: Mapping[str, int] | None = None,
    statuses: Mapping[str, str] | None = None,
    codes: Mapping[str, str] | None = None,
    list_complete: bool = True,
    is_full: bool = True,
    order: int | None = None,
    looked_up: Sequence[LookedUp] = (),
    hei_id: int = HEI,
    at: datetime | None = None,
) -> InstitutionReading:
    """A reading of courses by name: their items, or what became of the question.

    A course's id follows from its name unless ``ids`` says otherwise, its code is its name unless
    ``codes`` does. ``night`` counts days from the first; ``at`` is an instant instead.
    """
    at = at or START + timedelta(days=night)
    place = next(_orders) if order is None else order
    result = InstitutionReading(hei_id, started_at=at, reading_order=place, name="University of Example")
    result.is_full, result.list_complete = is_full, list_complete
    result.looked_up = list(looked_up)
    for name, content in contents.items():
        course = Course(
            course_id=(ids or {}).get(name, course_id(name)),
            course_code=(codes or {}).get(name, name),
            name=f"About {name}",
            academic_year=year,
            status=(statuses or {}).get(name, "Active"),
            duration=52,
        )
        read = CourseReading(course, fetched_at=at, reading_order=place)
        if isinstance(content, Content):
            read.content = content
            if content is Content.UNREAD:
                result.problems.append(f"course {name!r} was not read")
            if content is Content.NOT_FOUND:
                result.not_found += 1
        else:
            read.content, read.items = Content.WHOLE, list(content)
            read.digest = blake2b(msgspec.json.encode(read.items), digest_size=16).digest()
        result.courses.append(read)
    result.list_digest = blake2b(msgspec.json.encode([c.course for c in result.courses])).digest()
    return result


async def apply_reading(
    connection: Connection,
    what: InstitutionReading,
    *,
    guard: float = 1.0,
    accept_removals: bool = False,
    accept_year: bool = False,
    answers: Mapping[int, ContentItem | LookedUp] | None = None,
) -> InstitutionOutcome:
    """Applies a reading as a run of its own, at the instant at which it was read.

    What must be looked up first is answered from ``answers``: by request id, gone if it is not there.

    Raises:
        RolledOverMeanwhile: if the reading cannot be applied even as one that was repeated.
    """
    await _compare(connection, what)
    run_id = await start_run(connection, what.started_at)
    options = ApplyOptions(guard, accept_removals=accept_removals, accept_year=accept_year)
    while True:
        try:
            return await apply(connection, what, run_id=run_id, options=options, now=what.started_at)
        except LookupsRequired as owed:
            for request_id in owed.request_ids:
                answer = (answers or {}).get(request_id)
                found = answer if isinstance(answer, LookedUp) else LookedUp(request_id, answer)
                what.looked_up.append(found)
        except LookupsOvertaken:
            if what.is_asked_again:
                raise
            what.is_asked_again = True  # as if the answers of then were overtaken as well
        except RolloverDetected:
            if what.is_reread:
                raise
            what.is_reread = True


async def _compare(connection: Connection, what: InstitutionReading) -> None:
    """Gives unchanged answers the digests of the stored ones, as the crawl would have compared them."""
    for read in what.courses:
        if read.content is Content.UNCHANGED and read.digest is None:
            stored = "SELECT digest FROM dcs_mirror.course WHERE hei_id = $1 AND course_id = $2"
            read.digest = await connection.fetchval(stored, what.hei_id, read.course.course_id)


async def start_run(connection: Connection, at: datetime) -> int:
    """Records that a run began at ``at``; returns its id."""
    run_id: int = await connection.fetchval(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ('sync', $1) RETURNING run_id", at
    )
    return run_id


def night_of(year: int, month: int, day: int) -> int:
    """The number of the night of a date, for ``reading``."""
    return (datetime(year, month, day, tzinfo=UTC).date() - START.date()).days


async def live(connection: Connection) -> dict[int, tuple[int, str | None]]:
    """The live items: request id -> (item key, course code)."""
    rows = await connection.fetch(
        "SELECT request_id, item_key, course_code FROM dcs.content_item WHERE removed_at IS NULL"
    )
    return {row["request_id"]: (row["item_key"], row["course_code"]) for row in rows}


async def keys(connection: Connection) -> dict[int, int]:
    """Every item's current request id -> item key, removed ones too."""
    rows = await connection.fetch("SELECT request_id, item_key FROM dcs.content_item")
    return {row["request_id"]: row["item_key"] for row in rows}


async def current(connection: Connection, request_id: int) -> int | None:
    """What ``dcs.current_request_id`` says of an id."""
    found: int | None = await connection.fetchval("SELECT dcs.current_request_id($1)", request_id)
    return found


async def history(connection: Connection) -> set[tuple[int, int, str]]:
    """The history: (old id, today's id, how it was recognised)."""
    rows = await connection.fetch("SELECT old_request_id, request_id, via FROM dcs.request_id_history")
    return {(row["old_request_id"], row["request_id"], row["via"]) for row in rows}
