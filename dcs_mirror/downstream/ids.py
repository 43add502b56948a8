"""Request ids of any year to today's, for the command line; SQL has ``dcs.current_request_id``."""

from dataclasses import dataclass

from dcs_mirror.database.connections import Connection

_RESOLVE = """
SELECT asked.id AS request_id, found.hei_id, found.request_id AS current_request_id
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
LEFT JOIN LATERAL (
    SELECT i.hei_id, i.request_id
    FROM dcs.content_item AS i
    WHERE i.request_id = asked.id AND ($2::integer IS NULL OR i.hei_id = $2)
    UNION ALL
    SELECT h.hei_id, h.request_id
    FROM dcs.request_id_history AS h
    WHERE h.old_request_id = asked.id AND ($2::integer IS NULL OR h.hei_id = $2)
    LIMIT 1
) AS found ON true
ORDER BY asked.place
"""


@dataclass(frozen=True, slots=True)
class Resolved:
    """One id that was asked for; the others are None where the mirror never saw it."""

    request_id: int
    hei_id: int | None
    current_request_id: int | None


async def resolve(
    connection: Connection, request_ids: list[int], hei_id: int | None = None
) -> list[Resolved]:
    """Today's id of each request id, of one institution where it is given, in the order asked."""
    return [Resolved(*row) for row in await connection.fetch(_RESOLVE, request_ids, hei_id)]
