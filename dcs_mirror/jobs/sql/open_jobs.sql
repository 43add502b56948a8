-- What waits, runs and failed, the oldest first.
-- reads: dcs_mirror.job
SELECT j.job_id, j.kind, j.hei_id, j.state, j.attempts, j.enqueued_at, j.started_at, j.error
FROM dcs_mirror.job AS j
WHERE j.state <> 'done'
ORDER BY j.job_id
