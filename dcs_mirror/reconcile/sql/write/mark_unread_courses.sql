-- S1: a course that is missing from an incomplete list was not seen.
-- takes: last_read_at timestamptz, hei_id integer, is_full boolean, list_complete boolean, list_is_stale
--   boolean
-- reads: staged_course
-- writes: dcs_mirror.course
UPDATE dcs_mirror.course AS c
SET unread_since = :last_read_at
WHERE c.hei_id = :hei_id
  AND :is_full AND NOT :list_complete AND NOT :list_is_stale
  AND c.removed_at IS NULL
  AND c.unread_since IS NULL
  AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = c.course_key)
