-- R4: what is absent, or stands in no course, and still bears an id of an earlier year, must be asked
-- for by that id before it counts as gone.
SELECT i.request_id
FROM dcs_mirror.content_item AS i
WHERE i.hei_id = :hei_id
  AND i.removed_at IS NULL
  AND i.academic_year < :academic_year
  AND (i.course_key IS NULL OR EXISTS (SELECT FROM absent_item AS a WHERE a.item_key = i.item_key))
  AND NOT EXISTS (SELECT FROM item_match AS m WHERE m.item_key = i.item_key)
  AND NOT EXISTS (SELECT FROM staged_miss AS n WHERE n.request_id = i.request_id)
ORDER BY i.request_id
