-- takes: job_id bigint
-- reads: dcs_mirror.job
SELECT j.state FROM dcs_mirror.job AS j WHERE j.job_id = :job_id
