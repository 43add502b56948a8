"""When the nightly sync is due: five cron fields in London's time; pure policy."""

from datetime import datetime, timedelta

from cronsim import CronSim, CronSimError

from dcs_mirror.clock import UK
from dcs_mirror.errors import SettingsError

AHEAD = timedelta(days=1)
"""A last start that lies further in the future than this was noted while the database's clock was wrong."""


def check(cron: str) -> str:
    """Return ``cron`` if it is a schedule.

    Raises:
        ValueError: says what is wrong.
    """
    if len(cron.split()) != 5:
        raise ValueError("must have five cron fields, such as 15 2 * * * for 02:15 every night")
    try:
        next(CronSim(cron, datetime.now(UK)))
    except (CronSimError, StopIteration):
        raise ValueError(
            "is no schedule that ever comes: five cron fields, such as 15 2 * * * for 02:15 every night"
        ) from None
    return cron


def due_start(cron: str, *, last: datetime, now: datetime) -> datetime | None:
    """Return the latest start that the schedule names after ``last`` and up to ``now``; None if none.

    Starts that were missed are so made up once. An hour that the clocks repeat in October counts once, and
    one that they leave out in March is moved to the next hour.

    Raises:
        SettingsError: if ``cron`` is no schedule.
    """
    try:
        starts = CronSim(cron, now.astimezone(UK), reverse=True)
        latest: datetime = next(starts)
    except (CronSimError, StopIteration):
        raise SettingsError(f"DCS_SYNC_CRON {cron!r} is no schedule") from None
    return latest if latest > last else None
