"""What the database says of the mirror and of all workers: one statement a scrape."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dcs_mirror.database import connections, sql
from dcs_mirror.database.connections import Connection, Pool

SECONDS = 5.0
"""How long the statement may take, and a scrape may wait for a connection."""

_STATEMENT = sql.load(Path(__file__).parent / "sql" / "mirror.sql")
_SET_TIMEOUT = "SELECT set_config('statement_timeout', $1, true)"
_UP = "database_up"

FAILURES = (*connections.UNREACHABLE, asyncpg.PostgresError, TimeoutError)
"""What reading raises if the database cannot be asked."""


@dataclass(frozen=True, slots=True)
class Family:
    """A figure, without the prefix of its name: its labels, and what it is."""

    labels: tuple[str, ...]
    told: str


FAMILIES = {
    _UP: Family(
        (), "1 if the database answered this scrape; 0 if not, and then no figure that comes from it is here."
    ),
    "institution_age_seconds": Family(
        ("hei_id",),
        "Time since a complete reading of the subscribed institution was last applied, or since it was first "
        "seen.",
    ),
    "institution_outcome": Family(
        ("hei_id", "outcome"),
        "Always 1; the label says the outcome of the latest reading of the whole institution.",
    ),
    "recheck_flags_open": Family(("hei_id",), "Flags of the August recheck that are not resolved."),
    "jobs": Family(("kind", "state"), "Jobs for workers that wait, run or have failed."),
    "oldest_waiting_job_age_seconds": Family(
        (), "Time since the oldest job that waits was asked for; 0 if none waits."
    ),
    "registered_columns": Family((), "Columns of other systems that the mirror rewrites."),
    "registered_columns_failed": Family(
        (), "Registered columns whose latest rewriting failed for some institution."
    ),
    "feed_last_change_id": Family(
        (), "Highest change id of the feed: compare it with what a follower has read."
    ),
    "feed_last_change_timestamp_seconds": Family(
        (), "When the latest change of the feed was seen; 0 if there is none."
    ),
    "workers": Family((), "Workers that said in the last ten seconds that they live."),
    "pause_seconds": Family((), "How long no worker sends anything, because the DCS asked to wait."),
    "credentials_refused": Family(
        (), "1 if the DCS refused the credentials in the last hour, after the start of every live worker."
    ),
}
"""Every figure that comes from the database, by its name without ``dcs_mirror_``."""


@dataclass(frozen=True, slots=True, eq=False)  # the registry keeps it by its identity
class _Snapshot(Collector):
    """The figures of one scrape: name, values of the labels, and value."""

    rows: Iterable[tuple[str, Sequence[str], float]]

    def collect(self) -> Iterator[Metric]:
        """The figures by their names; one that has no value at this moment is left out."""
        found: dict[str, GaugeMetricFamily] = {}
        for name, labels, value in self.rows:
            if name not in found:
                family = FAMILIES[name]
                found[name] = GaugeMetricFamily(f"dcs_mirror_{name}", family.told, labels=family.labels)
            found[name].add_metric(labels, value)
        yield from found.values()


async def text(pool: Pool, *, now: datetime) -> bytes:
    """Read the figures of the database, as Prometheus reads them; only whether it answers if it does not.

    Args:
        now: by the mirror's clock.
    """
    try:
        async with pool.acquire(timeout=SECONDS) as connection:
            rows = [tuple(row) for row in await _read(connection, now)]
    except FAILURES:
        return _text([(_UP, (), 0.0)])
    return _text([(_UP, (), 1.0), *rows])


async def _read(connection: Connection, now: datetime) -> Sequence[asyncpg.Record]:
    async with connection.transaction(readonly=True):
        await connection.execute(_SET_TIMEOUT, f"{SECONDS:g}s")
        return await connection.fetch(*_STATEMENT.bind({"now": now}), timeout=SECONDS)


def _text(rows: Iterable[tuple[str, Sequence[str], float]]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(rows))
    return generate_latest(registry)
