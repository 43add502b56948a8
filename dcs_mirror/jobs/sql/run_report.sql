-- How a run by workers ended: its row, and the exit codes of its jobs.
-- takes: run_id bigint
-- reads: dcs_mirror.sync_run, dcs_mirror.job
SELECT r.finished_at IS NOT NULL AS has_ended, r.outcome, r.requests, r.error,
       extract(epoch FROM r.finished_at - r.started_at)::double precision AS seconds,
       (SELECT max(j.exit_code) FROM dcs_mirror.job AS j WHERE j.run_id = r.run_id) AS exit_code
FROM dcs_mirror.sync_run AS r
WHERE r.run_id = :run_id
