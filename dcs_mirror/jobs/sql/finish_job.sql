-- Ends a job that is still this worker's. To give it up is no attempt.
-- takes: job_id bigint, worker_id uuid, attempts integer, most_attempts integer, state text, requests bigint, error text,
--   exit_code integer, result text, now timestamptz
-- writes: dcs_mirror.job
UPDATE dcs_mirror.job AS j
SET state = :state, finished_at = :now, requests = :requests, error = :error, exit_code = :exit_code,
    result = :result::jsonb, attempts = least(j.attempts, :most_attempts)
WHERE j.job_id = :job_id AND j.state = 'running' AND j.worker_id = :worker_id AND j.attempts = :attempts
RETURNING j.run_id
