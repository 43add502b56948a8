"""Copy a reading into the temporary tables that the steps work on."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from pathlib import Path

import anyio.lowlevel
import msgspec

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import InstitutionReading
from dcs_mirror.reconcile.steps import RUNNER
from dcs_mirror.records import ContentItem, Course

_TABLES = (Path(__file__).parent / "staging.sql").read_text(encoding="utf-8")
_COURSE_COLUMNS = (*Course.__struct_fields__, "content", "digest", "fetched_at", "reading_order")
_ITEM_COLUMNS = (
    "position",
    "course_id",
    "asked_id",
    "fetched_at",
    "reading_order",
    *ContentItem.__struct_fields__,
)

ROWS_PER_YIELD = 400
"""Rows that are encoded before other tasks run: a few milliseconds of work."""

MAX_REJECTED = 1000
"""Entries of one reading that go to quarantine. If there are more, they have one cause, and these show it."""

Row = tuple[object, ...]


async def make_tables(connection: Connection) -> None:
    """Create the session's temporary tables, and the function that runs steps, unless they exist."""
    if not await connection.fetchval("SELECT to_regclass('pg_temp.staged_course') IS NOT NULL"):
        await connection.execute(_TABLES + RUNNER)


async def stage(connection: Connection, reading: InstitutionReading) -> None:
    """Copy a reading into the temporary tables, inside the caller's transaction."""
    await make_tables(connection)
    await connection.copy_records_to_table(
        "staged_course", schema_name="pg_temp", columns=_COURSE_COLUMNS, records=_courses(reading)
    )
    await connection.copy_records_to_table(
        "staged_item", schema_name="pg_temp", columns=_ITEM_COLUMNS, records=_yielding(_items(reading))
    )
    misses = {found.request_id: found for found in reading.looked_up if found.item is None}
    if misses:
        rows = [(asked, found.answered, found.reading_order) for asked, found in misses.items()]
        await connection.copy_records_to_table("staged_miss", schema_name="pg_temp", records=rows)
    if reading.quarantined:
        await stage_rejected(connection, _rejected(reading))


async def stage_rejected(connection: Connection, rows: Iterable[Row]) -> None:
    """Copy the first ``MAX_REJECTED`` entries without an id into their temporary table (W4).

    Args:
        rows: course id, or None; the request id asked for, or None; and the rejected entry's fields.
    """
    records = list(islice(rows, MAX_REJECTED))
    await connection.copy_records_to_table("staged_rejected", schema_name="pg_temp", records=records)


async def _yielding(rows: Iterator[Row]) -> AsyncIterator[Row]:
    """Yield the rows, and let other tasks run now and then, so that fetching goes on."""
    for number, row in enumerate(rows):
        if number % ROWS_PER_YIELD == 0:
            await anyio.lowlevel.checkpoint()
        yield row


def _courses(reading: InstitutionReading) -> Iterator[Row]:
    for read in reading.courses:
        yield (*_columns(read.course), read.content.value, read.digest, read.fetched_at, read.reading_order)


def _items(reading: InstitutionReading) -> Iterator[Row]:
    position = 0
    for read in reading.courses:
        for item in read.items:
            position += 1
            yield (position, read.course.course_id, None, None, None, *_columns(item))
    for found in reading.looked_up:
        if found.item is not None:
            position += 1
            answered = (found.request_id, found.fetched_at, found.reading_order)
            yield (position, found.course_id, *answered, *_columns(found.item))


def _rejected(reading: InstitutionReading) -> Iterator[Row]:
    yield from ((None, None, *entry) for entry in reading.rejected)
    for read in reading.courses:
        yield from ((read.course.course_id, None, *entry) for entry in read.rejected)
    for found in reading.looked_up:
        yield from ((None, found.request_id, *entry) for entry in found.rejected)


def _columns(record: Course | ContentItem) -> Row:
    """Return the record's values in the order of its fields; ``extra``, the last, as JSON text."""
    values = msgspec.structs.astuple(record)
    return (*values[:-1], msgspec.json.encode(record.extra).decode() if record.extra else "{}")
