-- Active items of an institution that the licence recheck cannot look up.
-- takes: hei_ids integer[], hei_id integer, sort text, is_descending boolean, skip integer, most integer
-- reads: dcs.unverifiable_item, dcs.content_item, dcs.course
SELECT u.item_key, u.hei_id, i.course_code, c.lecturer, i.title, i.extract_title, i.author, i.identifier, i.request_id,
       u.reason, count(*) OVER () AS total_rows
FROM dcs.unverifiable_item AS u
JOIN dcs.content_item AS i ON i.item_key = u.item_key
LEFT JOIN dcs.course AS c ON c.course_key = i.course_key
CROSS JOIN LATERAL (
    SELECT CASE :sort
               WHEN 'title' THEN lower(coalesce(nullif(i.extract_title, ''), i.title, ''))
               WHEN 'lecturer' THEN lower(coalesce(c.lecturer, ''))
               WHEN 'identifier' THEN coalesce(i.identifier, '')
               WHEN 'reason' THEN u.reason
               ELSE coalesce(i.course_code, '')
           END AS key
) AS s
WHERE u.hei_id = :hei_id AND (:hei_ids IS NULL OR u.hei_id = ANY (:hei_ids))
ORDER BY CASE WHEN NOT :is_descending THEN s.key END, CASE WHEN :is_descending THEN s.key END DESC,
         i.course_code, u.item_key
LIMIT :most OFFSET :skip
