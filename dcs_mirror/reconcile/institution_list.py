"""The list of institutions: whom it has, whom it lacks, and its entries without an id (W4)."""

from collections.abc import Iterable
from datetime import datetime

from dcs_mirror.database import locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.reconcile import pipeline
from dcs_mirror.reconcile.parameters import ListedParameters, QuarantineParameters
from dcs_mirror.reconcile.staging import make_tables, stage_rejected
from dcs_mirror.reconcile.steps import run_phases, run_step
from dcs_mirror.records import Institution, Rejected

EVERY_INSTITUTION = 0
"""Stands in the place of an institution's id for the list of institutions: in the quarantine, and where a
refresh of it is asked for."""

# C5: of a list that is older than what was read of an institution, its absence says nothing.
SUBSCRIBED_BEFORE = """
SELECT i.hei_id
FROM dcs_mirror.institution AS i
WHERE i.subscribed
  AND NOT EXISTS (SELECT FROM dcs_mirror.sync_outcome AS o
                  WHERE o.hei_id = i.hei_id AND o.reading_order IS NOT NULL
                    AND coalesce(o.last_order, o.reading_order) > $1
                    AND coalesce(o.last_order, o.reading_order) <= $2)
"""

_STORED = "SELECT i.hei_id, i.name, i.subscribed FROM dcs_mirror.institution AS i"
_HAS_OPEN = "SELECT EXISTS (SELECT FROM dcs_mirror.quarantine WHERE hei_id = $1 AND cleared_at IS NULL)"


async def quarantine(
    connection: Connection, *, rejected: list[Rejected], reading_order: int, now: datetime
) -> None:
    """Bring the quarantine in line with an institution list, in one transaction.

    Args:
        rejected: the entries of the list that have no id; none if upstream mended it.
        reading_order: when the list was asked for, in nanoseconds (C5).
        now: the instant at which the list counts as seen.
    """
    if not rejected and not await connection.fetchval(_HAS_OPEN, EVERY_INSTITUTION):
        return
    parameters = QuarantineParameters(
        hei_id=EVERY_INSTITUTION, list_reading_order=reading_order, started_at=now, observed_at=now
    )
    async with connection.transaction():
        await make_tables(connection)
        await locks.lock_row(connection, locks.INSTITUTION, EVERY_INSTITUTION)
        await stage_rejected(connection, ((None, None, *entry) for entry in rejected))
        await run_phases(connection, (pipeline.QUARANTINE,), parameters)


async def differing(connection: Connection, listed: Iterable[Institution]) -> list[Institution]:
    """Return those institutions of a list that are not stored as it has them; new ones, too."""
    stored = {row["hei_id"]: (row["name"], row["subscribed"]) for row in await connection.fetch(_STORED)}

    def is_stored(institution: Institution) -> bool:
        name, is_subscribed = stored.get(institution.hei_id, (None, False))
        return is_subscribed and institution.name in {name, None}

    return [institution for institution in listed if not is_stored(institution)]


async def store(
    connection: Connection, institution: Institution, *, list_order: int, run_id: int, now: datetime
) -> None:
    """Store an institution that a list has, in one transaction: its name, and that it is subscribed.

    Args:
        list_order: when the list was asked for, in nanoseconds (C5).
        run_id: the run that read it.
        now: the instant at which the list counts as seen.
    """
    parameters = ListedParameters(
        hei_id=institution.hei_id,
        name=institution.name,
        list_order=list_order,
        run_id=run_id,
        observed_at=now,
    )
    async with connection.transaction():
        await locks.lock_row(connection, locks.INSTITUTION, institution.hei_id)
        await locks.lock_row(connection, locks.CHANGE)
        if await run_step(connection, pipeline.LISTED["write_listed"], parameters):
            await run_step(connection, pipeline.NOTIFY["notify"], parameters)
