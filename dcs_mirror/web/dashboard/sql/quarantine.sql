-- W4: records of the DCS that wait for a correction, because they have no id; without their text.
-- takes: hei_ids integer[], hei_id integer, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.quarantine, dcs_mirror.institution
SELECT q.quarantine_id, q.hei_id, i.name AS institution, q.method, q.course_code, q.request_id, q.position, q.reason,
       q.first_seen_at, count(*) OVER () AS total_rows
FROM dcs.quarantine AS q
LEFT JOIN dcs_mirror.institution AS i ON i.hei_id = q.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'institution' THEN coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(q.hei_id::text, 12, '0'))
               WHEN 'method' THEN q.method
               WHEN 'course_code' THEN coalesce(q.course_code, '')
               WHEN 'reason' THEN q.reason
               ELSE to_char(q.first_seen_at, 'YYYYMMDDHH24MISSUS')
           END AS key
) AS s
WHERE q.cleared_at IS NULL AND (:hei_ids IS NULL OR q.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR q.hei_id = :hei_id)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, q.quarantine_id
LIMIT :most OFFSET :skip
