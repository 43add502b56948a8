"""The current request id for an id from any year, for Python; SQL has ``dcs.current_request_id``."""

from dataclasses import dataclass
from datetime import datetime

from dcs_mirror.database.connections import Connection

_RESOLVE = """
SELECT asked.id AS request_id, found.hei_id, i.request_id AS current_request_id, i.removed_at, i.why_not
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
LEFT JOIN LATERAL (
    SELECT r.hei_id, r.item_key
    FROM dcs.request_id AS r
    WHERE r.request_id = asked.id AND ($2::integer IS NULL OR r.hei_id = $2)
    LIMIT 1
) AS found ON true
LEFT JOIN dcs.content_item AS i ON i.item_key = found.item_key
ORDER BY asked.place
"""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A requested id. The other fields are None if the mirror has never seen it.

    Attributes:
        removed_at: when the DCS stopped listing the item; then its id is the last one that it had.
        why_not: why a student cannot open the link, None if that is possible (see ``dcs.content_item``).
    """

    request_id: int
    hei_id: int | None
    current_request_id: int | None
    removed_at: datetime | None
    why_not: str | None


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
