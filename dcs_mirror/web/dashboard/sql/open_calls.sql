-- A6, A7: calls that wait for somebody, as a list.
-- takes: hei_ids integer[], hei_id integer, accepted_before timestamptz, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs.open_call, dcs.submitted_request, dcs_mirror.institution
SELECT c.call_id, c.hei_id, h.name AS institution, c.method, c.course_code, c.title, c.status, c.state, c.sent_at,
       c.request_id, count(*) OVER () AS total_rows
FROM (
\ir waiting_calls.sql
) AS c
LEFT JOIN dcs_mirror.institution AS h ON h.hei_id = c.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(c.title, ''))
               WHEN 'institution' THEN coalesce('1' || lower(nullif(h.name, '')), '2' || lpad(c.hei_id::text, 12, '0'))
               WHEN 'course_code' THEN coalesce(c.course_code, '')
               WHEN 'state' THEN c.state
               WHEN 'sent_at' THEN to_char(c.sent_at, 'YYYYMMDDHH24MISSUS')
               ELSE lpad(c.call_id::text, 20, '0')
           END AS key
) AS s
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, c.call_id
LIMIT :most OFFSET :skip
