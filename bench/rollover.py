"""A rollover of many ids beside one bare UPDATE of the same rows: `make bench ARGS="--only rollover"`.

The mirror is filled by SQL, and the readings of the new year are generated and applied directly, so that the
figures include neither HTTP nor the sandbox. Institutions of 50,000 items are applied one after the other.

``python -m bench.rollover ROWS`` measures in DCS_DATABASE_URL, a migrated, empty database, and prints the
seconds as JSON.
"""

import asyncio
import hashlib
import os
import statistics
import sys
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.downstream import targets
from dcs_mirror.reading import Content, CourseReading, InstitutionReading
from dcs_mirror.reconcile.apply import apply
from dcs_mirror.reconcile.compare import ApplyOptions
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.records import ContentItem, Course

LARGEST = 50_000
COURSE = 50
FIRST = 1_200_000
FIRST_HEI = 101
SEEN = datetime(2025, 9, 1, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 10, 2, tzinfo=UTC)
BARE_RUNS = 3

_INSTITUTION = """
INSERT INTO dcs_mirror.institution (hei_id, name, subscribed, academic_year, first_seen_at, changed_at)
VALUES ($1, 'Institution', true, '2025-2026', $2, $2)
"""
_COURSES = """
INSERT INTO dcs_mirror.course (
    course_key, hei_id, course_id, course_code, name, academic_year, status, duration,
    first_seen_at, changed_at
)
SELECT n, $1, n, 'C' || n, 'Course ' || n, '2025-2026', 'Active', 52, $4, $4
FROM generate_series($2::bigint, $3::bigint) AS n
"""
_ITEMS = """
INSERT INTO dcs_mirror.content_item (
    item_key, hei_id, course_key, course_code, request_id, academic_year, content_guid, content_url,
    content_status, date_created, last_modified, licence, source, type, identifier, title, extract_title,
    publication_form, year, page_range, author, colour_scale, publisher, book_pages, ocr, file_size,
    first_seen_at, seen_at, changed_at
)
SELECT n, $1, n / 50, 'C' || n / 50, 2 * n, '2025-2026', g, 'https://example.org/secure/link?id=' || g,
       'Active', $4, $4, 'Covered by CLA licence', 'Library copy', 'Book', '978' || lpad(n::text, 10, '0'),
       'The collected title of book number ' || n % 9973, 'Chapter ' || n % 40, 'Print', '2011', '1-24',
       'Author ' || n % 4999, 'Greyscale', 'Example University Press', 300, true, 1024.5, $4, $4, $4
FROM generate_series($2::bigint, $3::bigint) AS n, LATERAL (SELECT md5(n::text)::uuid::text) AS hashed (g)
"""
_MAP = """
CREATE TEMPORARY TABLE map AS SELECT request_id AS old, request_id + 1 AS new FROM dcs_mirror.content_item
"""
_BARE = (
    "UPDATE dcs_mirror.content_item AS t SET request_id = m.new FROM map AS m WHERE t.request_id = m.old",
    "UPDATE reading_list.entry AS t SET request_id = m.new FROM map AS m WHERE t.request_id = m.old",
)


STRAYS = """
SELECT count(*)
FROM reading_list.entry AS e
LEFT JOIN dcs.content_item AS i ON i.request_id = e.request_id AND i.hei_id = e.hei_id
WHERE i.item_key IS NULL
"""
"""Counts registered ids that no item has: 0 if mirror and registered column agree (R9)."""

_LISTS = """
CREATE SCHEMA reading_list;
CREATE TABLE reading_list.entry (
    entry_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hei_id     integer NOT NULL,
    request_id bigint NOT NULL
);
INSERT INTO reading_list.entry (hei_id, request_id)
SELECT hei_id, request_id FROM dcs_mirror.content_item ORDER BY item_key;
CREATE INDEX ON reading_list.entry (request_id);
ANALYZE reading_list.entry;
"""


class Seconds(msgspec.Struct, frozen=True):
    """Seconds of the bare UPDATEs of both tables, and of the rollover."""

    bare: float
    rollover: float


@dataclass(frozen=True, slots=True)
class Before:
    """A mirror before the rollover, with a registered table of the same size.

    ``spans`` holds the range of each institution's item numbers; ``bare`` is the seconds of the UPDATEs.
    """

    spans: list[range]
    bare: float


async def make_reading_lists(connection: Connection) -> None:
    """Create a downstream table, ``reading_list.entry``, with every id that the mirror has now."""
    await connection.execute(_LISTS)


async def prepare(connection: Connection, rows: int) -> Before:
    """Fill a migrated, empty database with ``rows`` items and as many registered ids; time the UPDATEs."""
    stop = FIRST + rows
    spans = [range(start, min(start + LARGEST, stop)) for start in range(FIRST, stop, LARGEST)]
    for hei_id, span in enumerate(spans, FIRST_HEI):
        await _fill(connection, hei_id, span[0], span[-1])
    await make_reading_lists(connection)
    await connection.execute("VACUUM ANALYZE")
    bare = await _bare(connection)
    await targets.add(connection, "reading_list.entry", "request_id", hei_column="hei_id", now=SEEN)
    return Before(spans, bare)


async def roll_over(connection: Connection, before: Before) -> tuple[float, list[InstitutionOutcome]]:
    """Apply the rollover to every institution; return the seconds that this took, and the outcomes."""
    run_id = await connection.fetchval(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ('sync', $1) RETURNING run_id", JUNE
    )
    seconds, outcomes = 0.0, []
    for hei_id, span in enumerate(before.spans, FIRST_HEI):
        reading = _reading(hei_id, span)
        began = time.perf_counter()
        outcomes.append(await apply(connection, reading, run_id=run_id, options=ApplyOptions(0.5), now=JUNE))
        seconds += time.perf_counter() - began
    return seconds, outcomes


async def wrong_rows(connection: Connection, rows: int) -> int:
    """The number of items, history rows and registered ids that are wrong after a rollover."""
    wrong: int = await connection.fetchval(
        f"""
        SELECT (SELECT count(*) FILTER (WHERE i.request_id <> 2 * i.item_key + 1) + abs($1 - count(*))
                FROM dcs.content_item AS i WHERE i.removed_at IS NULL)
             + (SELECT count(*) FILTER (WHERE h.old_request_id + 1 <> h.request_id) + abs($1 - count(*))
                FROM dcs.request_id_history AS h)
             + (SELECT count(*) FILTER (WHERE f.kind <> 'renumbered') + abs($1 - count(*))
                FROM dcs.change AS f WHERE f.entity = 'content_item')
             + (SELECT count(*) FROM dcs.institution WHERE academic_year <> '2026-2027')
             + ({STRAYS})
        """,
        rows,
    )
    return wrong


async def _fill(connection: Connection, hei_id: int, first: int, last: int) -> None:
    """Insert an institution with the items ``first`` to ``last``; the request id of item n is 2n."""
    await connection.execute(_INSTITUTION, hei_id, SEEN)
    await connection.execute(_COURSES, hei_id, first // COURSE, last // COURSE, SEEN)
    await connection.execute(_ITEMS, hei_id, first, last, SEEN)


async def _bare(connection: Connection) -> float:
    """Median seconds of one UPDATE of each table from a map of all ids; each is rolled back."""
    await connection.execute(_MAP)
    await connection.execute("ANALYZE map")
    seconds = []
    for _ in range(BARE_RUNS):
        transaction = connection.transaction()
        await transaction.start()
        began = time.perf_counter()
        for statement in _BARE:
            await connection.execute(statement)
        seconds.append(time.perf_counter() - began)
        await transaction.rollback()
        # The dead rows of the UPDATE must not slow down what follows.
        await connection.execute("VACUUM FULL ANALYZE dcs_mirror.content_item")
        await connection.execute("VACUUM FULL ANALYZE reading_list.entry")
    await connection.execute("DROP TABLE map")
    return statistics.median(seconds)


def _reading(hei_id: int, span: range) -> InstitutionReading:
    """The institution after the rollover: old ids are even and new ones odd, so that they interleave."""
    reading = InstitutionReading(hei_id, started_at=JUNE, reading_order=time.time_ns(), list_digest=b"June")
    for first in span[::COURSE]:
        code = first // COURSE
        course = Course(
            course_id=code,
            course_code=f"C{code}",
            name=f"Course {code}",
            academic_year="2026-2027",
            status="Active",
            duration=52,
        )
        items = [_item(n) for n in range(first, min(first + COURSE, span.stop))]
        reading.courses.append(
            CourseReading(course, Content.WHOLE, items, b"June", JUNE, reading.reading_order)
        )
    return reading


def _item(n: int) -> ContentItem:
    guid = str(uuid.UUID(hashlib.md5(str(n).encode(), usedforsecurity=False).hexdigest()))
    return ContentItem(
        request_id=2 * n + 1,
        previous_year_id=2 * n,
        content_guid=guid,
        content_url=f"https://example.org/secure/link?id={guid}",
        content_status="Active",
        date_created=SEEN,
        last_modified=SEEN,
        licence="Covered by CLA licence",
        source="Library copy",
        type="Book",
        identifier=f"978{n:010d}",
        title=f"The collected title of book number {n % 9973}",
        extract_title=f"Chapter {n % 40}",
        publication_form="Print",
        year="2011",
        page_range="1-24",
        author=f"Author {n % 4999}",
        colour_scale="Greyscale",
        publisher="Example University Press",
        book_pages=300,
        ocr=True,
        file_size=1024.5,
    )


async def _main(url: str, rows: int) -> int:
    async with connect(url) as connection:
        before = await prepare(connection, rows)
        seconds, _ = await roll_over(connection, before)
        wrong = await wrong_rows(connection, rows)
    if wrong:
        sys.stderr.write(f"{wrong} rows are wrong after the rollover\n")
        return 1
    sys.stdout.write(msgspec.json.encode(Seconds(before.bare, seconds)).decode())
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(os.environ["DCS_DATABASE_URL"], int(sys.argv[1]))))
