-- Items that became Rejected since, or were first seen so, and still are.
-- takes: hei_id integer, after bigint, since timestamptz
-- reads: dcs.change, dcs.content_item
SELECT i.request_id, i.item_key, i.course_code, i.title, i.extract_title, i.rejection_message,
       max(c.observed_at) AS occurred_at
FROM dcs.change AS c
JOIN dcs.content_item AS i ON i.item_key = c.key
WHERE c.hei_id = :hei_id AND c.entity = 'content_item'
  AND c.change_id > :after AND (:since IS NULL OR c.observed_at >= :since)
  AND i.removed_at IS NULL AND lower(btrim(i.content_status)) = 'rejected'
  AND (c.kind = 'added' OR c.details -> 'content_status' IS NOT NULL)
GROUP BY i.request_id, i.item_key, i.course_code, i.title, i.extract_title, i.rejection_message
ORDER BY i.course_code, i.title, i.item_key
