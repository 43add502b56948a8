-- No further call of a run makes sense: its jobs that have not begun are left out.
-- takes: run_id bigint, error text, now timestamptz
-- writes: dcs_mirror.job, dcs_mirror.sync_run, dcs_queue.pgqueuer
WITH told AS (
    UPDATE dcs_mirror.sync_run AS r
    SET error = :error
    WHERE r.run_id = :run_id AND r.finished_at IS NULL AND r.error IS NULL
),
left_out AS (
    UPDATE dcs_mirror.job AS j
    SET state = 'done', finished_at = :now, error = 'left out: the run had ended'
    WHERE j.run_id = :run_id AND j.state = 'waiting'
    RETURNING j.job_id
)
DELETE FROM dcs_queue.pgqueuer AS q
USING left_out AS l
WHERE q.dedupe_key = l.job_id::text AND q.status = 'queued'
