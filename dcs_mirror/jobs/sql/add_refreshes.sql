-- One job for each scope that a refresh was asked for and that no job serves, nor one that waits will.
-- takes: now timestamptz
-- reads: dcs_mirror.job, dcs_mirror.refresh_request
-- writes: dcs_mirror.job
INSERT INTO dcs_mirror.job (kind, hei_id, course_code, request_id, enqueued_at)
SELECT DISTINCT 'refresh', r.hei_id, r.course_code, r.request_id, :now
FROM dcs_mirror.refresh_request AS r
WHERE r.job_id IS NULL AND r.finished_at IS NULL
  AND NOT EXISTS (
      SELECT FROM dcs_mirror.job AS j
      WHERE j.kind = 'refresh' AND j.state = 'waiting' AND j.hei_id = r.hei_id
        AND (j.course_code, j.request_id) IS NOT DISTINCT FROM (r.course_code, r.request_id)
  )
