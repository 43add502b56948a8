-- C1, C6: mark the courses that the complete list no longer holds as removed. S1: an item may stay in one, if
-- its look-up got no answer, so what is remembered of the course's reading stands still from now on.
-- takes: observed_at timestamptz, list_reading_order bigint, hei_id integer, list_complete boolean, last_read_at timestamptz
-- reads: staged_course
-- writes: dcs_mirror.course, pending_change
WITH removed AS (
    UPDATE dcs_mirror.course AS c
    SET removed_at = :observed_at, changed_at = :observed_at, digest = NULL, not_found_since = NULL,
        list_order = greatest(c.list_order, :list_reading_order),
        unread_since = coalesce(c.unread_since, :last_read_at, '-infinity')
    WHERE c.hei_id = :hei_id
      AND c.removed_at IS NULL
      AND :list_complete
      AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = c.course_key)
    RETURNING c.course_key, c.removed_at
)
INSERT INTO pending_change (entity, key, kind, details)
SELECT 'course', course_key, 'removed', jsonb_build_object('removed_at', jsonb_build_array(NULL, removed_at))
FROM removed
