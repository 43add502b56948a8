-- C5: a course list older than the one applied neither adds courses nor brings any back.
DELETE FROM staged_course AS s
WHERE :list_is_stale
  AND NOT EXISTS (SELECT FROM dcs_mirror.course AS c
                  WHERE c.course_key = s.course_key AND c.removed_at IS NULL)
