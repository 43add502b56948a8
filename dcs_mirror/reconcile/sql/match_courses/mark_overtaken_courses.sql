-- C5: an answer is unchanged only if the content that it was compared with is still the stored one. Else
-- another reading changed it meanwhile, or the institution was purged: then the answer says nothing, and the
-- course was not read. If the very same reading was applied before, only that changed what is stored.
-- takes: is_repeated boolean
-- reads: dcs_mirror.course
-- writes: staged_course
UPDATE staged_course AS s
SET content = 'unread', digest = NULL
WHERE s.content = 'unchanged'
  AND NOT :is_repeated
  AND NOT EXISTS (SELECT FROM dcs_mirror.course AS c
                  WHERE c.course_key = s.course_key AND c.digest IS NOT DISTINCT FROM s.digest)
