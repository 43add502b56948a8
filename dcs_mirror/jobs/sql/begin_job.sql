-- Begins a job, or takes it over from a worker that does not live any more: from now on that one applies nothing.
-- takes: job_id bigint, worker_id uuid, now timestamptz
-- writes: dcs_mirror.job
UPDATE dcs_mirror.job AS j
SET state = 'running', attempts = j.attempts + 1, worker_id = :worker_id, started_at = :now
WHERE j.job_id = :job_id AND j.state IN ('waiting', 'running')
RETURNING j.job_id, j.kind, j.hei_id, j.course_code, j.request_id, j.run_id, j.options::text AS options, j.attempts,
    j.worker_id, j.error
