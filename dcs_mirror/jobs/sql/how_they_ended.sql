-- takes: job_ids bigint[]
-- reads: dcs_mirror.job
SELECT j.job_id, j.run_id, j.state, j.error, j.exit_code, j.result::text AS result
FROM dcs_mirror.job AS j
WHERE j.job_id = ANY (:job_ids)
ORDER BY j.job_id
