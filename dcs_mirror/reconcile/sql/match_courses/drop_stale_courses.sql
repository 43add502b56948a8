-- C5: a course list that is older than the one applied neither adds courses nor restores any, and no list
-- restores a course that a fresher one did not have.
-- takes: list_is_stale boolean, list_reading_order bigint
-- reads: dcs_mirror.course
-- writes: staged_course
DELETE FROM staged_course AS s
WHERE :list_is_stale
      AND NOT EXISTS (SELECT FROM dcs_mirror.course AS c
                      WHERE c.course_key = s.course_key AND c.removed_at IS NULL)
   OR EXISTS (SELECT FROM dcs_mirror.course AS c
              WHERE c.course_key = s.course_key AND c.removed_at IS NOT NULL
                AND c.list_order > :list_reading_order)
