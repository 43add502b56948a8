-- Ends a job that waits or failed, or whose worker is gone, without doing it; that of a run counts as not done.
-- takes: job_id bigint, now timestamptz
-- reads: dcs_mirror.job, dcs_mirror.worker
-- writes: dcs_mirror.job, dcs_queue.pgqueuer
WITH found AS (
    SELECT j.job_id, j.state = 'waiting' AS has_waited
    FROM dcs_mirror.job AS j
    WHERE j.job_id = :job_id
      AND (j.state IN ('waiting', 'failed') OR j.state = 'running' AND NOT EXISTS (
          SELECT FROM (
\ir live_worker.sql
          ) AS w
          WHERE w.worker_id = j.worker_id
      ))
    FOR UPDATE
),
dropped AS (
    UPDATE dcs_mirror.job AS j
    SET state = 'done', finished_at = :now, exit_code = 1, error = concat_ws('; ', j.error, 'dropped by hand')
    FROM found AS f
    WHERE j.job_id = f.job_id
    RETURNING j.job_id, j.run_id, f.has_waited
),
unqueued AS (
    DELETE FROM dcs_queue.pgqueuer AS q USING dropped AS d WHERE q.dedupe_key = d.job_id::text
)
SELECT d.job_id, d.run_id, d.has_waited FROM dropped AS d
