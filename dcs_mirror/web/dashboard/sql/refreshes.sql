-- Refreshes that were asked for, and what became of them. Who asked is told to those who see all institutions.
-- takes: hei_ids integer[], sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.refresh_request, dcs_mirror.institution
SELECT r.refresh_id, r.hei_id, CASE WHEN r.hei_id = 0 THEN 'List of institutions' ELSE i.name END AS institution, r.course_code, r.request_id,
       CASE WHEN :hei_ids IS NULL THEN r.requested_by END AS requested_by, r.requested_at, r.started_at, r.finished_at,
       r.outcome, r.error, count(*) OVER () AS total_rows
FROM dcs.refresh_request AS r
LEFT JOIN dcs_mirror.institution AS i ON i.hei_id = r.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'institution' THEN coalesce('1' || lower(nullif(i.name, '')), '2' || lpad(r.hei_id::text, 12, '0'))
               WHEN 'course_code' THEN coalesce(r.course_code, '')
               WHEN 'outcome' THEN coalesce(r.outcome, '')
               WHEN 'finished_at' THEN coalesce(to_char(r.finished_at, 'YYYYMMDDHH24MISSUS'), '')
               ELSE to_char(r.requested_at, 'YYYYMMDDHH24MISSUS')
           END AS key
) AS s
WHERE :hei_ids IS NULL OR r.hei_id = ANY (:hei_ids)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, r.refresh_id DESC
LIMIT :most OFFSET :skip
