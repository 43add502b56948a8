-- Requests that were submitted through the mirror, and what became of them. All of them are put in order by what stands in
-- one column; the others are read for the rows of the page. The calls are those that request_counts.sql found by words.
-- takes: hei_ids integer[], hei_id integer, call_ids bigint[], state text, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs.submitted_request, dcs.content_item, dcs_mirror.institution
SELECT p.call_id, p.hei_id, h.name AS institution, p.item_key, q.title, i.extract_title, q.course_code, p.submitted_at,
       p.state, q.content_status, i.is_openable, i.why_not, q.rejection_message,
       CASE WHEN q.content_status = 'Rejected' THEN i.notes END AS rejection_note, p.ended_at, p.request_id,
       q.current_request_id, p.total_rows
FROM (
    SELECT r.call_id, r.hei_id, r.item_key, r.submitted_at, r.state, r.ended_at, r.request_id, s.key,
           count(*) OVER () AS total_rows
    FROM dcs.submitted_request AS r
    LEFT JOIN dcs_mirror.institution AS n ON n.hei_id = r.hei_id AND :sort = 'institution'
    CROSS JOIN LATERAL (
        SELECT CASE :sort
                   WHEN 'title' THEN lower(coalesce(
                       (SELECT nullif(t.extract_title, '') FROM dcs.content_item AS t WHERE t.item_key = r.item_key),
                       r.title, ''))
                   WHEN 'institution' THEN coalesce('1' || lower(nullif(n.name, '')), '2' || lpad(r.hei_id::text, 12, '0'))
                   WHEN 'course_code' THEN coalesce(r.course_code, '')
                   WHEN 'state' THEN r.state
                   WHEN 'ended_at' THEN coalesce(to_char(r.ended_at, 'YYYYMMDDHH24MISSUS'), '')
                   WHEN 'request_id' THEN lpad(r.request_id::text, 20, '0')
                   ELSE to_char(r.submitted_at, 'YYYYMMDDHH24MISSUS')
               END AS key
    ) AS s
    WHERE (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
      AND (:hei_id IS NULL OR r.hei_id = :hei_id)
      AND (:call_ids IS NULL OR r.call_id = ANY (:call_ids))
      AND (:state IS NULL OR r.state = :state OR (:state = 'unlisted' AND r.item_key IS NULL))
    ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, r.call_id DESC
    LIMIT :most OFFSET :skip
) AS p
JOIN dcs.submitted_request AS q ON q.call_id = p.call_id
LEFT JOIN dcs_mirror.institution AS h ON h.hei_id = p.hei_id
LEFT JOIN dcs.content_item AS i ON i.item_key = p.item_key
ORDER BY CASE WHEN NOT :is_descending THEN p.key END, CASE WHEN :is_descending THEN p.key END DESC, p.call_id DESC
