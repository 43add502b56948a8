-- R3: the live items whose own course was not read, and whose look-up was not answered either: their course may
-- still list them, so an item of another course cannot claim them.
-- takes: hei_id integer, is_full boolean, list_complete boolean
-- reads: answered_look_up, dcs_mirror.content_item, staged_course
-- writes: unread_item
INSERT INTO unread_item (item_key)
SELECT i.item_key
FROM dcs_mirror.content_item AS i
LEFT JOIN staged_course AS c ON c.course_key = i.course_key
WHERE :is_full
  AND (NOT :list_complete OR EXISTS (SELECT FROM staged_course WHERE content NOT IN ('whole', 'unchanged')))
  AND i.hei_id = :hei_id
  AND i.removed_at IS NULL
  AND i.course_key IS NOT NULL
  AND coalesce(c.content NOT IN ('whole', 'unchanged'), NOT :list_complete)
  AND NOT EXISTS (SELECT FROM answered_look_up AS a WHERE a.request_id = i.request_id)
