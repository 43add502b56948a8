-- C5: an answer is unchanged only if the content that it was compared with is still the stored one. Else
-- another reading changed it meanwhile, or the institution was purged: then the answer says nothing, and the
-- course was not read. If the very same reading was applied before, only that changed what is stored.
-- Nor was a course read whose answer differs from what is stored, if it was given between the first and the last
-- question of a reading that found what is stored: nobody can tell which of the two answers is the fresher one.
-- takes: hei_id integer, is_repeated boolean, latest_order bigint
-- reads: dcs_mirror.course, dcs_mirror.sync_outcome, staged_course
-- writes: staged_course
WITH beside AS MATERIALIZED (
    SELECT o.reading_order AS first_order, o.last_order
    FROM dcs_mirror.sync_outcome AS o
    WHERE o.hei_id = :hei_id
      AND o.last_order > (SELECT min(s.reading_order) FROM staged_course AS s)
      AND o.last_order <= :latest_order
)
UPDATE staged_course AS s
SET content = 'unread', digest = NULL
WHERE NOT :is_repeated
  AND (s.content = 'unchanged'
           AND NOT EXISTS (SELECT FROM dcs_mirror.course AS c
                           WHERE c.course_key = s.course_key AND c.digest IS NOT DISTINCT FROM s.digest)
       OR s.content IN ('whole', 'partial')
           AND EXISTS (SELECT FROM dcs_mirror.course AS c
                       JOIN beside AS b ON s.reading_order BETWEEN b.first_order AND b.last_order
                       WHERE c.course_key = s.course_key
                         AND (s.content = 'partial' OR c.digest IS DISTINCT FROM s.digest)))
