"""The current request id for an id from any year, for Python; SQL has ``dcs.current_request_id``."""

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
    """A requested id. The other fields are None if the mirror has never seen it."""

    request_id: int
    hei_id: int | None
    current_request_id: int | None


async def resolve(
    connection: Connection, request_ids: list[int], hei_id: int | None = None
) -> list[Resolved]:
    """Return the current id for each request id, in the order given.

    Args:
        connection: a connection to the mirror.
        request_ids: request ids from any year.
        hei_id: only search this institution's ids.
    """
    return [Resolved(*row) for row in await connection.fetch(_RESOLVE, request_ids, hei_id)]
