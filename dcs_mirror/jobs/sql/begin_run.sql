-- The run of a job, which is under way as long as it has jobs that are open.
-- takes: job_id bigint, kind text, now timestamptz
-- writes: dcs_mirror.sync_run, dcs_mirror.job
WITH run AS (
    INSERT INTO dcs_mirror.sync_run (kind, started_at, by_workers) VALUES (:kind, :now, true)
    RETURNING run_id
)
UPDATE dcs_mirror.job AS j SET run_id = r.run_id FROM run AS r WHERE j.job_id = :job_id RETURNING j.run_id
