-- C5: a course that a fresher list had, such as that of a refresh of this course, counts as listed.
-- takes: is_full boolean, hei_id integer, list_reading_order bigint
-- reads: dcs_mirror.course, staged_course
-- writes: staged_course
INSERT INTO staged_course (
    course_id, course_code, name, academic_year, status, duration, lecturer, extra, content, course_key
)
SELECT c.course_id, c.course_code, c.name, c.academic_year, c.status, c.duration, c.lecturer, c.extra,
       'unasked', c.course_key
FROM dcs_mirror.course AS c
WHERE :is_full
  AND c.hei_id = :hei_id
  AND c.removed_at IS NULL
  AND c.list_order > :list_reading_order
  AND NOT EXISTS (SELECT FROM staged_course AS s WHERE s.course_key = c.course_key OR s.course_id = c.course_id)
