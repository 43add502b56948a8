-- New courses.
-- takes: hei_id integer, list_reading_order bigint, is_full boolean, last_read_at timestamptz, started_at timestamptz,
--   observed_at timestamptz
-- reads: staged_course
-- writes: dcs_mirror.course
INSERT INTO dcs_mirror.course (
    course_key, hei_id, course_id, course_code, name, academic_year, status, duration, lecturer, extra,
    digest, reading_order, list_order, read_at, unread_since, not_found_since, first_seen_at, changed_at
)
SELECT s.course_key, :hei_id, s.course_id, s.course_code, s.name, s.academic_year, s.status, s.duration,
       s.lecturer, s.extra, s.digest, s.reading_order, :list_reading_order,
       CASE WHEN NOT :is_full THEN s.fetched_at END,
       CASE WHEN s.content NOT IN ('whole', 'unchanged') THEN coalesce(:last_read_at, '-infinity') END,
       CASE WHEN s.content = 'not-found' AND :is_full THEN :started_at END,
       :observed_at, :observed_at
FROM staged_course AS s
WHERE s.is_new
ORDER BY s.course_key
