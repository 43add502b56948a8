-- C1: an item is absent if its course's complete answer does not list it, if the complete course list no
-- longer has its course, or if a look-up by its id was answered with "unknown".
-- takes: hei_id integer, list_complete boolean, list_reading_order bigint
-- reads: dcs_mirror.content_item, dcs_mirror.request_id_history, item_match, staged_course, staged_miss
-- writes: absent_item
INSERT INTO absent_item (item_key)
SELECT i.item_key
FROM dcs_mirror.content_item AS i
LEFT JOIN staged_course AS c ON c.course_key = i.course_key
WHERE i.hei_id = :hei_id
  AND i.removed_at IS NULL
  AND i.course_key IS NOT NULL
  AND (c.content = 'whole' AND coalesce(i.reading_order <= c.reading_order, true)
       OR c.course_key IS NULL AND :list_complete AND coalesce(i.reading_order <= :list_reading_order, true))
  AND NOT EXISTS (SELECT FROM item_match AS s WHERE s.item_key = i.item_key)
  AND NOT EXISTS (SELECT FROM staged_miss AS n WHERE n.request_id = i.request_id AND NOT n.is_answered)
UNION
SELECT i.item_key
FROM staged_miss AS n
JOIN dcs_mirror.content_item AS i
  ON i.hei_id = :hei_id
 AND i.item_key = coalesce(
         (SELECT c.item_key FROM dcs_mirror.content_item AS c
          WHERE c.hei_id = :hei_id AND c.request_id = n.request_id),
         (SELECT h.item_key FROM dcs_mirror.request_id_history AS h
          WHERE h.hei_id = :hei_id AND h.old_request_id = n.request_id))
WHERE n.is_answered
  AND i.removed_at IS NULL
  AND NOT EXISTS (SELECT FROM item_match AS s WHERE s.item_key = i.item_key)
