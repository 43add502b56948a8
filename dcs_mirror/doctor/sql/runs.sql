-- Runs without a recorded end: in progress, or killed.
-- reads: dcs_mirror.sync_run
SELECT r.run_id, r.kind, r.started_at
FROM dcs_mirror.sync_run AS r
WHERE r.finished_at IS NULL
ORDER BY r.run_id
