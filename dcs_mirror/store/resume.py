"""What a sync that did not come to its end had landed, so that the next one need not read it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from dcs_mirror.database import sql
from dcs_mirror.database.connections import Connection
from dcs_mirror.plain_text import counted

_UNFINISHED_SYNCS = sql.load(Path(__file__).parent / "unfinished_syncs.sql")

RESUMABLE = timedelta(hours=12)
"""How long after its beginning a sync can be resumed: in the same night, but not in the next one, which
would leave institutions unread for two days."""


@dataclass(frozen=True, slots=True)
class UnfinishedSync:
    """A sync that was killed, interrupted, or ended early by an error; ``landed`` are the institutions that
    it applied whole."""

    run_id: int
    started_at: datetime
    landed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Resumption:
    """The institutions that need not be read again, and why it is these, in words."""

    landed: frozenset[int]
    message: str


def plan_resumption(unfinished: Sequence[UnfinishedSync], *, now: datetime) -> Resumption:
    """What a sync that begins ``now`` may leave out, given the syncs since the last one that came to its end.

    A resumed sync that was interrupted in its turn counts with the one that it resumed.
    """
    fresh = [run for run in unfinished if timedelta() <= now - run.started_at <= RESUMABLE]
    landed = frozenset(hei_id for run in fresh for hei_id in run.landed)
    if fresh:
        message = f"resuming run {fresh[-1].run_id}: {counted(len(landed), 'institution')} had landed"
    elif unfinished and unfinished[-1].started_at > now:
        message = (
            f"run {unfinished[-1].run_id} began later than now, so a clock was or is wrong: "
            "everything is read again"
        )
    elif unfinished:
        message = (
            f"run {unfinished[-1].run_id} began more than {RESUMABLE.total_seconds() / 3600:.0f} hours ago: "
            "everything is read again"
        )
    else:
        message = "the last sync came to its end: everything is read again"
    return Resumption(landed, message)


async def unfinished_syncs(connection: Connection) -> list[UnfinishedSync]:
    """The syncs since the last one that came to its end, the oldest first; none that is under way."""
    rows = await connection.fetch(*_UNFINISHED_SYNCS.bind({}))
    return [UnfinishedSync(row["run_id"], row["started_at"], tuple(row["landed"])) for row in rows]
