-- How often a job was begun, and whether the DCS refuses the credentials of a worker that began then; nothing if
-- the job is not open any more.
-- takes: job_id bigint, began_at timestamptz
-- reads: dcs_mirror.job, dcs_mirror.fleet
SELECT j.attempts,
       f.refused_at >= :began_at AND f.refused_at > clock_timestamp() - interval '1 hour' AS is_refused
FROM dcs_mirror.job AS j
CROSS JOIN dcs_mirror.fleet AS f
WHERE j.job_id = :job_id AND j.state IN ('waiting', 'running')
