-- Whether somebody does what waits, and whether the workers' credentials were refused after the latest reading.
-- reads: dcs.institution, dcs_mirror.fleet, dcs_mirror.job, dcs_mirror.refresh_request, dcs_mirror.worker
WITH waits AS (
    SELECT o.waits_since AS since FROM (
\ir ../../jobs/sql/open_job.sql
    ) AS o
    WHERE o.waits_since IS NOT NULL
    UNION ALL
    -- A worker makes a job of what SQL asked for, so without one it would wait unseen.
    SELECT r.requested_at FROM dcs_mirror.refresh_request AS r WHERE r.job_id IS NULL AND r.finished_at IS NULL
)
SELECT (
\ir ../../jobs/sql/live_workers.sql
       ) AS alive,
       (SELECT count(*) FROM waits) AS waiting,
       (SELECT min(w.since) FROM waits AS w) AS waiting_since,
       (SELECT count(*) FROM dcs_mirror.job AS j WHERE j.state = 'failed') AS failed,
       f.refused_at, f.refusal, (SELECT max(i.last_synced_at) FROM dcs.institution AS i) AS read_at,
       to_regclass('dcs_queue.pgqueuer') IS NOT NULL AS has_queue,
       (
\ir ../../jobs/sql/left_since.sql
       ) AS left_since
FROM dcs_mirror.fleet AS f
