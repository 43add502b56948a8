-- A6, A7: writes whose outcome is not known, and requests that the DCS accepted longer than `unseen` ago and never showed.
-- takes: hei_ids integer[], hei_id integer, now timestamptz, unseen interval, sort text, is_descending boolean,
--   skip integer, most integer
-- reads: dcs.open_call, dcs.submitted_request, dcs.institution
SELECT c.call_id, c.hei_id, h.name AS institution, c.method, c.course_code, c.title, c.status, c.state, c.sent_at,
       c.request_id, count(*) OVER () AS total_rows
FROM (
    SELECT o.call_id, o.hei_id, o.method, o.course_code, o.title, o.status, o.state, o.sent_at, NULL::bigint AS request_id
    FROM dcs.open_call AS o
    UNION ALL
    SELECT r.call_id, r.hei_id, 'SubmitRequest', r.course_code, r.title, NULL, 'unseen', r.submitted_at, r.request_id
    FROM dcs.submitted_request AS r
    WHERE r.item_key IS NULL AND r.submitted_at < :now - :unseen
) AS c
JOIN dcs.institution AS h ON h.hei_id = c.hei_id
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(c.title, ''))
               WHEN 'institution' THEN lower(coalesce(h.name, ''))
               WHEN 'course_code' THEN coalesce(c.course_code, '')
               WHEN 'state' THEN c.state
               WHEN 'sent_at' THEN to_char(c.sent_at, 'YYYYMMDDHH24MISSUS')
               ELSE lpad(c.call_id::text, 20, '0')
           END AS key
) AS s
WHERE (:hei_ids IS NULL OR c.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR c.hei_id = :hei_id)
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC, c.call_id
LIMIT :most OFFSET :skip
