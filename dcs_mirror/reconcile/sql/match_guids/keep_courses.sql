-- W9: an item that was looked up stays in its course if the answer names a course that the mirror does not know.
-- reads: dcs_mirror.content_item, staged_item
-- writes: item_match
UPDATE item_match AS m
SET course_key = i.course_key, course_code = i.course_code
FROM dcs_mirror.content_item AS i, staged_item AS s
WHERE i.item_key = m.item_key
  AND s.position = m.position
  AND s.asked_id IS NOT NULL
  AND s.course_id <> 0
  AND m.course_key IS NULL
  AND i.course_key IS NOT NULL
  AND NOT m.is_new
  AND NOT m.is_dropped
