-- Whether the job is still this worker's; if it is, no other worker takes it over until the transaction ends.
-- takes: job_id bigint, worker_id uuid, attempts integer
-- reads: dcs_mirror.job
SELECT true
FROM dcs_mirror.job AS j
WHERE j.job_id = :job_id AND j.state = 'running' AND j.worker_id = :worker_id AND j.attempts = :attempts
FOR SHARE
