-- The requests that a refresh was to serve that is dropped before it began, unless another one will.
-- takes: job_id bigint
-- reads: dcs_mirror.job
-- writes: dcs_mirror.refresh_request
UPDATE dcs_mirror.refresh_request AS r
SET job_id = j.job_id
FROM dcs_mirror.job AS j
WHERE j.job_id = :job_id AND j.kind = 'refresh' AND r.hei_id = j.hei_id AND r.finished_at IS NULL
  AND r.job_id IS NULL
  AND (j.course_code, j.request_id) IS NOT DISTINCT FROM (r.course_code, r.request_id)
  AND NOT EXISTS (
      SELECT FROM dcs_mirror.job AS o
      WHERE o.kind = 'refresh' AND o.state = 'waiting' AND o.hei_id = r.hei_id
        AND (o.course_code, o.request_id) IS NOT DISTINCT FROM (r.course_code, r.request_id)
  )
