-- S1: a course that an incomplete list lacks was not seen.
UPDATE dcs_mirror.course AS c
SET unread_since = :last_read_at
WHERE c.hei_id = :hei_id
  AND :whole AND NOT :list_complete AND NOT :list_is_stale
  AND c.removed_at IS NULL
  AND c.unread_since IS NULL
  AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = c.course_key)
