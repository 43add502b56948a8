-- A course whose items were changed by anything but its own whole answer is read again next time.
UPDATE dcs_mirror.course AS c
SET digest = NULL
WHERE c.hei_id = :hei_id
  AND c.digest IS NOT NULL
  AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = c.course_key AND s.content = 'whole')
  AND c.course_key IN (
      SELECT coalesce((p.details -> 'course_key' ->> 0)::bigint, i.course_key)
      FROM pending_change AS p
      JOIN dcs_mirror.content_item AS i ON i.item_key = p.key
      WHERE p.entity = 'content_item' AND p.details <> '{}' AND p.details - 'course_code' <> '{}'
      UNION
      SELECT s.course_key FROM item_match AS s WHERE s.is_new AND s.asked_id IS NOT NULL
  )
