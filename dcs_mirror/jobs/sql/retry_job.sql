-- Does a job that failed again, from its beginning. An institution is read alone: its run has ended.
-- takes: job_id bigint, now timestamptz
-- writes: dcs_mirror.job
WITH failed AS (
    UPDATE dcs_mirror.job AS j
    SET state = 'done'
    WHERE j.job_id = :job_id AND j.state = 'failed'
    RETURNING j.*
)
INSERT INTO dcs_mirror.job (kind, hei_id, course_code, request_id, options, enqueued_at)
SELECT CASE f.kind WHEN 'institution' THEN 'refresh' ELSE f.kind END, f.hei_id, f.course_code, f.request_id,
       CASE f.kind WHEN 'sync' THEN f.options ELSE '{}' END, :now
FROM failed AS f
RETURNING job_id
