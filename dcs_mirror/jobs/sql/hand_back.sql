-- Lets another worker do a job that this one began and cannot end; that does not count as an attempt.
-- takes: worker_id uuid, job_id bigint
-- writes: dcs_mirror.job
UPDATE dcs_mirror.job AS j
SET state = 'waiting', attempts = greatest(0, j.attempts - 1), worker_id = NULL, started_at = NULL
WHERE j.worker_id = :worker_id AND j.state = 'running' AND j.job_id = :job_id
