-- Lets a worker do a job that this one began and cannot end now. An attempt that failed counts, with its error.
-- takes: worker_id uuid, job_id bigint, attempts integer, counts boolean, error text
-- writes: dcs_mirror.job
UPDATE dcs_mirror.job AS j
SET state = 'waiting', attempts = CASE WHEN :counts THEN j.attempts ELSE greatest(0, j.attempts - 1) END,
    error = coalesce(:error, j.error), worker_id = NULL, started_at = NULL
WHERE j.job_id = :job_id AND j.state = 'running' AND j.worker_id = :worker_id AND j.attempts = :attempts
