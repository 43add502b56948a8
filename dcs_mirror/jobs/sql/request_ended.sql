-- takes: refresh_id bigint
-- reads: dcs_mirror.refresh_request
SELECT r.job_id, r.finished_at IS NOT NULL AS has_ended
FROM dcs_mirror.refresh_request AS r
WHERE r.refresh_id = :refresh_id
