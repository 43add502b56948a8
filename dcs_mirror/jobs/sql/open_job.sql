-- Jobs that have not ended, and since when they wait for a worker: nobody has begun them, or who did does not live any
-- more. Null for those that are being done, and for those that failed.
-- reads: dcs_mirror.job, dcs_mirror.worker
SELECT j.job_id, j.kind, j.hei_id, j.state, j.attempts, j.enqueued_at, j.started_at, j.error,
       CASE WHEN j.state = 'waiting' THEN j.enqueued_at
            WHEN j.state = 'running' AND w.worker_id IS NULL THEN j.started_at END AS waits_since
FROM dcs_mirror.job AS j
LEFT JOIN (
\ir live_worker.sql
) AS w ON w.worker_id = j.worker_id
WHERE j.state <> 'done'
