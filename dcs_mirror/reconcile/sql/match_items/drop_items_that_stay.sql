-- An item stays in its course as long as that course's unchanged answer lists it too.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, staged_course
-- writes: item_match
UPDATE item_match AS s
SET is_dropped = true
FROM dcs_mirror.content_item AS i
JOIN staged_course AS c ON c.course_key = i.course_key AND c.content = 'unchanged'
WHERE i.hei_id = :hei_id
  AND i.request_id = s.request_id
  AND i.removed_at IS NULL
  AND i.course_key IS DISTINCT FROM s.course_key
