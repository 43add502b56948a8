"""What a run did to one institution."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection

_RECORD = sql.load(Path(__file__).parent / "sql" / "915_outcome.sql")


@dataclass(frozen=True, slots=True)
class InstitutionOutcome:
    """One institution's outcome: complete, partial, held, failed, unsubscribed or purged.

    ``courses`` and ``content_items`` count what upstream lists after the run; None stands for "as
    before". The other figures count content items: ``added`` with the restored ones, ``changed``
    without the renumbered ones; ``quarantined`` counts entries of any answer that were set aside (W4).
    ``error`` tells the first problems in words.
    """

    hei_id: int
    outcome: str
    courses: int | None = None
    content_items: int | None = None
    added: int = 0
    changed: int = 0
    removed: int = 0
    renumbered: int = 0
    flagged: int = 0
    quarantined: int = 0
    error: str | None = None


async def record(
    connection: Connection,
    outcome: InstitutionOutcome,
    *,
    run_id: int,
    recorded_at: datetime,
    reading_started_at: datetime | None = None,
    reading_order: int | None = None,
) -> InstitutionOutcome:
    """Stores an institution's outcome of a run, and returns it with every count filled in.

    The first outcome of a run stands, and is returned: it is recorded again only where the answer to its
    commit was lost.

    ``reading_started_at`` and ``reading_order`` are given where the whole institution was read and
    its reading applied.
    """
    values = asdict(outcome) | {
        "run_id": run_id,
        "recorded_at": recorded_at,
        "reading_started_at": reading_started_at,
        "reading_order": reading_order,
    }
    row = await connection.fetchrow(*_RECORD.bind(values))
    assert row is not None  # noqa: S101 - the statement always inserts or finds one row
    return InstitutionOutcome(**row)
