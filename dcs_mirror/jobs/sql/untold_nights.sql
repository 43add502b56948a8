-- Syncs that have ended, and of which those whom it concerns were not told yet what they brought.
-- reads: dcs_mirror.job, dcs_mirror.sync_run
SELECT j.job_id
FROM dcs_mirror.job AS j
JOIN dcs_mirror.sync_run AS r ON r.run_id = j.run_id
WHERE j.kind = 'sync' AND j.state IN ('done', 'failed') AND j.result IS NULL AND r.finished_at IS NOT NULL
