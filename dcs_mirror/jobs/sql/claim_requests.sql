-- The requests that a refresh serves: those of its scope that were there before it began.
-- takes: job_id bigint, now timestamptz
-- reads: dcs_mirror.job
-- writes: dcs_mirror.refresh_request
UPDATE dcs_mirror.refresh_request AS r
SET job_id = j.job_id, started_at = coalesce(r.started_at, :now)
FROM dcs_mirror.job AS j
WHERE j.job_id = :job_id AND r.hei_id = j.hei_id AND r.finished_at IS NULL
  AND (r.job_id IS NULL OR r.job_id = j.job_id)
  AND (j.course_code, j.request_id) IS NOT DISTINCT FROM (r.course_code, r.request_id)
