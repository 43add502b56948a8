-- C5: content that was fetched before what is stored is not applied.
-- takes: newest_reading_order bigint
-- reads: dcs_mirror.course
-- writes: staged_course
UPDATE staged_course AS s
SET content = 'unasked'
FROM dcs_mirror.course AS c
WHERE c.course_key = s.course_key
  AND s.content <> 'unasked'
  AND (s.reading_order < c.reading_order
       OR s.reading_order < :newest_reading_order AND c.unread_since IS NULL)
