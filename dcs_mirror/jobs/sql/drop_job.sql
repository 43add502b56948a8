-- Ends a job that waits or failed without doing it; that of a run counts as not done.
-- takes: job_id bigint, now timestamptz
-- writes: dcs_mirror.job, dcs_queue.pgqueuer
WITH dropped AS (
    UPDATE dcs_mirror.job AS j
    SET state = 'done', finished_at = :now, exit_code = 1, error = concat_ws('; ', j.error, 'dropped by hand')
    WHERE j.job_id = :job_id AND j.state IN ('waiting', 'failed')
    RETURNING j.job_id, j.run_id
),
unqueued AS (
    DELETE FROM dcs_queue.pgqueuer AS q USING dropped AS d WHERE q.dedupe_key = d.job_id::text
)
SELECT d.job_id, d.run_id FROM dropped AS d
