-- Notes that those whom it concerns were told what these syncs brought, as far as they took it.
-- takes: job_ids bigint[]
-- writes: dcs_mirror.job
UPDATE dcs_mirror.job AS j
SET result = '{"told": true}'
WHERE j.job_id = ANY (:job_ids)
