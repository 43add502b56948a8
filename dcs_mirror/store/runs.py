"""Runs: one row for every sync, refresh, reconcile or purge, written when it begins and when it ends."""

from datetime import datetime

from dcs_mirror.store.database import Connection, Pool


async def start(database: "Pool | Connection", kind: str, *, now: datetime) -> int:
    """Records that a run of ``kind`` (sync, refresh, reconcile, purge) began; returns its run id."""
    run_id = await database.fetchval(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ($1, $2) RETURNING run_id", kind, now
    )
    return int(run_id)


async def finish(
    database: "Pool | Connection",
    run_id: int,
    *,
    outcome: str,
    requests: int,
    error: str | None,
    now: datetime,
) -> None:
    """Records how a run ended: complete, partial, failed or interrupted."""
    await database.execute(
        "UPDATE dcs_mirror.sync_run SET finished_at = $2, outcome = $3, requests = $4, error = $5"
        " WHERE run_id = $1",
        run_id,
        now,
        outcome,
        requests,
        error,
    )
