-- How many of the submitted requests are in each state; narrowed as their list is, but by state.
-- takes: hei_ids integer[], hei_id integer, patterns text[]
-- reads: dcs.submitted_request, dcs.content_item
SELECT count(*) FILTER (WHERE t.state = 'waiting') AS waiting, count(*) FILTER (WHERE t.state = 'rejected') AS rejected,
       count(*) FILTER (WHERE t.state = 'open') AS open, count(*) FILTER (WHERE t.state = 'closed') AS closed
FROM dcs.submitted_request AS r
LEFT JOIN LATERAL (
    SELECT q.extract_title, q.author, q.is_openable
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
WHERE (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR r.hei_id = :hei_id)
  AND (:patterns IS NULL OR concat_ws(' ', r.title, i.extract_title, i.author, r.course_code) ILIKE ALL (:patterns))
