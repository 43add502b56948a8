-- Jobs that wait, run or failed.
-- takes: hei_ids integer[], state text, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs_mirror.job, dcs_mirror.institution
SELECT j.job_id, j.kind, j.hei_id, CASE WHEN j.hei_id = 0 THEN 'List of institutions' ELSE i.name END AS institution,
       j.course_code, j.request_id, j.state, j.attempts, j.enqueued_at, j.started_at, j.error, count(*) OVER () AS total_rows
FROM dcs_mirror.job AS j
LEFT JOIN dcs_mirror.institution AS i ON i.hei_id = j.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'kind' THEN j.kind
               WHEN 'institution' THEN CASE WHEN j.hei_id = 0 THEN '0' ELSE coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(j.hei_id::text, 12, '0')) END
               WHEN 'state' THEN j.state
               WHEN 'attempts' THEN lpad(j.attempts::text, 12, '0')
               WHEN 'enqueued_at' THEN to_char(j.enqueued_at, 'YYYYMMDDHH24MISSUS')
               WHEN 'started_at' THEN coalesce(to_char(j.started_at, 'YYYYMMDDHH24MISSUS'), '')
               ELSE lpad(j.job_id::text, 20, '0')
           END AS key
) AS s
WHERE j.state <> 'done' AND (:hei_ids IS NULL OR j.hei_id = ANY (:hei_ids)) AND (:state IS NULL OR j.state = :state)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, j.job_id
LIMIT :most OFFSET :skip
