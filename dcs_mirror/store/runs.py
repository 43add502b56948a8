"""Runs: one row for every sync, refresh or reconcile, written when it begins and when it ends."""

from datetime import datetime

from dcs_mirror.store.database import Pool


async def start(pool: Pool, kind: str, *, now: datetime) -> int:
    """Records that a run of ``kind`` (sync, refresh, reconcile) began; returns its run id."""
    run_id = await pool.fetchval(
        "INSERT INTO dcs_mirror.sync_run (kind, started_at) VALUES ($1, $2) RETURNING run_id", kind, now
    )
    return int(run_id)


async def finish(
    pool: Pool,
    run_id: int,
    *,
    outcome: str,
    requests: int,
    error: str | None,
    now: datetime,
) -> None:
    """Records how a run ended: complete, partial, failed or interrupted."""
    await pool.execute(
        "UPDATE dcs_mirror.sync_run SET finished_at = $2, outcome = $3, requests = $4, error = $5"
        " WHERE run_id = $1",
        run_id,
        now,
        outcome,
        requests,
        error,
    )
