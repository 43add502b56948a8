-- Requests that were submitted through the mirror, and what became of them.
-- takes: hei_ids integer[], hei_id integer, patterns text[], state text, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs.submitted_request, dcs.content_item, dcs.institution
SELECT r.call_id, r.hei_id, h.name AS institution, r.item_key, r.title, i.extract_title, r.course_code, r.submitted_at,
       t.state, r.content_status, i.is_openable, i.why_not, r.rejection_message,
       CASE WHEN r.content_status = 'Rejected' THEN i.notes END AS rejection_note, r.ended_at, r.request_id, r.current_request_id,
       count(*) OVER () AS total_rows
FROM dcs.submitted_request AS r
JOIN dcs.institution AS h ON h.hei_id = r.hei_id
LEFT JOIN LATERAL (
    SELECT q.extract_title, q.author, q.notes, q.is_openable, q.why_not
    FROM dcs.content_item AS q
    WHERE q.item_key = r.item_key
    OFFSET 0
) AS i ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.ended_at IS NULL THEN 'waiting'
                WHEN i.is_openable THEN 'open'
                WHEN r.content_status = 'Rejected' THEN 'rejected'
                ELSE 'closed' END AS state
) AS t
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), r.title, ''))
               WHEN 'institution' THEN lower(coalesce(h.name, ''))
               WHEN 'course_code' THEN coalesce(r.course_code, '')
               WHEN 'state' THEN t.state
               WHEN 'ended_at' THEN coalesce(to_char(r.ended_at, 'YYYYMMDDHH24MISSUS'), '')
               WHEN 'request_id' THEN lpad(r.request_id::text, 20, '0')
               ELSE to_char(r.submitted_at, 'YYYYMMDDHH24MISSUS')
           END AS key
) AS s
WHERE (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR r.hei_id = :hei_id)
  AND (:patterns IS NULL OR concat_ws(' ', r.title, i.extract_title, i.author, r.course_code) ILIKE ALL (:patterns))
  AND (:state IS NULL OR t.state = :state)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, r.call_id DESC
LIMIT :most OFFSET :skip
