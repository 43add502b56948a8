-- Requests that were submitted through the mirror, with their states: what a list of them and its counts share. OFFSET 0 at
-- the end: a state is worked out once for each request, however often it is named. When a request was decided is asked last.
-- takes: hei_ids integer[], hei_id integer, patterns text[]
-- reads: dcs.submitted_request, dcs.content_item
SELECT r.*, i.extract_title, i.author, i.notes, i.is_openable, i.why_not,
       CASE WHEN i.is_openable THEN 'open'
            WHEN r.content_status = 'Rejected' THEN 'rejected'
            WHEN r.ended_at IS NULL THEN 'waiting'
            ELSE 'closed' END AS state
FROM dcs.submitted_request AS r
LEFT JOIN LATERAL (
    SELECT q.extract_title, q.author, q.notes, q.is_openable, q.why_not
    FROM dcs.content_item AS q
    WHERE q.item_key = r.item_key
    OFFSET 0
) AS i ON true
WHERE (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
  AND (:hei_id IS NULL OR r.hei_id = :hei_id)
  AND (:patterns IS NULL OR concat_ws(' ', r.title, i.extract_title, i.author, r.course_code) ILIKE ALL (:patterns))
OFFSET 0
