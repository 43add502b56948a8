"""Submitted requests that the DCS never showed: every sync asks for them until an operator ends it (A7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection

UNSEEN = timedelta(days=7)
"""Age beyond which a request that the DCS accepted but never lists is reported."""

_UNSEEN = sql.load(Path(__file__).parent / "unseen_requests.sql")


@dataclass(frozen=True, slots=True)
class UnseenRequest:
    """A request by the call that submitted it; ``accepted_at`` is when it was given its id."""

    call_id: int
    hei_id: int
    request_id: int
    accepted_at: datetime


async def unseen_requests(
    connection: Connection, hei_id: int | None = None, *, accepted_before: datetime | None = None
) -> list[UnseenRequest]:
    """Return those of an institution, or of all, in the order of their calls.

    Args:
        connection: a connection to the mirror.
        hei_id: only those of this institution.
        accepted_before: only those that the DCS accepted before this instant.
    """
    values = {"hei_id": hei_id, "accepted_before": accepted_before}
    names = UnseenRequest.__dataclass_fields__
    rows = await connection.fetch(*_UNSEEN.bind(values))
    return sorted(
        (UnseenRequest(*(row[name] for name in names)) for row in rows), key=lambda request: request.call_id
    )
