"""One item through an August: nights in which it is read or missing, and the flags of it."""

from dcs_mirror.database.connections import Connection
from tests.support.readings import apply_reading, item, night_of, reading

COVERED, EXCLUDED = "Covered by CLA Licence", "Excluded from CLA Licence"


async def night(
    connection: Connection,
    month: int,
    day: int,
    status: str = "Active",
    licence: str | None = COVERED,
    *,
    year: int = 2026,
    request_id: int = 10,
    previous: int | None = None,
) -> int:
    """A night in which the one item is read with this status and licence; returns the flags raised."""
    academic_year = "2025-2026" if request_id < 20 else "2026-2027"
    read = item(request_id, previous, content_status=status, licence=licence)
    what = reading({"A": [read]}, night=night_of(year, month, day), year=academic_year)
    return (await apply_reading(connection, what)).flagged


async def state(connection: Connection) -> list[tuple[str, int, str | None]]:
    """Every flag: kind, licence year, resolution."""
    rows = await connection.fetch(
        "SELECT kind, licence_year, resolution FROM dcs.recheck_flag ORDER BY flag_id"
    )
    return [tuple(row) for row in rows]


async def away(connection: Connection, month: int, day: int, *, year: int = 2026) -> None:
    """A night in which the one item is in no answer."""
    academic_year = "2025-2026" if year == 2026 else "2026-2027"
    await apply_reading(connection, reading({"A": []}, night=night_of(year, month, day), year=academic_year))
