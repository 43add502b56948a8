"""Calls to an institution that was never read are listed: a person may have to settle them (A6, A7)."""

from datetime import timedelta

from dcs_mirror.database.connections import Connection
from dcs_mirror.web.dashboard.site import STATEMENTS
from dcs_mirror.writes import journal
from tests.support.readings import HEI, START
from tests.support.writing import request

ORDER = {"sort": "institution", "is_descending": False, "skip": 0, "most": 50}
NARROWED = {
    "hei_id": None,
    "patterns": None,
    "call_ids": None,
    "state": None,
    "accepted_before": START + timedelta(days=1),
}


async def test_a7_what_was_submitted_before_the_first_sync_is_listed(connection: Connection) -> None:
    accepted, unanswered = [
        await journal.begin(connection, request(HEI, title=title, isn=None), now=START)
        for title in ("Emma", "Persuasion")
    ]
    await journal.end(connection, accepted, journal.CallEnd("answered", request_id=1), now=START)
    await journal.end(connection, unanswered, journal.CallEnd("unknown"), now=START)
    assert await connection.fetch("SELECT FROM dcs.institution") == []
    for hei_ids, found in ((None, {"requests": 1, "waiting": 1, "open_calls": 2}), ([HEI + 1], {})):
        for name in ("requests", "waiting", "open_calls"):
            query, *values = STATEMENTS[name].bind({**ORDER, **NARROWED, "hei_ids": hei_ids})
            rows = await connection.fetch(query, *values)
            assert [row["hei_id"] for row in rows] == [HEI] * found.get(name, 0), name
            assert all((row["institution"], row["total_rows"]) == (None, len(rows)) for row in rows)
