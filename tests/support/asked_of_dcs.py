"""Requests that were made in the DCS itself, on the dashboard's page Requests."""

import csv
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from dcs_mirror.database.connections import Connection

Get: TypeAlias = Callable[[str], Awaitable[tuple[int, str, Any]]]

SOME_WAIT = """
UPDATE dcs_mirror.content_item AS i SET content_status = 'New Request'
FROM (SELECT hei_id, max(item_key) AS item_key FROM dcs_mirror.content_item
      WHERE content_status = 'Active' AND removed_at IS NULL GROUP BY hei_id) AS l
WHERE i.item_key = l.item_key
"""
OF_DCS = """
SELECT i.hei_id, i.request_id, i.content_status
FROM dcs.content_item AS i
WHERE i.content_status IN ('New Request', 'Rejected') AND i.removed_at IS NULL
  AND NOT EXISTS (SELECT FROM dcs.submitted_request AS r WHERE r.item_key = i.item_key)
ORDER BY i.date_created DESC NULLS LAST, i.item_key
"""
ASKED = {
    "": ("waiting or rejected", ("New Request", "Rejected")),
    "state=waiting": ("waiting", ("New Request",)),
    "state=rejected": ("rejected", ("Rejected",)),
}
"""What the page says of the requests, and in which states of the DCS they are, by what is asked for."""


def of_mirror(page: str) -> str:
    """Return the part of the page that lists what was submitted through the mirror."""
    return page.partition('id="dcs_requests"')[0]


async def dcs_requests_are_listed(connection: Connection, people: Mapping[Get, Sequence[int]]) -> None:
    """Check that each person sees those of all their institutions, with their count, and no others.

    Args:
        connection: to the mirror's database; an item of each institution becomes a request that waits.
        people: the institutions that each person sees, by how pages are asked for as this person.
    """
    await connection.execute(SOME_WAIT)
    rows = await connection.fetch(OF_DCS)
    for get, hei_ids in people.items():
        seen = [row for row in rows if row["hei_id"] in hei_ids]
        for asked, (words, states) in ASKED.items():
            wanted = [str(row["request_id"]) for row in seen if row["content_status"] in states]
            assert wanted, (hei_ids, states)
            _, page, _ = await get(f"/requests?{asked}")
            assert "<li>Submitted through the mirror:</li>" in page
            assert f'"#dcs_requests">Made in the DCS itself, and {words}: {len(wanted)}</a>' in page
            _, text, _ = await get(f"/requests?{asked}&download=dcs_requests")
            assert [row["request_id"] for row in csv.DictReader(io.StringIO(text))] == wanted, asked
        # What the DCS decided otherwise is not told from other items.
        assert 'id="dcs_requests"' not in (await get("/requests?state=open"))[1]
