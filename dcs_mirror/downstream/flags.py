"""Recheck flags: listing them, acknowledging them, and assigning them to people (S2-S6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import MirrorError

_FLAGS = """
SELECT f.flag_id, f.hei_id, f.licence_year, f.kind, f.course_code, f.title, i.author, i.content_url,
       f.request_id, f.previous_status, f.content_status, f.licence_before, f.licence, f.flagged_at,
       f.acknowledged_at, f.acknowledged_note, f.resolved_at, f.resolution, f.assigned_to
FROM dcs.recheck_flag AS f
JOIN dcs.content_item AS i USING (item_key)
WHERE ($1::integer IS NULL OR f.hei_id = $1)
  AND ($2::integer IS NULL OR f.licence_year = $2)
  AND ($3 OR f.resolved_at IS NULL)
ORDER BY f.hei_id, f.course_code, f.flag_id
"""
_ACKNOWLEDGE = """
UPDATE dcs_mirror.recheck_flag
SET acknowledged_at = $2, acknowledged_note = $3
WHERE flag_id = ANY ($1::bigint[]) AND ($4::integer[] IS NULL OR hei_id = ANY ($4))
RETURNING flag_id, hei_id
"""
_ASSIGN = """
UPDATE dcs_mirror.recheck_flag
SET assigned_to = $2
WHERE flag_id = ANY ($1::bigint[]) AND ($3::integer[] IS NULL OR hei_id = ANY ($3))
RETURNING flag_id, hei_id
"""
LONGEST_ASSIGNEE = 100
"""Characters of whom a flag is assigned to."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A recheck flag, with what a librarian needs to find the item."""

    flag_id: int
    hei_id: int
    licence_year: int
    kind: str
    course_code: str | None
    title: str | None
    author: str | None
    content_url: str | None
    request_id: int
    previous_status: str | None
    content_status: str | None
    licence_before: str | None
    licence: str | None
    flagged_at: datetime
    acknowledged_at: datetime | None
    acknowledged_note: str | None
    resolved_at: datetime | None
    resolution: str | None
    assigned_to: str | None


async def listed(
    connection: Connection, *, hei_id: int | None = None, year: int | None = None, resolved: bool = False
) -> list[Flag]:
    """Return the open flags.

    Args:
        connection: a connection to the mirror.
        hei_id: only flags of this institution.
        year: only flags of the licence year that begins in August of this year.
        resolved: whether to include resolved flags.
    """
    return [Flag(*row) for row in await connection.fetch(_FLAGS, hei_id, year, resolved)]


class UnknownFlag(MirrorError):
    """There is no such flag, or not among the institutions that count."""


async def acknowledge(
    connection: Connection, *flag_ids: int, note: str, now: datetime, hei_ids: Sequence[int] | None = None
) -> dict[int, int]:
    """Acknowledge flags with one note, all of them or none. They stay open until their items change.

    Args:
        connection: a connection to the mirror.
        flag_ids: the flags, each once.
        note: what is being done about their items.
        now: when.
        hei_ids: the institutions whose flags count; None for all.

    Returns:
        The institution of each flag.

    Raises:
        UnknownFlag: if one of them is not there; then nothing was changed.
    """
    return await _change(connection, _ACKNOWLEDGE, flag_ids, now, note, _scope(hei_ids))


async def assign(
    connection: Connection, *flag_ids: int, assigned_to: str | None, hei_ids: Sequence[int] | None = None
) -> dict[int, int]:
    """Assign flags to a person, all of them or none.

    Args:
        connection: a connection to the mirror.
        flag_ids: the flags, each once.
        assigned_to: who looks after them, of 1 to ``LONGEST_ASSIGNEE`` characters; None if nobody any more.
        hei_ids: the institutions whose flags count; None for all.

    Returns:
        The institution of each flag.

    Raises:
        UnknownFlag: if one of them is not there; then nothing was changed.
    """
    return await _change(connection, _ASSIGN, flag_ids, assigned_to, _scope(hei_ids))


def _scope(hei_ids: Sequence[int] | None) -> list[int] | None:
    return None if hei_ids is None else list(hei_ids)


async def _change(
    connection: Connection, statement: str, flag_ids: Sequence[int], *values: object
) -> dict[int, int]:
    async with connection.transaction():
        rows = await connection.fetch(statement, list(flag_ids), *values)
        found = {row["flag_id"]: row["hei_id"] for row in rows}
        for flag_id in flag_ids:
            if flag_id not in found:
                raise UnknownFlag(f"there is no flag {flag_id}; see `dcs-mirror flags --all`")
    return found
