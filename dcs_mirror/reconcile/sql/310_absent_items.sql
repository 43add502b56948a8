-- C1: gone is what its course's whole answer does not list, what stood in a course that the complete
-- list does not hold any more, and what upstream was asked for by id and does not know.
INSERT INTO absent_item (item_key)
SELECT i.item_key
FROM dcs_mirror.content_item AS i
LEFT JOIN staged_course AS c ON c.course_key = i.course_key
WHERE i.hei_id = :hei_id
  AND i.removed_at IS NULL
  AND i.course_key IS NOT NULL
  AND (c.content = 'whole' OR c.course_key IS NULL AND :list_complete)
  AND NOT EXISTS (SELECT FROM item_match AS s WHERE s.item_key = i.item_key)
UNION
SELECT i.item_key
FROM staged_gone AS g
JOIN dcs_mirror.content_item AS i
  ON i.hei_id = :hei_id
 AND (i.request_id = g.request_id
      OR i.item_key = (SELECT h.item_key FROM dcs_mirror.request_id_history AS h
                       WHERE h.hei_id = :hei_id AND h.old_request_id = g.request_id))
WHERE i.removed_at IS NULL
  AND NOT EXISTS (SELECT FROM item_match AS s WHERE s.item_key = i.item_key)
