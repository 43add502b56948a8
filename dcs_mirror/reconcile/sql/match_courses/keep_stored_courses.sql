-- C5: keep the stored course if the list is the one applied last or an older one, or if a fresher list wrote
-- this course.
-- takes: keep_stored_courses boolean, list_reading_order bigint
-- reads: dcs_mirror.course
-- writes: staged_course
UPDATE staged_course AS s
SET course_code = c.course_code, name = c.name, academic_year = c.academic_year, status = c.status,
    duration = c.duration, lecturer = c.lecturer, extra = c.extra
FROM dcs_mirror.course AS c
WHERE c.course_key = s.course_key AND (:keep_stored_courses OR c.list_order > :list_reading_order)
