"""What the crawl must know of the stored state before it calls the DCS."""

from collections.abc import Sequence

import asyncpg

from dcs_mirror.database.connections import Connection
from dcs_mirror.database.retry import RetryingPool
from dcs_mirror.errors import UnknownInstitution
from dcs_mirror.reading import StoredCourse, StoredInstitution
from dcs_mirror.records import Course
from dcs_mirror.store.unseen import unseen_requests

_INSTITUTION = """
SELECT name, subscribed, courses_digest
FROM dcs_mirror.institution
WHERE hei_id = $1
"""
_COURSES = """
SELECT course_id, course_code, status, digest
FROM dcs_mirror.course
WHERE hei_id = $1 AND removed_at IS NULL
"""
_OPEN_REQUESTS = """
SELECT i.request_id
FROM dcs_mirror.content_item AS i
JOIN dcs_mirror.course AS c ON c.course_key = i.course_key
WHERE c.hei_id = $1 AND c.course_id = ANY ($2) AND i.removed_at IS NULL
  AND i.content_status IS DISTINCT FROM 'Deleted'
ORDER BY i.request_id
"""
# R4: what still has an id of an earlier year. R7: if an operator accepted an earlier year, what no course
# holds is asked for by the id that it had in that year, as a sync does (required_lookups.sql).
_OWED = """
SELECT CASE WHEN i.academic_year < n.academic_year THEN i.request_id
            ELSE coalesce((SELECT h.old_request_id
                           FROM dcs_mirror.request_id_history AS h
                           WHERE h.item_key = i.item_key AND h.hei_id = i.hei_id
                             AND h.academic_year > n.academic_year
                           ORDER BY h.academic_year, h.replaced_at, h.old_request_id
                           LIMIT 1), i.request_id) END AS request_id
FROM dcs_mirror.content_item AS i
JOIN dcs_mirror.institution AS n ON n.hei_id = i.hei_id
WHERE i.hei_id = $1 AND i.removed_at IS NULL
  AND (i.academic_year < n.academic_year OR i.academic_year > n.academic_year AND i.course_key IS NULL)
ORDER BY request_id
"""
# D132: the first five courses of a list tell. Who has no courses cannot lose any, and may share another's.
_LISTED_ELSEWHERE = """
WITH found AS MATERIALIZED (
    SELECT i.hei_id, f.stored
    FROM dcs_mirror.institution AS i
    CROSS JOIN LATERAL (
        SELECT count(*) AS stored
        FROM unnest($2::bigint[], $3::text[]) AS l (course_id, course_code)
        JOIN dcs_mirror.course AS c ON c.hei_id = i.hei_id AND c.course_id = l.course_id
        WHERE c.course_code = l.course_code AND c.removed_at IS NULL
    ) AS f
    WHERE i.subscribed OR i.hei_id = $1
)
SELECT f.hei_id
FROM found AS f
WHERE f.hei_id <> $1 AND f.stored * 2 > cardinality($2)
  AND f.stored > (SELECT o.stored FROM found AS o WHERE o.hei_id = $1)
  AND EXISTS (SELECT FROM dcs_mirror.course AS c WHERE c.hei_id = $1 AND c.removed_at IS NULL)
ORDER BY f.stored DESC, f.hei_id
LIMIT 1
"""
_HAS_COURSE = """
SELECT i.hei_id
FROM dcs_mirror.institution AS i
JOIN dcs_mirror.course AS c ON c.hei_id = i.hei_id AND c.course_id = $2
WHERE i.hei_id <> $1 AND i.subscribed AND c.removed_at IS NULL
LIMIT 1
"""
_INSTITUTIONS = "SELECT hei_id FROM dcs_mirror.institution ORDER BY hei_id"
# A7: what no course holds, until it ends. What has ended is looked up when the year advances (R4); if no
# course tells which year it is, nothing else shows that its id was replaced.
_UNATTACHED = """
SELECT i.request_id
FROM dcs_mirror.content_item AS i
WHERE i.hei_id = $1 AND i.removed_at IS NULL AND i.course_key IS NULL
  AND (coalesce(i.content_status NOT IN ('Rejected', 'Deleted'), true)
       OR NOT coalesce($2, EXISTS (
           SELECT FROM dcs_mirror.course AS c
           WHERE c.hei_id = i.hei_id AND c.removed_at IS NULL AND c.academic_year <> ''
       )))
"""


async def require_institution(connection: Connection, hei_id: int) -> None:
    """Refuse an institution that the mirror does not know.

    Raises:
        UnknownInstitution: names the command that lists the known ones.
    """
    known = "SELECT EXISTS (SELECT FROM dcs_mirror.institution WHERE hei_id = $1)"
    if not await connection.fetchval(known, hei_id):
        raise UnknownInstitution(hei_id)


class StoredState:
    """Reads what the crawl needs from the tables."""

    def __init__(self, database: RetryingPool) -> None:
        self._database = database

    async def institution(self, hei_id: int) -> StoredInstitution:
        """Return what was last applied of an institution, with its digests; an empty state if nothing was."""

        async def ask(connection: Connection) -> tuple[asyncpg.Record | None, list[asyncpg.Record]]:
            institution = await connection.fetchrow(_INSTITUTION, hei_id)
            return institution, await connection.fetch(_COURSES, hei_id)

        institution, rows = await self._database(ask)
        if institution is None:
            return StoredInstitution()
        return StoredInstitution(
            name=institution["name"],
            subscribed=institution["subscribed"],
            courses_digest=institution["courses_digest"],
            courses=[StoredCourse(*row) for row in rows],
        )

    async def institution_of(self, hei_id: int, courses: Sequence[Course]) -> int | None:
        """Return another institution whose list this is: it has most of the first five, with their codes.

        None if there is none, if this one has as many of them itself, or if it has no courses yet.
        """
        ids, codes = [c.course_id for c in courses[:5]], [c.course_code for c in courses[:5]]
        return await self._database(lambda c: c.fetchval(_LISTED_ELSEWHERE, hei_id, ids, codes))

    async def institution_with(self, course_id: int, *, besides: int) -> int | None:
        """Return an institution, besides this one, that has the course; None if none has."""
        return await self._database(lambda c: c.fetchval(_HAS_COURSE, besides, course_id))

    async def open_requests(self, hei_id: int, course_ids: list[int]) -> list[int]:
        """Return the request ids of the live items of these courses that are not Deleted."""
        rows = await self._database(lambda c: c.fetch(_OPEN_REQUESTS, hei_id, course_ids))
        return [row["request_id"] for row in rows]

    async def owed_requests(self, hei_id: int) -> list[int]:
        """Return the request ids by which live items of another year must be looked up.

        They are of an earlier year (R4), or no course holds them and their year was taken back (R7).
        """
        rows = await self._database(lambda c: c.fetch(_OWED, hei_id))
        return [row["request_id"] for row in rows]

    async def tracked_requests(self, hei_id: int, *, shows_year: bool | None) -> list[int]:
        """Return the request ids to look up one by one (A7): in no course and not ended, or never seen.

        Args:
            shows_year: whether the course list shows an academic year; None if it is the stored one. If it
                does not, those that have ended are returned, too.
        """

        async def ask(connection: Connection) -> set[int]:
            rows = await connection.fetch(_UNATTACHED, hei_id, shows_year)
            unseen = await unseen_requests(connection, hei_id)
            return {row["request_id"] for row in rows} | {request.request_id for request in unseen}

        return sorted(await self._database(ask))

    async def institutions(self) -> list[int]:
        """Return the ids of all institutions that the mirror knows."""
        rows = await self._database(lambda c: c.fetch(_INSTITUTIONS))
        return [row["hei_id"] for row in rows]
