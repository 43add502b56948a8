-- How many refreshes were asked for that no worker has made a job of.
-- reads: dcs_mirror.refresh_request
SELECT count(*) FROM dcs_mirror.refresh_request AS r WHERE r.job_id IS NULL AND r.finished_at IS NULL
