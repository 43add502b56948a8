"""What a run did to one institution."""

from dataclasses import asdict, dataclass
from datetime import datetime

from dcs_mirror.database.connections import Connection
from dcs_mirror.reconcile import pipeline
from dcs_mirror.reconcile.steps import fetch_row


@dataclass(frozen=True, slots=True)
class InstitutionOutcome:
    """One institution's outcome: complete, partial, held, failed, unsubscribed or purged.

    ``courses`` and ``content_items`` count what upstream lists after the run; None means "as before". The
    other figures count content items: ``added`` includes restored ones, ``changed`` excludes renumbered
    ones; ``quarantined`` counts rejected entries of any answer (W4). ``courses_changed`` counts courses of
    which anything changed, the removed and restored ones too, and not the new ones. ``error`` describes the
    first problems.
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
    courses_changed: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeParameters(InstitutionOutcome):
    """What the step takes that stores an outcome: the outcome, and the run and the reading that it is of."""

    run_id: int
    recorded_at: datetime
    reading_started_at: datetime | None
    reading_order: int | None
    last_order: int | None
    is_full: bool


async def record(
    connection: Connection,
    outcome: InstitutionOutcome,
    *,
    run_id: int,
    recorded_at: datetime,
    reading_started_at: datetime | None = None,
    reading_order: int | None = None,
    last_order: int | None = None,
    is_full: bool = True,
) -> InstitutionOutcome:
    """Store an institution's outcome of a run, and return it with every count filled in.

    If the run already has an outcome of the institution, that one stays and is returned: an outcome is
    recorded again only if the answer to its commit was lost.

    Args:
        reading_started_at: given, with ``reading_order`` and ``last_order``, if a full reading was applied.
        last_order: when its last question was asked; or the list of institutions that lacks this one.
        is_full: whether it is an outcome of the whole institution, not of single courses or requests.
    """
    values = OutcomeParameters(
        **asdict(outcome),
        run_id=run_id,
        recorded_at=recorded_at,
        reading_started_at=reading_started_at,
        reading_order=reading_order,
        last_order=last_order,
        is_full=is_full,
    )
    row = await fetch_row(connection, pipeline.OUTCOME["record_outcome"], values)
    return InstitutionOutcome(**row)
