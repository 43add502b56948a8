-- Requests that were made in the DCS itself and that wait or were rejected. Their index has what counts them and puts them in
-- the order of their dates; items are read for the rows of the page, and to find words or sort by them. NOT IN is looked up in
-- a hash table however many items the planner expects: NOT EXISTS may read all calls again for each item. What students can
-- open is no request that waits; the other states are named, because the planner then expects few, which fit the table.
-- takes: hei_ids integer[], hei_id integer, patterns text[], state text, sort text, is_descending boolean, skip integer,
--   most integer
-- reads: dcs.content_item, dcs_mirror.content_item, dcs.submitted_request, dcs_mirror.institution
SELECT p.item_key, p.hei_id, h.name AS institution, i.title, i.extract_title, i.course_code, p.date_created AS made_at,
       CASE p.content_status WHEN 'Rejected' THEN 'rejected' ELSE 'waiting' END AS state, i.rejection_message,
       CASE WHEN p.content_status = 'Rejected' THEN i.notes END AS rejection_note, i.request_id, p.total_rows
FROM (
    SELECT r.item_key, r.hei_id, r.date_created, r.content_status, s.key, count(*) OVER () AS total_rows
    FROM dcs_mirror.content_item AS r
    LEFT JOIN dcs_mirror.institution AS n ON n.hei_id = r.hei_id AND :sort = 'institution'
    CROSS JOIN LATERAL (
        SELECT CASE :sort
                   WHEN 'title' THEN lower(coalesce(nullif(r.extract_title, ''), r.title, ''))
                   WHEN 'institution' THEN coalesce('1' || lower(nullif(n.name, '')), '2' || lpad(r.hei_id::text, 12, '0'))
                   WHEN 'course_code' THEN coalesce(r.course_code, '')
                   WHEN 'state' THEN r.content_status
                   WHEN 'request_id' THEN lpad(r.request_id::text, 20, '0')
               END AS key
    ) AS s
    WHERE r.content_status IN ('New Request', 'Rejected') AND r.removed_at IS NULL
      AND (:hei_ids IS NULL OR r.hei_id = ANY (:hei_ids))
      AND (:hei_id IS NULL OR r.hei_id = :hei_id)
      AND (:state IS NULL OR r.content_status = CASE :state WHEN 'waiting' THEN 'New Request' WHEN 'rejected' THEN 'Rejected' END)
      AND r.item_key NOT IN (SELECT q.item_key FROM dcs.submitted_request AS q
                             WHERE q.item_key IS NOT NULL AND q.state IN ('waiting', 'rejected', 'closed'))
      AND (:patterns IS NULL OR concat_ws(' ', r.title, r.course_code, r.extract_title, r.author) ILIKE ALL (:patterns))
    ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC,
             CASE WHEN NOT :is_descending THEN r.date_created END, r.date_created DESC NULLS LAST, r.item_key
    LIMIT :most OFFSET :skip
) AS p
JOIN dcs.content_item AS i ON i.item_key = p.item_key
LEFT JOIN dcs_mirror.institution AS h ON h.hei_id = p.hei_id
ORDER BY CASE WHEN NOT :is_descending THEN p.key END, CASE WHEN :is_descending THEN p.key END DESC,
         CASE WHEN NOT :is_descending THEN p.date_created END, p.date_created DESC NULLS LAST, p.item_key
