-- C5: a course is read again next time, whatever its digest, if part of its answer was dropped, if a look-up of
-- one of its items got no answer, or if only a look-up says that it has an item: its answer was given before that.
-- takes: hei_id integer
-- reads: dcs_mirror.content_item, item_match, staged_miss
-- writes: staged_course
UPDATE staged_course AS c
SET digest = NULL
WHERE EXISTS (SELECT FROM item_match AS s
              WHERE s.course_key = c.course_key
                AND (s.is_dropped OR s.asked_id IS NOT NULL AND NOT s.is_listed))
   OR EXISTS (SELECT FROM staged_miss AS n
              JOIN dcs_mirror.content_item AS i ON i.hei_id = :hei_id AND i.request_id = n.request_id
              WHERE i.course_key = c.course_key AND NOT n.is_answered)
