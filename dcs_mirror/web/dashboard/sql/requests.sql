-- Requests that were submitted through the mirror, and what became of them.
-- takes: hei_ids integer[], hei_id integer, patterns text[], state text, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs.submitted_request, dcs.content_item, dcs_mirror.institution
SELECT r.call_id, r.hei_id, h.name AS institution, r.item_key, r.title, r.extract_title, r.course_code, r.submitted_at,
       r.state, r.content_status, r.is_openable, r.why_not, r.rejection_message,
       CASE WHEN r.content_status = 'Rejected' THEN r.notes END AS rejection_note, r.ended_at, r.request_id, r.current_request_id,
       count(*) OVER () AS total_rows
FROM (
\ir searched_requests.sql
) AS r
JOIN dcs_mirror.institution AS h ON h.hei_id = r.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(r.extract_title, ''), r.title, ''))
               WHEN 'institution' THEN lower(coalesce(h.name, ''))
               WHEN 'course_code' THEN coalesce(r.course_code, '')
               WHEN 'state' THEN r.state
               WHEN 'ended_at' THEN coalesce(to_char(r.ended_at, 'YYYYMMDDHH24MISSUS'), '')
               WHEN 'request_id' THEN lpad(r.request_id::text, 20, '0')
               ELSE to_char(r.submitted_at, 'YYYYMMDDHH24MISSUS')
           END AS key
) AS s
WHERE :state IS NULL OR r.state = :state OR (:state = 'unlisted' AND r.state = 'waiting' AND r.item_key IS NULL)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, r.call_id DESC
LIMIT :most OFFSET :skip
